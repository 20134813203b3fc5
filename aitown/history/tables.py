"""All tables of a run that is being written: they go forward together."""

from __future__ import annotations

import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aitown.history.hot import HotTable
from aitown.history.layout import EVENTS
from aitown.history.rows import event_batch, events_slice, frame_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from aitown.columns import Events, FrameBlock
    from aitown.history.recover import Recovered


@dataclass(frozen=True)
class Pace:
    """How often the writer does what.

    Args:
        flush_seconds: longest time that a row stays in memory.
        sync_seconds: shortest time between two requests to the disk.
        seal_rows, seal_batches: size of a hot file that becomes a part.
        queue_rows: rows in memory from which on `write` waits.
    """

    flush_seconds: float = 0.4
    sync_seconds: float = 1.0
    seal_rows: int = 1_000_000
    seal_batches: int = 4_000
    queue_rows: int = 2_000_000


NORMAL = Pace()
BATCH_ROWS = 131_072
"""A batch has about so many rows at most: its memory is then used again for the next, which takes half of the time."""


@dataclass(frozen=True)
class Write:
    """One call of `write`, and where it leaves the run: the tick reached, the next event's id."""

    block: FrameBlock
    events: Events
    reached: int
    next_event: int

    @property
    def rows(self) -> int:
        tables = self.block.tables.values()
        return len(self.events) + sum(next(iter(table.values())).size for table in tables if table)


def batched(writes: Sequence[Write], rows: int) -> Iterator[list[Write]]:
    """The writes in groups of about so many rows; what is larger comes in pieces."""
    group: list[Write] = []
    size = 0
    for piece in itertools.chain.from_iterable(_pieces(write, rows) for write in writes):
        if group and size + piece.rows > rows:
            yield group
            group, size = [], 0
        group.append(piece)
        size += piece.rows
    if group:
        yield group


def _pieces(write: Write, rows: int) -> Iterator[Write]:
    """A write in stretches of ticks of about so many rows. The first has all events: those of later ticks wait."""
    ticks = len(write.block)
    if write.rows <= rows or ticks < 2:  # noqa: PLR2004 (one tick stays whole)
        yield write
        return
    each = math.ceil(ticks / math.ceil(write.rows / rows))
    events, none = write.events, events_slice(write.events, slice(0))
    for first in range(0, ticks, each):
        block = write.block.stretch(first, first + each)
        reached = write.reached if first + each >= ticks else int(block.ticks[-1])
        yield Write(block, none if first else events, reached, write.next_event)


class Tables:
    """Appends to every table at once. Used by one thread at a time.

    Attributes:
        last_tick: the newest tick that all tables have.
        event_count: the events written.
        synced: when the disk was last asked to keep everything, on the monotonic clock.
        unsynced: whether something was written since.
    """

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema], found: Recovered, pace: Pace) -> None:
        self.pace = pace
        self.last_tick = found.stop - 1
        self.event_count = found.event_count
        self.synced = time.monotonic()
        self.unsynced = False
        self._schemas = schemas
        self._sealer = ThreadPoolExecutor(1, thread_name_prefix="aitown-sealer")
        self._tables = {
            table: HotTable(folder / table, schema, found.numbers.get(table, 0), found.stop, self._sealer)
            for table, schema in schemas.items()
        }
        self._held: list[Events] = []

    def flush(self, writes: Sequence[Write], closing: bool = False) -> None:
        """One batch for every table, so that all reach the same tick. Events of later ticks wait for their frames."""
        blocks = [write.block for write in writes if len(write.block)]
        groups = [*self._held, *(write.events for write in writes if len(write.events))]
        stop = max([self.last_tick, *(write.reached for write in writes)]) + 1
        if closing and groups:
            stop = max(stop, int(groups[-1].tick.max()) + 1)
        ready, self._held = _split(groups, stop)
        if stop == self.last_tick + 1 and not ready:
            return
        for table, hot in self._tables.items():
            if table == EVENTS:
                hot.append(stop, event_batch(ready))
            else:
                hot.append(stop, frame_batch(table, self._schemas[table], blocks))
        self.unsynced = True
        self.last_tick = stop - 1
        self.event_count += sum(len(events) for events in ready)

    def sync(self) -> None:
        for hot in self._tables.values():
            hot.sync()
        self.synced = time.monotonic()
        self.unsynced = False

    def rotate(self) -> None:
        for hot in self._tables.values():
            if hot.sealing:
                if hot.rows < 4 * self.pace.seal_rows:
                    continue
                hot.wait()
            if hot.rows >= self.pace.seal_rows or hot.batches >= self.pace.seal_batches:
                self.sync()
                hot.rotate()

    def close(self) -> None:
        """Seal everything. After it, and after an error, `abandon`."""
        for hot in self._tables.values():
            hot.close()

    def abandon(self) -> None:
        """Let go of the files as they are."""
        self._sealer.shutdown()
        for hot in self._tables.values():
            hot.abandon()


def _split(groups: list[Events], stop: int) -> tuple[list[Events], list[Events]]:
    """Events up to the first one of tick `stop` or later, and the rest."""
    for index, events in enumerate(groups):
        late = np.flatnonzero(events.tick >= stop)
        if len(late):
            first = int(late[0])
            rest = [events_slice(events, slice(first, None)), *groups[index + 1 :]]
            return [*groups[:index], *([events_slice(events, slice(first))] if first else [])], rest
    return groups, []
