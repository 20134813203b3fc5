"""The Ville of Generative Agents: its map with the tables of names, and its 25 people."""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from aitown import towns
from aitown.errors import BadMap, BadPersona, BrokenMapFile
from aitown.persona import minutes
from aitown.sim.codes import ACTIVITIES
from aitown.sim.map import ARRIVED, DX, DY, TownMap, step_toward
from aitown.sim.model import Model
from aitown.towns.ville import people_from_ville

VILLE = Path(os.environ.get("AITOWN_DATA", Path(__file__).parents[3] / "shared" / "data")) / "the_ville"
pytestmark = pytest.mark.skipif(not VILLE.is_dir(), reason="the data of The Ville is not beside the project")


@cache
def the_ville():
    town_map = TownMap.from_tiled(VILLE / "the_ville_jan7.json", names=VILLE / "matrix" / "special_blocks")
    return town_map, people_from_ville(VILLE / "base_the_ville_n25" / "personas", town_map)


def test_the_town_is_the_part_that_hangs_together():
    town_map, _ = the_ville()
    assert (town_map.width, town_map.height) == (140, 100)
    assert town_map.walkable.sum() == 11_936
    assert town_map.reachable.sum() == 4_158


def test_walkability_is_that_of_its_own_collision_maze():
    text = (VILLE / "matrix" / "maze" / "collision_maze.csv").read_text()
    maze = np.array([int(cell) for cell in text.split(",")]).reshape(100, 140)
    assert (the_ville()[0].walkable == (maze == 0)).all()


def test_sectors_are_those_of_its_own_maze():
    text = (VILLE / "matrix" / "maze" / "sector_maze.csv").read_text()
    maze = np.array([int(cell) for cell in text.split(",")])
    cafe = the_ville()[0].place("Hobbs Cafe").tiles
    assert len(set(maze[cafe].tolist())) == 1
    assert maze[cafe][0] > 0


def test_its_places_are_homes_work_and_leisure():
    town_map, _ = the_ville()
    kinds = {place.name: place.kind for place in town_map.places}
    assert kinds["Lin family's house"] == "home"
    assert kinds["Dorm for Oak Hill College: Klaus Mueller's room"] == "home"
    assert kinds["Hobbs Cafe"] == kinds["The Rose and Crown Pub"] == "cafe"
    assert kinds["The Willows Market and Pharmacy"] == kinds["Harvey Oak Supply Store"] == "shop"
    assert (kinds["Oak Hill College"], kinds["Johnson Park"]) == ("school", "park")
    assert kinds["Oak Hill College: library"] == "other"
    assert len(kinds) == 29


def test_its_people_live_and_work_where_it_is_said():
    town_map, people = the_ville()
    by_name = {persona.name: persona for persona in people}
    assert len(by_name) == 25
    assert towns.assign(town_map, people) == people
    john = by_name["John Lin"]
    assert (john.home, john.work) == ("Lin family's house", "The Willows Market and Pharmacy")
    assert (john.routine.wake, john.routine.bed, john.routine.work_from, john.routine.work_to) == (
        "06:00",
        "22:00",
        "09:00",
        "17:00",
    )
    assert by_name["Ayesha Khan"].work == "Oak Hill College: library"
    assert by_name["Isabella Rodriguez"].routine.workdays[-1] == "sun"
    assert by_name["Latoya Williams"].routine.dinner == "17:30"
    assert by_name["Abigail Chen"].routine.bed == "00:00"
    assert by_name["Sam Moore"].work == ""
    assert by_name["Mei Lin"].ties["Eddy Lin"] == 0.8


def test_everybody_can_walk_home_from_everywhere():
    town_map, people = the_ville()
    arrays = town_map.arrays
    for persona in people[::4]:
        home = town_map.place(persona.home)
        for start in np.flatnonzero(town_map.reachable).tolist()[::97]:
            tile = start
            for _ in range(400):
                way = step_toward(arrays, home.id, tile)
                if way == ARRIVED:
                    break
                assert way < 8
                tile += int(DX[way]) + int(DY[way]) * town_map.width
            assert town_map.tile_place[tile] == home.id


def test_without_names_it_has_no_place():
    with pytest.raises(BadMap, match="has no place"):
        TownMap.from_tiled(VILLE / "the_ville_jan7.json")


def test_faults_are_named(tmp_path):
    with pytest.raises(BrokenMapFile, match=r"no sector_blocks.csv"):
        TownMap.from_tiled(VILLE / "the_ville_jan7.json", names=tmp_path)
    (tmp_path / "sector_blocks.csv").write_text("x, the Ville, Hobbs Cafe")
    with pytest.raises(BrokenMapFile, match=r"can't read sector_blocks.csv"):
        TownMap.from_tiled(VILLE / "the_ville_jan7.json", names=tmp_path)
    with pytest.raises(BadPersona, match="holds no"):
        people_from_ville(tmp_path, the_ville()[0])
    riverbend = towns.load("riverbend")[0]
    with pytest.raises(BadPersona, match="no home on the map 'riverbend'"):
        people_from_ville(VILLE / "base_the_ville_n25" / "personas", riverbend)
    scratch = tmp_path / "A" / "bootstrap_memory"
    scratch.mkdir(parents=True)
    (scratch / "scratch.json").write_text(json.dumps({"name": "A"}))
    with pytest.raises(BadPersona, match="lacks what is needed"):
        people_from_ville(tmp_path, the_ville()[0])


@cache
def two_days():
    """Activities and places of its 25 people on a Monday and a Tuesday, in each tick."""
    town_map, people = the_ville()
    model = Model(town_map, people, seed=7)
    blocks = [model.advance(960).tables["npcs"] for _ in range(18)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in ("activity", "place")}


def hours(doing, day):
    return (two_days()["activity"] == ACTIVITIES.index(doing))[day * 8640 : (day + 1) * 8640].sum(axis=0) / 360


@pytest.mark.parametrize("day", [0, 1])
def test_its_people_sleep_eat_and_work_or_study(day):
    _, people = the_ville()
    assert hours("sleeping", day).min() >= 5.5
    assert hours("sleeping", day).max() <= 11
    assert hours("eating", day).min() >= 0.25
    busy = hours("working", day) + hours("studying", day)
    for persona, long in zip(people, busy.tolist(), strict=True):
        routine = persona.routine
        if not persona.work:
            assert long == 0, persona.name
        else:
            shift = (minutes(routine.work_to) - minutes(routine.work_from)) % 1440 / 60
            assert 0.5 * shift <= long <= shift + 0.1, persona.name
    assert sum(bool(persona.work) for persona in people) == 11


def test_its_people_are_at_home_and_asleep_before_dawn():
    """Hailey Johnson goes to bed at 2, and Adam Smith gets up at 4."""
    town_map, people = the_ville()
    homes = np.array([town_map.place(persona.home).id for persona in people])
    for day in (0, 1):
        night = slice(day * 8640 + 21 * 360, day * 8640 + 21 * 360 + 270)  # from 3 o'clock to a quarter to 4
        assert (two_days()["place"][night] == homes).all()
        assert (two_days()["activity"][night] == ACTIVITIES.index("sleeping")).all()
