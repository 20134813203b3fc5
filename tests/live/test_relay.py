"""A town of a server, seen through a kernel by pages that have nothing but a comm."""

from __future__ import annotations

import json
import queue
import threading
from pathlib import Path

import pytest

from aitown.client import Client
from aitown.history.replay import stretch
from aitown.live import relay as relaying
from aitown.live.relay import KEPT, Relay
from aitown.wire.lanes import WINDOW
from aitown.wire.mirror import Applied, Mirror, read
from tests.server.real import jupyter, until


@pytest.fixture
def relay(client, hamlet):
    return Relay(client, "hamlet", lambda: None)


class Page:
    """One page: what came waits until it is taken."""

    def __init__(self, relay, name="p1", query="v=1&delta=1&fmt=bin"):
        self.relay, self.name = relay, name
        self.waiting, self.other = queue.SimpleQueue(), queue.SimpleQueue()
        self.mirror, self.events, self.heard = Mirror(), [], []
        self.most = self.missed = 0
        self.tell(dial=query)

    def send(self, content, buffers):
        assert content["aitown"] == self.name
        if "parts" not in content:
            self.other.put(content)
            return
        self.waiting.put((content, buffers))
        self.most = max(self.most, self.waiting.qsize())

    def tell(self, **what):
        self.relay.receive({"aitown": self.name, **what}, self.send)

    def say(self, kind, /, **fields):
        self.tell(say=json.dumps({"type": kind, **fields}))

    def take(self):
        """Draw what has come and say so."""
        while not self.waiting.empty():
            content, buffers = self.waiting.get()
            buffers = list(buffers)
            for part in content["parts"]:
                message = read(buffers.pop(0) if part is None else part)
                if message["type"] in ("full_state", "state_update"):
                    assert self.mirror.apply(message) is Applied.NEW
                elif message["type"] == "event":
                    self.events += message["events"]
                    self.missed += message["missed"]
                else:
                    self.heard.append(message)
            self.tell(ack=content["n"])

    def until(self, condition):
        def met():
            self.take()
            return condition()

        return until(met)

    @property
    def tick(self):
        return self.mirror.payload["tick"] if self.mirror.position else -1

    def answer(self):
        return self.other.get(timeout=60)


def test_a_page_sees_the_town_and_acts(relay, client):
    page = Page(relay)
    assert page.answer() == {"aitown": "p1", "open": {}}
    page.until(lambda: page.tick == 0)
    assert page.heard[0]["type"] == "welcome"
    assert page.heard[0]["rights"] == ["read", "execute"]
    page.say("control", op="step", ticks=100, id=1)
    page.until(lambda: any(message["type"] == "done" for message in page.heard))
    page.until(lambda: page.tick == 100)
    assert page.mirror.payload["npcs"] == client.state("hamlet")["payload"]["npcs"]
    page.say("input", kind="say", text="", id=2)
    page.until(lambda: any(message["type"] == "rejected" and message["id"] == 2 for message in page.heard))
    page.tell(close=True)
    until(lambda: len(relay) == 0)
    until(lambda: client.town("hamlet")["viewers"] == 0)


def test_it_goes_on_where_it_stood_and_keeps_to_its_town(relay, client):
    client.open("other", map="riverbend", npcs=2, seed=1, play=False)
    first = Page(relay)
    first.until(lambda: first.tick == 0)
    position = first.mirror.position
    first.tell(close=True)
    client.control("hamlet", "step", ticks=3)
    query = f"v=1&delta=1&fmt=bin&epoch={position.epoch}&seq={position.seq}&town=other&token=no"
    again = Page(relay, "p2", query)
    again.mirror = first.mirror
    again.until(lambda: again.tick == 3)
    assert [message["type"] for message in again.heard[:2]] == ["welcome", "resumed"]
    assert len(again.mirror.payload["npcs"]) == 3
    again.tell(close=True)


def test_a_page_that_draws_slowly_holds_little_and_misses_nothing(relay, client):
    page = Page(relay)
    page.until(lambda: page.tick == 0)
    client.control("hamlet", "play", speed=0)
    until(lambda: client.town("hamlet")["tick"] > 20_000)
    (lane,) = relay._lanes.values()
    until(lambda: lane._choked is not None)
    assert page.most <= WINDOW
    held = len(lane._owed)
    at = client.town("hamlet")["tick"]
    until(lambda: client.town("hamlet")["tick"] > at + 20_000)
    assert len(lane._owed) <= max(held, KEPT) + 8, "what was on the way when the server was told"
    client.control("hamlet", "pause")
    page.until(lambda: page.tick == client.town("hamlet")["tick"])
    assert page.most <= WINDOW
    ids = [event["id"] for event in page.events]
    assert ids == sorted(set(ids))
    page.tell(close=True)


