"""How long a process has been silent of its own accord."""

from __future__ import annotations

import contextlib
from pathlib import Path

UNREMARKABLE = 2.0
"""Seconds of silence that are looked into no further; a town that is well says something each second."""
_NANOSECONDS = 1e9


class Silence:
    """What a process waited for a processor isn't held against it, as a busy machine may keep it waiting for minutes.

    Only Linux says how long that was; elsewhere all silence counts. The measure is the thread that waited longest.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self._since: float | None = None
        self._before: dict[str, float] = {}

    def lasts(self, heard: float, now: float) -> float:
        """Seconds from `heard`, when it said something last, to `now`, less those that it waited for a processor.

        Ask about once a second: the waiting is counted from the first time that is asked after `UNREMARKABLE` seconds.
        """
        silent = now - heard
        if silent < UNREMARKABLE:
            return silent
        waited = self._waited()
        if self._since != heard:
            self._since, self._before = heard, waited
        return silent - max((waited[thread] - self._before.get(thread, 0.0) for thread in waited), default=0.0)

    def _waited(self) -> dict[str, float]:
        """Seconds that each thread was ready to run and didn't, since it began."""
        found = {}
        with contextlib.suppress(OSError):
            for thread in self._threads.iterdir():
                with contextlib.suppress(OSError, ValueError, IndexError):  # a thread that has ended, another system
                    found[thread.name] = int((thread / "schedstat").read_text().split()[1]) / _NANOSECONDS
        return found
