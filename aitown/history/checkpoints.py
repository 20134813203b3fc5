"""Checkpoints: the whole mutable state at a tick, as `.npz`, of which the newest few are kept."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from aitown.history.layout import publish, sync_folder, unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aitown.columns import Array

KEPT = 3

_NAME = re.compile(r"(\d{10,})\.npz")


def ticks(folder: Path) -> list[int]:
    """The ticks of the checkpoints that are there, rising."""
    return sorted(int(found[1]) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name)))


def _path(folder: Path, tick: int) -> Path:
    return folder / f"{tick:010d}.npz"


def write(folder: Path, tick: int, arrays: Mapping[str, Array]) -> None:
    """Write one and drop the oldest. Durable when it returns."""
    path = _path(folder, tick)
    temporary = unfinished(path)
    with temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    publish(temporary, path)
    for old in ticks(folder)[:-KEPT]:
        _path(folder, old).unlink(missing_ok=True)
    sync_folder(folder)


def newest(folder: Path, at_most: int | None = None) -> tuple[int, dict[str, Array]] | None:
    """The newest readable checkpoint, not after tick `at_most`. A damaged one counts as not there."""
    for tick in reversed(ticks(folder)):
        if at_most is not None and tick > at_most:
            continue
        try:
            with np.load(_path(folder, tick), allow_pickle=False) as arrays:
                return tick, {name: arrays[name] for name in arrays.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
            continue
    return None


def drop_after(folder: Path, tick: int) -> None:
    """Remove checkpoints of a future that was lost."""
    for late in ticks(folder):
        if late > tick:
            _path(folder, late).unlink()
    sync_folder(folder)
