from __future__ import annotations

import json
from pathlib import Path

import pytest

from aitown.errors import BadMessage
from aitown.wire.payload import HEARD_SECONDS, Payload, Voices
from tests.wire.helpers import MAP, frame, hello, said

VECTOR = (Path(__file__).parents[1] / "vectors" / "payload.json").read_bytes().strip()
CLOCK = "2025-03-04T06:00:10"


def encoded(at, saying=None):
    return json.loads(Payload(hello()).encode(at, CLOCK, saying or {}))


def test_golden_bytes():
    payload = Payload(hello())

    assert payload.with_map(payload.encode(frame(tick=8641), CLOCK, {1: "Hello"})) == VECTOR


def test_everything_is_in_real_units():
    ada, ben = encoded(frame(tick=8641))["npcs"]

    assert ada == {
        "id": 0,
        "name": "Ada",
        "x": 0.5,
        "heading": "east",
        "place": None,
        "partner": 1,
        "mood": 0.734,
        "saying": "",
    }
    assert (ben["place"], ben["partner"], ben["heading"]) == ("Café", None, "south")


def test_places_have_their_constants_and_their_state():
    assert encoded(frame())["places"][1] == {
        "id": 1,
        "name": "Café",
        "kind": "cafe",
        "x": 1.5,
        "y": 0.5,
        "capacity": 4,
        "open": False,
        "occupants": 1,
    }


def test_the_town_and_its_time():
    state = encoded(frame(tick=8641))

    assert (state["town"], state["run"], state["tick"]) == ("hamlet", "r1", 8641)
    assert (state["clock"], state["day"], state["tick_seconds"]) == (CLOCK, 2, 10)


def test_the_map_is_added_whole():
    payload = Payload(hello())

    assert json.loads(payload.with_map(payload.encode(frame(), CLOCK, {})))["map"] == MAP


def test_only_the_living_are_shown_and_keep_their_ids():
    (ben,) = encoded(frame(alive=(0, 1)), {1: "Here"})["npcs"]

    assert (ben["id"], ben["name"], ben["saying"]) == (1, "Ben", "Here")


def test_one_npc():
    payload = Payload(hello())

    assert payload.npc(frame(), 1, {1: "Hm"})["saying"] == "Hm"
    assert payload.npc(frame(), 1, {})["name"] == "Ben"
    assert payload.npc(frame(alive=(1, 0)), 1, {}) is None
    assert payload.npc(frame(), 2, {}) is None


@pytest.mark.parametrize("changes", [{"schema": 3}, {"start": "yesterday"}, {"places": [{}]}, {"names": None}])
def test_a_useless_hello(changes):
    with pytest.raises(BadMessage, match="hello"):
        Payload(hello(**changes))


def test_an_utterance_is_heard_and_fades():
    voices = Voices(tick_seconds=10)
    voices.hear([said(0, "Morning", tick=5), said(-1, "A voice", tick=5), {**said(1, "", tick=5), "kind": "met"}])
    last = 5 + HEARD_SECONDS // 10 - 1

    assert voices.at(5) == {0: "Morning"}
    assert voices.at(last) == {0: "Morning"}
    assert voices.at(last + 1) == {}


def test_the_newer_utterance_of_an_npc_wins():
    voices = Voices(tick_seconds=10)
    voices.hear([said(0, "Morning", tick=5), said(0, "Evening", tick=6)])

    assert voices.at(6) == {0: "Evening"}
