"""A generated city: blocks on a grid of streets, a river, and enough of everything for a number of NPCs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from aitown.errors import BadCount
from aitown.sim.map import blocks
from aitown.sim.map.blocks import CODE, Block
from aitown.sim.map.townmap import MAX_TILES, Area, TownMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

STREET, MARGIN, VALLEY = 2, 3, 10
"""Widths in tiles of a street, of the green round the city, and of the river's valley."""
SPARE = 1.3
"""Places in homes for each NPC."""
MAX_NPCS = 1_000_000
_STREETS = (
    ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fern", "Gorse", "Hazel", "Ivy", "Juniper", "Larch", "Maple",
     "Myrtle", "Oak", "Poplar", "Quince", "Rowan", "Sorrel", "Thyme", "Willow", "Yarrow", "Bell", "Canal", "Dyer",
     "Ferry", "Glass", "Harbour",
     "Lantern", "Mason", "Miller", "Orchard", "Potter", "Quarry", "Saddler", "Tanner", "Weaver"),
    ("Street", "Lane", "Road", "Row", "Way", "Rise", "Walk", "Gate", "Hill", "Terrace"),
)  # fmt: skip


def city(npcs: int, seed: int = 0) -> TownMap:
    """A city for at least `npcs` people, the same for the same arguments.

    Towards the middle stand flats, offices, shops and cafés round squares; houses with gardens lie outside. For 1,000
    people there are about 1,300 places in homes, 18 offices and workshops, 10 shops, 9 cafés, 2 clinics, a library, 2
    schools, 2 parks and a square; at least one of each in any city. From four blocks across a river runs through,
    bridged by every street. These shares are assumptions, made so that nobody lacks a place to go.

    Raises:
        BadCount: if `npcs` is not between 1 and `MAX_NPCS`.
    """
    if isinstance(npcs, bool) or not isinstance(npcs, (int, np.integer)) or not 1 <= npcs <= MAX_NPCS:
        raise BadCount(
            f"a city for {npcs!r} NPCs; expected 1 to {MAX_NPCS:,}.", f"Ask for a number from 1 to {MAX_NPCS:,}."
        )
    npcs = int(npcs)
    digest = hashlib.sha256(f"city {npcs} {seed}".encode()).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
    kinds, trades = _programme(npcs)
    rows = max(2, round((len(kinds) * (blocks.WIDTH + STREET) / (blocks.HEIGHT + STREET)) ** 0.5 * 0.87))
    columns = max(2, -(-len(kinds) // rows))
    kinds += ["green"] * (rows * columns - len(kinds))
    layout = _layout(kinds, rows, columns, rng)
    return _draw(f"city-{npcs}", layout, rows, columns, trades, rng)


def _programme(npcs: int) -> tuple[list[str], list[str]]:
    """The blocks that a city needs, and the buildings on its blocks of "units"."""
    needed = {"office": npcs / 80, "works": npcs / 180, "shop": npcs / 100, "cafe": npcs / 115, "clinic": npcs / 600,
              "library": npcs / 700}  # fmt: skip
    counts = {unit: max(1, round(count)) for unit, count in needed.items()}
    rounds = max(counts.values())
    trades = [
        unit
        for i in range(rounds)
        for unit, count in counts.items()
        if i * count // rounds != (i + 1) * count // rounds
    ]
    room = SPARE * npcs
    flats = int(room * 0.55 / (4 * blocks.FLATS_HOLD))
    houses = int(-(-(room - flats * 4 * blocks.FLATS_HOLD) // (6 * blocks.HOUSE_HOLDS)))
    kinds = (
        ["square"] * max(1, round(npcs / 2500))
        + ["units"] * -(-len(trades) // 4)
        + ["school"] * max(1, -(-npcs // 750))
        + ["park"] * max(1, round(npcs / 500))
        + ["flats"] * flats
        + ["houses"] * houses
    )
    return kinds, trades


_FROM_MIDDLE = {"square": 0.25, "units": 0.45, "flats": 0.55, "school": 0.65, "park": 0.6, "houses": 0.85, "green": 1.2}


def _layout(kinds: list[str], rows: int, columns: int, rng: np.random.Generator) -> list[str]:
    """The kind of each block, row by row: blocks sorted by distance from the middle, kinds by where they belong."""
    y, x = np.mgrid[0:rows, 0:columns]
    away = np.hypot((y + 0.5) / rows - 0.5, (x + 0.5) / columns - 0.5).reshape(-1) + rng.normal(0, 0.06, rows * columns)
    wish = np.array([_FROM_MIDDLE[kind] for kind in kinds]) + rng.normal(0, 0.17, len(kinds))
    wish[0] = -1  # one square is in the very middle
    found = [""] * len(kinds)
    for where, which in zip(np.argsort(away, kind="stable"), np.argsort(wish, kind="stable"), strict=True):
        found[where] = kinds[which]
    return found


def _draw(
    name: str, layout: list[str], rows: int, columns: int, trades: list[str], rng: np.random.Generator
) -> TownMap:
    step_x, step_y = blocks.WIDTH + STREET, blocks.HEIGHT + STREET
    west = columns // 2 if columns >= 4 else columns  # noqa: PLR2004 (blocks west of the river)
    valley = VALLEY if west < columns else 0
    height = 2 * MARGIN + rows * step_y + STREET
    width = 2 * MARGIN + columns * step_x + STREET + valley
    if width * height > MAX_TILES:
        raise BadCount(f"a city of {width} × {height} tiles; at most {MAX_TILES:,} can be.", "Take fewer NPCs.")
    terrain = np.full((height, width), CODE["grass"], np.uint8)
    terrain[rng.random(terrain.shape) < 0.22] = CODE["tree"]  # noqa: PLR2004 (the green round the city)
    terrain[MARGIN : height - MARGIN, MARGIN : width - MARGIN] = CODE["road"]
    bank = MARGIN + west * step_x + STREET
    if valley:
        terrain[:, bank : bank + valley] = CODE["grass"]
    streets = _street_names(rows + 1, rng)
    numbers = [0] * (rows + 1)
    titles: dict[str, int] = {}
    areas: list[Area] = []
    for i, kind in enumerate(layout):
        row, column = divmod(i, columns)
        left = MARGIN + STREET + column * step_x + (valley if column >= west else 0)
        top = MARGIN + STREET + row * step_y
        block = blocks.units(rng, trades[-4:]) if kind == "units" else blocks.MAKERS[kind](rng)
        if kind == "units":
            del trades[-4:]
        terrain[top : top + blocks.HEIGHT, left : left + blocks.WIDTH] = block.terrain
        areas += _areas(block, left, top, width, row, streets, numbers, titles)
    if valley:
        _river(terrain, bank, valley, rows, rng)
    return TownMap(name, terrain, areas)


def _areas(
    block: Block,
    left: int,
    top: int,
    width: int,
    row: int,
    streets: list[str],
    numbers: list[int],
    titles: dict[str, int],
) -> list[Area]:
    found = []
    for spot in block.spots:
        x, y, across, down = spot.rect
        x, y = x + left, y + top
        street = row if spot.above else row + 1
        if spot.title:
            name = f"{streets[street]} {spot.title}"
            titles[name] = titles.get(name, 0) + 1
            name = name if titles[name] == 1 else f"{name} {titles[name]}"
        else:
            numbers[street] += 1
            name = f"{numbers[street]} {streets[street]}"
        tiles = ((np.arange(y, y + down) * width)[:, None] + np.arange(x, x + across)).reshape(-1).astype(np.int32)
        found.append(Area(name, spot.kind, tiles, spot.capacity, rect=(x, y, across, down), week=spot.week))
    return found


def _river(terrain: NDArray[np.uint8], bank: int, valley: int, rows: int, rng: np.random.Generator) -> None:
    """Water that winds through its valley, trees on the banks, and a bridge for every street that crosses it."""
    height = terrain.shape[0]
    y = np.arange(height)
    middle = bank + valley / 2 + 1.6 * np.sin(y / rng.uniform(7, 10) + rng.uniform(0, 6))
    x = np.arange(bank, bank + valley)
    away = np.abs(x + 0.5 - middle[:, None])
    part = terrain[:, bank : bank + valley]
    part[(away > 3) & (rng.random(part.shape) < 0.25)] = CODE["tree"]  # noqa: PLR2004
    part[away < 2.2] = CODE["water"]  # noqa: PLR2004
    for row in range(rows + 1):
        top = MARGIN + row * (blocks.HEIGHT + STREET)
        street = part[top : top + STREET]
        street[:] = np.where(street == CODE["water"], CODE["bridge"], CODE["road"])


def _street_names(count: int, rng: np.random.Generator) -> list[str]:
    words, kinds = _STREETS
    every = [f"{word} {kind}" for word in words for kind in kinds]
    order = rng.permutation(len(every))
    return [every[order[i % len(every)]] + (f" {i // len(every) + 1}" if i >= len(every) else "") for i in range(count)]
