"""Routes: for every place a field of directions, so that one step towards it is one look-up.

Three rules hold here:

1. A field holds a byte a tile: the heading (0 to 7) of a cheapest way to the place, `ARRIVED` inside it,
   `UNREACHABLE` elsewhere. A step east costs 5, a step south-east 7; a diagonal step needs both tiles beside it free
   (no cut corners). Among equally cheap headings one over paved ground wins, then the lowest heading.
2. On a small map each field covers the whole map, and every walk is a cheapest one. On a large one it covers a window
   around the *district* of the place (a square of tiles), and a second field, shared by all places of the district,
   leads from everywhere to the district's nearest tile. Then a walk is a cheapest one towards the district until the
   window begins, and a cheapest one within the window from there.
3. Walks end. A window is used only if it reaches the place from every tile of the district that the town can reach at
   all (else a wider one is tried, at last the whole map), and inside a window the place's own field is always followed:
   it never leads out of the window.
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
ROUTE_BYTES = 4 << 30
"""No map may need more for its routes."""
_MARGINS = (16, 48)
_BUCKETS = 8  # more than the dearest step
_FAR = np.int32(2**31 - 1)


class MapArrays(NamedTuple):
    """What compiled functions get to know of a map. T tiles, P places, S their tiles, D districts.

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
    window: Array  # i4[P, 4]: left, top, width, height of the place's field
    field_start: Array  # i8[P]
    fields: Array  # u1[sum of the windows' areas]
    district: Array  # i4[P], or -1 where the window is the whole map
    district_fields: Array  # u1[D * T]


@inlined
def step_toward(m: MapArrays, place: int, tile: int) -> int:
    """The heading of the next step from a tile towards a place: 0 to 7, 8 inside it, 255 if it can't be reached."""
    if m.tile_place[tile] == place:
        return ARRIVED
    x = tile % m.width - m.window[place, 0]
    y = tile // m.width - m.window[place, 1]
    if 0 <= x < m.window[place, 2] and 0 <= y < m.window[place, 3]:
        found = int(m.fields[m.field_start[place] + y * m.window[place, 2] + x])
        if found != UNREACHABLE:
            return found
    if m.district[place] < 0:
        return UNREACHABLE
    return int(m.district_fields[np.int64(m.district[place]) * (m.width * m.height) + tile])


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
    """The last five arrays of `MapArrays`."""

    window: Array
    field_start: Array
    fields: Array
    district: Array
    district_fields: Array


