"""Tiled maps (JSON and TMX) become a `TownMap`.

The file is parsed by pytiled-parser; this module gives meaning to layers, tiles and objects. `read` says which.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytiled_parser
import zstandard
from pytiled_parser import layer as layers_of
from pytiled_parser import tiled_object
from pytiled_parser.parsers.json import layer as json_layer
from pytiled_parser.parsers.tmx import layer as tmx_layer

from aitown.errors import BadMap, BadPersona, BrokenMapFile, UnknownMap
from aitown.persona import minutes
from aitown.sim.map import ville
from aitown.sim.map.hours import DAY_MINUTES, read_hours
from aitown.sim.map.pictures import GID_BITS, Layer, Pictures
from aitown.sim.map.townmap import MAX_TILES, PLACE_KINDS, TERRAIN, WALKABLE_TERRAIN, Area, TownMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

COLLISION_LAYERS = ("collision", "collisions")
_NONE = 255  # no terrain said
_CODE = {name: code for code, name in enumerate(TERRAIN)}
_LOOKS = (
    ("wall", "wall"), ("furniture", "furniture"), ("interior ground", "floor"), ("floor", "floor"),
    ("decoration", "tree"), ("tree", "tree"), ("water", "water"), ("road", "road"), ("path", "path"),
    ("exterior ground", "path"), ("ground", "grass"), ("grass", "grass"),
)  # fmt: skip
"""What a layer whose tiles have no class is drawn as, by words in its name."""


class _Zstd:
    """pytiled-parser reads zstd only with the package `zstd`, which has no wheels for some platforms."""

    @staticmethod
    def decompress(data: bytes) -> bytes:
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)


for _module in (json_layer, tmx_layer):
    if vars(_module)["zstd"] is None:
        vars(_module)["zstd"] = _Zstd


def read(path: str | Path, names: str | Path | None = None, *, art: bool = True) -> TownMap:
    """Read a Tiled map: `.json`, `.tmj` or `.tmx`, orthogonal, of fixed size, in any encoding but XML elements.

    **Terrain.** The class of a tile (or its property `terrain`) is a word of `TERRAIN`; of several layers the topmost
    tile with such a class counts. A layer whose tiles have none may have a class itself. Without any, names of layers
    ("Interior Ground", "Wall") decide how the ground is drawn, but never where one can walk.

    **Where one can walk.** A tile is blocked if its terrain is (water, wall, tree, bush, flowers, fence, furniture), if
    it has any tile in a layer called "Collisions" (or "Collision"), or if no layer has a tile there. The property
    `walkable` of a tile overrules its terrain.

    **Places** are objects whose class (or property `kind`) is one of `PLACE_KINDS`: rectangles, ellipses and polygons,
    with the optional properties `capacity` (residents of a home, visitors elsewhere), `opens` and `closes` ("07:30" or
    minutes), or `hours` that differ by weekday ("mon-fri 08:00-20:00; sat 09:00-18:00", see `hours.read_hours`). In a
    layer called "places" every object must be a place; in others, objects of another class are left out.

    **What it looks like.** The tiles of the visible layers, where the images of the tilesets lie where the map says
    (`TownMap.art`, see `pictures`); else the view draws the terrain, and `TownMap.no_art` says why.

    Args:
        path: the map.
        names: for maps in the manner of Generative Agents' The Ville, the folder with `sector_blocks.csv`,
            `arena_blocks.csv` and `game_object_blocks.csv`, which name the places (see `ville.places`). Places that
            nobody can walk to are then left out.
        art: whether the view may show its tiles; False draws the terrain.

    Raises:
        UnknownMap: if there is no such file.
        BrokenMapFile: if it, or a tileset or a table that it needs, can't be read.
        BadMap: if no town can live on it: infinite, not orthogonal, no walkable tile, no place, no home, and the like.
    """
    path = Path(path)
    if not os.path.isfile(path):  # noqa: PTH113 (Path's raises for a name that is too long)
        raise UnknownMap(f"there is no map file {path}.", "Give the path of a Tiled map (.json, .tmj or .tmx).")
    tiled = _parse(path)
    try:
        width, height = int(tiled.map_size.width), int(tiled.map_size.height)
    except (TypeError, ValueError) as error:
        raise BrokenMapFile(
            f"{path.name} says no size in whole tiles: {error}.", "Save it again with Tiled."
        ) from error
    if tiled.infinite:
        raise BadMap(f"{path.name} is an infinite map.", 'Untick "Infinite" in Tiled\'s map properties and save it.')
    if tiled.orientation != "orthogonal":
        raise BadMap(f"{path.name} is {tiled.orientation}; expected orthogonal.", "Only square grids are read.")
    if not 0 < width * height <= MAX_TILES:
        raise BadMap(
            f"{path.name} is {width} × {height} tiles; expected 1 to {MAX_TILES:,} in all.", "Mend its map properties."
        )
    layers = list(_flat(tiled.layers))
    grids = [
        Grid(layer.name.strip(), _gids(path, layer, width, height) & GID_BITS, (layer.class_ or "").strip().lower())
        for layer in layers
        if isinstance(layer, layers_of.TileLayer)
    ]
    terrain, walkable = _ground(grids, _Tiles(path, tiled.tilesets), (height, width))
    if names is not None:
        areas = ville.places(Path(names), {grid.name.lower(): grid.gids for grid in grids}, walkable)
    else:
        areas = [
            area
            for layer in layers
            if isinstance(layer, layers_of.ObjectLayer)
            for area in _areas(layer, tiled.tile_size, (height, width))
        ]
    said = tiled.background_color
    pictures = Pictures(
        path.parent,
        tiled.tilesets,
        (int(tiled.tile_size.width), int(tiled.tile_size.height)),
        list(_drawn_layers(path, tiled.layers, (height, width), names is not None)),
        None if said is None else f"#{said.red:02x}{said.green:02x}{said.blue:02x}",
    )
    return TownMap(
        path.stem,
        terrain,
        areas,
        walkable=walkable,
        drop_unreachable=names is not None,
        pictures=pictures if art else None,
    )


def _parse(path: Path) -> pytiled_parser.TiledMap:
    try:
        return pytiled_parser.parse_map(path)
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise BrokenMapFile(
            f"{path.name} needs {missing}, which is not there.", "Put it where the map says."
        ) from error
    except KeyError as error:
        raise BrokenMapFile(
            f"{path.name} has no {error}, which Tiled 1.2 and later write.", "Open it in Tiled and save it again."
        ) from error
    except Exception as error:  # the parser raises whatever the damage leads to
        raise BrokenMapFile(
            f"{path.name} can't be read as a Tiled map ({type(error).__name__}: {error}).",
            "Save it with Tiled as .tmj or .tmx, with tile layers as CSV or Base64.",
        ) from error


def _flat(layers: Any) -> Iterator[Any]:
    for layer in layers:
        if isinstance(layer, layers_of.LayerGroup):
            yield from _flat(layer.layers or [])
        else:
            yield layer


@dataclass(frozen=True)
class Grid:
    """A tile layer: its stripped name, its gids without flip bits (int64[h, w]), its class."""

    name: str
    gids: NDArray[np.int64]
    class_: str


def _gids(path: Path, layer: Any, width: int, height: int) -> NDArray[np.int64]:
    try:
        gids = np.array(layer.data if layer.data is not None else [], np.int64)
    except (ValueError, TypeError, OverflowError):
        gids = np.empty(0, np.int64)
    if gids.shape != (height, width):
        raise BrokenMapFile(
            f"layer {layer.name!r} of {path.name} does not hold {width} × {height} tiles.",
            "The file is damaged: save it again with Tiled.",
        )
    return gids


def _drawn_layers(
    path: Path, layers: Any, shape: tuple[int, int], named: bool, outer: Layer | None = None
) -> Iterator[Layer]:
    """Tile layers that show something, with what their groups do to them."""
    for layer in layers or ():
        name = layer.name.strip().lower()
        if not layer.visible or name in COLLISION_LAYERS or (named and ville.only_names(name)):
            continue
        tint = layer.tint_color and (layer.tint_color.red, layer.tint_color.green, layer.tint_color.blue)
        above = outer or Layer(np.zeros(shape, np.uint32))
        offset = (float(layer.offset.x) + above.offset[0], float(layer.offset.y) + above.offset[1])
        own = Layer(above.gids, offset, float(layer.opacity) * above.opacity, tint or above.tint)
        if isinstance(layer, layers_of.LayerGroup):
            yield from _drawn_layers(path, layer.layers, shape, named, own)
        elif isinstance(layer, layers_of.TileLayer):
            yield replace(own, gids=_gids(path, layer, shape[1], shape[0]).astype(np.uint32))


class _Tiles:
    """What the tilesets say of a gid."""

    def __init__(self, path: Path, tilesets: Mapping[int, Any]) -> None:
        self.path = path
        self.sets = sorted(tilesets.items())

    def table(self, gids: NDArray[np.int64], say: Callable[[Any], int]) -> NDArray[np.int64]:
        """`say(tile)` for each cell; -1 where there is no tile or it has no entry in its tileset."""
        used, where = np.unique(gids, return_inverse=True)
        said = np.array([self._say(int(gid), say) for gid in used], np.int64)
        return said[where.reshape(gids.shape)]

    def _say(self, gid: int, say: Callable[[Any], int]) -> int:
        if gid == 0:
            return -1
        found = [(first, tileset) for first, tileset in self.sets if first <= gid]
        first, tileset = found[-1] if found else (0, None)
        tiles = (tileset.tiles or {}) if tileset is not None else {}
        if tileset is None or (gid - first >= tileset.tile_count and gid - first not in tiles):
            raise BrokenMapFile(
                f"{self.path.name} uses tile {gid}, which is in none of its tilesets.", "Save it again with Tiled."
            )
        tile = tiles.get(gid - first)
        return -1 if tile is None else say(tile)


def _terrain_of(tile: Any) -> int:
    said = (tile.properties or {}).get("terrain") or tile.class_ or ""
    return _CODE.get(str(said).strip().lower(), -1)


def _walkable_of(tile: Any) -> int:
    said = (tile.properties or {}).get("walkable")
    if said is None:
        return -1
    return int(said if isinstance(said, bool) else str(said).strip().lower() in ("true", "1", "yes"))


def _ground(grids: list[Grid], tiles: _Tiles, shape: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Terrain and walkability of every tile, as `read` says."""
    terrain, looks = np.full(shape, _NONE, np.uint8), np.full(shape, _NONE, np.uint8)
    override = np.full(shape, -1, np.int64)
    blocked, empty = np.zeros(shape, bool), np.ones(shape, bool)
    natural = np.array([name in WALKABLE_TERRAIN for name in TERRAIN])
    for grid in grids:
        there = grid.gids > 0
        if grid.name.lower() in COLLISION_LAYERS:
            blocked |= there
            continue
        empty &= ~there
        said = tiles.table(grid.gids, _terrain_of)
        said = np.where(there & (said < 0) & (grid.class_ in _CODE), _CODE.get(grid.class_, -1), said)
        terrain = np.where(said >= 0, said, terrain).astype(np.uint8)
        overrides = tiles.table(grid.gids, _walkable_of)
        override = np.where(overrides >= 0, overrides, np.where(said >= 0, -1, override))
        look = next((_CODE[look] for word, look in _LOOKS if word in grid.name.lower()), _NONE)
        if look != _NONE:
            looks = np.where(there & (natural[look] | _any_blocked(grids, shape)), look, looks).astype(np.uint8)
    said_free = natural[np.minimum(terrain, len(TERRAIN) - 1)] | (terrain == _NONE)
    walkable = np.where(override >= 0, override > 0, said_free) & ~blocked & ~empty
    return _drawn(terrain, looks, walkable, natural), walkable


