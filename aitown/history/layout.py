"""The run folder: what is called what, and how a file gets its name only when it is whole.

    manifest.json     what the run is; written anew at the start and the end of each writing
    map.json          personas.json
    inputs.jsonl      the journal, one input a line (journal.py)
    lock              held by the process that writes (lock.py)
    npcs/ places/ events/
        000003-0000040000-0000080000-9f3a2b1c.parquet    a sealed part: number, ticks [start, stop), crc32 of its footer
        000004.arrows                                    the hot file: an Arrow stream of checksummed batches (tail.py)
    checkpoints/0000042000.npz
    metrics/lonely.000000-1c9f3a2b.parquet             a researcher's metric that was recorded (kept.py)

A table's hot file of number n becomes its part of number n. What a part covers is decided by numbers, never by ticks:
hot files up to the number of the newest part are leftovers, which a reader ignores.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
MANIFEST, MAP, PERSONAS = "manifest.json", "map.json", "personas.json"
JOURNAL, LOCK, CHECKPOINTS = "inputs.jsonl", "lock", "checkpoints"
EVENTS = "events"
METRICS = "metrics"
UNFINISHED = ".tmp"

_PART = re.compile(r"(\d{6,})-(\d{10,})-(\d{10,})-([0-9a-f]{8})\.parquet")
_HOT = re.compile(r"(\d{6,})\.arrows")


@dataclass(frozen=True, order=True)
class Part:
    """A sealed part: its number, its ticks `[start, stop)` and the crc32 of its Parquet footer."""

    number: int
    start: int
    stop: int
    crc: int

    @property
    def file(self) -> str:
        return f"{self.number:06d}-{self.start:010d}-{self.stop:010d}-{self.crc:08x}.parquet"


def hot_file(number: int) -> str:
    return f"{number:06d}.arrows"


def listing(folder: Path) -> tuple[list[Part], dict[int, Path]]:
    """Parts in order, and the hot files that are newer than the newest of them, by number."""
    parts: dict[int, Part] = {}
    hot: dict[int, Path] = {}
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if found := _PART.fullmatch(name):
            part = Part(int(found[1]), int(found[2]), int(found[3]), int(found[4], 16))
            parts[part.number] = part
        elif found := _HOT.fullmatch(name):
            hot[int(found[1])] = folder / name
    newest = max(parts, default=-1)
    return [parts[number] for number in sorted(parts)], {n: hot[n] for n in sorted(hot) if n > newest}


def sync_folder(folder: Path) -> None:
    """Names created, renamed or removed in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unfinished(path: Path) -> Path:
    """The name that a file has until it is whole."""
    return path.with_name(path.name + UNFINISHED)


def publish(temporary: Path, path: Path) -> None:
    """Give a finished temporary file its name: after a crash there is the old file or the new one, never a half."""
    sync_file(temporary)
    temporary.replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen half-written."""
    temporary = unfinished(path)
    temporary.write_bytes(data)
    publish(temporary, path)


def write_all(handle: int, data: bytes | memoryview) -> None:
    """`os.write` until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def drop_unfinished(folder: Path) -> None:
    """Remove what a crash left half-written."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def near(place: str | Path) -> str:
    """Where a run is, for what is shown and so kept in notebooks: from the current folder on, if it is below that.

    Of a run of a server no more than that.
    """
    if "://" in str(place):
        return "on its server"
    whole, here = Path(place).absolute(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(place)
