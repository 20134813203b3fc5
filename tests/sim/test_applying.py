"""What inputs do to a town, in the tick after."""

import numpy as np
import pytest

from aitown.errors import InputRejected
from aitown.persona import Persona
from aitown.sim.codes import ACTIVITIES, WHYS
from aitown.sim.inputs import Close, Decide, Default, Hours, Mind, Move, Need, Open, Say, Schedule
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.conftest import run
from tests.sim.tiny import make_map, make_people

MILL, SCHOOL, CAFE, SHOP, GREEN = 2, 3, 4, 5, 6
NOON = 6 * 360


@pytest.fixture
def model(tiny_model):
    return at(tiny_model, NOON)


def at(model, tick):
    while model.tick < tick:
        model.advance(min(256, tick - model.tick), 0)
    model.events()
    return model


def label(labels, model, column, npc):
    return labels[model.npcs[column][npc]]


def test_a_need_is_what_it_was_set_to(model):
    for need, value in (("hunger", 0.9), ("fun", 0.0), ("hunger", 0.25)):
        model.apply(Need(1, need, value))
    before = model.npcs["energy"][1]
    frame = model.advance(1)[0].tables["npcs"]
    assert (frame["hunger"][1], frame["fun"][1]) == (250, 0)
    assert abs(model.npcs["energy"][1] - before) < 0.01
    assert model.advance(1)[0].tables["npcs"]["fun"][1] <= 1


def test_who_is_made_hungry_eats(model):
    model.apply(Need(3, "hunger", 0.95))
    _, tables = run(model, 60)
    assert (tables["npcs"]["activity"][:, 3] == ACTIVITIES.index("eating")).any()


def test_a_closed_place_lets_nobody_in_and_sends_its_visitors_away(model):
    model.apply(Move(3, CAFE))
    run(model, 100)
    assert model.npcs["place"][3] == CAFE
    model.apply(Close(CAFE))
    assert model.advance(1)[0].tables["places"]["open"][CAFE] == 0
    run(model, 300)
    assert model.places["occupants"][CAFE] == model.places["open"][CAFE] == 0
    model.apply(Hours(CAFE))
    model.advance(1)
    assert model.places["open"][CAFE] == 1


def test_a_place_is_held_open_at_night(tiny_model):
    at(tiny_model, 17 * 360)
    tiny_model.apply(Open(CAFE))
    _, tables = run(tiny_model, 3000)
    assert tables["places"]["open"][:, CAFE].all()
    assert not tables["places"]["open"][-1, SHOP]


def test_somebody_gets_up_at_another_time():
    woke = []
    for wake in (5 * 60, 9 * 60):
        model = Model(make_map(), make_people(), seed=3, start="2025-03-03T20:00")
        model.apply(Schedule(3, wake=wake))
        run(model, 15 * 360, every=360)
        woke += [row["tick"] for row in model.events().rows() if row["kind"] == "woke" and row["npc"] == 3]
    assert abs(woke[1] - woke[0] - 4 * 360) < 10


def test_work_hours_are_for_those_with_work(model):
    with pytest.raises(InputRejected, match="no place of work"):
        model.apply(Schedule(3, work_from=300, work_to=900))
    model.apply(Schedule(0, work_from=300, work_to=900, workdays=()))


def test_a_decision_says_where_what_why_and_for_how_long(model):
    model.apply(Decide(0, GREEN, "eating", "a picnic", 20))
    model.advance(1)
    assert model.npcs["target"][0] == GREEN
    assert label(WHYS, model, "why", 0) == "mind"
    assert model.npcs["until"][0] == NOON + 1 + 120
    assert [row["text"] for row in model.events().rows() if row["kind"] == "decided" and row["npc"] == 0] == [
        "a picnic"
    ]
    _, tables = run(model, 200)
    ate = np.flatnonzero(tables["npcs"]["activity"][:, 0] == ACTIVITIES.index("eating"))
    assert (tables["npcs"]["place"][ate, 0] == GREEN).any()
    assert tables["npcs"]["target"][119:, 0].tolist() != [GREEN] * 81


def test_a_decision_without_a_place_stays(model):
    target = model.npcs["target"][0]
    model.apply(Decide(0, doing="relaxing"))
    model.advance(1)
    assert model.npcs["target"][0] == target
    assert label(ACTIVITIES, model, "intent", 0) == "relaxing"


@pytest.mark.parametrize(("place", "words"), [(CAFE, "closed"), (SHOP, "full")])
def test_nobody_is_let_in_by_a_mind_where_others_are_not(model, place, words):
    if words == "closed":
        model.apply(Close(place))
    else:
        model.places["capacity"][place] = 0
    model.apply(Decide(3, place, why="I want to"))
    model.advance(1)
    rows = [row for row in model.events().rows() if row["npc"] == 3]
    assert [(row["place"], row["text"]) for row in rows if row["kind"] == "mind_error"] == [
        (place, f"that place was {words}")
    ]
    assert "I want to" not in {row["text"] for row in rows}
    assert model.npcs["target"][3] != place


def minded(model, npc, ticks=3000):
    """Go on until the mind of an NPC has to decide."""
    model.apply(Mind((npc,), "test"))
    until = model.tick + ticks
    while model.tick < until and npc not in model.called():
        model.advance(min(256, until - model.tick), 0, heed=True)
    assert model.called().tolist() == [npc]
    return model


