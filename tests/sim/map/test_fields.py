"""Fields are those of a plain search that follows rule 1 of `routes`, whatever the window, the goal and the threads."""

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.sim.map import fields
from aitown.sim.map.fields import ARRIVED, DX, DY, UNREACHABLE, Goals, make_fields, make_grid


def plain(walkable, paved, tiles, window):
    """The field of a goal by Dijkstra, u1[h, w]."""
    left, top, width, height = window
    free = walkable[top : top + height, left : left + width]
    paved = paved[top : top + height, left : left + width]

    def steps(y, x):
        for way in range(8):
            v, u = y + DY[way], x + DX[way]
            if 0 <= v < height and 0 <= u < width and free[v, u] and free[y, u] and free[v, x]:
                yield way, v, u, 7 if way % 2 else 5

    cost = {(tile // walkable.shape[1] - top, tile % walkable.shape[1] - left): 0 for tile in tiles}
    heap = [(0, *where) for where in cost]
    while heap:
        now, y, x = heapq.heappop(heap)
        if now == cost[y, x]:
            for _, v, u, step in steps(y, x):
                if now + step < cost.get((v, u), 1 << 30):
                    cost[v, u] = now + step
                    heapq.heappush(heap, (now + step, v, u))
    found = np.full((height, width), UNREACHABLE)
    for (y, x), now in cost.items():
        best = [(not paved[v, u], way) for way, v, u, step in steps(y, x) if cost.get((v, u), -9) == now - step]
        found[y, x] = ARRIVED if now == 0 else min(best)[1]
    return found


@st.composite
def cases(draw):
    """A random map, goals (some of them squares) that have a free tile, and a window around each."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    height, width = draw(st.integers(3, 18)), draw(st.integers(3, 18))
    walkable = rng.random((height, width)) < draw(st.floats(0.4, 1))
    walkable[rng.integers(height), rng.integers(width)] = True
    goals, windows = [], []
    for square in draw(st.lists(st.booleans(), min_size=1, max_size=4)):
        first = np.flatnonzero(walkable)[rng.integers(walkable.sum())]
        y, x = divmod(int(first), width)
        w, h = rng.integers(1, 5, 2) if square else (1, 1)
        box = [x, y, min(width, x + w), min(height, y + h)]
        left, top = rng.integers(0, x + 1), rng.integers(0, y + 1)
        windows.append([left, top, rng.integers(box[2], width + 1) - left, rng.integers(box[3], height + 1) - top])
        goals.append((square, box))
    return walkable, rng.random((height, width)) < 0.5, goals, np.array(windows, np.int32)


def made(walkable, paved, goals, windows, around):
    width = walkable.shape[1]
    places = [[] if square else [box[1] * width + box[0]] for square, box in goals]
    start = np.cumsum([0, *map(len, places)])
    boxes = np.array([box for _, box in goals], np.int32)
    given_ = Goals(
        start.astype(np.int64), np.array([tile for tiles in places for tile in tiles], np.int32), boxes, around
    )
    return make_fields(make_grid(walkable, paved), given_, windows)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_a_field_is_that_of_a_plain_search(case):
    walkable, paved, goals, windows = case
    around = np.concatenate([windows[:, :2], windows[:, :2] + windows[:, 2:]], 1)
    start, reached, found = made(walkable, paved, goals, windows, around)
    for i, (_, (x0, y0, x1, y1)) in enumerate(goals):
        ys, xs = np.nonzero(walkable[y0:y1, x0:x1])
        left, top, width, height = windows[i]
        expected = plain(walkable, paved, (ys + y0) * walkable.shape[1] + xs + x0, windows[i])
        field = found[start[i] : start[i] + width * height].reshape(height, width)
        np.testing.assert_array_equal(field, expected)
        free = walkable[top : top + height, left : left + width]
        assert reached[i] == (expected[free] != UNREACHABLE).all()
    assert found.size == (windows[:, 2] * windows[:, 3]).sum()


def test_any_number_of_threads_makes_the_same_fields(monkeypatch):
    rng = np.random.default_rng(4)
    walkable = rng.random((60, 70)) < 0.8
    goals = [(True, [x, y, x + 9, y + 6]) for x in range(0, 60, 4) for y in range(0, 50, 3)]
    windows = np.tile(np.array([0, 0, 70, 60], np.int32), (len(goals), 1))
    around = np.zeros((len(goals), 4), np.int32)
    monkeypatch.setattr(fields, "_AT_ONCE", 10_000)
    parts = []
    for threads in (1, 3):
        monkeypatch.setattr(fields.os, "cpu_count", lambda threads=threads: threads)
        parts.append(made(walkable, walkable, goals, windows, around))
    for one, three in zip(*parts, strict=True):
        np.testing.assert_array_equal(one, three)