def _any_blocked(grids: list[Grid], shape: tuple[int, int]) -> NDArray[np.bool_]:
    found = np.zeros(shape, bool)
    for grid in grids:
        if grid.name.lower() in COLLISION_LAYERS:
            found |= grid.gids > 0
    return found


def _drawn(
    terrain: NDArray[np.uint8], looks: NDArray[np.uint8], walkable: NDArray[np.bool_], natural: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Terrain for every tile: what was said, else what the layer's name suggests, made to fit walkability."""
    guess = np.where(looks == _NONE, _CODE["grass"], looks)
    blocked_look = np.where(guess == _CODE["floor"], _CODE["furniture"], _CODE["bush"])
    guess = np.where(~walkable & natural[guess], blocked_look, guess)
    return np.where(terrain == _NONE, guess, terrain).astype(np.uint8)


def _areas(layer: Any, tile_size: Any, shape: tuple[int, int]) -> Iterator[Area]:
    strict = layer.name.strip().lower() == "places"
    offset = (float(layer.offset.x), float(layer.offset.y)) if layer.offset else (0.0, 0.0)
    for thing in layer.tiled_objects:
        properties = thing.properties or {}
        kind = str(properties.get("kind") or thing.class_ or "").strip().lower()
        name = (thing.name or "").strip()
        if kind not in PLACE_KINDS:
            if strict:
                raise BadMap(
                    f"the object {name or thing.id!r} in the layer {layer.name!r} has the class {kind!r}.",
                    f"Give it one of the classes {', '.join(PLACE_KINDS)}.",
                )
            continue
        corners = _corners(thing, name)
        corners = (corners + offset) / (float(tile_size.width), float(tile_size.height))
        tiles, rect = _inside(corners, shape)
        yield Area(
            name, kind, tiles, _capacity(properties, name), _time(properties, "opens", 0, name),
            _time(properties, "closes", DAY_MINUTES, name), rect,
            read_hours(str(properties["hours"])) if "hours" in properties else None,
        )  # fmt: skip


def _corners(thing: Any, name: str) -> NDArray[np.float64]:
    """The outline of an object in pixels, float64[n, 2]."""
    width, height = float(thing.size.width), float(thing.size.height)
    if isinstance(thing, tiled_object.Polygon):
        outline = np.array([(point.x, point.y) for point in thing.points], float)
    elif isinstance(thing, tiled_object.Ellipse):
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        outline = np.stack([(1 + np.cos(angle)) * width / 2, (1 + np.sin(angle)) * height / 2], 1)
    elif isinstance(thing, tiled_object.Rectangle):
        outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    else:
        raise BadMap(
            f"the place {name!r} is drawn as a {type(thing).__name__.lower()}, which has no area.",
            "Draw a rectangle, an ellipse or a polygon.",
        )
    turn = np.deg2rad(float(thing.rotation or 0))
    turned: NDArray[np.float64] = outline @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.add(turned, (float(thing.coordinates.x), float(thing.coordinates.y)))


def _inside(
    corners: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[NDArray[np.int32], tuple[int, int, int, int]]:
    """Tiles whose centre is inside an outline (by crossings), and its bounding rectangle, both cut to the map."""
    height, width = shape
    low = np.clip(np.floor(corners.min(0) + 1e-6), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(corners.max(0) - 1e-6), low, (width, height)).astype(int)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
    odd = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0), strict=True):
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    ys, xs = np.nonzero(odd)
    tiles = ((ys + low[1]) * width + xs + low[0]).astype(np.int32)
    return tiles, (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def _capacity(properties: Mapping[str, Any], name: str) -> int:
    said = properties.get("capacity", 0)
    try:
        return int(said)
    except (TypeError, ValueError) as error:
        raise BadMap(f"the capacity of {name!r} is {said!r}; expected a number.", "Make it an int.") from error


def _time(properties: Mapping[str, Any], key: str, default: int, name: str) -> int:
    said = properties.get(key, default)
    try:
        if isinstance(said, str) and ":" in said:
            return DAY_MINUTES if said.strip() == "24:00" else minutes(said)
        return int(said)
    except (BadPersona, TypeError, ValueError) as error:
        raise BadMap(f"{name!r} {key} at {said!r}.", 'Write a time as "HH:MM" or as minutes since midnight.') from error