class _Builder:
    """Scratch arrays and the two grids, shared by all fields of a map."""

    def __init__(self, walkable: Array, paved: Array) -> None:
        self.walkable = np.ascontiguousarray(walkable, np.uint8)
        self.paved = np.ascontiguousarray(paved, np.uint8)
        self.height, self.width = self.walkable.shape
        self.cost = np.empty(walkable.size, np.int32)
        self.buckets = np.empty((_BUCKETS, walkable.size), np.int32)

    def field(self, tiles: Array, window: tuple[int, int, int, int]) -> Array:
        """The field of the place or district that consists of `tiles`, over a window."""
        left, top, width, height = window
        part = slice(top, top + height), slice(left, left + width)
        seeds = (tiles // self.width - top) * width + (tiles % self.width - left)
        field = np.empty(width * height, np.uint8)
        _field(
            np.ascontiguousarray(self.walkable[part]),
            np.ascontiguousarray(self.paved[part]),
            seeds.astype(np.int32),
            self.cost[: field.size],
            self.buckets,
            field,
        )
        return field

    def around(self, boxes: Sequence[tuple[int, int, int, int]], margin: int) -> tuple[int, int, int, int]:
        """The window that holds all the boxes (x0, y0, x1, y1, ends included) and a margin, cut to the map."""
        left = max(0, min(box[0] for box in boxes) - margin)
        top = max(0, min(box[1] for box in boxes) - margin)
        right = min(self.width, max(box[2] for box in boxes) + 1 + margin)
        bottom = min(self.height, max(box[3] for box in boxes) + 1 + margin)
        return left, top, right - left, bottom - top


def build_routes(
    walkable: Array, paved: Array, places: Sequence[Array], doors: Array, cell: int | None = None
) -> Routes:
    """The routes to all places of a map.

    Args:
        walkable: bool[h, w], all of one part (see `components`).
        paved: bool[h, w], tiles that are preferred among equally cheap ones.
        places: the tiles of each place, i4.
        doors: i4[P], one tile of each place, which says what district it is in.
        cell: side of a district in tiles; None chooses, and has no districts where the map is small.

    Raises:
        BadMap: if the arrays would exceed `ROUTE_BYTES`.
    """
    builder = _Builder(walkable, paved)
    whole = (0, 0, builder.width, builder.height)
    tiles, count = walkable.size, len(places)
    if cell is None:
        cell = 0 if tiles * count <= WHOLE_MAP_BYTES else _best_cell(tiles, count)
    _check_size(tiles, count, cell)
    if not cell:
        fields = np.empty(count * tiles, np.uint8)
        for p, place in enumerate(places):
            fields[p * tiles : (p + 1) * tiles] = builder.field(place, whole)
        window = np.tile(np.array(whole, np.int32), (count, 1))
        start = np.arange(count, dtype=np.int64) * tiles
        return _frozen(Routes(window, start, fields, np.full(count, -1, np.int32), np.empty(0, np.uint8)))
    return _by_district(builder, places, doors, cell)


def _by_district(builder: _Builder, places: Sequence[Array], doors: Array, cell: int) -> Routes:
    width, height = builder.width, builder.height
    across = -(-width // cell)
    cells = (doors // width // cell) * across + doors % width // cell
    numbers, district = np.unique(cells, return_inverse=True)
    district = district.astype(np.int32)
    inside = []
    for number in numbers.tolist():
        left, top = number % across * cell, number // across * cell
        ys, xs = np.nonzero(builder.walkable[top : top + cell, left : left + cell])
        inside.append(((ys + top) * width + xs + left).astype(np.int32))
    boxes = [(_box(inside[d], width), _box(place, width)) for d, place in zip(district, places, strict=True)]
    first = np.array([builder.around(pair, _MARGINS[0]) for pair in boxes], np.int64)
    fields = np.empty(int((first[:, 2] * first[:, 3]).sum() * 1.1), np.uint8)  # room for some wider windows
    windows, sizes, used = [], [], 0
    for p, place in enumerate(places):
        within = inside[district[p]]
        for margin in (*_MARGINS, width + height):
            window = builder.around(boxes[p], margin)
            field = builder.field(place, window)
            left, top, across_window, _ = window
            if (field[(within // width - top) * across_window + within % width - left] != UNREACHABLE).all():
                break
        if window == (0, 0, width, height):
            district[p] = -1
        if used + field.size > fields.size:  # a window had to be widened
            fields = np.concatenate([fields[:used], np.empty(field.size + fields.size // 8, np.uint8)])
        fields[used : used + field.size] = field
        used += field.size
        if used + len(numbers) * width * height > ROUTE_BYTES:
            raise _too_large(width * height, len(places), used + len(numbers) * width * height)
        windows.append(window)
        sizes.append(field.size)
    district_fields = np.empty(len(numbers) * width * height, np.uint8)
    for d, within in enumerate(inside):
        part = slice(d * width * height, (d + 1) * width * height)
        district_fields[part] = builder.field(within, (0, 0, width, height))
    return _frozen(
        Routes(
            np.array(windows, np.int32),
            np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            fields[:used],
            district,
            district_fields,
        )
    )


def _box(tiles: Array, width: int) -> tuple[int, int, int, int]:
    xs, ys = tiles % width, tiles // width
    return int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())


def _expected(tiles: int, places: int, cell: int) -> int:
    """Bytes of all fields."""
    if not cell:
        return tiles * places
    return places * (cell + 2 * _MARGINS[0]) ** 2 + -(-tiles // cell**2) * tiles


def _best_cell(tiles: int, places: int) -> int:
    return min((32, 48, 64, 96, 128, 192, 256), key=lambda cell: _expected(tiles, places, cell))


def _check_size(tiles: int, places: int, cell: int) -> None:
    if _expected(tiles, places, cell) > ROUTE_BYTES:
        raise _too_large(tiles, places, _expected(tiles, places, cell))


def _too_large(tiles: int, places: int, used: int) -> BadMap:
    return BadMap(
        f"a map of {tiles:,} tiles and {places:,} places needs {used / 2**30:.1f} GiB for its routes; "
        f"the limit is {ROUTE_BYTES / 2**30:.1f} GiB.",
        "Take a smaller map (fewer NPCs in a city), or fewer places.",
    )


def _frozen(routes: Routes) -> Routes:
    for array in routes:
        array.setflags(write=False)
    return routes
