"""Fields of directions, made by compiled code: for goals and the windows around them.

Two queues hold the tiles that were come to by a straight step and by a diagonal one. Tiles are settled by rising cost,
so both queues rise too, and a tile enters each of them once at most: the next one is always one of two heads.
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aitown.sim.compiled import kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = NDArray[Any]

DX = np.array([1, 1, 0, -1, -1, -1, 0, 1], np.int64)
DY = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)
STRAIGHT, DIAGONAL = 5, 7
ARRIVED, UNREACHABLE = 8, 255

_LOWEST = np.array([UNREACHABLE, *((bits & -bits).bit_length() - 1 for bits in range(1, 256))], np.uint8)
"""The lowest of some headings, by their bits."""
_FAR = np.int32(2**31 - 1 - DIAGONAL)
_OUTSIDE = np.int32(-100)
_AT_ONCE = 1 << 20
"""Tiles that a thread takes at a time, about."""
_SCRATCH_BYTES, _MOST_SCRATCH = 15, 1 << 30
"""Bytes of `Scratch` a tile, and of all threads together."""


class Grid(NamedTuple):
    """What all fields of a map are made from: T tiles, each an index `ty * width + tx`."""

    width: int
    height: int
    free: Array  # u1[T], 1 where NPCs walk
    ways: Array  # u2[T]; bit k: a step with heading k is possible; bit 8 + k: and leads onto paving


class Goals(NamedTuple):
    """What n fields lead to: the tiles of places, or all free tiles of squares.

    Boxes are i4[n, 4]: left, top, right, bottom, the latter two excluded.
    """

    start: Array  # i8[n + 1]: the tiles of goal i are tiles[start[i] : start[i + 1]]; none: those of its box
    tiles: Array  # i4
    box: Array  # holds the tiles
    around: Array  # from its free tiles the goal has to be reached


def make_grid(walkable: Array, paved: Array) -> Grid:
    """The grid of a map: `walkable` and `paved` are bool[h, w]."""
    height, width = walkable.shape
    free = np.ascontiguousarray(walkable, np.uint8)
    ways = np.empty((height, width), np.uint16)
    _ways(free, np.ascontiguousarray(paved, np.uint8), ways)
    return Grid(width, height, free.reshape(-1), ways.reshape(-1))


def make_fields(grid: Grid, goals: Goals, windows: Array) -> tuple[Array, Array, Array]:
    """The fields of all goals, each in its window (i4[n, 4]: left, top, width, height).

    Returns: the first byte of each field (i8[n]), which of them are reached from everywhere around (bool[n]), and the
    fields one after the other (u1). They are the same for any number of threads.
    """
    areas = windows[:, 2].astype(np.int64) * windows[:, 3]
    start = np.cumsum(areas) - areas
    out, reached = np.empty(int(areas.sum()), np.uint8), np.zeros(len(windows), bool)
    room = int(((windows[:, 2] + 2).astype(np.int64) * (windows[:, 3] + 2)).max(initial=0))
    pieces, turn = _pieces(areas), threading.Lock()

    def work() -> None:
        scratch = Scratch.make(room)
        while True:
            with turn:
                piece = next(pieces, None)
            if piece is None:
                return
            _fill(grid, goals, windows, start, *piece, scratch, out, reached)

    threads = min(os.cpu_count() or 1, -(-out.size // _AT_ONCE), _MOST_SCRATCH // (_SCRATCH_BYTES * room or 1))
    if threads <= 1:
        work()
    else:
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(work) for _ in range(threads)]:
                done.result()
    return start, reached, out


def _pieces(areas: Array) -> Iterator[tuple[int, int]]:
    """Ranges of goals whose windows have about `_AT_ONCE` tiles together."""
    number = np.cumsum(areas) // _AT_ONCE
    bounds = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(areas)]
    yield from itertools.pairwise(bounds)


class Scratch(NamedTuple):
    """Room for the largest window with a border of one tile."""

    cost: Array  # i4, of the cheapest way known so far
    ways: Array  # u2, as in `Grid`
    field: Array  # u1
    straight: Array  # i4, a queue of tiles
    diagonal: Array  # i4, likewise

    @classmethod
    def make(cls, room: int) -> Scratch:
        """For windows of so many tiles, borders included."""
        return cls(*(np.empty(room, dtype) for dtype in (np.int32, np.uint16, np.uint8, np.int32, np.int32)))


@kernel
def _ways(free: Array, paved: Array, ways: Array) -> None:
    height, width = free.shape
    for y in range(height):
        for x in range(width):
            found = 0
            for way in range(8 if free[y, x] else 0):
                u, v = x + DX[way], y + DY[way]
                if not (0 <= u < width and 0 <= v < height) or not free[v, u]:
                    continue
                if way % 2 == 1 and not (free[y, u] and free[v, x]):
                    continue
                found |= 1 << way
                if paved[v, u]:
                    found |= 256 << way
            ways[y, x] = found


@kernel
def _fill(
    grid: Grid, goals: Goals, windows: Array, start: Array, first: int, last: int, scratch: Scratch, out: Array,
    reached: Array,
) -> None:  # fmt: skip
    offset = np.empty(8, np.int64)
    for i in range(first, last):
        left, top, width, height = windows[i, 0], windows[i, 1], windows[i, 2], windows[i, 3]
        row: Any = np.int64(width) + 2
        for way in range(8):
            offset[way] = DY[way] * row + DX[way]
        _open_window(grid, windows[i], row, scratch)
        _spread(scratch, offset, *_seed(grid, goals, i, left, top, row, scratch, offset))
        _directions(scratch, row, width, height, out, start[i])
        reached[i] = _reaches(grid, goals.around[i], left, top, row, scratch.field)


@kernel
def _open_window(grid: Grid, window: Array, row: int, scratch: Scratch) -> None:
    left, top, width, height = window[0], window[1], window[2], window[3]
    cost, ways, field = scratch.cost, scratch.ways, scratch.field
    for x in range(row):
        cost[x] = cost[(height + 1) * row + x] = _OUTSIDE
    for y in range(height):
        here, there = (y + 1) * row + 1, np.int64(top + y) * grid.width + left
        cost[here - 1] = cost[here + width] = _OUTSIDE
        for x in range(width):
            cost[here + x] = _FAR
            ways[here + x] = grid.ways[there + x]
            field[here + x] = UNREACHABLE


@kernel
def _seed(
    grid: Grid, goals: Goals, i: int, left: int, top: int, row: int, scratch: Scratch, offset: Array
) -> tuple[int, int]:
    """Put the tiles of a goal at no cost and those beside them onto the queues; returns how many are on each."""
    cost, field, box = scratch.cost, scratch.field, goals.box[i]
    straight = diagonal = 0
    since, until = goals.start[i], goals.start[i + 1]
    for tile in goals.tiles[since:until]:
        here = (tile // grid.width - top + 1) * row + tile % grid.width - left + 1
        cost[here], field[here] = 0, ARRIVED
    for tile in goals.tiles[since:until]:
        here = (tile // grid.width - top + 1) * row + tile % grid.width - left + 1
        straight, diagonal = _relax(scratch, offset, here, straight, diagonal)
    if since < until:
        return straight, diagonal
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            if grid.free[np.int64(y) * grid.width + x]:
                here = (y - top + 1) * row + x - left + 1
                cost[here], field[here] = 0, ARRIVED
    for y in range(box[1], box[3]):
        inner = box[1] < y < box[3] - 1
        for x in range(box[0], box[2], max(1, box[2] - box[0] - 1) if inner else 1):
            if grid.free[np.int64(y) * grid.width + x]:
                here = (y - top + 1) * row + x - left + 1
                straight, diagonal = _relax(scratch, offset, here, straight, diagonal)
    return straight, diagonal


@kernel
def _relax(scratch: Scratch, offset: Array, here: int, straight: int, diagonal: int) -> tuple[int, int]:
    """From a tile of the goal to those beside it."""
    cost, ways = scratch.cost, scratch.ways[here]
    for way in range(8):
        if ways >> way & 1:
            other = here + offset[way]
            total = STRAIGHT if way % 2 == 0 else DIAGONAL
            if cost[other] > total:
                cost[other] = total
                if way % 2 == 0:
                    scratch.straight[straight] = other
                    straight += 1
                else:
                    scratch.diagonal[diagonal] = other
                    diagonal += 1
    return straight, diagonal


@kernel
def _spread(scratch: Scratch, offset: Array, straight: Any, diagonal: Any) -> None:
    """Settle all tiles that can be reached, and give each its heading, as rule 1 of `routes` says."""
    cost, ways, field = scratch.cost, scratch.ways, scratch.field
    on_straight, on_diagonal = scratch.straight, scratch.diagonal
    one, a, b = np.uint64(1), np.uint64(0), np.uint64(0)
    straight, diagonal = np.uint64(straight), np.uint64(diagonal)
    while a < straight or b < diagonal:
        if b == diagonal or (a < straight and cost[np.uint64(on_straight[a])] <= cost[np.uint64(on_diagonal[b])]):
            here = np.uint64(on_straight[a])
            a += one
        else:
            here = np.uint64(on_diagonal[b])
            b += one
        if field[here] != UNREACHABLE:
            continue
        now, free = cost[here], np.uint32(ways[here])
        field[here] = ARRIVED
        for k in range(4):
            if free & np.uint32(1 << (2 * k)):
                other = here + np.uint64(offset[2 * k])
                if cost[other] > now + STRAIGHT:
                    cost[other] = now + STRAIGHT
                    on_straight[straight] = other
                    straight += one
            if free & np.uint32(2 << (2 * k)):
                other = here + np.uint64(offset[2 * k + 1])
                if cost[other] > now + DIAGONAL:
                    cost[other] = now + DIAGONAL
                    on_diagonal[diagonal] = other
                    diagonal += one


@kernel
def _directions(scratch: Scratch, row: int, width: int, height: int, out: Array, start: int) -> None:
    """The heading of the cheapest step from each tile of a window, as rule 1 of `routes` says."""
    cost, ways = scratch.cost, scratch.ways
    masks = np.empty(width, np.uint8)
    for y in range(height):
        first = (y + 1) * row + 1
        above = cost[first - row - 1 : first - row + width + 1]
        here, below = cost[first - 1 : first + width + 1], cost[first + row - 1 : first + row + width + 1]
        free = ways[first : first + width]
        for x in range(width):
            straight, diagonal = np.int32(here[x + 1] - STRAIGHT), np.int32(here[x + 1] - DIAGONAL)
            found = np.int32(here[x + 2] == straight)
            found |= np.int32(below[x + 2] == diagonal) << 1
            found |= np.int32(below[x + 1] == straight) << 2
            found |= np.int32(below[x] == diagonal) << 3
            found |= np.int32(here[x] == straight) << 4
            found |= np.int32(above[x] == diagonal) << 5
            found |= np.int32(above[x + 1] == straight) << 6
            found |= np.int32(above[x + 2] == diagonal) << 7
            masks[x] = found
        line = out[start + np.int64(y) * width :]
        for x in range(width):
            ways_here = np.int64(free[x])
            best = np.int64(masks[x]) & ways_here
            paved = best & ways_here >> 8
            line[x] = ARRIVED if here[x + 1] == 0 else _LOWEST[paved or best]


@kernel
def _reaches(grid: Grid, around: Array, left: int, top: int, row: int, field: Array) -> bool:
    for y in range(around[1], around[3]):
        for x in range(around[0], around[2]):
            if grid.free[np.int64(y) * grid.width + x] and field[(y - top + 1) * row + x - left + 1] == UNREACHABLE:
                return False
    return True
