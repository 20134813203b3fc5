"""The names of Generative Agents' The Ville: sectors, arenas and objects are tile layers named by tables."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aitown.errors import BadMap, BrokenMapFile
from aitown.sim.map.townmap import Area

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Gids = NDArray[np.int64]
_HOUSEHOLD = ("house", "apartment", "home", "cottage", "villa")
_KINDS = (
    ("cafe", ("cafe", "café", "pub", "bar", "restaurant", "tavern", "inn", "bakery")),
    ("shop", ("market", "store", "shop", "pharmacy", "supply", "grocery")),
    ("school", ("college", "school", "university", "classroom")),
    ("park", ("park", "garden", "green")),
    ("square", ("square", "plaza")),
    ("work", ("office", "hall", "clinic", "hospital", "factory", "workshop", "farm")),
)
_HOURS = {"cafe": (420, 1380), "shop": (480, 1200), "school": (420, 1320)}
"""Opening hours by kind; the files say none."""
_OWN_PLACE = ("library",)
_PER_BEDROOM = 2
_WORDS = ("sector", "arena", "object")


def places(names: Path, layers: Mapping[str, Gids], walkable: NDArray[np.bool_]) -> list[Area]:
    """Places from the layers of sectors, arenas and objects, and the tables that name their gids.

    An arena with a bed in it is a bedroom. A sector with bedrooms whose name says that one household lives there
    (house, apartment, …) is one home for two a bedroom. In other sectors with bedrooms (a dorm, a co-living space) each
    bedroom is a home for one, called "sector: arena", and the rest of the sector is a place of the kind "other". Any
    other sector is one place whose kind is told by words in its name; its library, if it has one, is a place of its
    own. Cafés are open from 7:00 to 23:00, shops from 8:00 to 20:00, schools from 7:00 to 22:00: the files don't say.

    Args:
        names: the folder of the tables, or one that has it inside as `special_blocks` or `matrix/special_blocks`.
        layers: gids by the stripped name of the layer in small letters.
        walkable: bool[h, w].

    Raises:
        BrokenMapFile: if a table is missing or malformed.
        BadMap: if the map has no layer of sectors or arenas.
    """
    folder = _folder(names)
    sector_names = {gid: row[0] for gid, row in _table(folder / "sector_blocks.csv", 1).items()}
    arena_names = {gid: (row[0], row[1]) for gid, row in _table(folder / "arena_blocks.csv", 2).items()}
    beds = [gid for gid, row in _table(folder / "game_object_blocks.csv", 2).items() if row[1] == "bed"]
    sectors, arenas, objects = _layer(layers, "sector"), _layer(layers, "arena"), _layer(layers, "object")
    is_bed = np.isin(objects, beds)
    areas: list[Area] = []
    for gid, sector in sector_names.items():
        mask = sectors == gid
        if not (mask & walkable).any():
            continue
        rooms = {arena: arenas == key for key, (of, arena) in arena_names.items() if of == sector}
        bedrooms = {arena: room for arena, room in rooms.items() if (room & is_bed).any()}
        if bedrooms and any(word in sector.lower() for word in _HOUSEHOLD):
            whole = np.logical_or.reduce([mask, *rooms.values()])
            areas.append(_area(sector, "home", whole, walkable, _PER_BEDROOM * len(bedrooms)))
        elif bedrooms:
            areas += [_area(f"{sector}: {arena}", "home", room, walkable, 1) for arena, room in bedrooms.items()]
            rest = mask & ~np.logical_or.reduce(list(bedrooms.values()))
            areas.append(_area(sector, "other", rest, walkable))
        else:
            own = {arena: room for arena, room in rooms.items() if arena in _OWN_PLACE}
            areas += [_area(f"{sector}: {arena}", "other", room, walkable) for arena, room in own.items()]
            kind = next((kind for kind, words in _KINDS if any(word in sector.lower() for word in words)), "other")
            areas.append(
                _area(sector, kind, mask & ~np.logical_or.reduce([np.zeros_like(mask), *own.values()]), walkable)
            )
    return areas


def _area(name: str, kind: str, mask: NDArray[np.bool_], walkable: NDArray[np.bool_], capacity: int = 0) -> Area:
    ys, xs = np.nonzero(mask)
    rect = (int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
    opens, closes = _HOURS.get(kind, (0, 1440))
    return Area(name, kind, np.flatnonzero(mask & walkable).astype(np.int32), capacity, opens, closes, rect)


def _folder(names: Path) -> Path:
    for folder in (names, names / "special_blocks", names / "matrix" / "special_blocks"):
        if (folder / "sector_blocks.csv").is_file():
            return folder
    raise BrokenMapFile(
        f"there is no sector_blocks.csv in {names}.", "Give the folder `special_blocks` that came with the map."
    )


def _table(path: Path, wanted: int) -> dict[int, list[str]]:
    """Rows of `gid, world, name …` by gid, without the world."""
    found: dict[int, list[str]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                if not row:
                    continue
                found[int(row[0])] = [cell.strip() for cell in row[2:]]
                if len(row) < 2 + wanted:
                    raise BrokenMapFile(
                        f"{path.name} has a row {row!r}; expected {2 + wanted} cells.", "Mend that row."
                    )
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise (
            error
            if isinstance(error, BrokenMapFile)
            else BrokenMapFile(f"can't read {path.name}: {error}.", "Take the table that came with the map.")
        ) from error
    return found


def only_names(layer: str) -> bool:
    """Whether a layer of that name, in small letters, says what tiles are called and isn't drawn."""
    return "blocks" in layer or any(word in layer for word in _WORDS)


def _layer(layers: Mapping[str, Gids], word: str) -> Gids:
    found = [gids for name, gids in layers.items() if word in name and "registry" not in name]
    if not found:
        raise BadMap(
            f'no tile layer has "{word}" in its name, which the tables of names are about.',
            "Read the map without `names`, or give it layers of sectors, arenas and objects.",
        )
    return found[0]
