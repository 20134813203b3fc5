"""A Frame on the pipe, kind 2: `u32 length of header | header (JSON) | columns, little endian, one after another`.

The header names every column with its type, so that the bytes can be read without a schema; a reader that has one
holds the header to it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from aitown.columns import Array, Frame, Schema
from aitown.errors import BadMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTH = struct.Struct("<I")
_DTYPES: dict[str, np.dtype[Any]] = {"i4": np.dtype("<i4"), "i2": np.dtype("<i2"), "u1": np.dtype("u1")}


def encode(frame: Frame, clock: str, schema: Schema) -> bytes:
    """The body of a kind 2 message; `clock` is the town's time at `frame.tick` in ISO form."""
    tables = {}
    parts: list[bytes] = [b"", b""]
    for table, columns in schema.items():
        values = frame.tables[table]
        rows = len(next(iter(values.values()))) if values else 0
        tables[table] = {"rows": rows, "columns": [[column.name, column.frozen] for column in columns]}
        for column in columns:
            assert column.frozen is not None
            parts.append(values[column.name].astype(_DTYPES[column.frozen], copy=False).tobytes())
    header = orjson.dumps({"tick": frame.tick, "clock": clock, "tables": tables})
    parts[:2] = _LENGTH.pack(len(header)), header
    return b"".join(parts)


def decode(body: bytes, schema: Schema) -> tuple[Frame, str]:
    """The frame and the clock that `encode` wrote. The arrays are read-only views of `body`.

    Raises:
        BadMessage: when the bytes are no frame, or one of other columns than `schema`.
    """
    try:
        header, offset = _header(body)
        tick, clock = header["tick"], header["clock"]
        if type(tick) is not int or not isinstance(clock, str) or set(header["tables"]) != set(schema):
            raise BadMessage(f"a frame with the header {str(header)[:200]}.", "Both sides must have the same schema.")
        tables: dict[str, Mapping[str, Array]] = {}
        for table, said in header["tables"].items():
            expected = [[column.name, column.frozen] for column in schema[table]]
            if said["columns"] != expected:
                raise BadMessage(
                    f"a frame whose {table} have the columns {said['columns']}; expected {expected}.",
                    "Both sides must have the same schema.",
                )
            columns = {}
            for name, dtype in said["columns"]:
                columns[name] = np.frombuffer(body, _DTYPES[dtype], said["rows"], offset)
                offset += columns[name].nbytes
            tables[table] = columns
    except (KeyError, TypeError, ValueError, AttributeError, struct.error) as error:
        raise BadMessage(f"not a frame: {error}.", "Look at the log of the town's process.") from error
    if offset != len(body):
        raise BadMessage(f"a frame of {len(body)} bytes whose columns end at {offset}.", "Nothing may follow them.")
    return Frame(tick, tables), clock


def _header(body: bytes) -> tuple[dict[str, Any], int]:
    (length,) = _LENGTH.unpack_from(body)
    end = _LENGTH.size + length
    header: dict[str, Any] = orjson.loads(body[_LENGTH.size : end])
    if any(type(said["rows"]) is not int or said["rows"] < 0 for said in header["tables"].values()):
        raise ValueError("a table with a senseless number of rows")
    return header, end
