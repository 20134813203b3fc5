"""Checkpoints: the whole mutable state at a tick, as `.npz`, dense near the newest tick and ever sparser before it.

So a fork far back needn't run from the start, and their number grows with the logarithm of the run's length.
"""

from __future__ import annotations

import itertools
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from aitown.history.layout import publish, sync_folder, unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aitown.columns import Array

KEPT = 3
"""So many of the newest are always kept, in case one of them is damaged."""

_CRC = "crc32"
_DAMAGED = (
    OSError, ValueError, TypeError, EOFError, KeyError, RuntimeError, MemoryError, OverflowError, struct.error,
    zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What zipfile and numpy raise for a file in which any one bit is another: "encrypted", "unknown method", …"""

_NAME = re.compile(r"(\d{10,})\.npz")


def ticks(folder: Path) -> list[int]:
    """The ticks of the checkpoints that are there, rising."""
    return sorted(int(found[1]) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name)))


def _path(folder: Path, tick: int) -> Path:
    return folder / f"{tick:010d}.npz"


def spare(there: Sequence[int]) -> list[int]:
    """Those of the checkpoints at some rising ticks that can go.

    One goes when the gap that it leaves is no longer than the way from the gap's end to the newest: so what has to be
    run again to reach a tick is never more than what lies between that tick and now, or between two that were written
    one after the other. Of those that stay, every second is less than half as old as the one two before it, so there
    are at most about twice the binary logarithm of the run's length in distances of writing. The first one always
    stays: a run that began to be recorded late can't be run again from tick 0.
    """
    out = []
    before = there[0] if there else 0
    for tick, after in itertools.pairwise(there[1 : len(there) - KEPT + 1]):
        if after - before <= there[-1] - after:
            out.append(tick)
        else:
            before = tick
    return out


def write(folder: Path, tick: int, arrays: Mapping[str, Array]) -> None:
    """Write one and drop those that can go. Durable when it returns."""
    path = _path(folder, tick)
    temporary = unfinished(path)
    with temporary.open("wb") as file:
        np.savez(file, **{**arrays, _CRC: np.array(_checksum(arrays), np.uint32)})  # type: ignore[arg-type]
    publish(temporary, path)
    for old in spare(ticks(folder)):
        _path(folder, old).unlink(missing_ok=True)
    sync_folder(folder)


def newest(folder: Path, at_most: int | None = None) -> tuple[int, dict[str, Array]] | None:
    """The newest readable checkpoint, not after tick `at_most`. A damaged one counts as not there."""
    for tick in reversed(ticks(folder)):
        if at_most is not None and tick > at_most:
            continue
        try:
            # Opened here, as numpy leaves open what it opened and can't read.
            with _path(folder, tick).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
            if int(found.pop(_CRC)) == _checksum(found):
                return tick, found
        except _DAMAGED:
            continue
    return None


def _checksum(arrays: Mapping[str, Array]) -> int:
    """crc32 of names, types, shapes and values: the archive has one of each member, but none of what members it has."""
    crc = 0
    for name in sorted(arrays):
        values = arrays[name]
        crc = zlib.crc32(f"{name} {values.dtype.str} {values.shape};".encode(), crc)
        crc = zlib.crc32(values.tobytes(), crc)
    return crc


def drop_after(folder: Path, tick: int) -> None:
    """Remove checkpoints of a future that was lost."""
    for late in ticks(folder):
        if late > tick:
            _path(folder, late).unlink()
    sync_folder(folder)
