import pytest

from aitown.errors import InputRejected
from aitown.sim.inputs import Move, Say, parse, to_json

NPCS = ("Ada Marsh", "Tom Reed")
PLACES = ("Mill", "Green")


def test_names_and_ids_both_name_somebody():
    assert parse({"kind": "say", "text": " hello ", "to": "Tom Reed"}, NPCS, PLACES) == Say("hello", 1, -1)
    assert parse({"kind": "say", "text": "hello", "to": 1, "by": 0}, NPCS, PLACES) == Say("hello", 1, 0)
    assert parse({"kind": "move", "npc": "Ada Marsh", "place": "Green"}, NPCS, PLACES) == Move(0, 1)


@pytest.mark.parametrize("given", [Say("hello", 1), Say("hello"), Move(1, 0)])
def test_an_input_survives_the_journal(given):
    assert parse(to_json(given), NPCS, PLACES) == given


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kind": "fly"}, "Known kinds: say, move"),
        ({}, "there is no input None"),
        ({"kind": "say"}, "text missing"),
        ({"kind": "say", "text": ""}, "expected something to say"),
        ({"kind": "say", "text": "x" * 501}, "at most 500"),
        ({"kind": "say", "text": "hi", "to": "Ada Marhs"}, "Did you mean Ada Marsh"),
        ({"kind": "say", "text": "hi", "to": 2}, "expected 0 to 1"),
        ({"kind": "say", "text": "hi", "loud": True}, "unknown fields loud"),
        ({"kind": "move", "npc": -1, "place": 0}, "NPC -1"),
        ({"kind": "move", "npc": 0, "place": "Moon"}, "there is no place 'Moon'"),
        ({"kind": "move", "npc": None, "place": 0}, "NPC None"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(data, said):
    with pytest.raises(InputRejected) as caught:
        parse(data, NPCS, PLACES)
    assert said in str(caught.value)
