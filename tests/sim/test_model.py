import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import BadCount, BadParameter, BadPersona, DamagedRun, InputRejected
from aitown.persona import Persona
from aitown.sim.inputs import Move, Say
from aitown.sim.map import TownMap
from aitown.sim.map.townmap import Area
from aitown.sim.model import BLOCK, Model
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Add
from aitown.sim.schedule import advance
from tests.sim.conftest import run
from tests.sim.tiny import make_map, make_people

DAY = 8640


def new(seed=7, **more):
    return Model(make_map(), make_people(), seed=seed, **more)


def digest(model, ticks=DAY, block=BLOCK):
    """Everything that comes out of a model in some ticks."""
    made = hashlib.sha256()
    numbers, tables = run(model, ticks, block=block)
    made.update(numbers.tobytes())
    for columns in tables.values():
        for values in columns.values():
            made.update(np.ascontiguousarray(values).tobytes())
    made.update(repr(model.events().rows()).encode())
    return made.hexdigest()


def state(model):
    return {name: values.tolist() for name, values in model.save().items()}


def test_the_same_seed_gives_the_same_bits_in_another_process_too():
    expected = digest(new())
    assert digest(new()) == expected
    code = "from tests.sim.test_model import digest, new; print(digest(new()))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == expected


def test_another_seed_gives_another_day():
    assert digest(new(8)) != digest(new(7))


@pytest.mark.parametrize("block", [1, 7, 100])
def test_how_the_ticks_are_cut_changes_nothing(block):
    assert digest(new(), 1500, block) == digest(new(), 1500)


def test_a_coarse_recording_is_part_of_the_fine_one():
    fine_ticks, fine = run(new(), 2000)
    coarse_ticks, coarse = run(new(), 2000, every=60, block=99)
    assert coarse_ticks.tolist() == list(range(60, 2001, 60))
    for name, values in coarse["npcs"].items():
        assert np.array_equal(values, fine["npcs"][name][np.isin(fine_ticks, coarse_ticks)]), name


def test_no_frames_are_made_when_none_are_wanted(tiny_model):
    assert len(tiny_model.advance(100, 0)) == 0
    assert tiny_model.tick == 100


def test_the_compiled_freeze_is_that_of_the_columns(tiny_model):
    tiny_model.advance(203, 0)
    for _ in range(200):
        frame = tiny_model.advance(7, 7)[0]
        expected = tiny_model.freeze()
        assert frame.tick == expected.tick
        for table, columns in expected.tables.items():
            for name, values in columns.items():
                found = frame.tables[table][name]
                assert found.dtype == values.dtype
                assert np.array_equal(found, values), name


def hut():
    """A map of one home in a meadow."""
    tiles = np.array([y * 8 + x for y in (1, 2) for x in (1, 2)], np.int32)
    return TownMap("hut", np.zeros((8, 8), np.uint8), [Area("Hut", "home", tiles, capacity=6)])


@pytest.mark.parametrize(("the_map", "count"), [(make_map, 1), (hut, 1), (hut, 3)])
def test_one_person_or_one_place_is_a_town_too_and_nothing_is_compiled_anew_for_it(tiny_model, the_map, count):
    tiny_model.advance(1)
    before = set(advance.signatures)
    model = Model(the_map(), [Persona(f"N{i}", home=the_map().places[0].name) for i in range(count)], seed=3)
    block = model.advance(900)
    assert set(advance.signatures) == before
    assert (len(block), block.tables["npcs"]["x"].shape[1]) == (900, count)
    for name, values in model.freeze().tables["npcs"].items():
        assert np.array_equal(block[-1].tables["npcs"][name], values), name
    model.apply(model.roster.complete(Add(Persona("New")), model.tick + 1))
    assert model.advance(10).tables["npcs"]["x"].shape[1] == count + 1


def test_frames_are_read_only(tiny_model):
    block = tiny_model.advance(3)
    with pytest.raises(ValueError, match="read-only"):
        block.tables["npcs"]["x"][0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        tiny_model.freeze().tables["npcs"]["x"][0] = 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 6000), st.integers(1, 3000))
def test_a_restored_model_goes_on_bit_for_bit(at, on):
    model = new()
    if at:
        run(model, at)
    model.events()
    saved = model.save()
    expected = digest(model, on)
    again = new()
    again.advance(100, 0)
    again.restore(saved)
    assert digest(again, on) == expected
    assert state(again) == state(model)


def test_a_checkpoint_of_another_town_is_refused_and_changes_nothing(tiny_model):
    other = Model(make_map(), make_people(4), seed=7).save()
    before = state(tiny_model)
    with pytest.raises(DamagedRun, match="doesn't fit"):
        tiny_model.restore(other)
    assert state(tiny_model) == before


