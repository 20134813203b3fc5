"""Bring a run that was interrupted at any moment back to its watermark: the newest tick that all tables have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aitown.errors import DamagedRun
from aitown.history import checkpoints, kept, layout, parts
from aitown.history.layout import CHECKPOINTS, EVENTS, Part
from aitown.history.tail import HotReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True)
class Recovered:
    """Where writing goes on: the first tick not yet written, the next event's id, the next hot file of each table."""

    stop: int
    event_count: int
    numbers: Mapping[str, int]


def check_parts(folder: Path, found: list[Part]) -> int:
    """The tick at which the parts end, when none is missing.

    Raises:
        DamagedRun: otherwise.
    """
    stop = 0
    for number, part in enumerate(found):
        if part.number != number or part.start != stop:
            raise DamagedRun(
                f"{folder}: a part is missing before {part.file}.", "Restore the folder from a copy of the run."
            )
        stop = part.stop
    return stop


def hot_readers(hot: Mapping[int, Path], number: int, stop: int, schema: pa.Schema) -> dict[int, HotReader]:
    """The good prefix of the hot files that follow one another from `number` on."""
    readers: dict[int, HotReader] = {}
    while number in hot:
        reader = HotReader(hot[number], schema, stop)
        reader.poll()
        readers[number] = reader
        if reader.torn:
            break
        number, stop = number + 1, reader.stop
    return readers


def recover(folder: Path, schemas: Mapping[str, pa.Schema]) -> Recovered:
    """Drop what is unfinished or beyond the watermark, seal the rest. May itself be interrupted and run again.

    Raises:
        DamagedRun: when sealed data is missing, or reaches further than another table.
    """
    layout.drop_unfinished(folder)
    ends: dict[str, int] = {}
    readers: dict[str, dict[int, HotReader]] = {}
    for table, schema in schemas.items():
        layout.drop_unfinished(folder / table)
        found, hot = layout.listing(folder / table)
        ends[table] = check_parts(folder / table, found)
        readers[table] = hot_readers(hot, len(found), ends[table], schema)
    reached = {t: next((r.stop for r in reversed(readers[t].values())), ends[t]) for t in schemas}
    stop = min(reached.values())
    for table, end in ends.items():
        if end > stop:
            short = min(reached, key=lambda name: reached[name])
            raise DamagedRun(
                f"{folder}: {short} is damaged after tick {stop - 1}, but {table} is whole up to tick {end - 1}.",
                "Read it with aitown.load; to go on, start a new run.",
            )
    numbers = {table: _seal(folder / table, schema, readers[table], stop) for table, schema in schemas.items()}
    layout.drop_unfinished(folder / CHECKPOINTS)
    checkpoints.drop_after(folder / CHECKPOINTS, stop - 1)
    kept.cut(folder, stop)
    sealed = layout.listing(folder / EVENTS)[0]
    count = sum(parts.rows(folder / EVENTS / part.file) for part in sealed)
    return Recovered(stop, count, numbers)


def _seal(folder: Path, schema: pa.Schema, readers: Mapping[int, HotReader], stop: int) -> int:
    number = len(layout.listing(folder)[0])
    for reader in readers.values():
        kept = [batch for batch in reader.batches if batch.stop <= stop]
        if not kept:
            break
        parts.seal(folder, number, schema, kept)
        number += 1
    for path in folder.glob("*.arrows"):
        path.unlink()
    layout.sync_folder(folder)
    return number
