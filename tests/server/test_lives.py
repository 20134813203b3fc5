"""Towns that die, and how they come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.conftest import eventually


async def test_killed_it_comes_back_where_it_was_in_a_new_epoch(api, dial, registry):
    _, opened = await api.open(play=True, speed=100)
    socket = await dial(town="hamlet", v=1)
    first = await socket.read("full_state")
    before = await socket.read("state_update", where=lambda message: message["payload"]["tick"] >= 100)

    os.kill((await registry.get("hamlet")).hello["pid"], signal.SIGKILL)

    status = await socket.read("status", where=lambda message: message["state"] == "starting")
    assert "SIGKILL" in status["reason"]
    again = await socket.read("full_state")
    assert again["epoch"] != first["epoch"]
    assert again["seq"] >= 1
    assert again["payload"]["run"] == opened["run"]
    assert again["payload"]["tick"] >= before["payload"]["tick"] - 100, "at most a second of history is lost"
    assert await socket.read("state_update", where=lambda message: message["epoch"] == again["epoch"])
    assert again["status"] == {"state": "running", "phase": "running", "speed": 100, "reason": ""}


async def test_a_paused_town_that_is_killed_stays_paused_and_loses_nothing(api, dial, registry):
    await api.open()
    await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 50})
    socket = await dial(town="hamlet", v=1)
    first = await socket.read("full_state")
    town = await registry.get("hamlet")
    # What the writer has not made durable yet may be lost; a clean stop and resume writes it.
    await town.request("input", kind="say", text="Hello", by=0)

    os.kill(town.hello["pid"], signal.SIGKILL)

    again = await socket.read("full_state", where=lambda message: message["epoch"] != first["epoch"])
    assert 0 <= again["payload"]["tick"] <= 50
    assert await eventually(lambda: town.state == "running")
    assert town.phase == "paused"


async def test_it_is_not_started_for_ever(api, dial, registry):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    town = await registry.get("hamlet")

    while town.state != "failed":
        pid = town.hello["pid"]
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda pid=pid: town.state == "failed" or (town.hello["pid"] != pid and town._child))

    status = await socket.read("status", where=lambda message: message["state"] == "failed")
    assert "SIGKILL" in status["reason"]
    code, answer = await api.towns("POST", "hamlet", "control", body={"op": "step"})
    assert (code, answer["error"]) == (500, "TownFailed")
    _, info = await api.towns("GET", "hamlet")
    assert info["state"] == "failed"


BROKEN = """
import aitown.town

whole = aitown.town.Town.step

def step(self, n=1):
    whole(self, min(n, max(0, 30 - self.tick)))
    if self.tick >= 30:
        raise RuntimeError("a system of mine is broken")

aitown.town.Town.step = step
"""


async def test_a_tick_that_fails_twice_ends_it_with_the_reason(api, dial, tmp_path, monkeypatch):
    """Code of the user's own, loaded with the town, that fails in the tick after 30."""
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await api.open()
    socket = await dial(town="hamlet", v=1)
    first = await socket.read("full_state")

    await api.towns("POST", "hamlet", "control", body={"op": "play", "speed": 0})

    failed = await socket.read("status", where=lambda message: message["state"] == "failed")
    assert failed["reason"] == "RuntimeError: a system of mine is broken (in the tick after 30)"
    _, info = await api.towns("GET", "hamlet")
    assert (info["state"], info["tick"], info["epoch"] == first["epoch"]) == ("failed", 30, False)
    assert "RuntimeError: a system of mine is broken" in info["lines"]


HANGS = """
import aitown.town
import time

whole = aitown.town.Town.step

def step(self, n=1):
    if self.tick >= 30:
        time.sleep(3600)
    return whole(self, min(n, 30 - self.tick))

aitown.town.Town.step = step
"""


async def test_a_tick_that_never_ends_is_ended_and_at_the_second_time_the_town(
    api, dial, tmp_path, monkeypatch, registry
):
    """Other threads of the process are well, so only a beat from the loop that runs the ticks can tell."""
    (tmp_path / "sitecustomize.py").write_text(HANGS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await api.open()
    await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 30})
    socket = await dial(town="hamlet", v=1)
    town = await registry.get("hamlet")
    town._deadlines = replace(town._deadlines, beat=4)

    await api.towns("POST", "hamlet", "control", body={"op": "play", "speed": 0})

    again = await socket.read("status", where=lambda message: message["state"] == "starting" and message["reason"])
    assert again["reason"] == "no sign of life for 4 s after tick 30; it is being started again"
    failed = await socket.read("status", where=lambda message: message["reason"])
    assert (failed["state"], failed["reason"]) == ("failed", "no sign of life for 4 s after tick 30")


async def test_opened_again_a_failed_town_goes_on(api, registry):
    _, opened = await api.open()
    town = await registry.get("hamlet")
    town._restarts.count = 99
    os.kill(town.hello["pid"], signal.SIGKILL)
    await eventually(lambda: town.state == "failed")

    code, again = await api.open()

    assert (code, again["run"]) == (200, opened["run"])
    assert (await api.towns("POST", "hamlet", "control", body={"op": "step"}))[0] == 200


