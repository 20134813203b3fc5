"""A Jupyter server as people start it: a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time

import platformdirs
import psutil


class Jupyter:
    """A running `jupyter server`."""

    def __init__(self, process, note):
        self.process = process
        self.url = note["url"]
        self.token = note["token"]
        self.runtime = note["runtime"]

    @property
    def towns(self):
        """The processes of its towns."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "aitown.process" in " ".join(child.cmdline())]


def until(condition, seconds=60):
    """What `condition` gives, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def jupyter(folder, *options, port=0):
    """Start a server below `folder`, with a home, a root and a token of its own."""
    folders = {name: folder / name for name in ("root", "home", "runtime", "data", "config")}
    for path in folders.values():
        path.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {
        "HOME": str(folders["home"]),
        "XDG_CACHE_HOME": platformdirs.user_cache_dir(),
        "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
        "JUPYTER_DATA_DIR": str(folders["data"]),
        "JUPYTER_CONFIG_DIR": str(folders["config"]),
    }
    environ.pop("JPY_PARENT_PID", None)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--ServerApp.root_dir={folders['root']}", "--IdentityProvider.token=secret", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    started = [psutil.Process(process.pid)]
    try:
        note = folders["runtime"] / f"jpserver-{process.pid}.json"
        until(lambda: process.poll() is not None or (note.exists() and note.read_text().strip().endswith("}")))
        assert process.poll() is None, (folder / "log").read_text()
        yield Jupyter(process, json.loads(note.read_text()) | {"runtime": folders["runtime"]})
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            started += started[0].children(recursive=True)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(started, 10)
        for left in alive:
            left.kill()
        assert not alive, f"left behind: {alive}"
