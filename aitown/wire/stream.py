"""What the viewers of one town may be shown: the newest state, the newest events, the status.

State is not a log: only the newest frame is kept, and whoever is behind gets that one. Each message is made when the
first viewer asks for it and shared by all others; with no viewer nothing is encoded.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from aitown.wire.payload import Hello, Payload, Voices
from aitown.wire.websocket import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from aitown.columns import Frame, Schema

HEARTBEAT = 10
"""Seconds of quiet after which a viewer that asked is sent `hb`."""

EVENTS_KEPT = 2_000
"""Most events kept for viewers that are behind; older ones are in the history."""


class Status(NamedTuple):
    """How a town is: `state` of its process, `phase` and `speed` of its loop, `reason` when it failed."""

    state: str = "starting"
    phase: str = "starting"
    speed: float = 0.0
    reason: str = ""


class Position(NamedTuple):
    """A place in the stream: `seq` rises strictly within an `epoch`."""

    epoch: str
    seq: int


class _Life(NamedTuple):
    epoch: str
    payload: Payload
    voices: Voices


class Stream:
    """The town as its viewers see it. Not a line of it knows what a viewer is."""

    def __init__(self) -> None:
        self.status = Status()
        self.status_version = 0
        self.event_count = 0
        self.seq = 0
        self.frame: Frame | None = None
        self.clock = ""
        self._events: deque[Mapping[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._life: _Life | None = None
        self._next: _Life | None = None
        self._payload: bytes | None = None
        self._made: dict[Hashable, Text] = {}

    @property
    def position(self) -> Position | None:
        """Where the newest state stands; None when there is none."""
        return Position(self._life.epoch, self.seq) if self._life else None

    @property
    def schema(self) -> Schema | None:
        """The columns of the frames that are to come."""
        life = self._next or self._life
        return life.payload.schema if life else None

    # what comes from the town

    def begin(self, epoch: str, hello: Hello) -> None:
        """A process has said hello; the epoch changes when its first frame comes.

        Raises:
            BadMessage: for a hello that can't be used.
        """
        payload = Payload(hello)
        self._next = _Life(epoch, payload, Voices(payload.tick_seconds))

    def show(self, frame: Frame, clock: str) -> None:
        """This is the newest state now."""
        if self._next:
            self._life, self._next = self._next, None
            self.seq = 0
        assert self._life is not None, "no frame comes before the hello"
        self.seq += 1
        self.frame = frame
        self.clock = clock
        self._payload = None
        self._made.clear()

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """These rows of the logs are new."""
        for event in events:
            self._events.append(event)
            self.event_count += 1
        life = self._next or self._life
        if life:
            life.voices.hear(events)
        self._made.clear()

    def set_status(self, status: Status) -> bool:
        """True when that is news."""
        if status == self.status:
            return False
        self.status = status
        self.status_version += 1
        self._made.clear()
        return True

    # what goes to viewers: JSON texts

    def full_state(self) -> Text:
        """The whole state with all that a client may want to know of it."""
        return self._once("full", self._make_full)

    def plain(self, kind: str) -> Text:
        """`full_state` or `state_update` for a client that asks for nothing: the whole state and nothing beside it."""
        return self._once(
            kind, lambda: b'{"type":"%b","payload":%b}' % (kind.encode(), self._living.payload.with_map(self._state()))
        )

    def state_update(self) -> Text:
        """The whole state but the map, which never changes within an epoch."""
        return self._once(
            "update", lambda: b'{"type":"state_update","payload":%b,%b}' % (self._state(), self._place_in_stream())
        )

    def events_since(self, count: int) -> Text:
        """The events after the first `count`, as far as they are kept."""
        return self._once(
            ("events", count), lambda: orjson.dumps({"type": "event", "events": self._newest(self.event_count - count)})
        )

    def status_message(self) -> Text:
        """The status by itself."""
        return self._once("status", lambda: orjson.dumps({"type": "status", **self.status._asdict()}))

    def npc(self, npc: int) -> dict[str, Any] | None:
        """The newest row of one NPC, or None when it isn't shown."""
        if self.frame is None:
            return None
        return self._living.payload.npc(self.frame, npc, self._saying())

    # how

    @property
    def _living(self) -> _Life:
        assert self._life is not None, "asked for a state before the first frame"
        return self._life

    def _saying(self) -> dict[int, str]:
        assert self.frame is not None
        return self._living.voices.at(self.frame.tick)

    def _state(self) -> bytes:
        if self._payload is None:
            assert self.frame is not None
            self._payload = self._living.payload.encode(self.frame, self.clock, self._saying())
        return self._payload

    def _place_in_stream(self) -> bytes:
        return b'"epoch":"%b","seq":%d' % (self._living.epoch.encode(), self.seq)

    def _make_full(self) -> bytes:
        payload = self._living.payload
        return b'{"type":"full_state","payload":%b,%b,"hb":%d,"schema":%b,"start":%b,"status":%b}' % (
            payload.with_map(self._state()),
            self._place_in_stream(),
            HEARTBEAT,
            payload.schema_json,
            orjson.dumps(payload.start),
            orjson.dumps(self.status._asdict()),
        )

    def _newest(self, count: int) -> list[Mapping[str, Any]]:
        return list(islice(self._events, max(0, len(self._events) - count), None))

    def _once(self, key: Hashable, make: Callable[[], bytes]) -> Text:
        if key not in self._made:
            self._made[key] = Text(make())
        return self._made[key]
