"""A town that is shown may not keep the event loop from Jupyter."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time

import numpy as np
import pytest

from aitown.columns import Frame
from aitown.server.hub import BLOCKED_SECONDS, TOO_SLOW, Hub, Viewer
from aitown.sim.model import Model
from aitown.wire.dial import Dial
from aitown.wire.session import Session
from aitown.wire.state import State

from .conftest import eventually

COST = 0.02


class Sink:
    """A socket that takes `seconds` of the event loop for each message."""

    def __init__(self, seconds=0.0, *, compressed=False):
        self.seconds = seconds
        self.compressed = compressed
        self.sent = []
        self.bytes = 0
        self.left = None
        self.closed = None
        self.aborted = False

    def send(self, frames):
        time.sleep(self.seconds)
        self.sent.append(frames)
        if self.left is None:
            return None
        self.future = asyncio.get_running_loop().create_future()
        return self.future

    def taken(self):
        return self.bytes

    def close(self, code, reason):
        self.closed = code

    def abort(self):
        self.aborted = True


@pytest.fixture
def hub():
    return Hub()


HELLO = {
    "schema": {name: [column.to_json() for column in columns] for name, columns in Model.schema.items()},
    "map": {},
    "start": "2025-03-03T06:00:00",
    "tick_seconds": 10,
    "town": "hamlet",
    "run": "r",
    "names": ["Ada"],
    "places": [{"id": 0, "name": "Home"}],
}


def frame(tick):
    tables = {
        name: {column.name: np.zeros(1, column.frozen) for column in columns} for name, columns in Model.schema.items()
    }
    return Frame(tick, tables)


def show(hub, tick):
    hub.show(frame(tick), "2025-03-03T06:00:00")


async def watched(hub, seconds):
    sink = Sink(seconds)
    hub.begin("e1", HELLO)
    hub.add(Viewer(Session(), sink))
    return sink


def large(count):
    """The hello and a frame of a town of so many."""
    hello = HELLO | {"names": ["Ada"] * count}
    tables = {
        name: {column.name: np.zeros(count if name == "npcs" else 1, column.frozen) for column in columns}
        for name, columns in Model.schema.items()
    }
    return hello, Frame(0, tables)


async def test_one_making_serves_all_and_only_in_the_way_that_they_take_it(hub):
    hub.begin("e1", HELLO)
    sinks = [Sink(compressed=number % 2 == 0) for number in range(100)]
    for sink in sinks:
        hub.add(Viewer(Session(Dial(versioned=True)), sink))
    await eventually(lambda: all(sink.sent for sink in sinks))  # the welcome
    show(hub, 0)
    await eventually(lambda: all(len(sink.sent) == 2 for sink in sinks))

    assert len({id(sink.sent[1]) for sink in sinks}) == 2
    assert all((sink.sent[1][0] & 0x40 != 0) is sink.compressed for sink in sinks)


async def test_many_viewers_are_served_a_few_at_a_time(hub):
    hub.begin("e1", HELLO)
    sinks = [Sink() for _ in range(200)]
    for sink in sinks:
        hub.add(Viewer(Session(), sink))
    show(hub, 0)
    served = [len([sink for sink in sinks if sink.sent])]
    while served[-1] < 200:
        await asyncio.sleep(0)
        served.append(len([sink for sink in sinks if sink.sent]))

    assert max(later - before for before, later in itertools.pairwise([0, *served])) <= 64


@pytest.mark.parametrize(("count", "form"), [(1_000, "rows"), (10_000, "bin")])
async def test_messages_of_a_large_town_are_made_on_a_thread(hub, monkeypatch, count, form):
    where = []
    make = State._make
    monkeypatch.setattr(State, "_make", lambda *given: where.append(threading.current_thread()) or make(*given))
    hello, first = large(count)
    sink = Sink()
    hub.begin("e1", hello)
    hub.add(Viewer(Session(Dial(versioned=True, form=form)), sink))
    hub.show(first, "2025-03-03T06:00:00")
    await eventually(lambda: len(sink.sent) == 2)

    assert where
    assert threading.main_thread() not in where


async def test_while_messages_are_made_the_newest_wins(hub):
    hello, first = large(10_000)
    sink = Sink()
    hub.begin("e1", hello)
    hub.add(Viewer(Session(Dial(versioned=True, form="bin")), sink))
    for tick in range(5):
        hub.show(Frame(tick, first.tables), "2025-03-03T06:00:00")
    await eventually(lambda: hub.stream.frame.tick == 4 and hub.stream.seq == len(sink.sent) - 1)

    assert hub.stream.seq == 2, "the first, and the newest of those that waited"


async def test_who_joins_while_messages_are_made_gets_them_too(hub):
    hello, first = large(10_000)
    hub.begin("e1", hello)
    sinks = [Sink() for _ in range(3)]
    hub.show(first, "2025-03-03T06:00:00")
    for sink in sinks:
        hub.add(Viewer(Session(Dial(versioned=True, form="cols")), sink))
    await eventually(lambda: all(sink.sent for sink in sinks))

    assert len({sink.sent[0] for sink in sinks}) == 1


async def test_who_drains_gets_the_newest_once(hub):
    sink = await watched(hub, 0)
    sink.left = 1
    for tick in range(5):
        show(hub, tick)
        await asyncio.sleep(0.01)
    assert len(sink.sent) == 1
    sink.left = None
    sink.future.set_result(None)
    await eventually(lambda: len(sink.sent) == 2)

    assert b'"tick":4' in sink.sent[1]


async def test_a_quiet_viewer_is_sent_a_heartbeat_and_a_hidden_one_none(hub, monkeypatch):
    monkeypatch.setattr("aitown.server.hub._WATCH_EVERY", 0.01)
    monkeypatch.setattr("aitown.server.hub.HEARTBEAT", 0)
    seen, hidden = Sink(), Sink()
    hub.begin("e1", HELLO)
    hub.add(Viewer(Session(Dial(versioned=True)), seen))
    hub.add(Viewer(Session(Dial(versioned=True, hidden=True)), hidden))
    show(hub, 0)
    await eventually(lambda: sum(b'"hb"' in one and b"payload" not in one for one in seen.sent) > 5)

    assert b"".join(hidden.sent).count(b"type") == 1, "the welcome"


async def test_states_that_cost_much_come_less_often_and_the_newest_comes(hub):
    sink = await watched(hub, COST)
    show(hub, 0)
    assert len(sink.sent) == 1, "the first one at once"
    began = time.monotonic()
    for tick in range(1, 21):
        show(hub, tick)
        await asyncio.sleep(0)
    assert len(sink.sent) == 1

    await eventually(lambda: len(sink.sent) == 2)
    assert time.monotonic() - began >= 1.5 * COST
    assert b'"tick":20' in sink.sent[1]


async def test_a_state_that_was_costly_to_make_is_followed_by_ten_times_that_rest(hub, monkeypatch):
    monkeypatch.setattr("aitown.server.hub._make", lambda *_, **__: COST)
    sink = await watched(hub, 0)
    show(hub, 0)
    began = time.monotonic()
    show(hub, 1)
    assert len(sink.sent) == 1

    await eventually(lambda: len(sink.sent) == 2)
    assert time.monotonic() - began >= 9 * COST


async def test_states_that_cost_little_come_at_once(hub):
    sink = await watched(hub, 0)
    for tick in range(3):
        show(hub, tick)
        await asyncio.sleep(0.05)
    assert len(sink.sent) == 3


async def test_who_asks_gets_the_newest(hub):
    sink = await watched(hub, COST)
    show(hub, 0)
    show(hub, 1)
    assert hub.stream.frame.tick == 0
    hub.settle()
    assert hub.stream.frame.tick == 1
    assert len(sink.sent) == 2


async def test_what_waits_stays_in_its_epoch(hub):
    await watched(hub, COST)
    show(hub, 0)
    show(hub, 1)
    hub.begin("e2", HELLO)
    assert (hub.stream.position, hub.stream.frame.tick) == (("e1", 2), 1)
    show(hub, 1)
    assert hub.stream.position == ("e2", 1)


async def test_a_slow_viewer_is_kept_as_long_as_it_takes_something(hub, monkeypatch):
    monkeypatch.setattr("aitown.server.hub._WATCH_EVERY", 0.01)
    monkeypatch.setattr("aitown.server.hub.BLOCKED_SECONDS", 0.1)
    assert BLOCKED_SECONDS > 1
    sink = await watched(hub, 0)
    sink.left = 1
    show(hub, 0)
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        sink.bytes += 1
        await asyncio.sleep(0.005)
    assert sink.closed is None

    await eventually(lambda: sink.closed)
    assert sink.closed == TOO_SLOW
    assert sink.aborted, "it takes no goodbye either"
    assert not hub.viewers
