"""A town that is shown may not keep the event loop from Jupyter."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from aitown.columns import Frame
from aitown.server.hub import BLOCKED_SECONDS, TOO_SLOW, Hub, Viewer
from aitown.sim.model import Model
from aitown.wire.session import Session

from .conftest import eventually

COST = 0.02


class Sink:
    """A socket that takes `seconds` of the event loop for each message."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.sent = []
        self.bytes = 0
        self.left = None
        self.closed = None

    def send(self, frames):
        time.sleep(self.seconds)
        self.sent.append(frames)
        future = asyncio.get_running_loop().create_future()
        if self.left is None:
            future.set_result(None)
        return future

    def taken(self):
        return self.bytes

    def close(self, code, reason):
        self.closed = code

    def abort(self): ...


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
    hub.add(Viewer(Session(versioned=False), sink))
    return sink


async def test_states_that_cost_much_come_less_often_and_the_newest_comes(hub):
    sink = await watched(hub, COST)
    show(hub, 0)
    assert len(sink.sent) == 1, "the first one at once"
    began = time.monotonic()
    for tick in range(1, 21):
        show(hub, tick)
        await asyncio.sleep(0.001)
    assert len(sink.sent) == 1

    await eventually(lambda: len(sink.sent) == 2)
    assert time.monotonic() - began >= 8 * COST
    assert b'"tick":20' in sink.sent[1]


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
    assert not hub.viewers
