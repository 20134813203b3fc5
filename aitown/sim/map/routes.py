"""Routes: for every place a field of directions, so that one step towards it is one look-up.

Three rules hold here:

1. A field holds a byte a tile: the heading (0 to 7) of a cheapest way to the place, `ARRIVED` inside it,
   `UNREACHABLE` elsewhere. A step east costs 5, a step south-east 7; a diagonal step needs both tiles beside it free
   (no cut corners). Among equally cheap headings one over paved ground wins, then the lowest heading.
2. On a small map each field covers the whole map, and every walk is a cheapest one. A large one is divided into
   squares, these into larger squares, and so on. The field of a place covers a window around its square, that of a
   square a window around the larger square that it lies in, and that of the largest the whole map; a field leads to the
   nearest tile of its place or square. Then a walk is a cheapest one towards the larger square until the window of the
   smaller one begins, and so on. In a city walks are so 3 % longer than the cheapest ones.
3. Walks end. A window is used only if its goal is reached from every tile of the square around which it lies that the
   town can reach at all (else a wider one is tried, at last the whole map), and of the fields whose windows hold a tile
   that of the place goes before those of the squares, the smaller before the larger: none leads out of its window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aitown.errors import BadMap
from aitown.sim.compiled import inlined, kernel
from aitown.sim.map.fields import ARRIVED, DX, DY, UNREACHABLE, Goals, Grid, make_fields, make_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

HEADINGS = ("east", "southeast", "south", "southwest", "west", "northwest", "north", "northeast")

WHOLE_MAP_BYTES = 48 << 20
"""Maps whose fields fit into this many bytes have no squares."""
ROUTE_BYTES = 8 << 30
"""No map may need more for its routes."""
_MARGINS = (8, 16, 48)
"""Tiles around a square and its goal, tried one after the other."""
_SIDE, _RATIO = 32, 4
"""The least side of a square in tiles, and how much wider the next ones are."""


class MapArrays(NamedTuple):
    """What compiled functions get to know of a map. T tiles, P places, S their tiles, F fields of
    directions.

    A tile is its index, `ty * width + tx`. Times are minutes since midnight.
    """

    width: int
    height: int
    tile_place: Array  # i4[T], the place that a tile belongs to, or -1
    walkable: Array  # u1[T], 1 where NPCs walk
    place_kind: Array  # u1[P], index into PLACE_KINDS
    hours: Array  # i2[P, 7, 2]: opening and closing of each day from Monday on; -1 and -1 for a closed day
    place_capacity: Array  # i4[P]
    spot_start: Array  # i4[P + 1]: the tiles of place p are spots[spot_start[p] : spot_start[p + 1]]
    spots: Array  # i4[S]
    door: Array  # i4[P], the tile of the place at its entrance
    centre_x: Array  # f4[P]
    centre_y: Array  # f4[P]
    window: Array  # i4[F, 4]: left, top, width, height of each field; the first P are those of the places
    field_start: Array  # i8[F]
    field_beyond: Array  # i4[F], the field that leads into the window of this one, or -1
    fields: Array  # u1[sum of the windows' areas]


@inlined
def step_toward(m: MapArrays, place: int, tile: int) -> int:
    """The heading of the next step from a tile towards a place: 0 to 7, 8 inside it, 255 if it can't be reached."""
    if m.tile_place[tile] == place:
        return ARRIVED
    x, y = tile % m.width, tile // m.width
    field = np.int64(place)
    while field >= 0:
        column, row = x - m.window[field, 0], y - m.window[field, 1]
        if 0 <= column < m.window[field, 2] and 0 <= row < m.window[field, 3]:
            found = int(m.fields[m.field_start[field] + row * m.window[field, 2] + column])
            if found != UNREACHABLE:
                return found
        field = np.int64(m.field_beyond[field])
    return UNREACHABLE


