"""Events on their way from a town to whoever asks for them: the newest, bounded."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aitown.town.recording import joined

if TYPE_CHECKING:
    from aitown.columns import Events


class News:
    """Stretches of the event log, of which the oldest are dropped when there are too many events."""

    def __init__(self) -> None:
        self._parts: deque[Events] = deque()
        self._count = 0

    def add(self, events: Events, most: int) -> None:
        """Keep these too, and of all of them about the newest `most`."""
        if not len(events):
            return
        self._parts.append(events)
        self._count += len(events)
        while len(self._parts) > 1 and self._count > most:
            self._count -= len(self._parts.popleft())

    def take(self) -> Events:
        """All that is kept; it is kept no longer."""
        found = joined(list(self._parts))
        self._parts.clear()
        self._count = 0
        return found
