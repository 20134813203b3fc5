"""The hot file: an Arrow IPC stream in which every record batch carries `{t0, t1, crc}`.

Arrow reads torn or flipped bytes back as wrong rows without an error. So each batch says which ticks `[t0, t1)` it
brings, t0 being the t1 of the batch before, and the crc32 of that and of its values; a reader checks what it has
decoded and stops at the first batch that doesn't fit. Any Arrow tool can read the file.

The checksum is over values, not over Arrow's own bytes, which may differ from one version of Arrow to the next.
"""

from __future__ import annotations

import io
import os
import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from aitown.history.layout import write_all

if TYPE_CHECKING:
    from pathlib import Path

_NONCE = b"aitown.file"
_fdatasync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


@dataclass(frozen=True)
class Batch:
    """A verified batch and the ticks `[start, stop)` that it brings."""

    start: int
    stop: int
    rows: pa.RecordBatch


def checksum(start: int, stop: int, rows: pa.RecordBatch) -> int:
    """crc32 of the ticks, the number of rows and every column's little-endian values.

    Raises:
        ValueError: for a batch such as we never write (nulls, offsets, buffers too short).
    """
    count = rows.num_rows
    crc = zlib.crc32(b"%d,%d,%d" % (start, stop, count))
    for column in rows.columns:
        if column.null_count or column.offset:
            raise ValueError("nulls or an offset")
        buffers = column.buffers()
        if pa.types.is_string(column.type):
            offsets = memoryview(buffers[1] or b"\0\0\0\0").cast("B")[: 4 * (count + 1)].cast("i")
            if len(offsets) != count + 1 or offsets[0] != 0:
                raise ValueError("bad offsets")
            crc = zlib.crc32(offsets, crc)
            sizes = [(buffers[2], offsets[-1])]
        else:
            sizes = [(buffers[1], count * column.type.bit_width // 8)]
        for buffer, size in sizes:
            values = memoryview(buffer or b"").cast("B")[:size]
            if len(values) != size:
                raise ValueError("a short buffer")
            crc = zlib.crc32(values, crc)
    return crc


class HotWriter:
    """Appends batches to a new hot file."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._sink = io.BytesIO()
        # The nonce tells a reader that has read half of a file from another one of the same name.
        self._stream = pa.ipc.new_stream(self._sink, schema.with_metadata({_NONCE: secrets.token_hex(8)}))
        self._dirty = False
        self.batches = 0
        self.rows = 0

    def append(self, start: int, stop: int, rows: pa.RecordBatch) -> None:
        """Hand one batch to the operating system: from now on it survives the end of this process."""
        crc = checksum(start, stop, rows)
        self._stream.write_batch(rows, custom_metadata={"t0": str(start), "t1": str(stop), "crc": f"{crc:08x}"})
        self._flush()
        self.batches += 1
        self.rows += rows.num_rows

    def sync(self) -> None:
        """Everything appended survives a power cut."""
        if self._dirty:
            _fdatasync(self._handle)
            self._dirty = False

    def close(self) -> None:
        if self._handle >= 0:
            self._stream.close()
            self._flush()
            self.sync()
            self.abandon()

    def abandon(self) -> None:
        """Close without writing anything more."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _flush(self) -> None:
        size = self._sink.tell()
        self._dirty = True
        with self._sink.getbuffer() as buffer, buffer[:size] as data:
            write_all(self._handle, data)
        # The memory is kept: to get it anew for each batch takes longer than to fill it.
        self._sink.seek(0)


class HotReader:
    """The good prefix of a hot file; `poll` reads on from where the last one stopped.

    `torn` says that what follows the good prefix is not a good batch: not yet, or damaged.

    Args:
        path: the file, which may grow.
        schema: what its rows must be.
        start: the tick at which its first batch must begin.
    """

    def __init__(self, path: Path, schema: pa.Schema, start: int) -> None:
        self.path = path
        self.start = start
        self.batches: list[Batch] = []
        self.torn = False
        self._schema = schema
        self._header = b""
        self._good = 0

    @property
    def stop(self) -> int:
        return self.batches[-1].stop if self.batches else self.start

    def poll(self) -> bool:
        """Read what is new. False when the file is another one now than it was.

        Raises:
            FileNotFoundError: when it was sealed and removed.
        """
        with self.path.open("rb") as file:
            if not self._header:
                return self._open(file.read())
            if file.read(len(self._header)) != self._header:
                return False
            file.seek(self._good)
            self._read(file.read())
        return True

    def _open(self, data: bytes) -> bool:
        source = pa.BufferReader(data)
        try:
            stream = pa.ipc.open_stream(source)
        except (pa.ArrowException, OSError):
            return True
        if not stream.schema.remove_metadata().equals(self._schema):
            self.torn = True
            return True
        self._good = source.tell()
        self._header = data[: self._good]
        self._follow(stream, source, 0)
        return True

    def _read(self, data: bytes) -> None:
        if not data:
            self.torn = False
            return
        header = len(self._header)
        source = pa.BufferReader(self._header + data)
        self._follow(pa.ipc.open_stream(source), source, self._good - header)

    def _follow(self, stream: Any, source: Any, offset: int) -> None:
        """Take the batches that come next; the file's byte `offset` is byte 0 of `source`."""
        self.torn = False
        while True:
            try:
                rows, metadata = stream.read_next_batch_with_custom_metadata()
                start, stop, crc = int(metadata[b"t0"]), int(metadata[b"t1"]), int(metadata[b"crc"], 16)
                good = start == self.stop and stop >= start and crc == checksum(start, stop, rows)
            except StopIteration:
                return
            except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, MemoryError, OverflowError):
                good = False
            if not good:
                self.torn = True
                return
            self.batches.append(Batch(start, stop, rows))
            self._good = offset + source.tell()
