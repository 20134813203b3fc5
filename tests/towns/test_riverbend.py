"""The built-in town as it is shipped."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from aitown import towns
from aitown.persona import minutes
from aitown.sim.map import ARRIVED, DX, DY, TERRAIN, step_toward

FOLDER = towns.FOLDER / "riverbend"
TOOLS = Path(__file__).parents[2] / "tools"
TOWN, PEOPLE = towns.load("riverbend")


def test_it_has_what_a_town_has():
    kinds = [place.kind for place in TOWN.places]
    assert (TOWN.width, TOWN.height) == (80, 56)
    assert kinds.count("home") >= 14
    assert kinds.count("work") >= 2
    assert set(kinds) == {"home", "work", "school", "cafe", "shop", "park", "square", "other"}
    assert TOWN.homes_capacity >= 40
    assert {TERRAIN[code] for code in np.unique(TOWN.terrain)} == set(TERRAIN)


def test_all_ground_that_matters_hangs_together():
    assert TOWN.reachable.sum() / TOWN.walkable.sum() > 0.95
    assert (TOWN.terrain[TOWN.reachable] == TERRAIN.index("bridge")).sum() >= 16


def test_homes_have_a_door_and_room_to_stand():
    for place in TOWN.places:
        if place.kind == "home":
            assert len(place.tiles) >= max(6, place.capacity)
            assert (TOWN.terrain.reshape(-1)[place.tiles] == TERRAIN.index("door")).sum() == 1
            assert TOWN.terrain.reshape(-1)[TOWN.arrays.door[place.id]] == TERRAIN.index("door")


def test_who_comes_in_finds_a_spot():
    """The tiles of a place hang together, so that nobody is stuck at its edge on top of others."""
    for place in (place for place in TOWN.places if place.kind != "park"):
        left = set(place.tiles.tolist())
        edge = [left.pop()]
        while edge:
            tile = edge.pop()
            near = {tile - 1, tile + 1, tile - TOWN.width, tile + TOWN.width} & left
            left -= near
            edge += near
        assert not left, place.name


def test_everybody_can_walk_from_home_to_work_and_back():
    for persona in PEOPLE:
        home = TOWN.place(persona.home)
        work = TOWN.place(persona.work or "Market Square")
        for start, goal in ((home, work), (work, home)):
            tile = int(start.tiles[0])
            for _ in range(300):
                way = step_toward(TOWN.arrays, goal.id, tile)
                if way == ARRIVED:
                    break
                tile += int(DX[way]) + int(DY[way]) * TOWN.width
            assert TOWN.tile_place[tile] == goal.id


def test_its_25_people_differ():
    assert len(PEOPLE) == 25
    assert towns.assign(TOWN, PEOPLE) == PEOPLE
    assert len({persona.routine for persona in PEOPLE}) == 25
    assert len({persona.background for persona in PEOPLE}) == 25
    assert all(persona.background.count(".") >= 2 for persona in PEOPLE)
    ages = [persona.age for persona in PEOPLE]
    assert min(ages) < 10
    assert max(ages) > 70


def test_somebody_is_up_when_the_clock_starts_at_six():
    early = [persona for persona in PEOPLE if 315 <= minutes(persona.routine.wake) <= 365]
    assert len(early) >= 5
    leaving = [
        persona for persona in PEOPLE if persona.routine.work_from and 350 <= minutes(persona.routine.work_from) <= 390
    ]
    assert len(leaving) >= 3


def test_ties_are_mutual_and_strong_in_families():
    by_name = {persona.name: persona for persona in PEOPLE}
    for persona in PEOPLE:
        for other, tie in persona.ties.items():
            assert by_name[other].ties[persona.name] == tie
        for other in PEOPLE:
            if other is not persona and other.home == persona.home:
                assert persona.ties[other.name] >= 0.8


def test_the_map_is_what_its_script_draws(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image", reason="Pillow draws the tileset")
    monkeypatch.setattr(sys, "argv", ["draw_riverbend.py", str(tmp_path)])
    monkeypatch.syspath_prepend(str(TOOLS))
    runpy.run_path(str(TOOLS / "draw_riverbend.py"), run_name="__main__")
    drawn = json.loads((tmp_path / "riverbend.tmj").read_text("utf-8"))
    assert drawn == json.loads((FOLDER / "riverbend.tmj").read_text("utf-8"))
    with image.open(tmp_path / "riverbend.png") as new, image.open(FOLDER / "riverbend.png") as old:
        assert (np.array(new.convert("RGB")) == np.array(old.convert("RGB"))).all()
        assert new.size == (drawn["tilesets"][0]["imagewidth"], drawn["tilesets"][0]["imageheight"])
