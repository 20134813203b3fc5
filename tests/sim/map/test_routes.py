"""Walks by `step_toward` end in the place, cost what the cheapest way costs, and never pass walls or cut corners."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import BadMap
from aitown.sim.map import routes
from aitown.sim.map.fields import ARRIVED, DX, DY, UNREACHABLE
from aitown.sim.map.routes import components, step_toward
from aitown.sim.map.townmap import Area, TownMap

GRASS, TREE = 0, 9


def make(seed: int, width: int, height: int, share: float, count: int) -> TownMap:
    rng = np.random.default_rng(seed)
    terrain = np.where(rng.random((height, width)) < share, TREE, GRASS)
    areas = []
    for i in range(count):
        w, h = rng.integers(1, 5, 2)
        x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
        terrain[y, x] = GRASS
        tiles = (np.arange(y, y + h)[:, None] * width + np.arange(x, x + w)).reshape(-1)
        areas.append(Area(f"place {i}", "home", tiles.astype(np.int32)))
    return TownMap("random", terrain, areas, drop_unreachable=True)


def free(town_map: TownMap, tile: int, way: int) -> bool:
    x, y = tile % town_map.width, tile // town_map.width
    u, v = x + int(DX[way]), y + int(DY[way])
    inside = 0 <= u < town_map.width and 0 <= v < town_map.height
    return bool(inside and town_map.reachable[v, u] and town_map.reachable[y, u] and town_map.reachable[v, x])


def cheapest(town_map: TownMap, place: int) -> dict[int, int]:
    """Plain Dijkstra from all tiles of a place."""
    cost = dict.fromkeys(town_map.places[place].tiles.tolist(), 0)
    heap = [(0, tile) for tile in cost]
    while heap:
        now, tile = heapq.heappop(heap)
        if now > cost[tile]:
            continue
        for way in range(8):
            if free(town_map, tile, way):
                other = tile + int(DY[way]) * town_map.width + int(DX[way])
                total = now + (7 if way % 2 else 5)
                if total < cost.get(other, 1 << 30):
                    cost[other] = total
                    heapq.heappush(heap, (total, other))
    return cost


def walk(town_map: TownMap, arrays: routes.MapArrays, place: int, tile: int) -> int:
    """The cost of the walk; fails if it passes a wall, cuts a corner or does not end."""
    cost = 0
    for _ in range(town_map.terrain.size):
        way = step_toward(arrays, place, tile)
        if way == ARRIVED:
            assert town_map.tile_place[tile] == place
            return cost
        assert way < 8
        assert free(town_map, tile, way)
        tile += int(DY[way]) * town_map.width + int(DX[way])
        cost += 7 if way % 2 else 5
    raise AssertionError("the walk does not end")


maps = st.builds(
    make, st.integers(0, 10**6), st.integers(5, 30), st.integers(5, 26), st.floats(0, 0.42), st.integers(1, 5)
)
wide_maps = st.builds(
    make, st.integers(0, 10**6), st.integers(50, 90), st.integers(40, 70), st.floats(0.2, 0.42), st.integers(2, 6)
)


@settings(max_examples=60, deadline=None)
@given(maps)
def test_every_walk_on_a_small_map_is_a_cheapest_one(town_map):
    for place in range(len(town_map.places)):
        cost = cheapest(town_map, place)
        reachable = np.flatnonzero(town_map.reachable)
        assert set(cost) == set(reachable.tolist())
        for tile in reachable.tolist()[:: max(1, len(reachable) // 60)]:
            assert walk(town_map, town_map.arrays, place, tile) == cost[tile]


@settings(max_examples=25, deadline=None)
@given(wide_maps, st.sampled_from([(3,), (5,), (8,), (13,), (3, 9), (5, 20), (8, 16), (4, 8, 32)]))
def test_every_walk_by_squares_ends_in_its_place(town_map, cells):
    arrays = town_map.arrays
    made = routes.build_routes(
        town_map.reachable, town_map.reachable, [p.tiles for p in town_map.places], arrays.door, cells
    )
    by_square = arrays._replace(**made._asdict())
    for place in range(len(town_map.places)):
        cost = cheapest(town_map, place)
        reachable = np.flatnonzero(town_map.reachable).tolist()
        for tile in reachable[:: max(1, len(reachable) // 80)]:
            assert walk(town_map, by_square, place, tile) >= cost[tile]


def test_squares_and_larger_squares_are_really_used_on_a_wide_map():
    town_map = make(3, 90, 70, 0.25, 6)
    made = routes.build_routes(
        town_map.reachable, town_map.reachable, [p.tiles for p in town_map.places], town_map.arrays.door, (5, 15)
    )
    beyond = made.field_beyond[:6]
    assert (beyond >= 6).all()
    assert (made.field_beyond[beyond] > beyond).all()
    assert (made.field_beyond[made.field_beyond[beyond]] == -1).all()
    assert (made.window[beyond, 2] < 90).all()
    assert made.fields.size == (made.window[:, 2] * made.window[:, 3]).sum()


def test_a_window_that_would_strand_somebody_is_widened():
    terrain = np.zeros((9, 120), np.uint8)
    terrain[4, :110] = TREE  # the two sides of the wall meet only far in the east
    town_map = TownMap(
        "wall", terrain, [Area("Near", "home", np.array([5], np.int32)), Area("Far", "cafe", np.array([8 * 120 + 5]))]
    )
    made = routes.build_routes(
        town_map.reachable, town_map.reachable, [p.tiles for p in town_map.places], town_map.arrays.door, (9,)
    )
    assert (made.field_beyond[:2] == -1).all()
    arrays = town_map.arrays._replace(**made._asdict())
    assert walk(town_map, arrays, 1, 5) == cheapest(town_map, 1)[5]


def test_among_equal_ways_the_paved_one_is_taken():
    terrain = np.zeros((7, 9), np.uint8)
    terrain[1:3, 1] = terrain[3, 1:7] = 1  # a path, straight then diagonal costs the same as the other way round
    terrain[2, 2] = terrain[3, 3] = GRASS
    town_map = TownMap("t", terrain, [Area("Home", "home", np.array([3 * 9 + 7]))])
    plain = routes.build_routes(
        town_map.reachable, np.zeros_like(town_map.reachable), [town_map.places[0].tiles], town_map.arrays.door
    )
    paved = town_map.arrays
    assert plain.fields[2 * 9 + 1] == 0  # east
    assert step_toward(paved, 0, 2 * 9 + 1) == 1  # southeast, onto the path


def test_a_blocked_tile_is_unreachable():
    town_map = make(1, 20, 20, 0.4, 3)
    for tile in np.flatnonzero(~town_map.reachable).tolist():
        assert step_toward(town_map.arrays, 0, tile) == UNREACHABLE


def test_parts_hang_together_by_their_sides_only():
    walkable = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)
    label = np.empty((2, 3), np.int32)
    assert components(walkable, label) == 2
    assert label.tolist() == [[0, -1, 1], [-1, 1, 1]]


def test_routes_beyond_the_limit_are_refused_before_they_are_built(monkeypatch):
    monkeypatch.setattr(routes, "ROUTE_BYTES", 1000)
    monkeypatch.setattr(routes, "WHOLE_MAP_BYTES", 0)
    with pytest.raises(BadMap, match="the limit is") as caught:
        _ = make(5, 60, 60, 0.1, 3).arrays
    assert "fewer NPCs" in caught.value.remedy