def test_an_input_shows_at_the_next_tick(tiny_model):
    for _ in range(4):
        tiny_model.advance(250, 0)
    tiny_model.events()
    assert tiny_model.apply(Say("Hello?", 1)) == 1001
    tiny_model.apply(Move(2, 6))
    tiny_model.advance(2)
    rows = tiny_model.events().rows()
    assert {
        "id": rows[0]["id"],
        "tick": 1001,
        "kind": "said",
        "npc": -1,
        "other": 1,
        "place": -1,
        "text": "Hello?",
    } == rows[0]
    answers = [row for row in rows if row["kind"] == "said" and row["npc"] == 1]
    assert [row["tick"] for row in answers] == [1002]
    assert answers[0]["text"]
    assert tiny_model.npcs["target"][2] == 6
    assert tiny_model.schema["npcs"][5].labels[tiny_model.npcs["why"][2]] == "asked"


def test_whoever_is_asked_goes_there_and_stays_a_while(tiny_model):
    tiny_model.advance(200, 0)
    tiny_model.apply(Move(3, 6))
    _, tables = run(tiny_model, 120)
    assert tables["npcs"]["place"][-1, 3] == 6


@pytest.mark.parametrize("given", [Say("x", 99), Say("x", -2), Move(-1, 0), Move(0, 99)])
def test_inputs_for_nobody_are_refused(tiny_model, given):
    before = state(tiny_model)
    with pytest.raises(InputRejected):
        tiny_model.apply(given)
    assert state(tiny_model) == before


def test_an_input_leaves_those_alone_whom_it_does_not_touch():
    """Common random numbers: without talk and ties the others' days are the same to the bit."""
    strangers = tuple(Persona.from_json({**p.to_json(), "ties": {}}) for p in make_people(6))
    quiet = Parameters(meet_rate=0)
    first, second = (Model(make_map(), strangers, seed=3, parameters=quiet) for _ in range(2))
    for model in (first, second):
        model.advance(256, 0)
        run(model, 4744)
    second.apply(Move(0, 0))
    _, expected = run(first, 3000)
    _, found = run(second, 3000)
    assert not np.array_equal(found["npcs"]["target"][:, 0], expected["npcs"]["target"][:, 0])
    for name in expected["npcs"]:
        assert np.array_equal(found["npcs"][name][:, 1:], expected["npcs"][name][:, 1:]), name


def test_events_are_numbered_without_gaps_and_in_order(tiny_model):
    run(tiny_model, 3000)
    first = tiny_model.events()
    run(tiny_model, 3000)
    second = tiny_model.events()
    ids = np.concatenate([first.id, second.id])
    assert ids.tolist() == list(range(len(ids)))
    assert (np.diff(np.concatenate([first.tick, second.tick])) >= 0).all()
    assert len(tiny_model.events()) == 0


def test_events_that_nobody_reads_are_bounded(tiny_model, monkeypatch):
    monkeypatch.setattr("aitown.sim.model.KEPT_EVENTS", 100)
    for _ in range(60):
        tiny_model.advance(256, 0)
        tiny_model._empty_log()
    kept = tiny_model.events()
    assert 0 < len(kept) < 400
    assert kept.id[-1] + 1 == tiny_model.emitted


def test_the_log_is_emptied_before_it_overflows(tiny_map, monkeypatch):
    expected = digest(new(), 2560)
    monkeypatch.setattr("aitown.sim.model.LOG_ROWS", 0)
    assert digest(new(), 2560) == expected


def test_a_minute_a_tick_gives_a_town_too():
    model = new(tick_seconds=60)
    _, tables = run(model, 1440)
    assert len(np.unique(tables["npcs"]["activity"])) >= 7


@pytest.mark.parametrize("ticks", [-1, BLOCK + 1])
def test_a_block_has_a_size(tiny_model, ticks):
    with pytest.raises(BadParameter):
        tiny_model.advance(ticks)


def test_a_town_of_nobody_and_homes_that_are_not_there_are_refused(tiny_map):
    with pytest.raises(BadCount):
        Model(tiny_map, [], seed=1)
    with pytest.raises(BadPersona, match="no home"):
        Model(tiny_map, [Persona("A")], seed=1)
    with pytest.raises(BadPersona, match="Hill House"):
        Model(tiny_map, [Persona("A", home="Hil House")], seed=1)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "7", True])
def test_a_seed_is_a_whole_number(tiny_map, seed):
    with pytest.raises(BadParameter, match="seed"):
        Model(tiny_map, make_people(), seed=seed)
