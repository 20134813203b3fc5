from __future__ import annotations

import itertools
import json
import random

import pytest

from aitown.errors import BadMessage
from aitown.wire.session import LIMIT, Session, after_close
from aitown.wire.stream import EVENTS_KEPT, Status, Stream
from tests.wire.helpers import MAP, frame, hello, said

CLOCK = "2025-03-03T06:00:00"


def stream(tick=0, epoch="e1"):
    made = Stream()
    made.begin(epoch, hello())
    made.show(frame(tick), CLOCK)
    return made


def due(session, town):
    return [json.loads(text.data) for text in session.due(town)]


def kinds(session, town):
    return [message["type"] for message in due(session, town)]


def test_nothing_is_owed_before_the_first_state():
    assert kinds(Session(versioned=False), Stream()) == []


def test_who_asks_hears_of_the_start_while_there_is_no_state():
    town = Stream()
    town.set_status(Status("starting", "compiling", 10, ""))
    session = Session(versioned=True)

    assert due(session, town) == [
        {"type": "status", "state": "starting", "phase": "compiling", "speed": 10, "reason": ""}
    ]
    assert due(session, town) == []


@pytest.mark.parametrize("versioned", [False, True])
def test_full_state_first_then_updates_then_nothing(versioned):
    town = stream()
    session = Session(versioned=versioned)

    assert kinds(session, town) == ["full_state"]
    assert kinds(session, town) == []
    town.show(frame(1), CLOCK)
    assert kinds(session, town) == ["state_update"]


def test_who_asks_for_nothing_gets_whole_states_and_nothing_beside_them():
    town = stream()
    session = Session(versioned=False)
    (first,) = due(session, town)
    town.tell([said(0, "Hello")])
    town.set_status(Status("running", "paused", 0, ""))
    town.show(frame(1), CLOCK)
    (second,) = due(session, town)

    for message in first, second:
        assert set(message) == {"type", "payload"}
        assert message["payload"]["map"] == MAP
    assert second["payload"]["npcs"][0]["saying"] == "Hello"


def test_who_asks_gets_position_schema_and_status():
    (message,) = due(Session(versioned=True), stream(tick=3))

    assert (message["epoch"], message["seq"], message["hb"]) == ("e1", 1, 10)
    assert message["schema"] == hello()["schema"]
    assert message["start"] == hello()["start"]
    assert message["status"] == {"state": "starting", "phase": "starting", "speed": 0, "reason": ""}
    assert message["payload"]["map"] == MAP


def test_an_update_leaves_out_the_map():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    town.show(frame(1), CLOCK)
    (message,) = due(session, town)

    assert "map" not in message["payload"]
    assert (message["epoch"], message["seq"]) == ("e1", 2)


def test_who_is_behind_gets_only_the_newest():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    for tick in range(1, 50):
        town.show(frame(tick), CLOCK)
    (message,) = due(session, town)

    assert (message["payload"]["tick"], message["seq"]) == (49, 50)


def test_a_new_life_begins_with_a_full_state_and_only_when_it_has_one():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    town.begin("e2", hello())
    assert due(session, town) == []
    town.show(frame(0), CLOCK)
    (message,) = due(session, town)

    assert (message["type"], message["epoch"], message["seq"]) == ("full_state", "e2", 1)


def test_events_go_before_the_state_that_they_belong_to_and_once():
    town = stream()
    session = Session(versioned=True)
    town.tell([said(0, "Before it came")])
    session.due(town)
    town.tell([said(0, "One"), said(1, "Two")])
    town.show(frame(1), CLOCK)
    events, _ = due(session, town)

    assert [event["text"] for event in events["events"]] == ["One", "Two"]
    assert kinds(session, town) == []


def test_events_are_bounded_to_the_newest():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    town.tell([said(0, str(number)) for number in range(EVENTS_KEPT + 5)])
    (message,) = due(session, town)

    assert len(message["events"]) == EVENTS_KEPT
    assert message["events"][-1]["text"] == str(EVENTS_KEPT + 4)


def test_a_change_of_status_is_told_once():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    assert town.set_status(Status("failed", "running", 10, "it broke"))
    assert not town.set_status(Status("failed", "running", 10, "it broke"))

    assert due(session, town) == [
        {"type": "status", "state": "failed", "phase": "running", "speed": 10, "reason": "it broke"}
    ]
    assert due(session, town) == []


def test_many_pings_are_owed_one_pong():
    town = stream()
    session = Session(versioned=True)
    session.due(town)
    for seq in range(100):
        session.receive(json.dumps({"type": "ping", "seq": seq}))

    assert due(session, town) == [{"type": "pong", "epoch": "e1", "seq": 1}]


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"type": "dance"}', b'{"type": "ping"}', "x" * (LIMIT + 1)])
def test_what_no_viewer_may_send(text):
    with pytest.raises(BadMessage):
        Session(versioned=True).receive(text)


def test_every_viewer_shares_one_encoding():
    town = stream()
    texts = [Session(versioned=True).due(town)[0] for _ in range(3)]
    plain = [Session(versioned=False).due(town)[0] for _ in range(3)]

    assert all(text is texts[0] for text in texts)
    assert all(text.frame is texts[0].frame for text in texts)
    assert all(text is plain[0] for text in plain)


def test_with_no_viewer_nothing_is_encoded(monkeypatch):
    town = stream()
    monkeypatch.setattr("aitown.wire.payload.Payload.encode", lambda *_: pytest.fail("encoded"))
    for tick in range(1, 10):
        town.show(frame(tick), CLOCK)


def follow_a_random_schedule(seed):
    """200 ticks with new lives in between; three viewers take only some of what they are owed."""
    chance = random.Random(seed)
    town = stream()
    sessions = [(Session(versioned=True), []) for _ in range(3)]
    for tick in range(1, 200):
        if chance.random() < 0.05:
            town.begin(f"e{tick}", hello())
        town.show(frame(tick), CLOCK)
        for session, seen in sessions:
            if chance.random() < 0.3:
                seen.extend([message for message in due(session, town) if "seq" in message])
    for session, seen in sessions:
        seen.extend(due(session, town))
        for one, other in itertools.pairwise(seen):
            assert other["type"] == ("state_update" if one["epoch"] == other["epoch"] else "full_state")
            assert one["epoch"] != other["epoch"] or one["seq"] < other["seq"]
        assert seen[-1]["payload"]["tick"] == 199


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_missed_the_sequence_rises_and_quiet_shows_the_newest(seed):
    follow_a_random_schedule(seed)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_hundreds_of_thousands_of_steps_of_random_schedules():
    for seed in range(1000, 2500):  # 200 ticks each
        follow_a_random_schedule(seed)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (1000, "retry"),
        (1006, "retry"),
        (4000, "retry"),
        (4500, "retry"),
        (4408, "later"),
        (1013, "later"),
        (4401, "refresh"),
        (1002, "stop"),
        (4400, "stop"),
        (4404, "stop"),
        (4410, "stop"),
        (4499, "stop"),
    ],
)
def test_what_a_close_code_asks_for(code, answer):
    assert after_close(code) == answer
