"""One writer a run: an exclusive `flock` on the file `lock`, which the kernel lets go when the process dies.

`flock` and not POSIX record locks: those vanish when any part of the same process closes the file, a reader for one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from aitown.errors import RunError
from aitown.history.layout import LOCK

if TYPE_CHECKING:
    from pathlib import Path

# A reader that asks whether the lock is held takes it, shared, for some microseconds.
_PATIENCE = 0.5


class WriterLock:
    """Held from construction to `release`.

    Raises:
        RunError: when another writer has it, or the folder can't be written to.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise RunError(f"{folder} can't be written to: {error.strerror}.", "Check its permissions.") from error
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    owner = os.read(self._handle, 32).decode(errors="replace").strip()
                    os.close(self._handle)
                    raise RunError(
                        f"{folder} is being written by process {owner or 'unknown'}.",
                        "Stop the town that writes it, or give another folder.",
                    ) from None
                time.sleep(0.005)
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def is_locked(folder: Path) -> bool:
    """Whether a process is writing the run."""
    try:
        handle = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
        return True
    finally:
        os.close(handle)