def test_who_has_a_mind_waits_for_it_and_goes_on_as_before(model):
    minded(model, 0)
    called = model.tick
    before = (model.npcs["target"][0], model.npcs["intent"][0])
    run(model, 30)
    assert (model.npcs["target"][0], model.npcs["intent"][0]) == before
    model.apply(Decide(0, GREEN))
    model.advance(1, heed=True)
    assert model.npcs["target"][0] == GREEN
    assert model.called().tolist() == []
    assert model._tables["outside"]["called_at"][0] == called


def test_left_to_the_default_it_does_what_it_would_have_done(model):
    minded(model, 0)
    told = model._tables["outside"].records[0].copy()
    model.apply(Default(0))
    model.advance(1)
    assert (model.npcs["target"][0], model.npcs["intent"][0]) == (told["would_go"], told["would_do"])
    assert "mind_error" not in {row["kind"] for row in model.events().rows()}


def test_a_fault_of_a_mind_is_in_the_log(model):
    minded(model, 0)
    model.events()
    model.apply(Default(0, "ValueError: no idea"))
    model.advance(1)
    rows = [row for row in model.events().rows() if row["kind"] == "mind_error"]
    assert [(row["npc"], row["text"]) for row in rows] == [(0, "ValueError: no idea")]


def test_who_is_left_waiting_decides_by_itself_and_says_so(model):
    minded(model, 0)
    called = model.tick
    run(model, 400)
    rows = [row for row in model.events().rows() if row["kind"] == "mind_error"]
    assert rows[0]["npc"] == 0
    assert 180 <= rows[0]["tick"] - called <= 380
    assert rows[0]["text"].startswith("no answer in time")


def test_a_mind_that_is_taken_away_leaves_the_default(model):
    minded(model, 0)
    model.apply(Mind((0,), "", "its socket has gone"))
    model.advance(1)
    assert model.called().tolist() == []
    assert model.events().rows()[-2 if len(model.events()) else -1 :] is not None
    assert model._tables["outside"]["minded_since"][0] == -1


def test_a_switch_of_minds_is_in_the_log(model):
    model.apply(Mind((0, 2), "cafe:Lover"))
    model.apply(Mind(None, "", "enough"))
    rows = [(row["npc"], row["text"]) for row in model.events().rows() if row["kind"] == "mind"]
    assert rows == [(0, "cafe:Lover"), (2, "cafe:Lover"), (-1, "default: enough")]


def test_whoever_is_spoken_to_asks_its_mind_and_has_no_word_ready(model):
    model.apply(Mind((3,), "test"))
    model.apply(Say("Will you come?", 3))
    model.advance(5, heed=True)
    assert model.tick == NOON + 1
    assert model.called().tolist() == [3]
    before = (model.npcs["target"][3], model.npcs["intent"][3], model.npcs["until"][3])
    model.apply(Default(3))
    model.advance(3)
    assert (model.npcs["target"][3], model.npcs["intent"][3], model.npcs["until"][3]) == before
    assert 3 not in {row["npc"] for row in model.events().rows() if row["kind"] == "said" and row["other"] == -1}


def test_ticks_run_on_unless_minds_are_heeded(tiny_model):
    tiny_model.apply(Mind(None, "test"))
    block = tiny_model.advance(256, 10, heed=False)
    assert (tiny_model.tick, len(block)) == (256, 25)
    other = Model(make_map(), make_people(), seed=7)
    other.apply(Mind(None, "test"))
    stops, ticks = [], []
    while other.tick < 256:
        found = other.advance(256 - other.tick, 10, heed=True)
        ticks += found.ticks.tolist()
        stops.append(other.tick)
    assert len(stops) > 3
    assert ticks == block.ticks.tolist()
    assert {name: values.tolist() for name, values in other.save().items() if name != "gate/called"} == {
        name: values.tolist() for name, values in tiny_model.save().items() if name != "gate/called"
    }


@pytest.mark.parametrize(
    "given",
    [
        Say("hello", 0),
        Move(0, 0),
        Decide(0, 0, "sleeping", "", 300),
        Need(0, "energy", 0.01),
        Schedule(0, wake=300, bed=1000, work_from=100, work_to=200),
        Mind((0,), "nobody who answers"),
    ],
    ids=lambda given: given.kind,
)
def test_an_input_changes_no_draw_of_another(given):
    """Common random numbers: without talk and ties the others' days are the same to the bit."""
    strangers = tuple(Persona.from_json({**p.to_json(), "ties": {}}) for p in make_people(6))
    quiet = Parameters(meet_rate=0)
    first, second = (
        at(Model(make_map(), strangers, seed=3, parameters=quiet, start="2025-03-03T16:00"), 2200) for _ in range(2)
    )
    second.apply(given)
    _, expected = run(first, 6000)
    _, found = run(second, 6000)
    assert any(not np.array_equal(found["npcs"][name][:, 0], expected["npcs"][name][:, 0]) for name in expected["npcs"])
    for name in ("activity", "why", "target", "hunger", "energy", "social", "fun", "mood"):
        assert np.array_equal(found["npcs"][name][:, 1:], expected["npcs"][name][:, 1:]), name


def test_what_is_no_input_is_refused(model):
    with pytest.raises(InputRejected, match="is no input"):
        model.apply("move")
