import json

import numpy as np
import pytest

from aitown.errors import BadMap, BrokenMapFile, UnknownName
from aitown.sim.map import PLACE_KINDS, TERRAIN, Area, TownMap

WALL, FLOOR, DOOR, GRASS = TERRAIN.index("wall"), TERRAIN.index("floor"), TERRAIN.index("door"), 0


def tiles(x, y, w, h, width=10):
    return (np.arange(y, y + h)[:, None] * width + np.arange(x, x + w)).reshape(-1).astype(np.int32)


def terrain():
    ground = np.zeros((8, 10), np.uint8)
    ground[1:5, 1:5] = WALL
    ground[2:4, 2:4] = FLOOR
    ground[4, 2] = DOOR
    return ground


HOUSE = Area("House", "home", tiles(1, 1, 4, 4), 3, rect=(1, 1, 4, 4))
CAFE = Area("Café", "cafe", tiles(7, 5, 2, 2), opens=420, closes=60)


def test_a_place_has_its_walkable_tiles_and_the_rectangle_that_was_drawn():
    town_map = TownMap("t", terrain(), [HOUSE, CAFE])
    house = town_map.place("House")
    assert house.tiles.tolist() == [22, 23, 32, 33, 42]
    assert house.tiles.dtype == np.int32
    assert (house.rect, house.x, house.y) == ((1, 1, 4, 4), 3.0, 3.0)
    assert town_map.homes_capacity == 3
    assert town_map.place("Café").rect == (7, 5, 2, 2)
    assert town_map.tile_place[42] == house.id
    assert town_map.tile_place[11] == -1


def test_arrays_tell_kernels_the_same():
    arrays = TownMap("t", terrain(), [HOUSE, CAFE]).arrays
    assert (arrays.width, arrays.height) == (10, 8)
    assert arrays.spots[arrays.spot_start[1] : arrays.spot_start[2]].tolist() == tiles(7, 5, 2, 2).tolist()
    assert [PLACE_KINDS[kind] for kind in arrays.place_kind] == ["home", "cafe"]
    assert arrays.door[0] == 42
    assert arrays.hours[1].tolist() == [[420, 60]] * 7
    assert not any(array.flags.writeable for array in arrays[2:])


def test_a_tile_of_two_places_belongs_to_the_smaller():
    town_map = TownMap("t", terrain(), [Area("Square", "square", tiles(5, 0, 5, 8)), HOUSE, CAFE])
    assert town_map.tile_place[57] == 2
    assert 57 not in town_map.place("Square").tiles


def test_the_part_with_the_homes_is_the_town_even_if_another_is_larger():
    ground = np.zeros((8, 10), np.uint8)
    ground[:, 3] = WALL
    town_map = TownMap("t", ground, [Area("Home", "home", tiles(0, 0, 2, 2))])
    assert town_map.walkable.sum() == 72
    assert town_map.reachable.sum() == 24


def test_payload_is_the_protocols_map():
    payload = TownMap("t", terrain(), [HOUSE, CAFE]).payload()
    assert set(payload) == {"name", "width", "height", "terrain", "rows", "areas"}
    assert payload["rows"][2] == "ahggh" + "a" * 5
    assert payload["terrain"][ord("h") - ord("a")] == "wall"
    assert payload["areas"] == [{"id": 0, "rect": [1, 1, 4, 4]}, {"id": 1, "rect": [7, 5, 2, 2]}]
    json.dumps(payload)


def test_json_round_trip_keeps_everything():
    walkable = np.ones((8, 10), bool)
    town_map = TownMap("t", terrain(), [HOUSE, CAFE], walkable=walkable)
    again = TownMap.from_json(json.loads(json.dumps(town_map.to_json())))
    assert again == town_map
    assert again.hash == town_map.hash
    assert (again.terrain == town_map.terrain).all()
    assert again.walkable.all()
    assert [p.name for p in again.places] == ["House", "Café"]
    assert (again.place("House").tiles == town_map.place("House").tiles).all()


def test_the_hash_tells_maps_apart():
    one = TownMap("t", terrain(), [HOUSE, CAFE])
    ground = terrain()
    ground[0, 0] = WALL
    assert one.hash != TownMap("t", ground, [HOUSE, CAFE]).hash
    assert one.hash != TownMap("t", terrain(), [CAFE, HOUSE]).hash


def test_an_unknown_place_names_near_ones():
    with pytest.raises(UnknownName, match="no place 'Hose'") as caught:
        TownMap("t", terrain(), [HOUSE, CAFE]).place("Hose")
    assert "House" in caught.value.remedy


@pytest.mark.parametrize(
    ("ground", "areas", "said"),
    [
        (np.full((8, 10), WALL), [HOUSE], "no walkable tile"),
        (terrain(), [], "has no place"),
        (terrain(), [CAFE], "has no home"),
        (terrain(), [HOUSE, HOUSE], "two places"),
        (terrain(), [Area("", "home", tiles(0, 0, 1, 1))], "has no name"),
        (terrain(), [Area("A", "castle", tiles(0, 0, 1, 1))], "the kind 'castle'"),
        (terrain(), [Area("A", "home", np.array([80]))], "beyond the map"),
        (terrain(), [Area("A", "home", tiles(0, 0, 1, 1), capacity=-1)], "capacity -1"),
        (terrain(), [Area("A", "home", tiles(0, 0, 1, 1), opens=1500)], "minute 1500"),
        (terrain(), [HOUSE, Area("Vault", "work", tiles(1, 1, 1, 1))], "nobody can walk to 'Vault'"),
        (np.zeros((0, 4)), [HOUSE], "shape"),
        (np.full((8, 10), 99), [HOUSE], "terrain code 99"),
    ],
)
def test_a_map_that_nobody_could_live_on_is_refused(ground, areas, said):
    with pytest.raises(BadMap, match=said) as caught:
        TownMap("t", ground, areas)
    assert caught.value.remedy


@pytest.mark.parametrize("change", [{"format": 9}, {"rows": ["a", "aa"]}, {"terrain": ["lava"]}, {"places": [{}]}])
def test_damaged_json_is_a_broken_map(change):
    data = TownMap("t", terrain(), [HOUSE, CAFE]).to_json() | change
    with pytest.raises(BrokenMapFile):
        TownMap.from_json(data)


def test_a_walled_in_place_can_be_left_out():
    vault = Area("Vault", "work", tiles(1, 1, 1, 1))
    town_map = TownMap("t", terrain(), [vault, HOUSE], drop_unreachable=True)
    assert [(p.id, p.name) for p in town_map.places] == [(0, "House")]
