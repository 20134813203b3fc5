"""The journal: every input from outside, one JSON object a line, durable before it is said to be accepted.

The last field of a line is the crc32 of the object without it:

    {"id":3,"tick":360,"kind":"say","text":"hello","crc":"9f3a2b1c"}
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import BadParameter, DamagedRun, RunError
from aitown.history.layout import write_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SEAL = len(b',"crc":"00000000"}')


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of the journal."""
    if not record or "crc" in record:
        raise BadParameter(f"a journal record {dict(record)!r}; expected fields, none called 'crc'.", "Rename it.")
    body = orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY)
    return body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body)


def decode(line: bytes) -> dict[str, Any] | None:
    """The record of a line without its newline; None when the line is damaged."""
    body = line[:-_SEAL] + b"}"
    if line[-_SEAL:] != b',"crc":"%08x"}' % zlib.crc32(body):
        return None
    record: dict[str, Any] = orjson.loads(body)
    return record


def read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """All records, and the number of bytes that hold them. A torn last line is left out.

    Raises:
        DamagedRun: for a damaged line with others after it.
    """
    data = path.read_bytes() if path.exists() else b""
    records: list[dict[str, Any]] = []
    good = 0
    while (end := data.find(b"\n", good)) >= 0:
        record = decode(data[good:end])
        if record is None:
            if data.find(b"\n", end + 1) < 0:
                break
            raise DamagedRun(
                f"{path}: line {len(records) + 1} is damaged (its checksum is wrong).",
                "Restore the file from a copy; without this input the run can't be continued as it was.",
            )
        records.append(record)
        good = end + 1
    return records, good


def since(path: Path, offset: int, having: bytes) -> tuple[list[dict[str, Any]], int]:
    """The good records from a byte on whose line has some bytes, and where to read on."""
    if not path.exists() or path.stat().st_size <= offset:
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    whole = data.rfind(b"\n") + 1
    found = (decode(line) for line in data[:whole].splitlines() if having in line)
    return [record for record in found if record is not None], offset + whole


class Journal:
    """Appends records. Opening cuts off a torn last line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records, self._size = read(path)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        os.ftruncate(self._handle, self._size)

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record; it is on the disk when this returns.

        Raises:
            RunError: when the disk refuses. The journal is then as before.
        """
        line = encode(record)
        try:
            os.lseek(self._handle, self._size, os.SEEK_SET)
            write_all(self._handle, line)
            os.fsync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._size)
            raise RunError(
                f"the input could not be written to {self.path}: {error.strerror}.",
                "It was not accepted. Make room on the disk and give it again.",
            ) from error
        self._size += len(line)
        self.records.append(dict(record))

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
