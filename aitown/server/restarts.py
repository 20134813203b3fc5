"""When a town's process that died is started again."""

from __future__ import annotations

from typing import NamedTuple

LIMIT = 5
"""Most restarts in a row."""
STABLE = 10.0
"""Seconds that a process must live for the next death to count as the first."""
_FIRST_DELAY = 0.5
_MAX_DELAY = 8.0


class Death(NamedTuple):
    """How a process ended: a sentence, the last tick known, seconds lived, and whether it was killed from outside.

    `lasting` is a reason that another start doesn't take away: a disk that is full, a folder that is gone.
    """

    reason: str
    tick: int
    lived: float
    killed: bool
    lasting: bool = False


class Restarts:
    """At most `LIMIT` in a row, and never a third try of a tick at which the town failed twice.

    A kill from outside says nothing about the tick at which it struck, so it only counts towards the limit.
    """

    def __init__(self) -> None:
        self.count = 0
        self._failed_tick: int | None = None

    def delay_after(self, death: Death) -> float | None:
        """Seconds to wait before the next start; None to give up."""
        if death.lasting:
            return None
        if death.lived >= STABLE:
            self.count = 0
        self.count += 1
        if not death.killed:
            if death.tick == self._failed_tick:
                return None
            self._failed_tick = death.tick
        if self.count > LIMIT:
            return None
        return 0.0 if self.count == 1 else min(_MAX_DELAY, _FIRST_DELAY * 2 ** (self.count - 2))
