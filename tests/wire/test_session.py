from __future__ import annotations

import json

import pytest

from aitown.errors import BadMessage, TooMany
from aitown.wire.dial import Dial
from aitown.wire.mirror import read
from aitown.wire.position import Position, Status
from aitown.wire.session import LIMIT, MOST_A_SECOND, MOST_ANSWERS, Decision, Request, Session
from aitown.wire.stream import Stream
from tests.wire.helpers import MAP, frame, hello, said

CLOCK = "2025-03-03T06:00:00"


def stream(tick=0, epoch="e1"):
    made = Stream()
    made.begin(epoch, hello())
    made.show(frame(tick), CLOCK)
    return made


def due(session, town):
    """What it is owed, without the welcome."""
    found = [read(one.data if one.opcode == 2 else one.data.decode()) for one in session.due(town)]
    return [message for message in found if message["type"] != "welcome"]


def asking(**wishes):
    return Session(Dial(versioned=True, **wishes))


def receive(session, now=0.0, **message):
    return session.receive(json.dumps(message), now)


def kinds(session, town):
    return [message["type"] for message in due(session, town)]


def test_nothing_is_owed_before_the_first_state():
    assert kinds(Session(), Stream()) == []


def test_who_asks_hears_of_the_start_while_there_is_no_state():
    town = Stream()
    town.set_status(Status("starting", "compiling", 10, ""))
    session = asking()

    assert due(session, town) == [
        {"type": "status", "state": "starting", "phase": "compiling", "speed": 10, "reason": ""}
    ]
    assert due(session, town) == []


@pytest.mark.parametrize("versioned", [False, True])
def test_full_state_first_then_updates_then_nothing(versioned):
    town = stream()
    session = Session(Dial(versioned=versioned))

    assert kinds(session, town) == ["full_state"]
    assert kinds(session, town) == []
    town.show(frame(1), CLOCK)
    assert kinds(session, town) == ["state_update"]


def test_who_asks_for_nothing_gets_whole_states_and_nothing_beside_them():
    town = stream()
    session = Session()
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
    (message,) = due(asking(), stream(tick=3))

    assert (message["epoch"], message["seq"], message["hb"]) == ("e1", 1, 10)
    assert message["schema"] == hello()["schema"]
    assert message["start"] == hello()["start"]
    assert message["status"] == {"state": "starting", "phase": "starting", "speed": 0, "reason": ""}
    assert message["payload"]["map"] == MAP


def test_an_update_leaves_out_the_map():
    town = stream()
    session = asking()
    session.due(town)
    town.show(frame(1), CLOCK)
    (message,) = due(session, town)

    assert "map" not in message["payload"]
    assert (message["epoch"], message["seq"]) == ("e1", 2)
    assert "base" not in message
    assert [row["id"] for row in message["payload"]["npcs"]] == [0, 1], "and nothing else: deltas were not asked for"


def test_who_is_behind_gets_only_the_newest():
    town = stream()
    session = asking()
    session.due(town)
    for tick in range(1, 50):
        town.show(frame(tick), CLOCK)
    (message,) = due(session, town)

    assert (message["payload"]["tick"], message["seq"]) == (49, 50)


def test_a_new_life_begins_with_a_full_state_and_only_when_it_has_one():
    town = stream()
    session = asking()
    session.due(town)
    town.begin("e2", hello())
    assert due(session, town) == []
    town.show(frame(0), CLOCK)
    (message,) = due(session, town)

    assert (message["type"], message["epoch"], message["seq"]) == ("full_state", "e2", 1)


def test_events_go_before_the_state_that_they_belong_to_and_once():
    town = stream()
    session = asking()
    town.tell([said(0, "Before it came", number=0)])
    assert kinds(session, town) == ["full_state"]
    town.tell([said(0, "One", number=1), said(1, "Two", number=2)])
    town.show(frame(1), CLOCK)
    events, state = due(session, town)

    assert ([event["text"] for event in events["events"]], events["next"]) == (["One", "Two"], 3)
    assert state["type"] == "state_update"
    assert kinds(session, town) == []


