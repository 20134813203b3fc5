import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import InputRejected
from aitown.persona import Persona, Routine
from aitown.sim.inputs import (
    KINDS,
    Close,
    Decide,
    Default,
    Give,
    Hours,
    Invite,
    Mind,
    Move,
    Need,
    Open,
    Price,
    Restock,
    Say,
    Schedule,
    Tell,
    Wage,
    parse,
    to_json,
)
from aitown.sim.roster import Add, Remove

NPCS = ("Ada Marsh", "Tom Reed")
PLACES = ("Mill", "Green")
ONE_OF_EACH = (
    Say("hello", 1),
    Say("hello"),
    Tell("The mill closes", 1),
    Tell("The mill closes", 1, 0),
    Invite(0, 1, 17 * 60, text="A party"),
    Invite(0, 1, 5, 45.5, None, 2, "A party"),
    Invite(0, 1, 5, 45, (1,), 0, "A party"),
    Move(1, 0),
    Decide(1),
    Decide(1, 0, "eating", "a whim", 12.5),
    Default(0),
    Default(0, "no answer"),
    Need(0, "hunger", 0.25),
    Open(1),
    Close(1),
    Hours(1),
    Schedule(0, wake=5 * 60 + 7, workdays=("mon", "sat")),
    Schedule(0, work_from=0, work_to=1439, workdays=()),
    Mind((0, 1), "cafe:Lover"),
    Mind(None, "cafe:Lover"),
    Mind((1,), "", "its socket has gone"),
    Give(1250, to=1),
    Give(1, to=1, by=0),
    Give(1, by=0, place=1),
    Give(1, by=0),
    Price(1, 0),
    Wage(0, 1250),
    Restock(1, 20),
    Add(Persona("Zoe Hart", 8, ("shy",), home="Green", ties={"Tom Reed": 0.5}, knows=("It rains",))),
    Add(Persona("Zoe Hart", work="Mill", routine=Routine(work_from="09:00", work_to="17:00")), 7),
    Remove(1),
)


def test_names_and_ids_both_name_somebody():
    assert parse({"kind": "say", "text": " hello ", "to": "Tom Reed"}, NPCS, PLACES) == Say("hello", 1, -1)
    assert parse({"kind": "say", "text": "hello", "to": 1, "by": 0}, NPCS, PLACES) == Say("hello", 1, 0)
    assert parse({"kind": "move", "npc": "Ada Marsh", "place": "Green"}, NPCS, PLACES) == Move(0, 1)


@pytest.mark.parametrize("given", ONE_OF_EACH, ids=repr)
def test_an_input_survives_the_journal(given):
    assert parse(orjson.loads(orjson.dumps(to_json(given))), NPCS, PLACES) == given


