"""TownMap: the ground that a town stands on: terrain, where one can walk, and the places with their names.

Immutable. NPCs walk only on `reachable`: the one part of the walkable tiles that holds the most places, so that whoever
is placed there can walk to every place, home too.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from aitown.errors import BadMap, BrokenMapFile, UnknownName
from aitown.sim.map.art import Art, NoArt
from aitown.sim.map.doors import find_doors
from aitown.sim.map.hours import DAY_MINUTES, Week, check_week, every_day, read_hours, write_hours
from aitown.sim.map.plain import from_letters, from_runs, letters, runs
from aitown.sim.map.routes import MapArrays, build_routes, components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from aitown.sim.map.pictures import Pictures

TERRAIN = (
    "grass", "path", "road", "plaza", "water", "bridge", "floor", "wall",
    "door", "tree", "bush", "flowers", "sand", "field", "fence", "furniture",
)  # fmt: skip
WALKABLE_TERRAIN = frozenset({"grass", "path", "road", "plaza", "bridge", "floor", "door", "sand", "field"})
PAVED_TERRAIN = frozenset({"path", "road", "plaza", "bridge", "floor", "door"})
PLACE_KINDS = ("home", "work", "school", "cafe", "shop", "park", "square", "other")
MAX_TILES = 1 << 26
FORMAT = 2


@dataclass(frozen=True)
class Area:
    """What a map maker says of a place; `TownMap` makes a `Place` of it.

    Args:
        name: unique on the map.
        kind: one of `PLACE_KINDS`.
        tiles: indices (`ty * width + tx`); those where nobody can walk are left out.
        capacity: residents of a home, visitors of another place; 0 lets the map choose by size.
        opens: minutes since midnight.
        closes: minutes since midnight; at or before `opens` means on the next day. 0 and 1440: always open.
        rect: x, y, width and height in tiles of what is drawn as the place, walls included; None: that of `tiles`.
        week: hours of each day from Monday on, None for a day on which it stays closed; goes before `opens` and
            `closes`, which are the hours of every day.
    """

    name: str
    kind: str
    tiles: NDArray[Any]
    capacity: int = 0
    opens: int = 0
    closes: int = DAY_MINUTES
    rect: tuple[int, int, int, int] | None = None
    week: Week | None = None

    @property
    def hours(self) -> Week:
        """Of each day."""
        return every_day(self.opens, self.closes) if self.week is None else self.week


@dataclass(frozen=True, eq=False)
class Place:
    """A named area of the map.

    `tiles` (int32, ascending) are those on which somebody in the place can stand; no tile is in two places. `x` and `y`
    are the middle of `rect` (x, y, width, height), all in tiles. `capacity` is the number of residents of a home and of
    visitors elsewhere. `week` has opening and closing of each day from Monday on in minutes since midnight, None for a
    day on which it is closed; (0, 1440) is the whole day.
    """

    id: int
    name: str
    kind: str
    tiles: NDArray[np.int32]
    x: float
    y: float
    rect: tuple[int, int, int, int]
    capacity: int
    week: Week


class TownMap:
    """The map of a town.

    Attributes:
        name: of the map.
        width, height: in tiles.
        terrain: uint8[height, width], indices into `TERRAIN`.
        walkable: bool[height, width], what is not blocked.
        reachable: bool[height, width], the part of it where NPCs live.
        places: by id.
        tile_place: int32[height * width], the id of the place that a tile belongs to, or -1.

    Args:
        areas: the places, in the order of their ids. A tile of several belongs to the smallest of them. Areas that
            have no reachable tile of their own are a `BadMap`, unless `drop_unreachable`.
        walkable: None takes what `WALKABLE_TERRAIN` says.
        pictures: what its tiles look like, or what they can be drawn from; changes nothing of what happens.

    Raises:
        BadMap: if nobody could live on it: no walkable tile, no place, no home, two places of one name, and the like.
    """

    def __init__(
        self,
        name: str,
        terrain: NDArray[Any],
        areas: Sequence[Area],
        *,
        walkable: NDArray[Any] | None = None,
        drop_unreachable: bool = False,
        pictures: Pictures | Art | None = None,
    ) -> None:
        self.name = name
        self._pictures = pictures
        self.terrain = np.array(terrain, np.uint8)
        if self.terrain.ndim != 2 or not 0 < self.terrain.size <= MAX_TILES:  # noqa: PLR2004
            raise BadMap(
                f"the map {name!r} has the shape {self.terrain.shape}; expected height × width, "
                f"from 1 to {MAX_TILES:,} tiles.",
                "Mend its size.",
            )
        if self.terrain.max() >= len(TERRAIN):
            raise BadMap(
                f"the map {name!r} has the terrain code {self.terrain.max()}.", f"Use 0 to {len(TERRAIN) - 1}."
            )
        self.height, self.width = map(int, self.terrain.shape)
        natural = np.array([t in WALKABLE_TERRAIN for t in TERRAIN])[self.terrain]
        self.walkable = natural if walkable is None else np.array(walkable, bool)
        if self.walkable.shape != self.terrain.shape:
            raise BadMap(f"walkable is {self.walkable.shape}, terrain {self.terrain.shape}.", "Give both one shape.")
        if not self.walkable.any():
            raise BadMap(
                f"the map {name!r} has no walkable tile.", "Leave some ground free: walls, water and trees block."
            )
        self._check(areas)
        self.reachable = self._main_part(areas)
        self.places, self.tile_place = self._settle(areas, drop_unreachable)
        if not any(place.kind == "home" for place in self.places):
            raise BadMap(f"the map {name!r} has no home.", 'Give at least one place the kind "home".')
        for array in (self.terrain, self.walkable, self.reachable, self.tile_place, *(p.tiles for p in self.places)):
            array.setflags(write=False)
        self._by_name = {place.name: place for place in self.places}

    def __repr__(self) -> str:
        return f"<TownMap {self.name}: {self.width} × {self.height} tiles, {len(self.places)} places>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TownMap) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash[:15], 16)

    def _check(self, areas: Sequence[Area]) -> None:
        if not areas:
            raise BadMap(
                f"the map {self.name!r} has no place.",
                "Draw rectangles in an object layer and give them a name and a class: " + ", ".join(PLACE_KINDS) + ".",
            )
        names: set[str] = set()
        for area in areas:
            where = f"place {area.name!r} of the map {self.name!r}"
            if not area.name.strip():
                raise BadMap(f"a place of the map {self.name!r} has no name.", "Give it one.")
            if area.name in names:
                raise BadMap(f"two places of the map {self.name!r} are called {area.name!r}.", "Rename one of them.")
            names.add(area.name)
            if area.kind not in PLACE_KINDS:
                raise BadMap(f"{where} has the kind {area.kind!r}.", f"Kinds are {', '.join(PLACE_KINDS)}.")
            if area.capacity < 0:
                raise BadMap(f"{where} has the capacity {area.capacity}.", "Give 1 or more, or 0 to let it be chosen.")
            check_week(area.hours, where)
            if area.tiles.size and not (area.tiles.min() >= 0 and area.tiles.max() < self.terrain.size):
                raise BadMap(f"{where} reaches beyond the map.", "Move it inside.")

    def _main_part(self, areas: Sequence[Area]) -> NDArray[np.bool_]:
        """The part of the walkable tiles with the most homes, then places, then tiles."""
        label = np.empty(self.terrain.shape, np.int32)
        count = components(self.walkable.astype(np.uint8), label)
        homes, places = np.zeros(count, np.int64), np.zeros(count, np.int64)
        flat = label.reshape(-1)
        for area in areas:
            touched = np.unique(flat[area.tiles])
            touched = touched[touched >= 0]
            places[touched] += 1
            homes[touched] += area.kind == "home"
        size = np.bincount(flat[flat >= 0], minlength=count)
        best = max(range(count), key=lambda part: (homes[part], places[part], size[part], -part))
        found: NDArray[np.bool_] = label == best
        return found

    def _settle(self, areas: Sequence[Area], drop: bool) -> tuple[tuple[Place, ...], NDArray[np.int32]]:
        owner = np.full(self.terrain.size, -1, np.int32)
        free = self.reachable.reshape(-1)
        for i in sorted(range(len(areas)), key=lambda i: (-areas[i].tiles.size, i)):
            owner[areas[i].tiles[free[areas[i].tiles]]] = i
        order = np.argsort(owner, kind="stable").astype(np.int32)
        bounds = np.searchsorted(owner[order], np.arange(len(areas) + 1))
        places: list[Place] = []
        for i, area in enumerate(areas):
            tiles = order[bounds[i] : bounds[i + 1]]
            if not tiles.size:
                if drop:
                    continue
                raise BadMap(
                    f"nobody can walk to {area.name!r} on the map {self.name!r}: none of its {area.tiles.size} tiles "
                    "is walkable, joined to the rest of the town and its own.",
                    "Give it a door, or take it off the map.",
                )
            x, y, width, height = rect = area.rect or _rect(tiles, self.width)
            capacity = area.capacity or (max(1, min(6, tiles.size // 3)) if area.kind == "home" else tiles.size)
            places.append(
                Place(
                    len(places), area.name, area.kind, tiles.copy(), x + width / 2, y + height / 2, rect,
                    int(capacity), area.hours,
                )
            )  # fmt: skip
        tile_place = np.full(self.terrain.size, -1, np.int32)
        for place in places:
            tile_place[place.tiles] = place.id
        return tuple(places), tile_place

    @cached_property
    def homes_capacity(self) -> int:
        """How many NPCs the homes hold together."""
        return sum(place.capacity for place in self.places if place.kind == "home")

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all but its pictures, in hexadecimal."""
        return hashlib.sha256(orjson.dumps(self._ground(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def art(self) -> Art | None:
        """Its tiles in pictures of their own; None where it is drawn by its terrain (see `no_art`)."""
        return self._art[0]

    @property
    def no_art(self) -> str:
        """Why the pictures that it brings are not shown, in a sentence; else empty."""
        return self._art[1]

    @cached_property
    def _art(self) -> tuple[Art | None, str]:
        if self._pictures is None:
            return None, ""
        try:
            return (self._pictures if isinstance(self._pictures, Art) else self._pictures.art()), ""
        except NoArt as why:
            return None, f"The map {self.name!r} is drawn by its terrain, not by its tiles: {why}."

    @cached_property
    def arrays(self) -> MapArrays:
        """The map for compiled functions; the first call builds the routes.

        Raises:
            BadMap: if the routes would take too much memory.
        """
        places = self.places
        start = np.concatenate([[0], np.cumsum([place.tiles.size for place in places])])
        spots = np.concatenate([place.tiles for place in places])
        free = self.reachable.reshape(-1).astype(np.uint8)
        is_door = (self.terrain == TERRAIN.index("door")).reshape(-1).astype(np.uint8)
        middles = (np.array([place.x for place in places]), np.array([place.y for place in places]))
        doors = find_doors(self.width, free, self.tile_place, is_door, start, spots, *middles)
        paved = np.array([t in PAVED_TERRAIN for t in TERRAIN])[self.terrain]
        routes = build_routes(self.reachable, paved, [place.tiles for place in places], doors)
        made = MapArrays(
            self.width,
            self.height,
            self.tile_place,
            free,
            np.array([PLACE_KINDS.index(place.kind) for place in places], np.uint8),
            np.array([[span or (-1, -1) for span in place.week] for place in places], np.int16),
            np.array([place.capacity for place in places], np.int32),
            start.astype(np.int32),
            spots,
            doors,
            middles[0].astype(np.float32),
            middles[1].astype(np.float32),
            *routes,
        )
        for array in made[2:]:
            array.setflags(write=False)
        return made

    def place(self, name: str) -> Place:
        """The place of that name.

        Raises:
            UnknownName: naming similar ones.
        """
        found = self._by_name.get(name)
        if found is None:
            near = difflib.get_close_matches(name, list(self._by_name), 3, 0.5) or list(self._by_name)[:5]
            raise UnknownName(
                f"there is no place {name!r} on the map {self.name!r}.", f"Did you mean {', '.join(near)}?"
            )
        return found

    def payload(self) -> dict[str, Any]:
        """The `map` object of PROTOCOL.md."""
        return {
            "name": self.name,
            "width": self.width,
            "height": self.height,
            "terrain": list(TERRAIN),
            "rows": letters(self.terrain),
            "areas": [{"id": place.id, "rect": list(place.rect)} for place in self.places],
            **({"art": self.art.said} if self.art else {}),
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` makes the same map again."""
        return {**self._ground(), **({"art": self.art.to_json()} if self.art else {})}

    def _ground(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "terrain": list(TERRAIN),
            "rows": letters(self.terrain),
            "walkable": letters(self.walkable.astype(np.uint8)),
            "places": [
                {
                    "name": place.name, "kind": place.kind, "rect": list(place.rect), "capacity": place.capacity,
                    "hours": write_hours(place.week), "tiles": tiles,
                }
                for place, tiles in zip(self.places, runs([place.tiles for place in self.places]), strict=True)
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TownMap:
        """A map from the plain data of `to_json`.

        Raises:
            BrokenMapFile: if it is not such data.
            BadMap: if nobody could live on it.
        """
        try:
            if data["format"] not in (1, FORMAT):
                raise BrokenMapFile(f"a map of format {data['format']!r}; expected {FORMAT}.", "Update aitown.")
            codes = np.array([TERRAIN.index(terrain) for terrain in data["terrain"]], np.uint8)
            areas = [
                Area(
                    str(item["name"]), str(item["kind"]), from_runs(item["tiles"]), int(item["capacity"]),
                    rect=(*map(int, item["rect"]),), week=_week(item),  # type: ignore[arg-type]
                )
                for item in data["places"]
            ]  # fmt: skip
            return cls(
                str(data["name"]), codes[from_letters(data["rows"])], areas, walkable=from_letters(data["walkable"]),
                pictures=Art.from_json(data.get("art")),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if isinstance(error, (BadMap, BrokenMapFile)):
                raise
            raise BrokenMapFile(f"not the data of a map: {error!r}.", "Take what `to_json` gave.") from error

    @classmethod
    def from_tiled(cls, path: str | Path, names: str | Path | None = None, *, art: bool = True) -> TownMap:
        """Read a Tiled map; see `aitown.sim.map.tiled.read`, which says how."""
        from aitown.sim.map import tiled

        return tiled.read(path, names, art=art)


def _rect(tiles: NDArray[Any], width: int) -> tuple[int, int, int, int]:
    xs, ys = tiles % width, tiles // width
    return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


def _week(item: Mapping[str, Any]) -> Week:
    """Maps of format 1 had the same hours on each day."""
    return read_hours(item["hours"]) if "hours" in item else every_day(int(item["opens"]), int(item["closes"]))
