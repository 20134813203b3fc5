"""Blocks of a generated city: rectangles of terrain with the buildings that stand on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from aitown.sim.map.hours import Week, read_hours
from aitown.sim.map.townmap import TERRAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WIDTH, HEIGHT = 22, 16
"""Tiles of a block, without the streets around it."""
CODE = {name: code for code, name in enumerate(TERRAIN)}
HOUSE, FLATS, UNIT = (6, 6), (10, 7), (10, 7)
HOUSE_HOLDS, FLATS_HOLD = 4, 16
ALWAYS = read_hours("00:00-24:00")


@dataclass(frozen=True)
class Spot:
    """A place on a block: kind, what it is called, rectangle on the block, capacity, hours of the week, and whether its
    address is on the street above the block (else below).
    """

    kind: str
    title: str
    rect: tuple[int, int, int, int]
    capacity: int
    week: Week = ALWAYS
    above: bool = True


@dataclass
class Block:
    """Terrain (uint8[HEIGHT, WIDTH]) and places."""

    rng: np.random.Generator
    terrain: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((HEIGHT, WIDTH), np.uint8))
    spots: list[Spot] = field(default_factory=list)

    def building(self, spot: Spot, furniture: tuple[tuple[int, int], ...]) -> None:
        """Walls, floor, furniture by offset (mirrored for a building that faces down) and a door to the street."""
        x, y, width, height = spot.rect
        self.terrain[y : y + height, x : x + width] = CODE["wall"]
        self.terrain[y + 1 : y + height - 1, x + 1 : x + width - 1] = CODE["floor"]
        for u, v in furniture:
            self.terrain[y + height - 1 - v if spot.above else y + v, x + u] = CODE["furniture"]
        door = x + width // 2
        self.terrain[y if spot.above else y + height - 1, door] = CODE["door"]
        if spot.above:
            self.terrain[:y, door] = CODE["path"]
        else:
            self.terrain[y + height :, door] = CODE["path"]
        self.spots.append(spot)

    def scatter(self, terrain: str, share: float, rows: slice = slice(None)) -> None:
        """Put plants on a share of the grass."""
        part = self.terrain[rows]
        part[(part == CODE["grass"]) & (self.rng.random(part.shape) < share)] = CODE[terrain]


def houses(rng: np.random.Generator) -> Block:
    """Six houses with gardens behind them."""
    block = Block(rng)
    shift = rng.integers(0, 2, 6)
    for i, x in enumerate((1, 8, 15)):
        for above in (True, False):
            rect = (x + int(shift[2 * i + above]) * (i != 2), 1 if above else 9, *HOUSE)  # noqa: PLR2004
            block.building(Spot("home", "", rect, HOUSE_HOLDS, above=above), ((1, 1), (4, 1), (1, 4)))
    block.scatter("flowers", 0.25, slice(0, 1))
    block.scatter("flowers", 0.25, slice(15, 16))
    block.scatter("tree", 0.2, slice(7, 9))
    block.scatter("bush", 0.06)
    return block


def flats(rng: np.random.Generator) -> Block:
    """Four houses of flats round a court."""
    block = Block(rng)
    for x in (0, 12):
        for above in (True, False):
            rect = (x, 0 if above else 9, *FLATS)
            block.building(
                Spot("home", "", rect, FLATS_HOLD, above=above), ((1, 1), (3, 1), (5, 1), (7, 1), (1, 4), (8, 4))
            )
    block.scatter("tree", 0.25, slice(7, 9))
    block.scatter("bush", 0.15, slice(0, 7))
    return block


_UNITS: dict[str, tuple[str, str, int, str, tuple[tuple[int, int], ...]]] = {
    "office": ("work", "Office", 40, "mon-fri 07:00-20:00", tuple((u, v) for u in (2, 4, 6) for v in (2, 4))),
    "works": ("work", "Works", 40, "mon-sat 05:30-22:00", ((2, 2), (3, 2), (6, 2), (7, 2), (2, 4), (7, 4))),
    "shop": (
        "shop",
        "Shop",
        20,
        "mon-fri 08:00-20:00; sat 08:00-18:00",
        ((1, 1), (2, 1), (3, 1), (5, 1), (6, 1), (7, 1), (3, 3), (6, 3)),
    ),
    "cafe": ("cafe", "Café", 24, "06:30-23:00", ((1, 1), (2, 1), (3, 1), (2, 3), (5, 3), (7, 3))),
    "clinic": ("work", "Clinic", 30, "00:00-24:00", ((1, 1), (3, 1), (5, 1), (7, 1), (7, 4))),
    "library": (
        "other",
        "Library",
        40,
        "mon-fri 09:00-21:00; sat 09:00-17:00",
        ((1, 1), (2, 1), (4, 1), (5, 1), (7, 1), (3, 3), (6, 3)),
    ),
}
UNITS = tuple(_UNITS)


def units(rng: np.random.Generator, kinds: list[str]) -> Block:
    """Up to four buildings for work and trade (see `UNITS`), the first two on the street above."""
    block = Block(rng)
    for kind, x, above in zip(kinds, (0, 12, 0, 12), (True, True, False, False), strict=False):
        of, title, capacity, hours, furniture = _UNITS[kind]
        rect = (x, 0 if above else 9, *UNIT)
        block.building(Spot(of, title, rect, capacity, read_hours(hours), above=above), furniture)
    block.terrain[block.terrain == CODE["grass"]] = CODE["plaza"]
    return block


def school(rng: np.random.Generator) -> Block:
    """A school with a yard."""
    block = Block(rng)
    desks = tuple((u, v) for u in (3, 6, 9, 12, 15) for v in (2, 4, 6))
    block.building(Spot("school", "School", (2, 0, 18, 9), 160, read_hours("mon-fri 07:30-17:00")), desks)
    block.terrain[11:14, 4:18] = CODE["sand"]
    block.scatter("tree", 0.12, slice(9, 16))
    return block


def park(rng: np.random.Generator) -> Block:
    """Lawns, a pond, crossing paths and trees."""
    block = Block(rng)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    cx, cy = rng.uniform(7, 15), rng.uniform(6, 10)
    away = np.hypot((x - cx) / 1.4, y - cy)
    block.terrain[(away >= 3.2) & (away < 4.4)] = CODE["path"]  # noqa: PLR2004
    block.terrain[:, 10:12] = CODE["path"]
    block.terrain[7:9, :] = CODE["path"]
    block.terrain[away < 3.2] = CODE["water"]  # noqa: PLR2004
    block.scatter("tree", 0.14)
    block.scatter("flowers", 0.06)
    block.spots.append(Spot("park", "Park", (0, 0, WIDTH, HEIGHT), 80))
    return block


def square(rng: np.random.Generator) -> Block:
    """A paved square with a fountain, stalls and trees."""
    block = Block(rng)
    block.terrain[:] = CODE["plaza"]
    block.terrain[7:9, 10:12] = CODE["water"]
    block.terrain[np.ix_((4, 11), (5, 8, 13, 16))] = CODE["furniture"]
    block.terrain[np.ix_((1, 14), (1, 6, 15, 20))] = CODE["tree"]
    block.spots.append(Spot("square", "Square", (0, 0, WIDTH, HEIGHT), 120))
    return block


def green(rng: np.random.Generator) -> Block:
    """A wood, where the city ends."""
    block = Block(rng)
    block.scatter("tree", 0.35)
    block.scatter("bush", 0.1)
    return block


MAKERS: dict[str, Callable[[np.random.Generator], Block]] = {
    "houses": houses,
    "flats": flats,
    "school": school,
    "park": park,
    "square": square,
    "green": green,
}
