"""Reading a run's tables from its folder, while it is being written or after: Arrow rows in frozen integers.

Nothing is asked of the writer. A reader lists parts and hot files, and sees every table up to the same tick, the
watermark; a hot file that vanished was sealed meanwhile, so it lists again.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from aitown.errors import DamagedRun
from aitown.history import layout, parts
from aitown.history.layout import EVENTS, Part
from aitown.history.progress import bar
from aitown.history.recover import check_parts
from aitown.history.rows import TICK, key_of
from aitown.history.tail import Batch, HotReader
from aitown.history.unreadable import gone, refusal, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aitown.columns import Array

_ATTEMPTS = 20


@dataclass(frozen=True)
class Selection:
    """Which rows: ticks in `range(start, stop, step)` that `every` divides, of the ids (None: all)."""

    start: int
    stop: int
    step: int = 1
    every: int = 1
    ids: tuple[int, ...] | None = None

    def ticks(self, ticks: Array) -> Array | None:
        """A mask of the ticks that are meant; None for all."""
        mask: Array | None = None
        if len(ticks) and (ticks.min() < self.start or ticks.max() >= self.stop):
            mask = (ticks >= self.start) & (ticks < self.stop)
        for step, origin in ((self.step, self.start), (self.every, 0)):
            if step > 1:
                hit = (ticks - origin) % step == 0
                mask = hit if mask is None else mask & hit
        return mask

    def of_ids(self, rows: pa.Table) -> pa.Table:
        """Those of the rows whose id, the second column, is meant."""
        mask = self.has(rows.column(1).to_numpy())
        return rows if mask is None else rows.filter(pa.array(mask))

    def has(self, ids: Array) -> Array | None:
        """A mask of the ids that are meant; None for all."""
        if self.ids is None:
            return None
        return ids == self.ids[0] if len(self.ids) == 1 else np.isin(ids, self.ids)


@dataclass(frozen=True)
class Snapshot:
    """One table as it was found: parts and good batches that follow one another."""

    parts: tuple[Part, ...]
    batches: tuple[Batch, ...]
    damaged: bool

    @property
    def stop(self) -> int:
        if self.batches:
            return self.batches[-1].stop
        return self.parts[-1].stop if self.parts else 0

    def until(self, stop: int) -> Snapshot:
        """What all tables have."""
        return Snapshot(self.parts, tuple(batch for batch in self.batches if batch.stop <= stop), self.damaged)


class _TableFolder:
    """Keeps the hot files that it has read, and reads only what is new."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.folder = folder
        self.schema = schema
        self._readers: dict[int, HotReader] = {}

    def look(self) -> Snapshot:
        problem = DamagedRun(f"{self.folder} can't be listed.", "Restore the folder from a copy of the run.")
        for _ in range(_ATTEMPTS):
            try:
                found, hot = layout.listing(self.folder)
                stop = check_parts(self.folder, found)
                return self._follow(found, hot, stop)
            except FileNotFoundError:
                continue
            except DamagedRun as error:
                problem = error
            except OSError as error:
                raise refusal(self.folder, error) from error
        if not self.folder.parent.exists():
            raise gone(self.folder.parent)
        if not self.folder.exists():
            problem = DamagedRun(f"{self.folder} is missing.", "Restore the folder from a copy of the run.")
        raise problem

    def _follow(self, found: list[Part], hot: Mapping[int, Path], stop: int) -> Snapshot:
        number = len(found)
        self._readers = {n: reader for n, reader in self._readers.items() if n >= number}
        batches: list[Batch] = []
        torn = False
        while number in hot and not torn:
            reader = self._readers.get(number)
            if reader is None or reader.start != stop or not reader.poll():
                reader = self._readers[number] = HotReader(hot[number], self.schema, stop)
                reader.poll()
            batches += reader.batches
            number, stop, torn = number + 1, reader.stop, reader.torn
        return Snapshot(tuple(found), tuple(batches), torn and number in hot)


