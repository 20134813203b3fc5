"""Integer columns → few bytes.

Two rules: a column is its rows one after another, each the differences along its ticks, so that what changes slowly is
mostly zeros; and a number is spread over byte planes, so that like lies beside like for the compressor.
"""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.columns import Array

VERSION = 1
_LENGTH = struct.Struct("<I")
_LEVEL = 6
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


def encode(
    header: Mapping[str, Any], ticks: Array, tables: Mapping[str, Mapping[str, Array]], art: bytes = b""
) -> bytes:
    """A replay of PROTOCOL.md: `gzip(u32 length of header | header (JSON) | columns | art)`.

    Args:
        header: what is said beside the columns; `replay`, `frames`, `tick` and `tables` are added.
        ticks: of the frames, rising.
        tables: columns of integers by table and name, each of shape (length of a series, rows); those of "npcs" and
            "places" are as long as `ticks`, those of "events" have one row.
        art: the pictures of the map; empty for none.
    """
    width, plane = packed(ticks[:, None])
    planes = [plane]
    described = {}
    for table, columns in tables.items():
        rows = next((values.shape[1] for values in columns.values()), 0)
        length = next((values.shape[0] for values in columns.values()), 0)
        widths = []
        for name, values in columns.items():
            size, data = packed(values)
            widths.append([name, size])
            planes.append(data)
        described[table] = {"rows": rows, "length": length, "columns": widths}
    numbers = {"frames": len(ticks), "tick": width, "tables": described, **({"art": len(art)} if art else {})}
    said = orjson.dumps({"replay": VERSION, **header, **numbers}, option=_OPTIONS)
    return gzip.compress(b"".join((_LENGTH.pack(len(said)), said, *planes, art)), _LEVEL, mtime=0)


def packed(values: Array) -> tuple[int, bytes]:
    """How many bytes a number takes, 0 to 4, and the planes of a column of shape (length, rows), lowest bytes first."""
    series = np.ascontiguousarray(values.T.astype(np.int32))
    steps = np.diff(series, axis=1, prepend=np.int32(0))  # wraps around, and so does adding up again
    zigzag = ((steps << 1) ^ (steps >> 31)).view(np.uint32).reshape(-1)
    most = int(zigzag.max()) if zigzag.size else 0
    size = (most.bit_length() + 7) // 8
    return size, b"".join((zigzag >> np.uint32(8 * plane)).astype(np.uint8).tobytes() for plane in range(size))
