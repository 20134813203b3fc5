"""Pages over a comm: what is on the way is bounded, and nothing is lost that counts."""

from __future__ import annotations

import json
import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.wire.lanes import MOST, WINDOW, Lanes
from aitown.wire.mirror import Applied, Mirror, read
from aitown.wire.position import Need, Status
from aitown.wire.stream import Stream
from tests.wire.helpers import any_frame, frame, hello, said

DIAL = "v=1&delta=1&fmt={}"


class Page:
    """One page: what came waits until it is taken."""

    def __init__(self, lanes, name="p1", form="rows"):
        self.lanes, self.name = lanes, name
        self.waiting, self.mirror, self.events, self.other = [], Mirror(), [], []
        self.most = 0
        self.now = 0.0
        self.tell(dial=DIAL.format(form))

    def send(self, content, buffers):
        if content["aitown"] != self.name:
            return
        if "parts" in content:
            self.waiting.append((content, buffers))
            self.most = max(self.most, len(self.waiting))
        else:
            self.other.append(content)

    def tell(self, **what):
        return self.lanes.receive({"aitown": self.name, **what}, self.send, self.now)

    def take(self):
        """Draw the oldest batch and say so."""
        if not self.waiting:
            return False
        content, buffers = self.waiting.pop(0)
        buffers = list(buffers)
        for part in content["parts"]:
            message = read(buffers.pop(0) if part is None else part)
            if message["type"] == "event":
                self.events += message["events"]
                assert message["missed"] == 0
            elif message["type"] in ("full_state", "state_update"):
                assert self.mirror.apply(message) is Applied.NEW
        self.tell(ack=content["n"])
        return True


@pytest.fixture
def stream():
    made = Stream()
    made.begin("e1", hello())
    made.set_status(Status("running", "running", 10.0))
    return made


@pytest.mark.parametrize("form", ["rows", "cols", "bin"])
def test_nothing_is_lost_at_two_thousand_ticks_a_second(stream, form):
    lanes, chance = Lanes(stream), random.Random(7)
    last = any_frame(chance, 0)
    stream.show(last, "2025-03-03T06:00:00")
    page = Page(lanes, form=form)
    for tick in range(1, 2_000):
        stream.tell([said(0, f"line {tick}", tick, tick - 1)])
        last = any_frame(chance, tick, last)
        stream.show(last, "2025-03-03T06:00:00")
        lanes.flush(tick / 2000)
        if tick % 100 == 0:  # the page draws twenty times a second
            page.take()
    while page.take():
        pass
    assert page.most <= WINDOW
    assert [event["id"] for event in page.events] == list(range(1_999))
    whole = read(stream.state().get(Need("plain state_update")).data.decode())["payload"]
    assert whole["tick"] == 1_999
    assert page.mirror.position.seq == stream.seq == 2_000
    assert page.mirror.payload["npcs"] == whole["npcs"]
    assert page.mirror.payload["places"] == whole["places"]


@given(
    st.lists(st.sampled_from(["tick", "take", "say", "beat"]), max_size=80), st.sampled_from(["rows", "cols", "bin"])
)
@settings(max_examples=80, deadline=None)
def test_whatever_comes_first_the_newest_is_shown_in_the_end(steps, form):
    stream = Stream()
    stream.begin("e1", hello())
    stream.show(frame(), "2025-03-03T06:00:00")
    lanes, tick = Lanes(stream), 0
    page = Page(lanes, form=form)
    for step in steps:
        if step == "tick":
            tick += 1
            stream.show(frame(tick, x=tick), "2025-03-03T06:00:00")
            lanes.flush(page.now)
        elif step == "take":
            page.take()
        elif step == "say":
            page.tell(say=json.dumps({"type": "ping"}))
        else:
            page.now += 11
            lanes.beat(page.now)
        assert len(page.waiting) <= WINDOW
    while page.take():
        pass
    assert page.mirror.position == stream.position


def test_a_page_that_is_gone_holds_two_batches_and_delays_nobody(stream):
    lanes = Lanes(stream)
    gone, here = Page(lanes, "gone"), Page(lanes, "here")
    for tick in range(50):
        stream.show(frame(tick, x=tick), "2025-03-03T06:00:00")
        lanes.flush(tick)
        while here.take():
            pass
    assert len(gone.waiting) == WINDOW
    assert here.mirror.position.seq == 50


def test_what_is_asked_comes_out_and_its_answer_goes_back(stream):
    stream.show(frame(), "2025-03-03T06:00:00")
    lanes = Lanes(stream)
    page = Page(lanes)
    lane, wish = page.tell(say=json.dumps({"type": "control", "id": 5, "op": "pause"}))
    assert (wish.kind, wish.id, wish.fields) == ("control", 5, {"op": "pause"})
    page.take()
    lanes.answer(lane, "done", 1.0, id=5, tick=3)
    parts = [json.loads(part) for content, _ in page.waiting for part in content["parts"]]
    assert {"type": "done", "id": 5, "tick": 3} in parts


def test_a_page_that_the_kernel_does_not_know_is_told_to_dial_again(stream):
    lanes = Lanes(stream)
    page = Page(lanes)
    page.tell(close=True)
    assert len(lanes) == 0
    page.tell(ack=1)
    assert page.other[-1]["close"]["code"] == 1012


@pytest.mark.parametrize("text", ["nonsense", '{"type": "?"}', "[]", '{"type": "visibility", "hidden": 7}', 5, None])
def test_nonsense_closes_the_lane_and_says_why(stream, text):
    lanes = Lanes(stream)
    page = Page(lanes)
    page.tell(say=text)
    assert page.other[-1]["close"]["code"] == 4400
    assert page.other[-1]["close"]["reason"]
    assert len(lanes) == 0


@pytest.mark.parametrize("query", ["v=0", "v=1&fmt=?", "v=1&seq=1", 7])
def test_a_dial_that_cannot_be_is_refused(stream, query):
    lanes = Lanes(stream)
    page = Page(lanes)
    page.tell(dial=query)
    assert query == 7 or page.other[-1]["close"]["code"] == 4400


@pytest.mark.parametrize("content", [None, 7, [], {}, {"aitown": 7}, {"aitown": "x" * 61}, {"other": "widget"}])
def test_what_is_meant_for_others_is_passed_over(stream, content):
    lanes = Lanes(stream)
    assert lanes.receive(content, lambda *_: pytest.fail("nobody asked"), 0.0) is None


def test_lanes_are_bounded(stream):
    lanes = Lanes(stream)
    for number in range(MOST + 9):
        page = Page.__new__(Page)
        page.__dict__.update(lanes=lanes, name=f"p{number}", waiting=[], other=[], most=0, now=float(number))
        page.tell(dial="v=1")
    assert len(lanes) == MOST


def test_two_threads_at_once(stream):
    stream.show(frame(), "2025-03-03T06:00:00")
    lanes = Lanes(stream)
    page = Page(lanes)

    def town():
        for tick in range(1, 500):
            with lanes.lock:
                stream.show(frame(tick, x=tick), "2025-03-03T06:00:00")
            lanes.flush(0.0)

    thread = threading.Thread(target=town)
    thread.start()
    while thread.is_alive() or page.waiting:
        page.take()
    assert page.mirror.position == stream.position


def test_the_end_of_the_town_is_told(stream):
    lanes = Lanes(stream)
    page = Page(lanes)
    lanes.close(4410, "the town has ended")
    assert page.other[-1] == {"aitown": "p1", "close": {"code": 4410, "reason": "the town has ended"}}
