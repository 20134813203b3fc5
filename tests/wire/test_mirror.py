from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadMessage
from aitown.wire.mirror import Applied, Mirror, read

FULL = {
    "type": "full_state",
    "epoch": "a",
    "seq": 5,
    "payload": {
        "tick": 5,
        "clock": "c",
        "day": 1,
        "npcs": [{"id": 0, "x": 1}, {"id": 1, "x": 2}],
        "places": [],
        "map": "M",
    },
}


def update(seq, epoch="a", base=None, npcs=None, removed=()):
    payload = {"tick": seq, "clock": "c", "day": 1, "places": []}
    if base is None:
        return {
            "type": "state_update",
            "epoch": epoch,
            "seq": seq,
            "payload": {**payload, "npcs": [{"id": 0, "x": seq}]},
        }
    payload |= {"npcs": npcs or {}, "places": {}, "removed": list(removed)}
    return {"type": "state_update", "epoch": epoch, "seq": seq, "base": base, "payload": payload}


@pytest.fixture
def mirror():
    made = Mirror()
    assert made.apply(FULL) is Applied.NEW
    return made


def test_a_whole_update_replaces_all_but_the_map(mirror):
    assert mirror.apply(update(6)) is Applied.NEW
    assert mirror.payload == {
        "tick": 6, "clock": "c", "day": 1, "npcs": [{"id": 0, "x": 6}], "places": [], "map": "M"
    }  # fmt: skip


def test_a_partial_update_replaces_the_rows_that_it_has(mirror):
    assert mirror.apply(update(6, base=5, npcs={"1": {"id": 1, "x": 9}})) is Applied.NEW
    assert mirror.payload["npcs"] == [{"id": 0, "x": 1}, {"id": 1, "x": 9}]
    assert mirror.apply(update(7, base=6, removed=[0])) is Applied.NEW
    assert mirror.payload["npcs"] == [{"id": 1, "x": 9}]


def test_an_update_from_an_older_base_is_as_good(mirror):
    mirror.apply(update(6, base=5, npcs={"1": {"id": 1, "x": 9}}))

    assert mirror.apply(update(8, base=5, npcs={"1": {"id": 1, "x": 8}})) is Applied.NEW
    assert mirror.payload["npcs"][1] == {"id": 1, "x": 8}


@pytest.mark.parametrize("message", [update(5), update(4), update(5, base=2), FULL])
def test_what_is_older_is_dropped(mirror, message):
    assert mirror.apply(message) is Applied.OLD
    assert mirror.payload["tick"] == 5


@pytest.mark.parametrize("message", [update(9, base=6), update(9, epoch="b"), update(9, epoch="b", base=1)])
def test_what_has_a_hole_before_it_changes_nothing_and_is_asked_for(mirror, message):
    assert mirror.apply(message) is Applied.RESYNC
    assert (mirror.payload["tick"], mirror.position) == (5, ("a", 5))


def test_an_update_is_no_beginning():
    assert Mirror().apply(update(1)) is Applied.RESYNC


def test_another_life_begins_with_a_full_state_whatever_its_number(mirror):
    assert mirror.apply({**FULL, "epoch": "b", "seq": 1}) is Applied.NEW
    assert mirror.position == ("b", 1)


@pytest.mark.parametrize("message", [{}, {"type": "hb", "epoch": "a", "seq": 9}, {"type": "full_state", "payload": 3}])
def test_what_is_no_state(message):
    assert Mirror().apply(message) is Applied.OLD


def test_a_server_that_counts_nothing_is_believed():
    mirror = Mirror()

    assert mirror.apply({"type": "full_state", "payload": {"tick": 1, "npcs": []}}) is Applied.NEW
    assert mirror.apply({"type": "state_update", "payload": {"tick": 2, "npcs": []}}) is Applied.NEW
    assert mirror.payload == {"tick": 2, "npcs": []}


def event(number):
    return {"id": number, "tick": number}


def test_events_come_once_and_tell_where_to_go_on(mirror):
    assert mirror.hear({"events": [event(3), event(4)], "next": 5, "missed": 0}) == [event(3), event(4)]
    assert mirror.hear({"events": [event(4), event(6)], "next": 7, "missed": 1}) == [event(6)]
    assert mirror.event == 7


def test_a_life_that_begins_earlier_may_tell_other_events_under_the_same_numbers(mirror):
    mirror.hear({"events": [event(3), event(9)], "next": 10, "missed": 0})
    mirror.apply({**FULL, "epoch": "b", "seq": 1, "event": 8})

    assert mirror.hear({"events": [event(8)], "next": 9, "missed": 0}) == [event(8)]


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_junk_is_no_message(data):
    with contextlib.suppress(BadMessage):
        assert isinstance(read(data), dict)


def test_columns_on_top_of_rows_are_not_guessed_at_but_asked_for_whole(mirror):
    columns = {
        "tick": 6,
        "clock": "c",
        "day": 1,
        "npcs": {"id": [0]},
        "places": {"id": []},
        "saying": {},
        "removed": [],
    }
    message = {"type": "state_update", "epoch": "a", "seq": 6, "base": 5, "payload": columns}

    assert mirror.apply(message) is Applied.RESYNC
    assert mirror.lost
    assert mirror.apply(FULL) is Applied.NEW
    assert not mirror.lost
    assert mirror.apply(FULL) is Applied.OLD
