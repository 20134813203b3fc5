from __future__ import annotations

import json
import random
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.wire.mirror import Applied, Mirror, read
from aitown.wire.position import Need, Status
from aitown.wire.stream import Stream
from tests.wire import vectors
from tests.wire.helpers import MAP, any_frame, frame, hello, said

VECTORS = Path(__file__).parents[1] / "vectors"
CLOCK = "2025-03-04T06:00:10"
FORMS = ("rows", "cols", "bin")


def stream(*frames, saying=()):
    town = Stream()
    town.begin("e1", hello())
    for number, one in enumerate(frames):
        if number == len(frames) - 1:
            town.tell(saying)
        town.show(one, CLOCK)
        town.state()  # somebody has seen it
    return town


def whole(town):
    """What the simple client gets."""
    return json.loads(town.state().get(Need("plain state_update")).data)["payload"]


def content(message):
    return read(message.data if message.opcode == 2 else message.data.decode())


def full(town, form="rows"):
    return content(town.state().get(Need("full_state", form, status=Status())))


def update(town, form="rows", base=None):
    return content(town.state().get(Need("state_update", form, base)))


def test_golden_bytes():
    state = stream(frame(tick=8641), saying=[said(1, "Hello", tick=8641)]).state()

    assert (
        orjson.dumps(json.loads(state.get(Need("plain full_state")).data)["payload"])
        == (VECTORS / "payload.json").read_bytes().strip()
    )


def test_golden_messages_in_all_forms():
    """`python -m tests.wire.vectors` writes them anew; vitest reads them too."""
    assert vectors.made() == json.loads(vectors.FILE.read_text())


def test_everything_is_in_real_units():
    ada, ben = whole(stream(frame(tick=8641)))["npcs"]

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
    assert whole(stream(frame()))["places"][1] == {
        "id": 1,
        "name": "Café",
        "kind": "cafe",
        "x": 1.5,
        "y": 0.5,
        "capacity": 4,
        "open": False,
        "occupants": 1,
    }


def test_the_town_its_time_and_its_map():
    state = whole(stream(frame(tick=8641)))

    assert (state["town"], state["run"], state["tick"]) == ("hamlet", "r1", 8641)
    assert (state["clock"], state["day"], state["tick_seconds"]) == (CLOCK, 2, 10)
    assert state["map"] == MAP


def test_only_the_living_are_shown_and_keep_their_ids():
    (ben,) = whole(stream(frame(alive=(0, 1)), saying=[said(1, "Here")]))["npcs"]

    assert (ben["id"], ben["name"], ben["saying"]) == (1, "Ben", "Here")


def test_one_npc():
    state = stream(frame(), saying=[said(1, "Hm")]).state()

    assert state.npc(1)["saying"] == "Hm"
    assert state.npc(1)["name"] == "Ben"
    assert stream(frame(alive=(1, 0))).state().npc(1) is None
    assert state.npc(2) is None


@pytest.mark.parametrize("form", FORMS)
def test_a_full_state_says_all_that_a_client_may_want_to_know(form):
    message = full(stream(frame(tick=3)), form)

    assert (message["type"], message["epoch"], message["seq"], message["hb"]) == ("full_state", "e1", 1, 10)
    assert message["schema"] == hello()["schema"]
    assert message["start"] == hello()["start"]
    assert message["status"] == {"state": "starting", "phase": "starting", "speed": 0, "reason": ""}
    assert message["payload"]["map"] == MAP


@pytest.mark.parametrize("form", FORMS)
def test_an_update_leaves_out_what_never_changes(form):
    payload = update(stream(frame(), frame(1)), form)["payload"]

    assert not {"map", "names", "place_info"} & set(payload)


def test_an_update_holds_whole_rows_of_those_that_changed():
    town = stream(frame(0), frame(1, x=9))
    message = update(town, base=1)

    assert (message["base"], message["seq"]) == (1, 2)
    assert message["payload"]["npcs"] == {"0": whole(town)["npcs"][0]}
    assert message["payload"]["places"] == {}
    assert message["payload"]["removed"] == []


def test_an_update_names_those_that_are_gone():
    assert update(stream(frame(0), frame(1, alive=(1, 0))), base=1)["payload"]["removed"] == [1]


def test_what_is_said_and_what_fades_is_a_change():
    town = stream(frame(0), frame(1), saying=[said(1, "Hm", tick=1)])
    assert list(update(town, base=1)["payload"]["npcs"]) == ["1"]
    town.show(frame(1000), CLOCK)
    assert update(town, base=2)["payload"]["npcs"]["1"]["saying"] == ""


def test_columns_are_the_integers_of_the_frame():
    payload = full(stream(frame(), saying=[said(1, "Hm")]), "cols")["payload"]

    assert payload["npcs"]["id"] == [0, 1]
    assert payload["npcs"]["x"] == [4, 12]
    assert payload["npcs"]["mood"] == [734, 1000]
    assert payload["saying"] == {"1": "Hm"}
    assert payload["names"] == ["Ada", "Ben"]


@pytest.mark.parametrize("living", [(1, 1), (0, 1), (0, 0)])
def test_binary_columns_begin_at_a_multiple_of_four(living):
    message = stream(frame(alive=living)).state().get(Need("full_state", "bin", status=Status()))
    length = int.from_bytes(message.data[:4], "little")

    assert (4 + length) % 4 == 0
    assert len(message.data) % 4 == 0


@given(st.integers(0, 2**32), st.integers(1, 12), st.data())
def test_every_form_from_every_base_gives_what_the_simple_client_sees(seed, count, data):
    """A client that has any earlier state and applies one update has the newest, to the last digit."""
    chance = random.Random(seed)
    town = Stream()
    town.begin("e1", hello())
    mirrors = []
    shown = None
    for tick in range(1, count + 1):
        shown = any_frame(chance, tick, shown)
        if chance.random() < 0.3:
            town.tell([said(chance.choice((-1, 0, 1)), f"At {tick}", tick, town.next_event)])
        town.show(shown, CLOCK)
        if chance.random() < 0.5:
            for form in FORMS:
                mirrors.append((form, Mirror()))
                assert mirrors[-1][1].apply(full(town, form)) is Applied.NEW
    for form, mirror in mirrors:
        have = mirror.position.seq
        applied = mirror.apply(update(town, form, have if data.draw(st.booleans()) else None))
        assert applied is (Applied.NEW if have < town.seq else Applied.OLD)
        assert mirror.payload == whole(town)


def test_an_encoding_is_made_once():
    state = stream(frame(), frame(1)).state()
    need = Need("state_update", "cols", 1)

    assert not state.has(need)
    assert state.get(need) is state.get(Need("state_update", "cols", 1))
    assert state.has(need)