@kernel
def components(walkable: Array, label: Array) -> int:
    """Number the parts of `walkable` (u1[h, w]) that hang together by their sides into `label` (i4[h, w]), from 0.

    No diagonal step joins two parts, because it would cut a corner. Returns how many parts there are.
    """
    height, width = walkable.shape
    queue = np.empty(height * width, np.int32)
    label[:] = -1
    count = 0
    for first in range(height * width):
        if not walkable[first // width, first % width] or label[first // width, first % width] >= 0:
            continue
        label[first // width, first % width] = count
        queue[0] = first
        head, tail = 0, 1
        while head < tail:
            x, y = queue[head] % width, queue[head] // width
            head += 1
            for way in range(0, 8, 2):
                u, v = x + DX[way], y + DY[way]
                if 0 <= u < width and 0 <= v < height and walkable[v, u] and label[v, u] < 0:
                    label[v, u] = count
                    queue[tail] = v * width + u
                    tail += 1
        count += 1
    return count


class Routes(NamedTuple):
    """The last four arrays of `MapArrays`."""

    window: Array
    field_start: Array
    field_beyond: Array
    fields: Array


class _Builder:
    """Makes fields level by level: those of places, of squares, of larger squares."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._made: list[tuple[Array, Array, Array, Array, Array]] = []
        self._count = 0
        self._bytes = 0

    def add(self, goals: Goals, beyond: Array | None) -> None:
        """The fields of one level.

        Args:
            goals: what they lead to.
            beyond: i4, the numbers of the fields that lead to the squares around; None for fields over the whole map.

        Raises:
            BadMap: if the fields exceed `ROUTE_BYTES`.
        """
        left = np.arange(len(goals.box))
        for margin in (*_MARGINS, None) if beyond is not None else (None,):
            those = Goals(*_some(goals, left))
            windows = self._around(those, margin)
            self._bytes += int((windows[:, 2].astype(np.int64) * windows[:, 3]).sum())
            if self._bytes > ROUTE_BYTES:
                raise _too_large(self.grid.width * self.grid.height, self._count + len(goals.box), self._bytes)
            start, reached, fields = make_fields(self.grid, those, windows)
            reached |= margin is None
            good = np.flatnonzero(reached)
            further = np.full(len(good), -1, np.int32) if margin is None or beyond is None else beyond[left[good]]
            self._made.append((self._count + left[good], windows[good], further, start[good], fields))
            left = left[~reached]
            if not len(left):
                break
            self._bytes -= int((windows[~reached, 2].astype(np.int64) * windows[~reached, 3]).sum())
        self._count += len(goals.box)

    def routes(self) -> Routes:
        """All fields that were added."""
        windows = np.empty((self._count, 4), np.int32)
        beyond = np.empty(self._count, np.int32)
        for numbers, those, further, _, _ in self._made:
            windows[numbers], beyond[numbers] = those, further
        sizes = windows[:, 2].astype(np.int64) * windows[:, 3]
        starts = np.cumsum(sizes) - sizes
        fields = np.empty(int(sizes.sum()), np.uint8)
        while self._made:
            numbers, _, _, start, made = self._made.pop()
            _gather(made, start, sizes[numbers], fields, starts[numbers])
            del made
        found = Routes(windows, starts, beyond, fields)
        for array in found:
            array.setflags(write=False)
        return found

    def _around(self, goals: Goals, margin: int | None) -> Array:
        """Windows (left, top, width, height) that hold goal, square and margin, cut to the map; None: the whole map."""
        width, height = self.grid.width, self.grid.height
        if margin is None:
            return np.tile(np.array([0, 0, width, height], np.int32), (len(goals.box), 1))
        least = np.maximum(np.minimum(goals.box, goals.around)[:, :2] - margin, 0)
        most = np.minimum(np.maximum(goals.box, goals.around)[:, 2:] + margin, (width, height))
        return np.concatenate([least, most - least], 1).astype(np.int32)


@kernel
def _gather(made: Array, start: Array, sizes: Array, fields: Array, to: Array) -> None:
    for i in range(len(start)):
        for k in range(sizes[i]):
            fields[to[i] + k] = made[start[i] + k]


def _some(goals: Goals, those: Array) -> tuple[Array, Array, Array, Array]:
    """Those goals alone; the tiles stay where they are."""
    if len(those) == len(goals.box):
        return goals
    sizes = np.diff(goals.start)[those]
    start = np.concatenate([[0], np.cumsum(sizes)])
    where = np.repeat(goals.start[those] - start[:-1], sizes) + np.arange(start[-1])
    return start, goals.tiles[where], goals.box[those], goals.around[those]


def build_routes(
    walkable: Array, paved: Array, places: Sequence[Array], doors: Array, cells: Sequence[int] | None = None
) -> Routes:
    """The routes to all places of a map.

    Args:
        walkable: bool[h, w], all of one part (see `components`).
        paved: bool[h, w], tiles that are preferred among equally cheap ones.
        places: the tiles of each place, i4.
        doors: i4[P], one tile of each place, which says what square it is in.
        cells: sides in tiles of the squares, each a multiple of the one before; None chooses, and has none where the
            map is small.

    Raises:
        BadMap: if the arrays would exceed `ROUTE_BYTES`.
    """
    height, width = walkable.shape
    count = len(places)
    if cells is None:
        cells = () if walkable.size * count <= WHOLE_MAP_BYTES else _choose_cells(width, height)
    expected = _expected(width, height, count, cells)
    if expected > ROUTE_BYTES:
        raise _too_large(walkable.size, count, expected)
    grid = make_grid(walkable, paved)
    builder = _Builder(grid)
    start = np.concatenate([[0], np.cumsum([len(tiles) for tiles in places])]).astype(np.int64)
    tiles = np.concatenate(places).astype(np.int32)
    box = _boxes(start, tiles, width)
    whole = np.array([0, 0, width, height], np.int32)
    at = np.asarray(doors, np.int64)
    x, y, above = at % width, at // width, count
    for side in cells:
        squares, inverse = np.unique(y // side * -(-width // side) + x // side, return_inverse=True)
        x, y = squares % -(-width // side) * side, squares // -(-width // side) * side
        around = np.stack([x, y, np.minimum(x + side, width), np.minimum(y + side, height)], 1).astype(np.int32)
        builder.add(Goals(start, tiles, box, around[inverse]), (above + inverse).astype(np.int32))
        start, tiles, box = np.zeros(len(around) + 1, np.int64), tiles[:0], around
        above += len(around)
    builder.add(Goals(start, tiles, box, np.tile(whole, (len(box), 1))), None)
    return builder.routes()


def _boxes(start: Array, tiles: Array, width: int) -> Array:
    """Left, top, right and bottom of the tiles of each place, the latter two excluded."""
    x, y, first = tiles % width, tiles // width, start[:-1]
    least = [np.minimum.reduceat(values, first) for values in (x, y)]
    most = [np.maximum.reduceat(values, first) + 1 for values in (x, y)]
    return np.stack([*least, *most], 1).astype(np.int32)


def _expected(width: int, height: int, places: int, cells: Sequence[int]) -> int:
    """Bytes of all fields."""
    total, goals = 0, places
    for side in cells:
        total += goals * min(width, side + 2 * _MARGINS[0]) * min(height, side + 2 * _MARGINS[0])
        goals = -(-width // side) * -(-height // side)
    return total + goals * width * height


def _choose_cells(width: int, height: int) -> tuple[int, ...]:
    """Narrower steps between sides take less memory and make walks longer: see benchmarks/RESULTS.md."""
    return tuple(_SIDE * _RATIO**k for k in range(16) if _SIDE * _RATIO**k < max(width, height))


def _too_large(tiles: int, places: int, used: int) -> BadMap:
    return BadMap(
        f"a map of {tiles:,} tiles and {places:,} places needs {used / 2**30:.1f} GiB for its routes; "
        f"the limit is {ROUTE_BYTES / 2**30:.1f} GiB.",
        "Take a smaller map (fewer NPCs in a city), or fewer places.",
    )
