import datetime as dt

import numpy as np
import pandas as pd
import pytest

from aitown.errors import BadParameter
from aitown.history import Pace, load
from aitown.history.times import Clock
from tests.history.run_model import same, write_run

CLOCK = Clock("2025-03-03T06:00:00", 10)


@pytest.mark.parametrize(
    ("when", "tick"),
    [
        ("day 1 06:00", 0),
        ("day 2 08:00", 9360),
        ("Day 2, 08:00:30", 9363),
        ("day 2", 6480),
        ("day 1 24:00", 6480),
        ("day 1", -2160),
        ("2025-03-03T06:01", 6),
        ("2025-03-03 06:00:05", 0.5),
        (dt.datetime(2025, 3, 3, 7), 360),
        (pd.Timestamp("2025-03-03 07:00"), 360),
        (np.datetime64("2025-03-03T07:00"), 360),
    ],
)
def test_a_moment_is_a_tick(when, tick):
    assert CLOCK.tick(when) == tick


def test_a_tick_is_said_as_people_write_it():
    assert [CLOCK.say(tick) for tick in (0, 9360, 9363, 6480)] == [
        "day 1 06:00",
        "day 2 08:00",
        "day 2 08:00:30",
        "day 2 00:00",
    ]


@pytest.mark.parametrize(
    ("span", "ticks"),
    [("1h", 360), ("15min", 90), ("30 s", 3), ("2 days", 17_280), ("1.5h", 540), ("day", 8640), (7, 7)],
)
def test_a_span_is_a_number_of_ticks(span, ticks):
    assert CLOCK.ticks(span) == ticks
    assert CLOCK.ticks(dt.timedelta(hours=1)) == 360


@pytest.mark.parametrize(
    "when", ["yesterday", "day 0", "day 1 25:00", "day 1 08:75", "8", dt.datetime(2025, 3, 3, tzinfo=dt.UTC)]
)
def test_what_is_no_moment_is_refused(when):
    with pytest.raises(BadParameter):
        CLOCK.tick(when)


@pytest.mark.parametrize("span", ["soon", "0h", "15s", "1 fortnight", dt.timedelta(seconds=-10)])
def test_what_is_no_span_is_refused(span):
    with pytest.raises(BadParameter):
        CLOCK.ticks(span)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150)))


def test_times_go_wherever_ticks_go(run):
    same(run.npcs(ticks=slice("day 1 06:01", "2025-03-03T06:02")), run.npcs(ticks=slice(6, 12)))
    same(run.npcs(ticks=slice("day 1", dt.datetime(2025, 3, 3, 6, 1))), run.npcs(ticks=slice(0, 6)))
    same(run.npcs(ticks=slice("day 1 06:14", None)), run.npcs(ticks=slice(84, None)))
    same(run.npcs(ticks=slice(None, None, "1min"), every="2min"), run.npcs(every=12))
    same(run.at("day 1 06:01:05"), run.at(6))
    same(run.events(ticks=slice("day 1 06:05", "day 1 06:10")), run.events(ticks=slice(30, 60)))
    same(run.trajectory("Npc 2", ["x"], "day 1 06:01"), run.trajectory(2, "x", 6))


def test_a_time_between_two_recorded_ticks_is_the_earlier(tmp_path):
    run = load(write_run(tmp_path / "run", 60, record_every=1))
    assert run.at("day 1 06:00:59").index.size == 5
    every = tmp_path / "every"
    from aitown.history import RunWriter
    from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest

    with RunWriter.create(every, manifest(record_every=6), SCHEMA, DOCUMENTS) as writer:
        writer.write(block([7, 12, 18]), NO_EVENTS)
    run = load(every)
    same(run.npcs(ticks="day 1 06:02:50"), run.npcs(ticks=12))
    same(run.npcs(ticks="day 1 06:01:20"), run.npcs(ticks=7))
    with pytest.raises(BadParameter, match="day 1 06:01:10 to day 1 06:03"):
        run.at("day 1 06:01")


@pytest.mark.parametrize("ticks", ["day 3", slice("day 3", None), slice(None, "day 1 05:00"), slice("now", None)])
def test_times_outside_the_run_are_told(run, ticks):
    with pytest.raises(BadParameter):
        run.npcs(ticks=ticks)
