"""A Runner and minds: it waits in lockstep without standing still, and goes on when it is paced."""

import threading

import pytest

from aitown.errors import AitownError, BadParameter
from aitown.mind import go
from tests.mind.seen import Home
from tests.test_pace import asked, start

__all__ = ["start"]


class Slow:
    """Decides when a test says so."""

    def __init__(self):
        self.go_on = threading.Event()
        self.asked = threading.Event()

    def decide(self, seen):
        self.asked.set()
        assert self.go_on.wait(60)
        return go("Mill Café", why="at last", minutes=60)


def test_a_step_in_lockstep_waits_and_meanwhile_everything_is_answered(start):
    live = start()
    mind = Slow()
    assert asked(live.runner, "mind", npcs="all", mind=mind, mode="lockstep", seconds=60)["npcs"] == [0, 1]
    done = []
    finished = threading.Event()
    live.runner.ask("step", {"ticks": 3000}, lambda answer: (done.append(answer), finished.set()))
    assert mind.asked.wait(60)
    live.sink.wait_beat("waiting")
    waits = asked(live.runner, "look", look=lambda town: town.tick)["value"]
    assert asked(live.runner, "input", kind="say", text="Take your time", to=0)["tick"] == waits + 1
    assert waits < 3000
    assert not done
    assert ("waiting", 10) in live.sink.phases
    mind.go_on.set()
    assert finished.wait(60)
    assert done[0]["tick"] == 3000
    assert [phase for phase, _ in live.sink.phases][-1] == "paused"
    decided = asked(live.runner, "look", look=lambda town: town.minds)["value"]
    assert set(decided.values()) == {"tests.test_pace_minds.Slow"}


def test_a_waiting_town_can_be_paused_and_stopped(start):
    live = start(speed=0, play=True)
    mind = Slow()
    asked(live.runner, "mind", npcs="all", mind=mind, mode="lockstep", seconds=60)
    assert mind.asked.wait(60)
    live.sink.wait_beat("waiting")
    assert asked(live.runner, "pause")["phase"] == "paused"
    assert asked(live.runner, "play")["phase"] in {"running", "waiting"}
    asked(live.runner, "stop")
    live.thread.join(60)
    assert not live.thread.is_alive()
    mind.go_on.set()


def test_a_paced_town_goes_on_while_a_mind_decides(start):
    live = start(speed=0, play=True)
    mind = Slow()
    asked(live.runner, "mind", npcs=0, mind=mind, mode="paced", seconds=60)
    assert mind.asked.wait(60)
    now = asked(live.runner, "look", look=lambda town: town.tick)["value"]
    live.sink.wait(now + 2000)
    assert "waiting" not in {phase for phase, _ in live.sink.phases}
    mind.go_on.set()


def test_a_deadline_passes_while_the_town_waits(start):
    live = start(speed=0, play=True)
    mind = Slow()
    asked(live.runner, "mind", npcs="all", mind=mind, mode="lockstep", seconds=0.1)
    assert mind.asked.wait(60)
    now = asked(live.runner, "look", look=lambda town: town.tick)["value"]
    live.sink.wait(now + 100)
    mind.go_on.set()


def test_an_outside_mind_is_asked_and_answers_by_number(start):
    live = start()
    questions, there = [], threading.Event()

    def send(message):
        questions.append(message)
        there.set()

    given = {"send": send, "mode": "lockstep", "seconds": 60}
    assert asked(live.runner, "minds", mind=4, npcs="all", **given)["npcs"] == [0, 1]
    stepped = threading.Event()
    live.runner.ask("step", {"ticks": 2000}, lambda _: stepped.set())
    for _ in range(100):
        while not there.wait(0.05) and not stepped.is_set():
            pass
        there.clear()
        while questions:
            live.town.answer(questions.pop(0)["ask"], [])
        if stepped.is_set():
            break
    assert stepped.is_set()
    assert live.town.tick == 2000
    assert asked(live.runner, "minds", mind=4, npcs=[1], **given)["npcs"] == [1]
    assert live.town.minds == {live.town.names[1]: "outside 4"}
    assert asked(live.runner, "minds", mind=4, npcs=[], **given)["npcs"] == [1]
    assert live.town.minds == {}


@pytest.mark.parametrize(
    "given",
    [
        {"mind": "four", "npcs": "all"},
        {"mind": 1, "npcs": "Nobody"},
        {"mind": 1, "npcs": None},
        {"mind": 1, "npcs": [[]]},
        {"mind": 1, "npcs": "all", "mode": "fast"},
        {"mind": 1, "npcs": "all", "seconds": -1},
        {"mind": None, "npcs": {}},
    ],
)
def test_offers_that_are_none_are_answered(start, given):
    live = start()
    with pytest.raises(AitownError):
        asked(live.runner, "minds", send=print, **{"mode": None, "seconds": None} | given)
    assert live.town.minds == {}


def test_a_class_is_no_mind(start):
    with pytest.raises(BadParameter, match=r"Give Home\(\)"):
        asked(start().runner, "mind", npcs=0, mind=Home)
