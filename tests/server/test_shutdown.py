"""However the server ends, its towns end too, and the runs can be read."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

import aitown
from aitown.client import Client
from tests.server.real import jupyter, until


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, "api"])
def test_nothing_is_left_running(tmp_path, how):
    with jupyter(tmp_path) as server:
        client = Client.find(server.url, server.token)
        town = client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)
        client.control("hamlet", "step", ticks=30)
        towns = until(lambda: server.towns)
        if how == "api":
            request = urllib.request.Request(
                f"{server.url}api/shutdown", method="POST", headers={"Authorization": f"token {server.token}"}
            )
            urllib.request.urlopen(request).close()
        else:
            server.process.send_signal(how)
            if how == signal.SIGINT:  # Python loses one that strikes where nothing can be raised
                server.process.send_signal(how)
        server.process.wait(30)

        _, alive = psutil.wait_procs(towns, 15)
        for left in alive:
            left.kill()
        assert not alive
        run = aitown.load(tmp_path / "root" / town["folder"])
        assert run.npcs(columns=["x"]).index.get_level_values("tick").max() == 30


def test_a_server_that_starts_again_resumes_its_towns(tmp_path):
    with jupyter(tmp_path) as server:
        client = Client.find(server.url, server.token)
        before = client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)
        client.control("hamlet", "step", ticks=30)
        server.process.kill()
        server.process.wait()
    with jupyter(tmp_path) as server:
        state = Client.find(server.url, server.token).state("hamlet")

    assert state["payload"]["run"] == before["run"]
    assert state["payload"]["tick"] == 30


def test_a_broken_registry_file_does_not_stop_a_server(tmp_path):
    broken = tmp_path / "root" / "runs" / ".towns" / "hamlet.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    with jupyter(tmp_path) as server:
        assert Client.find(server.url, server.token).towns() == []
    assert "hamlet.json" in (tmp_path / "log").read_text()


def test_the_extension_loads_without_a_word_about_its_weight(tmp_path):
    with jupyter(tmp_path):
        pass
    log = (tmp_path / "log").read_text()
    assert "aitown | extension was successfully loaded" in log
    assert "took" not in "".join(line for line in log.splitlines() if "aitown" in line)


def test_jupyter_aitown_is_a_command():
    told = subprocess.run(
        [str(Path(sys.executable).with_name("jupyter-aitown")), "--version"], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip()