def test_what_comes_after_a_page_has_made_room_is_not_lost(relay):
    page = Page(relay)
    page.until(lambda: page.tick == 0)
    page.say("control", op="step", ticks=100, id=1)
    until(lambda: any('"done"' in str(message) for message in relay._lanes["p1"]._owed))
    page.until(lambda: any(message["type"] == "done" for message in page.heard))
    page.say("input", kind="say", text="", id=2)
    page.until(lambda: any(message["type"] == "rejected" and message["id"] == 2 for message in page.heard))


def test_while_nobody_looks_nothing_comes(relay, client):
    page = Page(relay)
    page.until(lambda: page.tick == 0)
    page.say("visibility", hidden=True)
    page.say("ping")
    page.until(lambda: any(message["type"] == "pong" for message in page.heard))
    client.control("hamlet", "step", ticks=5)
    page.say("ping")
    page.until(lambda: sum(message["type"] == "pong" for message in page.heard) == 2)
    assert page.tick == 0
    page.say("visibility", hidden=False)
    page.until(lambda: page.tick == 5)
    page.tell(close=True)


def test_a_page_that_gives_no_sign_is_given_up(relay, client, monkeypatch):
    monkeypatch.setattr(relaying, "GIVEN_UP", 0.3)
    page = Page(relay)
    until(lambda: not page.waiting.empty())
    client.control("hamlet", "play", speed=0)
    until(lambda: len(relay) == 0)
    assert page.answer() == {"aitown": "p1", "open": {}}
    assert page.answer()["close"]["code"] == 4408
    until(lambda: client.town("hamlet")["viewers"] == 0)


def test_what_no_lane_is_for(relay):
    heard = []
    for content in (None, {"aitown": 3}, {"aitown": "x" * 61, "dial": ""}, {"keep": True}):
        relay.receive(content, lambda *said: heard.append(said))
    assert heard == []
    relay.receive({"aitown": "old", "ack": 1}, lambda content, _: heard.append(content))
    assert heard == [{"aitown": "old", "close": {"code": 1012, "reason": "the kernel has begun anew"}}]


def test_who_somebody_is_and_what_was(client, hamlet, server):
    import aitown

    client.control("hamlet", "step", ticks=60)
    run = aitown.load(Path(server.runtime).parent / "root" / hamlet["folder"])
    until(lambda: run.last_tick == 60)
    page = Page(Relay(client, "hamlet", lambda: run), "p1")
    assert "open" in page.answer()
    page.tell(ask={"npc": 1})
    assert page.answer()["persona"]["name"] == run.names[1]
    page.tell(ask={"npc": 99})
    assert "99" in page.answer()["error"]
    answers = queue.SimpleQueue()
    page.relay.receive({"aitown": "q", "ask": {"start": 10, "stop": 20}}, lambda *said: answers.put(said))
    content, (data,) = answers.get(timeout=60)
    assert content == {"aitown": "q"}
    assert data == stretch(run, slice(10, 20), ties=False).data  # they come with the whole run
    page.tell(close=True)


def test_a_server_that_is_gone_or_has_no_such_town_is_said(tmp_path):
    with jupyter(tmp_path) as running:
        client = Client.find(running.url, running.token)
        client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)
        page = Page(Relay(client, "hamlet", lambda: None))
        page.until(lambda: page.tick == 0)
        nobody = Page(Relay(client, "nowhere", lambda: None), "p2")
        while "close" not in (said := nobody.answer()):
            pass
        assert said["close"]["code"] == 4404
        stranger = Page(Relay(Client.find(running.url, "wrong"), "hamlet", lambda: None), "p3")
        assert stranger.answer()["close"]["code"] == 4403
    assert "open" in page.answer()
    assert page.answer()["close"]["code"] in (1001, 1006, 1012)
    again = Page(page.relay)
    closed = again.answer()["close"]
    assert (closed["code"], "can't reach" in closed["reason"]) == (1006, True)
    assert len(page.relay) == 0


def test_relays_share_one_thread(client, hamlet):
    for i in range(3):
        page = Page(Relay(client, "hamlet", lambda: None), f"p{i}")
        page.until(lambda page=page: page.tick == 0)
        page.tell(close=True)
    assert sum(thread.name == "aitown relays" for thread in threading.enumerate()) == 1
