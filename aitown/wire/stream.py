"""The town as its viewers follow it: the newest state, the newest events, the status.

State is not a log: only the newest frame is kept, and whoever is behind gets that one. A state is made when the first
viewer asks for it; with no viewer nothing is compared and nothing encoded.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from aitown.wire.payload import Hello, Payload
from aitown.wire.position import Position, Status
from aitown.wire.state import State
from aitown.wire.voices import Voices
from aitown.wire.websocket import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aitown.columns import Array, Frame, Schema

EVENTS_KEPT = 2_000
"""Most events kept for viewers that are behind; older ones are in the history."""


class _Life(NamedTuple):
    epoch: str
    payload: Payload
    voices: Voices
    first_event: int


class Stream:
    """What there is to see. Not a line of it knows what a viewer is."""

    def __init__(self) -> None:
        self.status = Status()
        self.status_version = 0
        self.next_event = 0
        self.told = 0
        self.seq = 0
        self.frame: Frame | None = None
        self.clock = ""
        self._events: deque[tuple[int, Mapping[str, Any]]] = deque(maxlen=EVENTS_KEPT)
        self._early: list[Mapping[str, Any]] = []
        self._life: _Life | None = None
        self._next: _Life | None = None
        self._newest: State | None = None
        self._messages: dict[tuple[int, int], Prepared] = {}
        self._status_message: Prepared | None = None

    @property
    def position(self) -> Position | None:
        """Where the newest state stands; None when there is none."""
        return Position(self._life.epoch, self.seq) if self._life else None

    @property
    def schema(self) -> Schema | None:
        """The columns of the frames that are to come."""
        life = self._next or self._life
        return life.payload.schema if life else None

    @property
    def npcs(self) -> int:
        """How many NPCs the town has."""
        life = self._life or self._next
        return life.payload.npcs if life else 0

    # what comes from the town

    def begin(self, epoch: str, hello: Hello) -> None:
        """A process has said hello; the epoch changes when its first frame comes.

        Events after the tick with which it begins are forgotten: they will come again, perhaps others.

        Raises:
            BadMessage: for a hello that can't be used.
        """
        payload = Payload(hello)
        tick = hello.get("tick", 0)
        while self._events and self._events[-1][1]["tick"] > tick:
            self.next_event = self._events.pop()[1]["id"]
        self._messages.clear()
        self._early.clear()
        voices = Voices(payload.tick_seconds)
        voices.hear(event for _, event in self._events)
        self._next = _Life(epoch, payload, voices, self.next_event)

    def join(self, people: Iterable[Mapping[str, Any]]) -> None:
        """These have moved in, `{npc, persona}` each; said before the first frame with them."""
        names = {int(one["npc"]): str(one["persona"]["name"]) for one in people}
        if names and self._next:
            self._next = self._next._replace(payload=self._next.payload.with_more(names, 1))
        elif names and self._life:
            self._life = self._life._replace(payload=self._life.payload.with_more(names, self.seq + 1))

    def show(self, frame: Frame, clock: str) -> None:
        """This is the newest state now."""
        if self._next:
            self._life, self._next = self._next, None
            self.seq = 0
            self._newest = None
            early, self._early = self._early, []
            self.tell(early)
        assert self._life is not None, "no frame comes before the hello"
        self.seq += 1
        self.frame = frame
        self.clock = clock

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """These rows of the logs are new; those known already are passed over."""
        if self._next:
            self._early += events  # they belong to a state that nobody can see yet
            return
        new = [event for event in events if event["id"] >= self.next_event]
        if not new:
            return
        self._events.extend(enumerate(new, self.told))
        self.told += len(new)
        self.next_event = new[-1]["id"] + 1
        self._messages.clear()
        if self._life:
            self._life.voices.hear(new)

    def set_status(self, status: Status) -> bool:
        """True when that is news."""
        if status == self.status:
            return False
        self.status = status
        self.status_version += 1
        self._status_message = None
        return True

    # what goes to viewers

    def state(self) -> State:
        """The newest state; there is a `position` when there is one."""
        life, frame, before = self._life, self.frame, self._newest
        assert life is not None, "asked for a state before the first frame"
        assert frame is not None, "a life begins with its first frame"
        if before is not None and before.position.seq == self.seq:
            return before
        saying = life.voices.at(frame.tick)
        position = Position(life.epoch, self.seq)
        changed = {table: _changed(before, table, values, self.seq) for table, values in frame.tables.items()}
        if before is not None and saying != before.saying:
            npcs = {npc for npc, _ in saying.items() ^ before.saying.items()}
            changed["npcs"][list(npcs)] = self.seq
        self._newest = State(life.payload, position, frame, self.clock, saying, changed, life.first_event)
        return self._newest

    def told_before(self, event: int, epoch: str | None) -> tuple[int, int]:
        """Where to go on after a break: how many events had been told, and the id that follows.

        Args:
            event: the id that the viewer waits for.
            epoch: of the state that it has; in another one it is told again what this one began with.
        """
        life = self._life
        if life and epoch not in (None, life.epoch):
            event = min(event, life.first_event)
        return next((number for number, kept in self._events if kept["id"] >= event), self.told), event

    def events_since(self, told: int, event: int) -> Prepared:
        """The events after the first `told`, as far as they are kept; `event` is the id that was to come next."""
        key = (told, event)
        if key not in self._messages:
            rows = [row for _, row in takewhile(lambda kept: kept[0] >= told, reversed(self._events))][::-1]
            missed = rows[-1]["id"] + 1 - min(event, rows[0]["id"]) - len(rows) if rows else 0
            said = {"type": "event", "events": rows, "next": self.next_event, "missed": missed}
            self._messages[key] = Prepared(orjson.dumps(said))
        return self._messages[key]

    def status_message(self) -> Prepared:
        """The status by itself."""
        if self._status_message is None:
            self._status_message = Prepared(orjson.dumps({"type": "status", **self.status.to_json()}))
        return self._status_message


def _changed(before: State | None, table: str, values: Mapping[str, Array], seq: int) -> Array:
    """For each row the `seq` that last changed it, now that the table has these values."""
    rows = len(next(iter(values.values()))) if values else 0
    if before is None:
        return np.full(rows, seq, np.int64)
    known = len(before.changed[table])
    changed = np.full(rows, seq, np.int64)
    changed[:known] = before.changed[table]
    old = before.frame.tables[table]
    different = np.arange(rows) >= known
    for name, column in values.items():
        different[:known] |= column[:known] != old[name]
    changed[different] = seq
    return changed
