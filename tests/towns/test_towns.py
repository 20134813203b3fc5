from collections import Counter

import numpy as np
import pytest

from aitown import towns
from aitown.errors import BadCount, BadPersona, UnknownMap
from aitown.persona import Persona
from aitown.sim.map import Area, TownMap

TINY = TownMap(
    "tiny",
    np.zeros((6, 8), np.uint8),
    [
        Area("House", "home", np.array([0, 1]), 2),
        Area("Hut", "home", np.array([10]), 1),
        Area("Shop", "shop", np.array([30])),
    ],
)


def test_built_in_names():
    assert towns.names() == ("riverbend", "city")


@pytest.mark.parametrize(("npcs", "expected"), [(None, 25), (3, 3), (25, 25), (54, 54)])
def test_riverbend_has_its_own_people_first_and_drawn_ones_after(npcs, expected):
    town_map, personas = towns.load("riverbend", npcs)
    own = towns.load("riverbend")[1]
    assert len(personas) == expected
    assert [p.name for p in personas[:25]] == [p.name for p in own[:expected]]
    assert towns.assign(town_map, personas) == personas
    assert all(set(p.ties) <= {q.name for q in personas} for p in personas)


def test_a_city_and_its_people_depend_on_their_number_alone():
    first, second = towns.load("city", 40), towns.load("city", 40)
    assert first[0].hash == second[0].hash
    assert first[1] == second[1]
    assert len(first[1]) == 40
    assert towns.load("city", 40, seed=7)[1] == first[1]


def test_a_map_that_is_given_is_taken():
    town_map, personas = towns.load(TINY)
    assert town_map is TINY
    assert len(personas) == 3


def test_a_tiled_path_is_read():
    path = towns.FOLDER / "riverbend" / "riverbend.tmj"
    town_map, personas = towns.load(str(path), 7)
    assert town_map == towns.load("riverbend")[0]
    assert len(personas) == 7
    assert len(towns.load(path)[1]) == 25


@pytest.mark.parametrize(
    ("spec", "npcs"), [("riverbend", 55), ("riverbend", 0), ("city", -1), (TINY, 4), ("city", True)]
)
def test_counts_that_do_not_fit(spec, npcs):
    with pytest.raises(BadCount, match=r"npcs is|more than the homes") as caught:
        towns.load(spec, npcs)
    assert caught.value.remedy


def test_a_count_of_numpy_is_a_count():
    assert len(towns.load("riverbend", np.int64(3))[1]) == 3


def test_the_remedy_says_how_many_there_is_room_for():
    with pytest.raises(BadCount, match=r"55 NPCs .* hold: 54") as caught:
        towns.load("riverbend", 55)
    assert "at most 54" in caught.value.remedy


@pytest.mark.parametrize("spec", ["atlantis", "", "gone.tmj"])
def test_an_unknown_map_lists_what_there_is(spec):
    with pytest.raises(UnknownMap) as caught:
        towns.load(spec)
    assert "riverbend, city" in caught.value.remedy or ".tmj" in caught.value.remedy


def test_assign_gives_homes_to_those_without():
    found = towns.assign(TINY, [Persona("A"), Persona("B", home="Hut"), Persona("C")])
    assert [p.home for p in found] == ["House", "Hut", "House"]
    assert Counter(p.home for p in found) == {"House": 2, "Hut": 1}


@pytest.mark.parametrize(
    ("personas", "said"),
    [
        ([Persona("A", home="Castle")], "home is 'Castle', which is not on the map"),
        ([Persona("A", work="Mine")], "work is 'Mine', which is not on the map"),
        ([Persona("A", home="Shop")], "a place of the kind 'shop'"),
        ([Persona("A", home="Hut"), Persona("B", home="Hut")], "2 people live in 'Hut', which holds 1"),
    ],
)
def test_assign_checks_homes_and_work(personas, said):
    with pytest.raises(BadPersona, match=said) as caught:
        towns.assign(TINY, personas)
    assert caught.value.remedy


@pytest.mark.parametrize("count", [0, 4])
def test_assign_needs_a_number_that_fits(count):
    with pytest.raises(BadCount, match="expected 1 to 3"):
        towns.assign(TINY, [Persona(f"P{i}") for i in range(count)])