class Store:
    """All tables of one run folder."""

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self.folder = folder
        self.schemas = schemas
        self._tables = {table: _TableFolder(folder / table, schema) for table, schema in schemas.items()}
        self._lock = threading.Lock()

    def look(self) -> dict[str, Snapshot]:
        """Every table up to the tick that all of them have."""
        with self._lock:
            # What is written last is looked at first, so that a batch seen in one table is there in the others.
            found = {table: self._tables[table].look() for table in reversed(list(self._tables))}
        stop = min(snapshot.stop for snapshot in found.values())
        return {table: snapshot.until(stop) for table, snapshot in found.items()}

    def bounds(self, snapshot: Snapshot, table: str) -> tuple[int, int] | None:
        """The first and last recorded tick; None when there is none."""
        pieces: list[Part | Batch] = [*snapshot.parts, *snapshot.batches]
        first = next(filter(None, (self._ends(table, piece) for piece in pieces)), None)
        last = next(filter(None, (self._ends(table, piece) for piece in reversed(pieces))), None)
        return (first[0], last[1]) if first and last else None

    def _ends(self, table: str, piece: Part | Batch) -> tuple[int, int] | None:
        if isinstance(piece, Part):
            path = self.folder / table / piece.file
            with told(self.folder, path):
                return parts.tick_bounds(path)
        ticks = piece.rows.column(0)
        return (ticks[0].as_py(), ticks[-1].as_py()) if len(ticks) else None

    def rows(self, snapshot: Snapshot, table: str, columns: Sequence[str], chosen: Selection) -> pa.Table:
        """The chosen rows of a table with tick and row id first, in the order of ticks, then ids (events: of ids)."""
        pieces = list(self.pieces(snapshot, table, columns, chosen))
        return joined(pieces)

    def pieces(self, snapshot: Snapshot, table: str, columns: Sequence[str], chosen: Selection) -> Iterator[pa.Table]:
        """The same, part by part; at least one piece, which may be empty. Each has about a million rows at most."""
        key = "" if table == EVENTS else key_of(table)
        names = list(dict.fromkeys([TICK, *([key] if key else ["id"]), *columns]))
        schema = pa.schema([self.schemas[table].field(name) for name in names])
        met = [part for part in snapshot.parts if part.start < chosen.stop and part.stop > chosen.start]
        wanted = list(snapshot.parts) if table == EVENTS else met
        for part in bar(wanted, f"reading {table}"):
            yield self._part(table, part, names, chosen, key).select(names).cast(schema)
        batches = [
            batch.rows.select(names)
            for batch in snapshot.batches
            if table == EVENTS or (batch.start < chosen.stop and batch.stop > chosen.start)
        ]
        hot = _where(pa.Table.from_batches(batches, schema=schema), chosen, key)
        if len(hot) or not wanted:
            yield hot

    def raw(self, snapshot: Snapshot, table: str) -> tuple[list[Path], pa.Table]:
        """The sealed parts of a table, each verified as a whole, and the rows that are in no part yet.

        Raises:
            DamagedRun: when a checksum is wrong.
        """
        paths = [self.folder / table / part.file for part in snapshot.parts]
        for path in paths:
            with told(self.folder, path):
                parts.verify(path)
        return paths, pa.Table.from_batches([batch.rows for batch in snapshot.batches], schema=self.schemas[table])

    def _part(self, table: str, part: Part, names: list[str], chosen: Selection, key: str) -> pa.Table:
        path = self.folder / table / part.file
        with told(self.folder, path):
            rows = parts.read(path, names, chosen.ids, (chosen.start, chosen.stop), key)
        found = _where(rows, chosen, key)
        if not key:
            return found
        ids = found.column(key).to_numpy()
        starts = [0, *(np.flatnonzero(np.diff(ids) < 0) + 1).tolist(), len(ids)]
        bands = [_by_tick(found.slice(a, b - a), key) for a, b in itertools.pairwise(starts)]
        return pa.concat_tables(bands)


def _by_tick(band: pa.Table, key: str) -> pa.Table:
    """A band of a part in the order of ticks."""
    order = parts.tick_order(band.column(key).to_numpy(), band.column(TICK).to_numpy())
    if not isinstance(order, tuple):
        return band.take(pa.array(order))
    turned = [pa.array(parts.transposed(column.to_numpy().reshape(order))) for column in band.columns]
    return pa.table(turned, names=band.column_names)


def joined(pieces: list[pa.Table]) -> pa.Table:
    """The pieces as one table of contiguous columns; takes the pieces apart, so that nothing is held twice."""
    if len(pieces) == 1:
        return pieces.pop().combine_chunks()
    schema = pieces[0].schema
    columns: list[pa.Array] = []
    for field in schema:
        chunks = [chunk for piece in pieces for chunk in piece.column(0).chunks]
        columns.append(_contiguous(pa.chunked_array(chunks, field.type)))
        pieces[:] = [piece.remove_column(0) for piece in pieces]
    return pa.table(columns, schema=schema)


def _contiguous(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _where(rows: pa.Table, chosen: Selection, key: str) -> pa.Table:
    mask = chosen.ticks(rows.column(TICK).to_numpy())
    hit = chosen.has(rows.column(key).to_numpy()) if key else None
    if hit is not None:
        mask = hit if mask is None else mask & hit
    return rows if mask is None or mask.all() else rows.filter(pa.array(mask))
