from __future__ import annotations

import json

import numpy as np
import pytest

from aitown.wire.position import Status
from aitown.wire.stream import EVENTS_KEPT, Stream
from tests.wire.helpers import frame, hello, said

CLOCK = "2025-03-03T06:00:00"


def stream():
    made = Stream()
    made.begin("e1", hello())
    made.show(frame(0), CLOCK)
    return made


def events(town, first, epoch=None):
    message = json.loads(town.events_since(*town.told_before(first, epoch)).data)
    return [event["id"] for event in message["events"]], message["next"], message["missed"]


def test_there_is_no_state_before_the_first_frame():
    town = Stream()
    town.begin("e1", hello())

    assert town.position is None


def test_the_sequence_counts_frames_and_begins_anew_with_a_life():
    town = stream()
    town.show(frame(1), CLOCK)
    assert town.position == ("e1", 2)
    town.begin("e2", hello())
    assert town.position == ("e1", 2), "until its first frame the old life is shown"
    town.show(frame(1), CLOCK)
    assert town.position == ("e2", 1)


def test_rows_carry_the_number_that_last_changed_them():
    town = stream()
    town.state()
    town.show(frame(1, x=9), CLOCK)
    town.state()
    town.show(frame(2, x=9), CLOCK)

    assert town.state().changed["npcs"].tolist() == [2, 1]
    assert town.state().changed["places"].tolist() == [1, 1]


def test_states_that_nobody_saw_are_compared_as_one():
    town = stream()
    town.state()
    town.show(frame(1, x=9), CLOCK)
    town.show(frame(2), CLOCK)

    assert town.state().changed["npcs"].tolist() == [1, 1]


def test_a_state_never_changes():
    town = stream()
    state = town.state()
    town.show(frame(1, x=9), CLOCK)
    town.state()

    assert state.changed["npcs"].tolist() == [1, 1]
    assert np.array_equal(state.frame.tables["npcs"]["x"], frame(0).tables["npcs"]["x"])


def test_with_no_viewer_nothing_is_compared(monkeypatch):
    town = stream()
    monkeypatch.setattr("aitown.wire.stream._changed", lambda *_: pytest.fail("compared"))
    for tick in range(1, 10):
        town.show(frame(tick), CLOCK)


def test_events_are_told_from_any_id():
    town = stream()
    town.tell([said(0, "One", number=0), said(1, "Two", number=1), said(0, "Three", number=2)])

    assert events(town, 0) == ([0, 1, 2], 3, 0)
    assert events(town, 2) == ([2], 3, 0)
    assert events(town, 3) == ([], 3, 0)


def test_what_is_not_kept_is_counted():
    town = stream()
    town.tell([said(0, "x", number=number) for number in range(EVENTS_KEPT + 5)])
    town.tell([said(0, "x", number=EVENTS_KEPT + 10)])  # the town itself left five out

    ids, follows, missed = events(town, 0)
    assert (len(ids), ids[-1], follows) == (EVENTS_KEPT, EVENTS_KEPT + 10, EVENTS_KEPT + 11)
    assert missed == 11
    assert events(town, EVENTS_KEPT + 4) == ([EVENTS_KEPT + 4, EVENTS_KEPT + 10], EVENTS_KEPT + 11, 5)


def test_an_event_that_comes_again_is_not_told_again():
    town = stream()
    town.tell([said(0, "One", number=0)])
    town.tell([said(0, "One", number=0), said(0, "Two", number=1)])

    assert events(town, 0) == ([0, 1], 2, 0)


def test_a_life_that_begins_earlier_forgets_what_has_not_happened_yet():
    town = stream()
    town.tell([said(0, "Kept", tick=5, number=0), said(0, "Lost", tick=9, number=1), said(0, "Too", tick=9, number=2)])
    town.begin("e2", hello(tick=7))
    assert town.next_event == 1
    town.tell([said(0, "Another", tick=8, number=1)])
    assert town.next_event == 1, "until its first frame"
    town.show(frame(8), CLOCK)

    assert events(town, 0) == ([0, 1], 2, 0)
    assert events(town, 3, "e1") == ([1], 2, 0), "who knows the life before is told anew what this one tells"
    assert events(town, 2, "e2") == ([], 2, 0)
    assert town.state().npc(0)["saying"] == "Another"


def test_what_a_life_told_that_never_had_a_state_is_forgotten():
    town = stream()
    town.begin("e2", hello(tick=7))
    town.tell([said(0, "Never shown", tick=8, number=0)])
    town.begin("e3", hello(tick=7))
    town.show(frame(8), CLOCK)

    assert events(town, 0) == ([], 0, 0)


def test_what_was_said_before_is_still_heard_in_the_next_life():
    town = stream()
    town.tell([said(0, "Good morning", tick=5, number=0)])
    town.begin("e2", hello(tick=7))
    town.show(frame(7), CLOCK)

    assert town.state().npc(0)["saying"] == "Good morning"


def test_a_status_is_news_once():
    town = stream()

    assert town.set_status(Status("failed", "running", 10, "it broke"))
    assert not town.set_status(Status("failed", "running", 10, "it broke"))
    assert json.loads(town.status_message().data)["reason"] == "it broke"