def test_who_names_an_event_gets_those_from_there_on():
    town = stream()
    town.tell([said(0, "One", number=0), said(1, "Two", number=1)])
    _, events = due(asking(event=1), town)

    assert [event["text"] for event in events["events"]] == ["Two"]


def test_who_wants_no_events_gets_none():
    town = stream()
    session = asking(events=False)
    session.due(town)
    town.tell([said(0, "One", number=0)])

    assert kinds(session, town) == []


def test_a_life_that_begins_earlier_tells_its_own_events():
    town = stream()
    session = asking()
    session.due(town)
    town.tell([said(0, "One", tick=5, number=0), said(0, "Two", tick=6, number=1)])
    session.due(town)
    town.begin("e2", hello(tick=5))
    town.tell([said(0, "Another two", tick=6, number=1)])
    assert kinds(session, town) == []
    town.show(frame(6), CLOCK)
    state, events = due(session, town)

    assert (state["type"], state["event"]) == ("full_state", 1)
    assert [event["text"] for event in events["events"]] == ["Another two"]


def test_the_welcome_says_what_one_may_do():
    session = Session(Dial(versioned=True), rights=["read", "execute"])
    (first, *_) = [json.loads(one.data) for one in session.due(stream())]

    assert first == {"type": "welcome", "protocol": 1, "rights": ["read", "execute"], "hb": 10}
    assert "welcome" not in [json.loads(one.data)["type"] for one in session.due(stream())]


def test_who_takes_parts_gets_what_changed_since_its_last_state():
    town = stream()
    session = asking(delta=True)
    session.due(town)
    for tick in range(1, 5):
        town.show(frame(tick, x=9), CLOCK)
    (message,) = due(session, town)

    assert (message["base"], message["seq"], message["payload"]["tick"]) == (1, 5, 4)
    assert list(message["payload"]["npcs"]) == ["0"]


@pytest.mark.parametrize("form", ["rows", "cols", "bin"])
def test_the_form_is_that_which_was_asked_for(form):
    (message,) = due(asking(form=form), stream())

    assert ("names" in message["payload"]) is (form != "rows")


def test_a_known_state_is_resumed_and_brought_up_to_date():
    town = stream()
    town.state()
    town.show(frame(1, x=9), CLOCK)
    resumed, update, status = due(asking(delta=True, have=Position("e1", 1)), town)

    assert resumed == {"type": "resumed", "epoch": "e1", "seq": 1, "hb": 10}
    assert (update["type"], update["base"], update["seq"]) == ("state_update", 1, 2)
    assert status["type"] == "status"


def test_who_has_the_newest_is_told_so_and_no_more():
    assert kinds(asking(delta=True, have=Position("e1", 1)), stream()) == ["resumed", "status"]


@pytest.mark.parametrize("have", [Position("e0", 1), Position("e1", 2)])
def test_a_state_that_this_life_never_had_is_replaced(have):
    assert kinds(asking(delta=True, have=have), stream()) == ["full_state"]


def test_to_resume_takes_fewer_bytes_than_to_begin():
    town = stream()
    town.state()
    town.show(frame(1, x=9), CLOCK)
    whole = sum(len(one.data) for one in asking(delta=True).due(town))
    part = sum(len(one.data) for one in asking(delta=True, have=Position("e1", 1)).due(town))

    assert part < whole / 2


def test_a_resync_is_answered_from_the_state_that_it_names():
    town = stream()
    session = asking(delta=True)
    session.due(town)
    for tick in (1, 2):
        town.show(frame(tick, x=8 + tick), CLOCK)
        session.due(town)
    receive(session, type="resync", epoch="e1", seq=1)
    resumed, update = due(session, town)

    assert (resumed["type"], resumed["seq"], update["base"], update["seq"]) == ("resumed", 1, 1, 3)


@pytest.mark.parametrize("epoch", ["", "e0"])
def test_a_resync_from_an_unknown_state_is_answered_with_the_whole(epoch):
    town = stream()
    session = asking(delta=True)
    session.due(town)
    receive(session, type="resync", epoch=epoch, seq=1)

    assert kinds(session, town) == ["full_state"]


