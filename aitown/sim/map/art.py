"""What a map looks like in pictures of its own: one small atlas of the tiles that it uses, as bytes that travel.

A map's tiles lie on one another in layers; here each cell has one picture, the layers laid together already, and equal
pictures are one. So whoever shows it copies one rectangle a cell and needs to know nothing of layers, margins, flips.
PROTOCOL.md has the format.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

VERSION = 1
MOST_BYTES = 400_000
"""What travels with each page and notebook that shows the map."""
MOST_TILES = 65_535
MOST_PIXELS = 1 << 24
"""Of the atlas: what any browser draws from."""
SIZES = (48, 32, 24, 16, 12, 8)
"""Pixels of a tile's side, tried from the map's own downward until the bytes are few enough."""
_QUALITY = 88
_LENGTH = struct.Struct("<I")


class NoArt(Exception):
    """Why a map has no pictures, in a sentence."""


@dataclass(frozen=True)
class Art:
    """The pictures of a map as they travel.

    Attributes:
        data: `gzip(u32 length of header | header (JSON) | cells | image)`; PROTOCOL.md.
    """

    data: bytes

    @cached_property
    def hash(self) -> str:
        """The first 32 digits of the SHA-256 of `data`: its name in an address."""
        return hashlib.sha256(self.data).hexdigest()[:32]

    @property
    def said(self) -> dict[str, Any]:
        """What the map object of a payload says of it."""
        return {"hash": self.hash, "bytes": len(self.data)}

    @property
    def text(self) -> str:
        """`data` in base64."""
        return base64.b64encode(self.data).decode("ascii")

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` makes it again."""
        return {**self.said, "data": self.text}

    @classmethod
    def from_json(cls, said: Mapping[str, Any] | None) -> Art | None:
        """What `to_json` gave; None for None.

        Raises:
            ValueError, KeyError: for something else.
        """
        return None if said is None else cls(base64.b64decode(said["data"], validate=True))

    def open(self) -> tuple[dict[str, Any], NDArray[np.uint16], bytes]:
        """Its header, the number of each cell's picture (uint16[height, width]; 0 is none) and the image file."""
        raw = gzip.decompress(self.data)
        (length,) = _LENGTH.unpack_from(raw)
        start = _LENGTH.size + length
        header = orjson.loads(raw[_LENGTH.size : start])
        shape = header["height"], header["width"]
        stop = start + 2 * shape[0] * shape[1]
        return header, np.frombuffer(raw[start:stop], "<u2").reshape(shape), raw[stop:]


def pack(pictures: Sequence[Any], cells: NDArray[Any], background: str | None = None) -> Art:
    """The art of a map.

    Args:
        pictures: PIL images in RGBA, all of one size; some may look the same.
        cells: int[height, width], 0 for no picture or 1 + the index of one.
        background: "#rrggbb" below all.

    Raises:
        NoArt: if it can't be made small enough.
    """
    own = max(1, min(pictures[0].size))
    for size in [own, *(size for size in SIZES if size < own)]:
        tiles, numbers = _unlike(pictures, size)
        columns = max(1, int(np.ceil(np.sqrt(len(tiles)))))
        rows = -(-len(tiles) // columns)
        if columns * rows * size * size > MOST_PIXELS:
            continue
        if len(tiles) > MOST_TILES:
            raise NoArt(f"it has {len(tiles):,} tiles that look different; at most {MOST_TILES:,} are shown")
        atlas = _atlas(tiles, size, columns, rows)
        header = {
            "art": VERSION, "width": cells.shape[1], "height": cells.shape[0], "tile": size, "columns": columns,
            "tiles": len(tiles), "type": "image/webp", "background": background,
        }  # fmt: skip
        lossless: tuple[Mapping[str, Any], ...] = ({"lossless": True}, {"quality": _QUALITY})
        for how in lossless:
            data = _bytes(header, numbers[cells], _webp(atlas, how))
            if len(data) <= MOST_BYTES:
                return Art(data)
    raise NoArt(f"its pictures take more than {MOST_BYTES:,} bytes even at {SIZES[-1]} pixels a tile")


def _unlike(pictures: Sequence[Any], size: int) -> tuple[list[Any], NDArray[np.uint16]]:
    """Pictures of a size that differ, and for each cell number that of the picture among them."""
    from PIL import Image

    tiles: list[Any] = []
    known: dict[bytes, int] = {}
    numbers = [0]
    for picture in pictures:
        small = picture if picture.size == (size, size) else picture.resize((size, size), Image.Resampling.BOX)
        content = small.tobytes()
        if content not in known:
            tiles.append(small)
            known[content] = len(tiles)
        numbers.append(known[content])
    return tiles, np.array(numbers, np.uint32).astype(np.uint16)


def _atlas(tiles: Sequence[Any], size: int, columns: int, rows: int) -> Any:
    from PIL import Image

    atlas = Image.new("RGBA", (columns * size, rows * size))
    for i, tile in enumerate(tiles):
        atlas.paste(tile, (i % columns * size, i // columns * size))
    return atlas


def _webp(image: Any, how: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", method=4, exact=False, **how)
    return file.getvalue()


def _bytes(header: Mapping[str, Any], cells: NDArray[Any], image: bytes) -> bytes:
    said = orjson.dumps(header)
    raw = b"".join((_LENGTH.pack(len(said)), said, cells.astype("<u2").tobytes(), image))
    return gzip.compress(raw, 9, mtime=0)
