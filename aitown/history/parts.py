"""Sealed parts: Parquet files in bands of ticks, each sorted by NPC, then tick: one NPC's days lie together.

No value is ever missing, and the columns say so (`required`), which spares writing and reading a level for each value.
Every page carries a checksum, and the file's name carries that of the footer, so that a damaged part is an error and
never wrong rows.
"""

from __future__ import annotations

import atexit
import itertools
import struct
import time
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aitown.errors import DamagedRun
from aitown.history.layout import Part, publish, unfinished
from aitown.history.rows import TICK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from aitown.columns import Array
    from aitown.history.tail import Batch

ROW_GROUP = 32_768
BAND = 1_000_000
"""Rows within which an NPC's ticks lie together: fewer make windows of ticks quicker to read, more trajectories."""
DIFFERENCES, STREAMS = "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"
_LONG = 128
"""Ticks of an id in a band from which on differences are the smaller."""
_TRAILER = struct.Struct("<I4s")
_CRC = b"aitown.crc32"
_CHUNK = 1 << 20
_ALONE = 1_000_000
"""Values that one thread reads, in about 3 ms."""
_LINGER = 0.01
_STRIP = 256


def by_row(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """The rows of some batches sorted by the id, the second column, then tick; they come tick after tick."""
    key = schema.names[1]
    rows = next((int(batch.column(1)[-1].as_py()) + 1 for batch in batches if len(batch)), 1)
    if all(_every_tick_has(batch.column(1).to_numpy(), rows) for batch in batches):
        return pa.table([_turned(batches, name, key, rows) for name in schema.names], schema=schema)
    table = pa.Table.from_batches(batches).cast(schema)
    ids, ticks = (table.column(name).to_numpy() for name in (key, TICK))
    return table.take(pa.array(np.lexsort((ticks, ids))))


def _every_tick_has(ids: Array, rows: int) -> bool:
    """Whether the ids are 0 to `rows`, exclusive, tick after tick: sorting is then a transposition."""
    return len(ids) % rows == 0 and bool((ids.reshape(-1, rows) == np.arange(rows, dtype=ids.dtype)).all())


def _turned(batches: Sequence[pa.RecordBatch], name: str, key: str, rows: int) -> Array:
    """One column of batches in which every tick has the same rows, row after row."""
    given = [batch.column(name).to_numpy().reshape(-1, rows) for batch in batches]
    ticks = sum(len(values) for values in given)
    if name == key:
        return np.repeat(np.arange(rows, dtype=np.int32), ticks)
    if name == TICK:
        return np.tile(np.concatenate([values[:, 0] for values in given]), rows)
    out = np.empty((rows, ticks), given[0].dtype)
    first = 0
    for values in given:
        _turn(values, out[:, first : first + len(values)])
        first += len(values)
    return out.reshape(-1)


def _turn(values: Array, out: Array) -> None:
    """Transpose into `out`; in strips that fit into the cache, three times as fast."""
    for first in range(0, len(values), _STRIP):
        out[:, first : first + _STRIP] = values[first : first + _STRIP].T


def transposed(values: Array) -> Array:
    """The values of a matrix column after column."""
    out = np.empty(values.shape[::-1], values.dtype)
    _turn(values, out)
    return out.reshape(-1)


def seal(folder: Path, number: int, schema: pa.Schema, batches: Sequence[Batch]) -> Part:
    """Write the batches of a hot file as a part; durable when it returns."""
    temporary = unfinished(folder / f"{number:06d}.parquet")
    with temporary.open("wb") as file:
        sink = _Sink(file)
        try:
            _write(sink, schema, batches)
        finally:
            sink.let_go()
    part = Part(number, batches[0].start, batches[-1].stop, zlib.crc32(_footer(temporary)))
    publish(temporary, folder / part.file)
    return part


class _Sink:
    """A file that keeps the crc32 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._gone = False
        self.crc = 0
        self.closed = False

    def write(self, data: Any) -> int:
        self.crc = zlib.crc32(data, self.crc)
        return len(memoryview(data)) if self._gone else self._file.write(data)

    def let_go(self) -> None:
        """Write no more: a writer that a full disk stopped tries again when it is collected, at any later moment."""
        self._gone = True

    def flush(self) -> None:
        if not self._gone:
            self._file.flush()

    def tell(self) -> int:
        return 0 if self._gone else self._file.tell()

    def writable(self) -> bool:
        return True


def _bands(batches: Sequence[Batch]) -> Iterator[list[pa.RecordBatch]]:
    """The batches in stretches of about `BAND` rows: a part has several when sealing lags behind a fast town."""
    total = sum(batch.rows.num_rows for batch in batches)
    count = max(1, round(total / BAND))
    band: list[pa.RecordBatch] = []
    done = size = 0
    for batch in batches:
        band.append(batch.rows)
        size += batch.rows.num_rows
        if size >= total * (done + 1) / count:
            yield band
            band, done = [], done + 1
    if band:
        yield band


def _write(sink: _Sink, schema: pa.Schema, batches: Sequence[Batch]) -> None:
    """Band after band, each sorted by row id; then the crc32 of them all into the footer."""
    schema = pa.schema([field.with_nullable(False) for field in schema])
    key = schema.names[1]
    sorts = key != TICK
    tables = (by_row(band, schema) if sorts else pa.Table.from_batches(band).cast(schema) for band in _bands(batches))
    first = next(tables, schema.empty_table())
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=1 if sorts else 3,
        use_dictionary=False,
        column_encoding=_encodings(first) if sorts else dict.fromkeys(("id", TICK), DIFFERENCES),
        write_statistics=[TICK, key] if sorts else [TICK],
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table, row_group_size=_group_rows(table.column(1).to_numpy()) if sorts else ROW_GROUP)
        writer.add_key_value_metadata({_CRC: f"{sink.crc:08x}"})


def _encodings(rows: pa.Table) -> dict[str, str]:
    """How to store the columns of a band that aren't stored as they are.

    Ids, labels and money stay the same for long: zstd packs them best and soonest as they are, without a dictionary.
    What drifts from tick to tick is small as differences, as long as an id has enough ticks in the band for the steps
    from one id to the next not to spoil them; the others of two bytes as streams of first and of second bytes.
    """
    long = _each(rows.column(1).to_numpy()) >= _LONG
    shorts = [field.name for field in rows.schema if pa.types.is_int16(field.type)]
    return {
        name: DIFFERENCES if long and (name == TICK or _drifts(rows.column(name)[:ROW_GROUP].to_numpy())) else STREAMS
        for name in (TICK, *shorts)
    }


def _drifts(values: Array) -> bool:
    """Whether a column has another value in more than one of twenty ticks: needs do, positions don't."""
    return bool(20 * np.count_nonzero(values[1:] != values[:-1]) > len(values))


def _each(ids: Array) -> int:
    """How many rows the first of sorted ids has."""
    return int(np.searchsorted(ids, ids[0], side="right")) if len(ids) else 0


def _group_rows(ids: Array) -> int:
    """About `ROW_GROUP` rows, so that a group ends where the rows of an id do: what is asked of one is all it holds."""
    each = _each(ids) or ROW_GROUP
    return ROW_GROUP // each * each if each <= ROW_GROUP else -(-each // round(each / ROW_GROUP))


@cache
def _end_after_arrow() -> None:
    """Before the interpreter ends, leave Arrow's threads the time to put away what they read.

    Twice a script that ended right after its last read was ended with an abort, as others have seen, though never when
    it was tried (apache/arrow#34314 and #45017): a thread that wants the interpreter's lock while that ends is thrown
    out, and C++ takes this for an error.
    """
    atexit.register(time.sleep, _LINGER)


def _footer(path: Path) -> bytes:
    """The footer with its length and magic number."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TRAILER.size))
        trailer = file.read()
        length, magic = _TRAILER.unpack(trailer) if len(trailer) == _TRAILER.size else (size, b"")
        if magic != b"PAR1" or length + _TRAILER.size > size:
            raise DamagedRun(f"{path} is damaged: its end is missing.", "Restore it from a copy of the run.")
        file.seek(size - _TRAILER.size - length)
        return file.read()


@lru_cache(maxsize=64)
def _metadata(path: Path) -> pq.FileMetaData:
    """The verified footer. A name that carries a checksum never means other content."""
    footer = _footer(path)
    if not path.name.endswith(f"-{zlib.crc32(footer):08x}.parquet"):
        raise DamagedRun(
            f"{path} is damaged: the checksum of its footer is wrong.", "Restore it from a copy of the run."
        )
    return pq.read_metadata(pa.BufferReader(b"PAR1" + footer))


@lru_cache(maxsize=4096)
def verify(path: Path) -> None:
    """Hold every byte of a part to its checksums, once in a process.

    Raises:
        DamagedRun: when one is wrong.
    """
    metadata = _metadata(path)
    crc = (metadata.metadata or {}).get(_CRC)
    if crc is None:  # written before parts had one: the checksums of the pages do, more slowly
        read(path, metadata.schema.names)
        return
    end = path.stat().st_size - len(_footer(path))
    found = 0
    with path.open("rb") as file:
        while end > 0:
            data = file.read(min(_CHUNK, end))
            if not data:
                break
            found = zlib.crc32(data, found)
            end -= len(data)
    if end or found != int(crc, 16):
        raise DamagedRun(f"{path} is damaged: its checksum is wrong.", "Restore it from a copy of the run.")


def rows(path: Path) -> int:
    """How many rows a part has."""
    return int(_metadata(path).num_rows)


def tick_bounds(path: Path) -> tuple[int, int] | None:
    """The first and last tick in a part; None when it is empty."""
    metadata = _metadata(path)
    column = metadata.schema.names.index(TICK)
    found = [metadata.row_group(group).column(column).statistics for group in range(metadata.num_row_groups)]
    known = [statistics for statistics in found if statistics is not None and statistics.has_min_max]
    return (min(s.min for s in known), max(s.max for s in known)) if known else None


def row_groups(metadata: pq.FileMetaData, groups: Sequence[int], name: str, lowest: int, highest: int) -> list[int]:
    """Those of the row groups that may have values of column `name` from `lowest` to `highest`."""
    column = metadata.schema.names.index(name)
    found = []
    for group in groups:
        statistics = metadata.row_group(group).column(column).statistics
        if statistics is None or not statistics.has_min_max or (statistics.max >= lowest and statistics.min <= highest):
            found.append(group)
    return found


def read(
    path: Path,
    columns: Sequence[str],
    ids: Collection[int] | None = None,
    ticks: tuple[int, int] | None = None,
    key: str = "",
) -> pa.Table:
    """The named columns of the row groups that may hold the ids and ticks `[start, stop)`; more rows than asked for.

    Raises:
        DamagedRun: when a checksum is wrong.
        FileNotFoundError: when it is gone.
    """
    _end_after_arrow()
    metadata = _metadata(path)
    groups = list(range(metadata.num_row_groups))
    if ids is not None and key and groups:
        groups = row_groups(metadata, groups, key, min(ids, default=0), max(ids, default=-1))
    if ticks is not None and groups:
        groups = row_groups(metadata, groups, TICK, ticks[0], ticks[1] - 1)
    try:
        with pq.ParquetFile(path, metadata=metadata, page_checksum_verification=True) as file:
            size = len(columns) * sum(metadata.row_group(group).num_rows for group in groups)
            found = file.read_row_groups(groups, columns=list(columns), use_threads=size > _ALONE)
            return found.cast(pa.schema([field.with_nullable(True) for field in found.schema]))
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        fault = " ".join(str(error).split()).rstrip(". ")
        raise DamagedRun(f"{path} is damaged: {fault}.", "Restore it from a copy of the run.") from error


def tick_order(ids: Array, ticks: Array) -> Array | tuple[int, int]:
    """How to bring a part's rows, sorted by id, into the order of ticks: `(rows, ticks)` to transpose, or positions."""
    if len(ids) == 0:
        return (1, 0)
    length = int(np.searchsorted(ids, ids[0], side="right"))
    if len(ids) % length == 0:
        shape = (len(ids) // length, length)
        two = ticks.reshape(shape)
        same = ids.reshape(shape)
        if (two == two[0]).all() and (same == same[:, :1]).all():
            return shape
    return np.lexsort((ids, ticks))