async def test_a_town_that_stands_still_is_ended_and_started_again(api, registry):
    await api.open(play=True)
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    pid = town.hello["pid"]
    town._deadlines = replace(town._deadlines, beat=0.5)

    os.kill(pid, signal.SIGSTOP)

    await eventually(lambda: town.hello["pid"] != pid and town.state == "running")
    town._deadlines = replace(town._deadlines, beat=15)


@contextmanager
def starved(pid):
    """While this lasts, a process gets next to nothing of a processor that others want."""
    all_of_them = os.sched_getaffinity(0)
    processor = {min(all_of_them)}

    def treat(policy, processors):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), policy, os.sched_param(0))
            os.sched_setaffinity(int(thread.name), processors)

    treat(os.SCHED_IDLE, processor)
    group = Path(f"/proc/{pid}/autogroup")
    if group.exists():
        group.write_text("19")
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
    try:
        for other in others:
            os.sched_setaffinity(other.pid, processor)
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()
        treat(os.SCHED_OTHER, all_of_them)


SLOW = """
import aitown.town
import time

whole = aitown.town.Town.step

def step(self, n=1):
    until = time.thread_time() + 0.5
    while self.tick >= 30 and time.thread_time() < until:
        pass
    return whole(self, min(n, max(1, 30 - self.tick)))

aitown.town.Town.step = step
"""


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux says what a process waited for")
async def test_a_town_that_a_busy_machine_keeps_waiting_is_waited_for(
    api, registry, tmp_path, monkeypatch, jp_asyncio_loop
):
    """It is silent for far longer than a town that hangs may be, and goes on as the same process."""
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await api.open(play=True, speed=0)
    town = await registry.get("hamlet")
    await eventually(lambda: town.tick > 30)
    pid = town.hello["pid"]
    town._deadlines = replace(town._deadlines, beat=4)

    with starved(pid):
        await eventually(lambda: town.hello["pid"] != pid or jp_asyncio_loop.time() > town._heard + 12, 120)
        silent_at = town.tick
    await eventually(lambda: town.tick > silent_at)

    assert (town.hello["pid"], town.state) == (pid, "running")


@pytest.mark.parametrize("known", [False, True], ids=["just ended", "being started again"])
async def test_what_is_asked_while_it_is_started_again_is_done_by_the_next_process(api, registry, known):
    await api.open()
    town = await registry.get("hamlet")
    town._deadlines = replace(town._deadlines, again=110)
    first = town._child
    os.kill(first.pid, signal.SIGKILL)
    await eventually(lambda: town._child is None if known else first.gone)

    code, done = await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 3})

    assert code == 200
    assert (done["tick"], town._child is first) == (town.tick, False)


async def test_what_is_asked_of_a_town_that_does_not_come_back_is_refused(api, registry):
    await api.open()
    town = await registry.get("hamlet")
    town._restarts.count = 99
    first = town._child
    os.kill(first.pid, signal.SIGKILL)
    await eventually(lambda: first.gone)

    code, answer = await api.towns("POST", "hamlet", "control", body={"op": "step"})

    assert (code, answer["error"], "has failed" in answer["message"]) == (500, "TownFailed", True)


async def test_a_request_that_its_process_does_not_survive_is_answered(api, registry, jp_asyncio_loop):
    await api.open()
    town = await registry.get("hamlet")
    asked = jp_asyncio_loop.create_task(api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 10**9}))
    await eventually(lambda: town.tick > 0)

    os.kill(town.hello["pid"], signal.SIGKILL)

    code, answer = await asked
    assert (code, answer["error"]) == (500, "TownFailed")
    assert "SIGKILL" in answer["message"]


async def test_a_step_can_be_interrupted(api, registry, jp_asyncio_loop):
    await api.open()
    town = await registry.get("hamlet")
    asked = jp_asyncio_loop.create_task(api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 10**9}))
    await eventually(lambda: town.tick > 0)

    _, paused = await api.towns("POST", "hamlet", "control", body={"op": "pause"})

    code, done = await asked
    assert (code, done["tick"]) == (200, paused["tick"])


async def test_a_stop_ends_the_process_however_it_is_stuck(api, registry):
    await api.open(play=True)
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    town._deadlines = replace(town._deadlines, stop=0.2)
    os.kill(town.hello["pid"], signal.SIGSTOP)

    assert (await api.towns("DELETE", "hamlet"))[0] == 204


@pytest.mark.parametrize("how", ["terminate", "pipe"])
async def test_told_to_end_it_ends_cleanly(api, registry, how):
    await api.open(play=True)
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    child = town._child
    town._stopping = True

    if how == "terminate":
        os.kill(child.pid, signal.SIGTERM)
    else:
        child.hang_up()

    assert await child.exited == 0
