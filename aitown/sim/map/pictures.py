"""The pictures of a Tiled map: its tile layers laid on one another, cell by cell.

Read from the tilesets' images: sheets with margin and spacing, or a picture a tile; flipped and turned tiles; tiles
that are larger than a cell; layers with opacity, a tint or an offset. Of an animated tile it is the first picture.
Not drawn are image layers, tile objects, hidden layers, and layers that only say something ("Collisions").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.sim.map.art import Art, NoArt, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

FLIP_X, FLIP_Y, TURN, GID_BITS = 0x80000000, 0x40000000, 0x20000000, 0x0FFFFFFF
MOST_CELLS = 1 << 22
MOST_IMAGE = 1 << 26
"""Pixels of an image of a tileset."""
MOST_REACH = 16
"""Cells that a tile may reach over, across and down."""


@dataclass(frozen=True)
class Layer:
    """A layer that is drawn.

    Attributes:
        gids: uint32[height, width], with the bits that flip; 0 is no tile.
        offset: in pixels.
        opacity: from 0 to 1.
        tint: red, green and blue that colours are multiplied with; None for none.
    """

    gids: NDArray[np.uint32]
    offset: tuple[float, float] = (0, 0)
    opacity: float = 1
    tint: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class _Sheet:
    """A layer of pieces of pictures, one a cell: `dx`, `dy` cells away from the cell that has the tile."""

    layer: Layer
    dx: int
    dy: int
    gids: NDArray[np.uint32]


class Pictures:
    """What is needed to draw a map's tiles.

    Args:
        folder: where the map lies; images are relative to it.
        tilesets: those of pytiled-parser, by first gid.
        cell: width and height of a cell in pixels.
        layers: from the bottom up.
        background: "#rrggbb" of the map.
    """

    def __init__(
        self,
        folder: Path,
        tilesets: Mapping[int, Any],
        cell: tuple[int, int],
        layers: Sequence[Layer],
        background: str | None = None,
    ) -> None:
        self._folder = folder
        self._sets = sorted(tilesets.items())
        self._cell = cell
        self._layers = layers
        self._background = background
        self._images: dict[Path, Any] = {}
        self._tiles: dict[tuple[int, int], Any] = {}

    def art(self) -> Art:
        """The atlas of all that is seen.

        Raises:
            NoArt: if an image is missing or can't be read, or it all is too much.
        """
        if not any(layer.gids.any() for layer in self._layers):
            raise NoArt("no layer that is drawn has a tile")
        if self._layers[0].gids.size > MOST_CELLS:
            raise NoArt(f"it has more than {MOST_CELLS:,} tiles")
        try:
            sheets = [sheet for layer in self._layers for sheet in self._sheets(layer)]
            codes, first = _stacks(sheets)
            pictures = [self._laid(sheets, int(cell)) for cell in first]
        finally:
            self._images.clear()
            self._tiles.clear()
        return pack(pictures, codes, self._background)

    # cells

    def _sheets(self, layer: Layer) -> Iterator[_Sheet]:
        """The pieces of a layer, those that Tiled draws first in front: row by row, from the left."""
        gids, where = np.unique(layer.gids, return_inverse=True)
        reach = {int(gid): self._reach(layer, int(gid)) for gid in gids if gid}
        ways = {(dx, dy) for x0, y0, x1, y1 in reach.values() for dx in range(x0, x1 + 1) for dy in range(y0, y1 + 1)}
        for dx, dy in sorted(ways, key=lambda way: (-way[1], -way[0])):
            there = [gid if gid and _within(reach[int(gid)], dx, dy) else 0 for gid in gids]
            pieces = np.array(there, np.uint32)[where.reshape(layer.gids.shape)]
            moved = _moved(pieces, dx, dy)
            if moved.any():
                yield _Sheet(layer, dx, dy, moved)

    def _reach(self, layer: Layer, gid: int) -> tuple[int, int, int, int]:
        """The cells that a tile touches, from its own: first and last across and down."""
        (x, y), (width, height) = self._corner(layer, gid), self._tile(gid).size
        (w, h) = self._cell
        reach = x // w, y // h, (x + width - 1) // w, (y + height - 1) // h
        if max(map(abs, reach)) > MOST_REACH:
            raise NoArt(f"tile {gid & GID_BITS} reaches over more than {MOST_REACH} others")
        return reach

    def _corner(self, layer: Layer, gid: int) -> tuple[int, int]:
        """Where a tile's picture begins, in pixels from the corner of its cell: it stands on the lower edge."""
        _, tileset = self._set(gid)
        shift = tileset.tile_offset or (0, 0)
        height = self._tile(gid).size[1]
        return round(layer.offset[0] + shift[0]), round(layer.offset[1] + shift[1] + self._cell[1] - height)

    def _laid(self, sheets: Sequence[_Sheet], cell: int) -> Any:
        """All that is seen in a cell."""
        from PIL import Image

        out = Image.new("RGBA", self._cell)
        for sheet in sheets:
            gid = int(sheet.gids.flat[cell])
            if gid:
                x, y = self._corner(sheet.layer, gid)
                left, top = sheet.dx * self._cell[0] - x, sheet.dy * self._cell[1] - y
                box = left, top, left + self._cell[0], top + self._cell[1]
                out.alpha_composite(_dressed(self._tile(gid).crop(box), sheet.layer))
        return out

    # tiles

    def _set(self, gid: int) -> tuple[int, Any]:
        found = [(first, tileset) for first, tileset in self._sets if first <= gid & GID_BITS]
        if not found:
            raise NoArt(f"tile {gid & GID_BITS} is in none of its tilesets")
        return found[-1]

    def _tile(self, gid: int) -> Any:
        """The picture of a tile, flipped and turned."""
        key = (gid & GID_BITS, gid & ~GID_BITS)
        if key not in self._tiles:
            self._tiles[key] = _turned(self._plain(gid), gid)
        return self._tiles[key]

    def _plain(self, gid: int) -> Any:
        first, tileset = self._set(gid)
        number = (gid & GID_BITS) - first
        tile = (tileset.tiles or {}).get(number)
        if tile is not None and tile.animation:
            number = int(tile.animation[0].tile_id)
            tile = (tileset.tiles or {}).get(number)
        if tile is not None and tile.image is not None:
            found = self._image(tile.image, tileset.transparent_color)
            part = (tile.x, tile.y, tile.x + (tile.width or found.width), tile.y + (tile.height or found.height))
            return found.crop(part)
        if tileset.image is None:
            raise NoArt(f"the tileset {tileset.name!r} has no image")
        width, height, gap, margin = tileset.tile_width, tileset.tile_height, tileset.spacing, tileset.margin
        image = self._image(tileset.image, tileset.transparent_color)
        columns = tileset.columns or max(1, (image.width - 2 * margin + gap) // (width + gap))
        x, y = margin + number % columns * (width + gap), margin + number // columns * (height + gap)
        if x + width > image.width or y + height > image.height:
            raise NoArt(f"{Path(tileset.image).name} ends before its tile {number}")
        return image.crop((x, y, x + width, y + height))

    def _image(self, said: Path, clear: Any) -> Any:
        from PIL import Image

        path = self._folder / said
        if path not in self._images:
            try:
                with Image.open(path) as image:
                    if image.width * image.height > MOST_IMAGE:
                        raise NoArt(f"{path.name} has more than {MOST_IMAGE:,} pixels")
                    self._images[path] = _cleared(image.convert("RGBA"), clear)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                why = "is not there" if isinstance(error, FileNotFoundError) else f"can't be read: {error}"
                raise NoArt(f"{path.name} {why}".replace(str(path), path.name)) from error
        return self._images[path]


def _stacks(sheets: Sequence[_Sheet]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each cell by what lies on it, 0 for nothing; and for 1, 2 … a cell that has it, by index."""
    codes = np.zeros(sheets[0].gids.size, np.int64)
    for sheet in sheets:
        kinds, which = np.unique(sheet.gids.reshape(-1), return_inverse=True)
        _, codes = np.unique(codes * len(kinds) + which.reshape(-1), return_inverse=True)
    bare = ~np.logical_or.reduce([sheet.gids.reshape(-1) > 0 for sheet in sheets])
    codes = np.where(bare, -1, codes.reshape(-1))
    kinds, first, which = np.unique(codes, return_index=True, return_inverse=True)
    if kinds[0] == -1:
        return which.reshape(sheets[0].gids.shape), first[1:]
    return which.reshape(sheets[0].gids.shape) + 1, first


def _moved(gids: NDArray[np.uint32], dx: int, dy: int) -> NDArray[np.uint32]:
    out = np.zeros_like(gids)
    height, width = gids.shape
    if abs(dx) < width and abs(dy) < height:
        out[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = gids[
            max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
        ]
    return out


def _within(reach: tuple[int, int, int, int], dx: int, dy: int) -> bool:
    return reach[0] <= dx <= reach[2] and reach[1] <= dy <= reach[3]


def _turned(picture: Any, gid: int) -> Any:
    from PIL import Image

    for bit, how in (
        (TURN, Image.Transpose.TRANSPOSE),
        (FLIP_X, Image.Transpose.FLIP_LEFT_RIGHT),
        (FLIP_Y, Image.Transpose.FLIP_TOP_BOTTOM),
    ):
        if gid & bit:
            picture = picture.transpose(how)
    return picture


def _dressed(picture: Any, layer: Layer) -> Any:
    """With the layer's opacity and tint."""
    if layer.opacity >= 1 and layer.tint is None:
        return picture
    values = np.asarray(picture, np.float64) * [*(part / 255 for part in layer.tint or (255,) * 3), layer.opacity]
    return _from(np.round(values).astype(np.uint8))


def _from(values: NDArray[np.uint8]) -> Any:
    from PIL import Image

    return Image.fromarray(values, "RGBA")


def _cleared(image: Any, clear: Any) -> Any:
    """Without the colour that the tileset calls transparent."""
    if clear is None:
        return image
    values = np.array(image)
    values[(values[..., :3] == (clear.red, clear.green, clear.blue)).all(-1)] = 0
    return _from(values)