def test_who_is_hidden_is_sent_nothing_and_then_one_catch_up():
    town = stream()
    session = asking(delta=True)
    session.due(town)
    receive(session, type="visibility", hidden=True)
    for tick in range(1, 10):
        town.tell([said(0, "Hm", tick=tick, number=tick)])
        town.show(frame(tick, x=9), CLOCK)
        town.set_status(Status("running", "running", tick, ""))
        assert session.need(town) is None
        assert kinds(session, town) == []
    assert not session.wants_beat
    receive(session, type="ping")
    assert kinds(session, town) == ["pong"]
    receive(session, type="visibility", hidden=False)

    assert kinds(session, town) == ["event", "state_update", "status"]


def test_what_is_asked_is_handed_on():
    session = asking()

    assert receive(session, type="input", id=1, kind="say", text="Hi") == Request(
        "input", 1, {"kind": "say", "text": "Hi"}
    )
    assert receive(session, type="control", id="a", op="pause") == Request("control", "a", {"op": "pause"})
    assert receive(session, type="mind", npcs="all") == Request("mind", None, {"npcs": "all"})
    assert receive(session, type="decide", ask=3, inputs=[{}]) == Decision(3, [{}])


def test_the_simple_client_asks_for_nothing():
    assert receive(Session(), type="input", id=1, kind="say", text="Hi") is None


def test_answers_come_even_to_who_is_hidden():
    session = asking(hidden=True)
    session.answer("accepted", id=1, input=0, tick=5)

    assert due(session, stream()) == [{"type": "accepted", "id": 1, "input": 0, "tick": 5}]
    assert due(session, stream()) == []


def test_answers_that_nobody_reads_are_bounded():
    session = asking()
    for number in range(MOST_ANSWERS):
        session.answer("accepted", id=number, input=number, tick=1)

    with pytest.raises(TooMany):
        session.answer("accepted", id=0, input=0, tick=1)


def test_messages_are_counted_by_the_second():
    session = asking()
    for _ in range(MOST_A_SECOND):
        receive(session, now=7.1, type="ping")
    receive(session, now=8.0, type="ping")
    for _ in range(MOST_A_SECOND - 1):
        receive(session, now=8.5, type="ping")

    with pytest.raises(TooMany, match="in a second"):
        receive(session, now=8.9, type="ping")


def test_a_change_of_status_is_told_once():
    town = stream()
    session = asking()
    session.due(town)
    assert town.set_status(Status("failed", "running", 10, "it broke"))
    assert not town.set_status(Status("failed", "running", 10, "it broke"))

    assert due(session, town) == [
        {"type": "status", "state": "failed", "phase": "running", "speed": 10, "reason": "it broke"}
    ]
    assert due(session, town) == []


def test_many_pings_are_owed_one_pong():
    town = stream()
    session = asking()
    session.due(town)
    for seq in range(100):
        receive(session, type="ping", seq=seq)

    assert due(session, town) == [{"type": "pong", "epoch": "e1", "seq": 1}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "\ud800",
        '{"type": "dance"}',
        '{"type": ["ping"]}',
        '{"type": "resync"}',
        '{"type": "resync", "epoch": "e", "seq": true}',
        '{"type": "resync", "epoch": 1, "seq": 1}',
        '{"type": "visibility", "hidden": 1}',
        '{"type": "input", "id": {}}',
        '{"type": "input", "id": -1}',
        '{"type": "decide", "ask": "x", "inputs": []}',
        '{"type": "decide", "ask": 1, "inputs": {}}',
        '{"type": "decide", "ask": 1, "inputs": [1]}',
        b'{"type": "ping"}',
        "x" * (LIMIT + 1),
    ],
)
def test_what_no_viewer_may_send(text):
    with pytest.raises(BadMessage):
        asking().receive(text, 0.0)


def test_every_viewer_shares_one_encoding():
    town = stream()
    texts = [due_state(asking(), town) for _ in range(3)]
    plain = [due_state(Session(), town) for _ in range(3)]

    assert all(text is texts[0] for text in texts)
    assert all(text.frame is texts[0].frame for text in texts)
    assert all(text is plain[0] for text in plain)


def due_state(session, town):
    need = session.need(town)
    assert need is not None
    found = town.state().get(need)
    assert found in session.due(town)
    return found
