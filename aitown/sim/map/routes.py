"""Routes: for every place a field of directions, so that one step towards it is one look-up.

Three rules hold here:

1. A field holds a byte a tile: the heading (0 to 7) of a cheapest way to the place, `ARRIVED` inside it,
   `UNREACHABLE` elsewhere. A step east costs 5, a step south-east 7; a diagonal step needs both tiles beside it free
   (no cut corners). Among equally cheap headings one over paved ground wins, then the lowest heading.
2. On a small map each field covers the whole map, and every walk is a cheapest one. On a large one the field of a place
   covers a window around its *district* (a square of tiles), that of a district a window around its *region* (a square
   of districts), and that of a region the whole map; a field leads to the nearest tile of its place, district or
   region. Then a walk is a cheapest one towards the region until the district's window begins, and so on.
3. Walks end. A window is used only if it is reached from every tile of the square around which it lies that the town
   can reach at all (else a wider one is tried, at last the whole map), and of the fields whose windows hold a tile that
   of the place goes before that of the district, and this before that of the region: none leads out of its window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aitown.errors import BadMap
from aitown.sim.compiled import inlined, kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

HEADINGS = ("east", "southeast", "south", "southwest", "west", "northwest", "north", "northeast")
DX = np.array([1, 1, 0, -1, -1, -1, 0, 1], np.int64)
DY = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)
STRAIGHT, DIAGONAL = 5, 7
ARRIVED, UNREACHABLE = 8, 255

WHOLE_MAP_BYTES = 48 << 20
"""Maps whose fields fit into this many bytes have no districts."""
ROUTE_BYTES = 8 << 30
"""No map may need more for its routes."""
_MARGINS = (16, 48)
_BUCKETS = 8  # more than the dearest step
_FAR = np.int32(2**31 - 1)


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


@kernel
def _free(walkable: Array, x: int, y: int, way: int) -> bool:
    """Whether a step from (x, y) is possible: on the grid, onto a walkable tile, past no corner."""
    height, width = walkable.shape
    u, v = x + DX[way], y + DY[way]
    if not (0 <= u < width and 0 <= v < height) or not walkable[v, u]:
        return False
    return way % 2 == 0 or (walkable[y, u] and walkable[v, x])


@kernel
def _distances(walkable: Array, seeds: Array, cost: Array, buckets: Array) -> None:
    """Cost of the cheapest way from each tile to the nearest seed (Dial's algorithm: a ring of buckets by cost)."""
    width = walkable.shape[1]
    fill = np.zeros(_BUCKETS, np.int64)
    cost[:] = _FAR
    for seed in seeds:
        cost[seed] = 0
        buckets[0, fill[0]] = seed
        fill[0] += 1
    waiting, now = len(seeds), 0
    while waiting > 0:
        ring = now % _BUCKETS
        for i in range(fill[ring]):
            tile = buckets[ring, i]
            if cost[tile] != now:
                continue  # it was reached more cheaply meanwhile
            x, y = tile % width, tile // width
            for way in range(8):
                if _free(walkable, x, y, way):
                    other = tile + DY[way] * width + DX[way]
                    total = now + (STRAIGHT if way % 2 == 0 else DIAGONAL)
                    if total < cost[other]:
                        cost[other] = total
                        buckets[total % _BUCKETS, fill[total % _BUCKETS]] = other
                        fill[total % _BUCKETS] += 1
                        waiting += 1
        waiting -= fill[ring]
        fill[ring] = 0
        now += 1


@kernel
def _directions(walkable: Array, paved: Array, cost: Array, field: Array) -> None:
    """The heading of the cheapest step from each tile, as rule 1 says, into `field` (u1[tiles])."""
    height, width = walkable.shape
    for tile in range(height * width):
        if cost[tile] == 0:
            field[tile] = ARRIVED
            continue
        field[tile] = UNREACHABLE
        if cost[tile] == _FAR:
            continue
        x, y = tile % width, tile // width
        on_paving = False
        for way in range(8):
            if not _free(walkable, x, y, way):
                continue
            other = tile + DY[way] * width + DX[way]
            if cost[other] + (STRAIGHT if way % 2 == 0 else DIAGONAL) != cost[tile]:
                continue
            if field[tile] == UNREACHABLE or (paved[y + DY[way], x + DX[way]] and not on_paving):
                field[tile] = way
                on_paving = paved[y + DY[way], x + DX[way]] != 0


@kernel
def _field(walkable: Array, paved: Array, seeds: Array, cost: Array, buckets: Array, field: Array) -> None:
    _distances(walkable, seeds, cost, buckets)
    _directions(walkable, paved, cost, field)


class Routes(NamedTuple):
    """The last four arrays of `MapArrays`."""

    window: Array
    field_start: Array
    field_beyond: Array
    fields: Array


Window = tuple[int, int, int, int]


class _Builder:
    """Makes fields one after the other, with scratch arrays and the two grids that all of them share."""

    def __init__(self, walkable: Array, paved: Array) -> None:
        self.walkable = np.ascontiguousarray(walkable, np.uint8)
        self.paved = np.ascontiguousarray(paved, np.uint8)
        self.height, self.width = self.walkable.shape
        self._cost = np.empty(walkable.size, np.int32)
        self._buckets = np.empty((_BUCKETS, walkable.size), np.int32)
        self._windows: list[Window] = []
        self._beyond: list[int] = []
        self._fields: list[Array] = []
        self._bytes = 0

    def add(self, tiles: Array, around: Array | None, beyond: int) -> None:
        """The field that leads to `tiles`, in a window around them and the tiles `around`.

        Args:
            tiles: of a place, a district or a region.
            around: the tiles of its square; None for a field over the whole map.
            beyond: the number of the field that leads to `around`.

        Raises:
            BadMap: if the fields exceed `ROUTE_BYTES`.
        """
        whole = (0, 0, self.width, self.height)
        window, field = whole, None
        if around is not None:
            boxes = _box(tiles, self.width), _box(around, self.width)
            ys, xs = around // self.width, around % self.width
            for margin in _MARGINS:
                window = left, top, across, _ = self._around(boxes, margin)
                field = self._field(tiles, window)
                if (field[(ys - top) * across + xs - left] != UNREACHABLE).all():
                    break
            else:
                window, field = whole, None
        self._windows.append(window)
        self._beyond.append(-1 if window == whole else beyond)
        self._fields.append(self._field(tiles, whole) if field is None else field)
        self._bytes += self._fields[-1].size
        if self._bytes > ROUTE_BYTES:
            raise _too_large(self.width * self.height, len(self._fields), self._bytes)

    def routes(self) -> Routes:
        """All fields that were added."""
        sizes = [field.size for field in self._fields]
        fields = np.empty(sum(sizes), np.uint8)
        starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
        for i, (start, size) in enumerate(zip(starts.tolist(), sizes, strict=True)):
            fields[start : start + size] = self._fields[i]
            self._fields[i] = fields[:0]
        windows = np.array(self._windows, np.int32).reshape(-1, 4)
        found = Routes(windows, starts, np.array(self._beyond, np.int32), fields)
        for array in found:
            array.setflags(write=False)
        return found

    def _field(self, tiles: Array, window: Window) -> Array:
        left, top, width, height = window
        part = slice(top, top + height), slice(left, left + width)
        seeds = (tiles // self.width - top) * width + (tiles % self.width - left)
        field = np.empty(width * height, np.uint8)
        _field(
            np.ascontiguousarray(self.walkable[part]),
            np.ascontiguousarray(self.paved[part]),
            seeds.astype(np.int32),
            self._cost[: field.size],
            self._buckets,
            field,
        )
        return field

    def _around(self, boxes: Sequence[Window], margin: int) -> Window:
        """The window that holds all the boxes (x0, y0, x1, y1, ends included) and a margin, cut to the map."""
        left = max(0, min(box[0] for box in boxes) - margin)
        top = max(0, min(box[1] for box in boxes) - margin)
        right = min(self.width, max(box[2] for box in boxes) + 1 + margin)
        bottom = min(self.height, max(box[3] for box in boxes) + 1 + margin)
        return left, top, right - left, bottom - top


def build_routes(
    walkable: Array, paved: Array, places: Sequence[Array], doors: Array, cells: Sequence[int] | None = None
) -> Routes:
    """The routes to all places of a map.

    Args:
        walkable: bool[h, w], all of one part (see `components`).
        paved: bool[h, w], tiles that are preferred among equally cheap ones.
        places: the tiles of each place, i4.
        doors: i4[P], one tile of each place, which says what district it is in.
        cells: sides in tiles of a district and of a region, which is a multiple; None chooses, and has none where the
            map is small.

    Raises:
        BadMap: if the arrays would exceed `ROUTE_BYTES`.
    """
    builder = _Builder(walkable, paved)
    tiles, count = walkable.size, len(places)
    if cells is None:
        cells = () if tiles * count <= WHOLE_MAP_BYTES else _best_cells(tiles, count)
    if _expected(tiles, count, cells) > ROUTE_BYTES:
        raise _too_large(tiles, count, _expected(tiles, count, cells))
    goals, at = list(places), np.asarray(doors, np.int64)
    above = count
    for side in cells:
        squares, inverse = _squares(at, builder.width, side)
        inside = [_inside(builder, square, side) for square in squares]
        for goal, square in zip(goals, inverse.tolist(), strict=True):
            builder.add(goal, inside[square], above + square)
        goals, at = inside, np.array([tiles[0] for tiles in inside], np.int64)
        above += len(goals)
    for goal in goals:
        builder.add(goal, None, -1)
    return builder.routes()


def _squares(at: Array, width: int, side: int) -> tuple[list[tuple[int, int]], Array]:
    """The squares (left, top) of a grid that hold some tiles, and which of them holds each."""
    across = -(-width // side)
    numbers, inverse = np.unique(at // width // side * across + at % width // side, return_inverse=True)
    return [(number % across * side, number // across * side) for number in numbers.tolist()], inverse


def _inside(builder: _Builder, square: tuple[int, int], side: int) -> Array:
    left, top = square
    ys, xs = np.nonzero(builder.walkable[top : top + side, left : left + side])
    tiles: Array = ((ys + top) * builder.width + xs + left).astype(np.int32)
    return tiles


def _box(tiles: Array, width: int) -> Window:
    xs, ys = tiles % width, tiles // width
    return int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())


def _expected(tiles: int, places: int, cells: Sequence[int]) -> int:
    """Bytes of all fields."""
    total, goals = 0, places
    for side in cells:
        total += goals * min(tiles, (side + 2 * _MARGINS[0]) ** 2)
        goals = -(-tiles // side**2)
    return total + goals * tiles


def _best_cells(tiles: int, places: int) -> tuple[int, ...]:
    sides = (32, 48, 64, 96, 128, 192, 256)
    found = [(side,) for side in sides] + [(side, side * more) for side in sides[:4] for more in (4, 6, 8, 12)]
    return min(found, key=lambda cells: _expected(tiles, places, cells))


def _too_large(tiles: int, places: int, used: int) -> BadMap:
    return BadMap(
        f"a map of {tiles:,} tiles and {places:,} places needs {used / 2**30:.1f} GiB for its routes; "
        f"the limit is {ROUTE_BYTES / 2**30:.1f} GiB.",
        "Take a smaller map (fewer NPCs in a city), or fewer places.",
    )
