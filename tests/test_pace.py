from __future__ import annotations

import math
import threading
from types import SimpleNamespace

import pytest

import aitown
from aitown.errors import AitownError, BadParameter, TownEnded
from aitown.pace import MAX_LAG, MAX_WAITING, Pace, Runner


def test_ticks_are_due_on_time():
    pace = Pace(10, now=100)

    assert pace.due(100) == 0
    assert pace.next() == pytest.approx(100.1)
    assert pace.due(100.35) == 3


def test_it_never_drifts():
    pace = Pace(3, now=0)
    ran = 0
    for step in range(1, 100_001):
        due = pace.due(step * 0.1)
        pace.did(due)
        ran += due

    assert ran == 30_000


def test_what_is_too_late_is_let_go():
    pace = Pace(10, now=0)

    assert pace.due(1000) == 10 * MAX_LAG
    pace.did(10)
    assert pace.due(1000) == 0
    assert pace.due(1000.1) == 1


def test_a_slow_pace_is_never_less_than_a_tick_behind():
    pace = Pace(0.01, now=0)

    assert pace.due(99) == 0
    assert pace.due(100.1) == 1


def test_speed_0_is_always_due():
    pace = Pace(0, now=0)

    assert pace.due(0) == math.inf
    assert pace.next() <= 0


class Sink:
    """Remembers, and lets a test wait."""

    def __init__(self):
        self.ticks = []
        self.phases = []
        self.beats = []
        self.shown = threading.Condition()

    def frame(self, town):
        with self.shown:
            self.ticks.append(town.tick)
            self.shown.notify_all()

    def events(self, events):
        pass

    def phase(self, phase, tick, speed):
        self.phases.append((phase, speed))

    def beat(self, tick, phase):
        with self.shown:
            self.beats.append(phase)
            self.shown.notify_all()

    def wait_beat(self, phase):
        with self.shown:
            assert self.shown.wait_for(lambda: self.beats and self.beats[-1] == phase, 60)

    def wait(self, tick):
        with self.shown:
            assert self.shown.wait_for(lambda: self.ticks and self.ticks[-1] >= tick, 60)


@pytest.fixture
def start():
    running = []

    def begin(**options):
        town = aitown.Town(map="riverbend", npcs=2, seed=7)
        town.prepare()
        sink = Sink()
        runner = Runner(town, sink, **{"speed": 10, "play": False} | options)
        thread = threading.Thread(target=runner.run)
        thread.start()
        running.append((runner, thread))
        return SimpleNamespace(town=town, sink=sink, runner=runner, thread=thread)

    yield begin
    for runner, thread in running:
        runner.ask("stop", {}, lambda _: None)
        thread.join()


def asked(runner, op, **fields):
    """What comes of a command."""
    answers, there = [], threading.Event()
    runner.ask(op, fields, lambda answer: (answers.append(answer), there.set()))
    assert there.wait(60)
    if isinstance(answers[0], AitownError):
        raise answers[0]
    return answers[0]


def test_paused_it_shows_its_state_and_stands_still(start):
    live = start()
    live.sink.wait(0)

    assert asked(live.runner, "pause")["tick"] == 0
    assert live.sink.phases[0] == ("paused", 10)


def test_a_step_shows_its_last_tick_before_it_is_answered(start):
    live = start()

    assert asked(live.runner, "step", ticks=5)["tick"] == 5
    assert live.sink.ticks[-1] == 5


def test_steps_follow_one_another(start):
    live = start()
    done = []
    live.runner.ask("step", {"ticks": 3}, lambda answer: done.append(answer["tick"]))

    assert asked(live.runner, "step", ticks=4)["tick"] == 7
    assert done == [3]


def test_play_runs_and_pause_stops(start):
    live = start()
    asked(live.runner, "play", speed=0)
    live.sink.wait(100)
    paused = asked(live.runner, "pause")

    assert live.sink.ticks[-1] == paused["tick"] == live.town.tick
    assert [phase for phase, _ in live.sink.phases] == ["paused", "running", "paused"]


def test_its_speed_is_kept_over_a_pause(start):
    live = start(speed=40)
    asked(live.runner, "pause")

    assert asked(live.runner, "play")["speed"] == 40


def test_a_look_sees_the_town_between_two_ticks(start):
    live = start(speed=0, play=True)

    seen = asked(live.runner, "look", look=lambda town: (town.tick, town.frame.tick))["value"]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("speed", [-1, "fast", None, True, math.inf, math.nan])
def test_speeds_that_are_none(start, speed):
    live = start()

    if speed is None:
        assert asked(live.runner, "play", speed=None)["speed"] == 10
    else:
        with pytest.raises(BadParameter):
            asked(live.runner, "play", speed=speed)


def test_after_a_stop_everything_is_answered(start):
    live = start()
    asked(live.runner, "stop")
    live.thread.join()

    with pytest.raises(TownEnded):
        asked(live.runner, "step", ticks=1)


def test_an_inbox_that_is_full_says_so():
    runner = Runner(aitown.Town(map="riverbend", npcs=2, seed=7), Sink(), speed=1, play=False)
    for _ in range(MAX_WAITING):
        runner.ask("pause", {}, lambda _: None)

    with pytest.raises(AitownError, match="wait for this town"):
        asked(runner, "pause")