def test_each_kind_of_input_is_tried():
    assert {given.kind for given in ONE_OF_EACH} == set(KINDS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kind": "fly"}, "Known kinds: say, tell, invite"),
        ({}, "there is no input None"),
        ({"kind": "say"}, "text missing"),
        ({"kind": "tell", "fact": "x" * 201, "to": 0}, "at most 200"),
        ({"kind": "tell", "fact": "x", "to": -1}, "expected 0 to 1"),
        ({"kind": "tell", "fact": "x"}, "to missing"),
        ({"kind": "invite", "by": 0, "place": 0}, "at missing"),
        ({"kind": "invite", "by": -1, "place": 0, "at": "17:00"}, "expected 0 to 1"),
        ({"kind": "invite", "by": 0, "place": -1, "at": "17:00"}, "expected 0 to 1"),
        ({"kind": "invite", "by": 0, "place": 0, "at": None}, "not a time of day"),
        ({"kind": "invite", "by": 0, "place": 0, "at": "17:00", "days": 1.5}, "a whole number"),
        ({"kind": "invite", "by": 0, "place": 0, "at": "17:00", "minutes": 0}, "from 1 to 1440"),
        ({"kind": "invite", "by": 0, "place": 0, "at": "17:00", "to": ["Nobody"]}, "there is no NPC"),
        ({"kind": "say", "text": ""}, "expected something to say"),
        ({"kind": "say", "text": "x" * 501}, "at most 500"),
        ({"kind": "say", "text": "hi", "to": "Ada Marhs"}, "Did you mean Ada Marsh"),
        ({"kind": "say", "text": "hi", "to": 2}, "expected 0 to 1"),
        ({"kind": "say", "text": "hi", "loud": True}, "unknown fields loud"),
        ({"kind": "move", "npc": -1, "place": 0}, "NPC -1"),
        ({"kind": "move", "npc": 0, "place": "Moon"}, "there is no place 'Moon'"),
        ({"kind": "move", "npc": 0, "place": "Zzzz"}, "Names: "),
        ({"kind": "move", "npc": None, "place": 0}, "NPC None"),
        ("move", "expected an object"),
        ({"kind": "say", "text": "\ud800"}, "no Unicode"),
        ({"kind": "decide", "npc": 0, "place": "Grean"}, "Did you mean Green"),
        ({"kind": "decide", "npc": 0, "doing": "walking"}, "Expected one of: sleeping"),
        ({"kind": "decide", "npc": 0, "minutes": 0.5}, "from 1 to 1440"),
        ({"kind": "decide", "npc": 0, "minutes": float("nan")}, "from 1 to 1440"),
        ({"kind": "decide", "npc": 0, "why": 3}, "why is 3"),
        ({"kind": "need", "npc": 0, "need": "thirst", "value": 1}, "hunger, energy"),
        ({"kind": "need", "npc": 0, "need": "fun", "value": 1.01}, "from 0 to 1"),
        ({"kind": "need", "npc": 0, "need": "fun", "value": True}, "from 0 to 1"),
        ({"kind": "close"}, "place missing"),
        ({"kind": "close", "place": None}, "place None"),
        ({"kind": "schedule", "npc": 0}, "nothing to change"),
        ({"kind": "schedule", "npc": 0, "wake": "7"}, "is not a time of day"),
        ({"kind": "schedule", "npc": 0, "wake": 7}, "is not a time of day"),
        ({"kind": "schedule", "npc": 0, "work_from": "09:00", "work_to": "09:00"}, "no length"),
        ({"kind": "schedule", "npc": 0, "workdays": ["monday"]}, "mon, tue"),
        ({"kind": "schedule", "npc": 0, "workdays": "mon"}, "expected a list"),
        ({"kind": "give", "to": 0, "cents": 0}, "from 1 to 1e+08"),
        ({"kind": "give", "to": 0, "cents": 12.5}, "a whole number"),
        ({"kind": "give", "cents": 5}, "to itself"),
        ({"kind": "give", "to": 0, "place": 0, "cents": 5}, "one of `to` and `place`"),
        ({"kind": "give", "to": 0, "by": 0, "cents": 5}, "to oneself"),
        ({"kind": "price", "place": 0, "cents": -1}, "from 0 to"),
        ({"kind": "price", "cents": 1}, "place missing"),
        ({"kind": "restock", "place": 0, "units": 0}, "from 1 to"),
        ({"kind": "add"}, "persona missing"),
        ({"kind": "add", "persona": None}, "a persona is None; expected an object"),
        ({"kind": "add", "persona": {"age": 5}}, "a persona without a name"),
        ({"kind": "add", "persona": {"name": "Zoe", "shoe": 5}}, "unknown fields shoe"),
        ({"kind": "add", "persona": {"name": " "}}, "a persona without a name"),
        ({"kind": "add", "persona": {"name": " Zoe"}}, "has space around it"),
        ({"kind": "add", "persona": {"name": "Zoe" * 50}}, "at most 100"),
        ({"kind": "add", "persona": {"name": 5}}, "a persona: name is 5; expected text"),
        ({"kind": "add", "persona": {"name": "Zoe", "home": ["x"]}}, "home is"),
        ({"kind": "add", "persona": {"name": "Zoe", "age": "5"}}, "age is '5'; expected a whole number"),
        (
            {"kind": "add", "persona": {"name": "Zoe", "age": -1}},
            "age is -1; expected a whole number from 0 to 130 years",
        ),
        ({"kind": "add", "persona": {"name": "Zoe", "routine": {"wake": "25:00"}}}, "not a time of day"),
        ({"kind": "add", "persona": {"name": "Zoe", "background": "x" * 10_001}}, "at most 10000"),
        ({"kind": "add", "persona": {"name": "Zoe"}, "npc": -2}, "from -1"),
        ({"kind": "remove"}, "npc missing"),
        ({"kind": "remove", "npc": "Ada Mersh"}, "Did you mean Ada Marsh"),
        ({"kind": "mind", "npcs": [], "mind": "x"}, "a list of no NPC"),
        ({"kind": "mind", "npcs": ["Ada Marsh", 7], "mind": "x"}, "expected 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(data, said):
    with pytest.raises(InputRejected) as caught:
        parse(data, NPCS, PLACES)
    assert said in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({name for kind in KINDS.values() for name in kind.__dataclass_fields__} - {"kind"})
SOMETHING = st.sampled_from(
    [0, 1, -1, 0.5, 1.0, "all", "Mill", "Ada Marsh", "07:30", "eating", "hunger", "", ["mon"], [0]]
)


@settings(max_examples=400)
@given(
    JSON
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(sorted(KINDS)) | JSON},
        optional=dict.fromkeys(FIELDS, SOMETHING | JSON),
    )
    | st.sampled_from([to_json(given) for given in ONE_OF_EACH]).flatmap(
        lambda good: st.fixed_dictionaries({name: st.just(value) | SOMETHING | JSON for name, value in good.items()})
    )
)
def test_whatever_comes_is_an_input_or_refused(data):
    try:
        wish = parse(data, NPCS, PLACES)
    except InputRejected as error:
        said = error.to_json()
        assert all(orjson.loads(orjson.dumps(said)).values())
    else:
        assert parse(orjson.loads(orjson.dumps(to_json(wish))), NPCS, PLACES) == wish
