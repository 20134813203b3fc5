"""What the disk refuses, said as one of our errors: no permission, a disk that fails, a share that has gone."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from aitown.errors import DamagedRun, UnknownRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def refusal(path: Path, error: OSError) -> DamagedRun:
    """The error for a file or folder of a run that can't be read."""
    remedy = "Restore it from a copy of the run."
    if isinstance(error, PermissionError):
        remedy = "Ask whoever it belongs to for the right to read it (chmod -R a+rX on the run's folder)."
    elif not isinstance(error, FileNotFoundError):
        remedy = "Check the disk that it lies on."
    reason = os.strerror(error.errno) if error.errno else error  # Arrow puts a whole story into `strerror`
    return DamagedRun(f"{error.filename or path} can't be read: {reason}.", remedy)


@contextlib.contextmanager
def told(run: Path, path: Path, *, passing: tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Around the reading of something of a run.

    Args:
        run: its folder.
        path: what is read, for refusals that don't name it.
        passing: those that the caller knows what to do with.

    Raises:
        UnknownRun: when the whole folder has gone.
        DamagedRun: when something can't be read.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, passing):
            raise
        if isinstance(error, FileNotFoundError) and not _is_there(run):
            raise gone(run) from error
        raise refusal(path, error) from error


def gone(run: Path) -> UnknownRun:
    """The error for a run that was deleted or moved while it was read."""
    return UnknownRun(f"{run} is not there any more.", "`aitown runs` lists the runs.")


def _is_there(run: Path) -> bool:
    try:
        run.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
