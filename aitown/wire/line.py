"""What a client does about its link: PROTOCOL.md, "What a client does", with no socket and no clock.

What happens outside is told to a `Line`, with the time; what is to be done comes back as actions. `due` says when it
wants to be woken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import AitownError, BadMessage, NotAllowed, TownEnded, UnknownTown
from aitown.wire.codes import ABNORMAL, ENDED, EXPIRED, NO_SUCH_TOWN, NOT_ALLOWED, REPLACED, after_close
from aitown.wire.mirror import Applied, Mirror
from aitown.wire.position import HEARTBEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aitown.wire.position import Position

FIRST_DELAY = 1.0
MAX_BACKOFF = 30.0
STABLE = 5.0
"""Seconds that a socket must live, in sync, before the next failure counts as the first."""
CONNECT_WITHIN = 10.0
STATE_WITHIN = 2.0
PONG_WITHIN = 2.0
PATIENCE = 2.5
"""Heartbeats of silence after which a server is asked whether it is there."""
_LATER = 2
"""The step from which it goes on after an overload."""


@dataclass(frozen=True)
class Dial:
    """Open a socket with this query."""

    query: Mapping[str, str]


@dataclass(frozen=True)
class Send:
    """Write this message to the socket."""

    text: str


@dataclass(frozen=True)
class Ask:
    """Get `/state`; tell `answered`."""


@dataclass(frozen=True)
class Hang:
    """Give the socket up, and any request: nothing of it may be told any more."""

    code: int


@dataclass(frozen=True)
class Show:
    """There is a newer state."""

    payload: dict[str, Any]


@dataclass(frozen=True)
class Tell:
    """A message that carries no state."""

    message: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """Dialling again is of no use."""

    error: AitownError


Action = Dial | Send | Ask | Hang | Show | Tell | Stop


def delay(failures: int, uniform: float, longest: float = MAX_BACKOFF) -> float:
    """Seconds to wait before dial number `failures` + 1; `uniform` is a random number in [0, 1)."""
    ceiling: float = min(longest, FIRST_DELAY * 2 ** min(failures, 32))
    return ceiling * (0.1 + 0.9 * uniform)


@dataclass
class _Socket:
    opened_at: float | None = None
    heard_at: float = 0.0
    hb: float = HEARTBEAT
    synced: bool = False
    pinged_at: float | None = None


class Line:
    """One client's link to one town.

    Args:
        uniform: random numbers in [0, 1).
        query: what else to dial with, besides `v` and the position.
        longest: the longest wait between two dials, in seconds.
        may_refresh: credentials can be had anew; then 401 is worth one more dial.
    """

    def __init__(
        self,
        uniform: Callable[[], float],
        *,
        query: Mapping[str, str] | None = None,
        longest: float = MAX_BACKOFF,
        may_refresh: bool = False,
    ) -> None:
        self.mirror = Mirror()
        self.stopped = False
        self._uniform = uniform
        self._query = dict(query or {"delta": "1", "fmt": "auto"})
        self._longest = longest
        self._may_refresh = may_refresh
        self._refreshed = False
        self._failures = 0
        self._socket: _Socket | None = None
        self._asking = False
        self._timers: dict[str, float] = {}

    # what happens

    def start(self, now: float) -> list[Action]:
        """Begin: the first dial."""
        return self._dial(now)

    def due(self) -> float | None:
        """When `wake` wants to be called; None when nothing waits."""
        return min(self._timers.values(), default=None)

    def wake(self, now: float) -> list[Action]:
        """Do what is due."""
        out: list[Action] = []
        for name in sorted(name for name, at in self._timers.items() if at <= now):
            if self._timers.pop(name, now + 1) <= now and not self.stopped:
                out += getattr(self, f"_on_{name}")(now)
        return out

    def opened(self, now: float) -> list[Action]:
        """The socket is open."""
        assert self._socket is not None
        self._socket.opened_at = self._socket.heard_at = now
        self._timers.pop("connect", None)
        self._timers |= {"state": now + STATE_WITHIN, "silence": now + PATIENCE * self._socket.hb}
        return []

    def heard(self, message: dict[str, Any], now: float) -> list[Action]:
        """A message came over the socket."""
        socket = self._socket
        if socket is None:
            return []
        socket.heard_at, socket.pinged_at = now, None
        if isinstance(message.get("hb"), int | float) and message["hb"] > 0:
            socket.hb = message["hb"]
        self._timers["silence"] = now + PATIENCE * socket.hb
        kind = message.get("type")
        if kind == "resumed" and _position(message) == self.mirror.position:
            self._in_sync()
        if kind in ("hb", "pong") and message.get("epoch") and _position(message) != self.mirror.position:
            return [*self._resync(now), Tell(message)]
        if kind == "event":
            return [Tell({**message, "events": self.mirror.hear(message)})]
        if kind not in ("full_state", "state_update"):
            return [Tell(message)]
        return self._apply(message, now)

    def closed(self, code: int, reason: str, now: float) -> list[Action]:
        """The socket has closed, or the dial failed for want of a server (1006)."""
        socket, self._socket = self._socket, None
        self._asking = False
        self._timers.clear()
        if socket is None or self.stopped:
            return []
        if socket.synced and socket.opened_at is not None and now - socket.opened_at >= STABLE:
            self._failures = 0
        answer = after_close(code)
        if answer == "stop" or (answer == "refresh" and not self._refresh()):
            return self._stop(_error(code, reason))
        if answer == "later":
            self._failures = max(self._failures, _LATER)
        self._timers["dial"] = now + delay(self._failures, self._uniform(), self._longest)
        self._failures += 1
        return []

    def refused(self, error: AitownError, now: float) -> list[Action]:
        """The server answered the dial, and not with a socket."""
        if isinstance(error, NotAllowed) and self._refresh():
            return self.closed(ABNORMAL, "", now)
        self._socket = None
        return self._stop(error)

    def answered(self, message: dict[str, Any] | None, now: float) -> list[Action]:
        """`/state` answered with this, or with nothing of use."""
        asked, self._asking = self._asking, False
        return self._apply(message, now) if asked and message is not None and not self.stopped else []

    # what is done

    def _dial(self, now: float) -> list[Action]:
        self._socket = _Socket()
        self._timers = {"connect": now + CONNECT_WITHIN}
        return [Dial({"v": "1", **self._query, **_have(self.mirror)})]

    _on_dial = _dial

    def _on_connect(self, now: float) -> list[Action]:
        return [Hang(REPLACED), *self.closed(REPLACED, "no answer", now)]

    def _on_state(self, _: float) -> list[Action]:
        if self._asking:
            return []
        self._asking = True
        return [Ask()]

    def _on_silence(self, now: float) -> list[Action]:
        socket = self._socket
        assert socket is not None, "timers go with their socket"
        if socket.pinged_at is not None:
            return [Hang(REPLACED), *self.closed(REPLACED, "the server went silent", now)]
        socket.pinged_at = now
        self._timers["silence"] = now + PONG_WITHIN
        seq = self.mirror.position.seq if self.mirror.position else 0
        return [_send(type="ping", seq=seq)]

    def _apply(self, message: dict[str, Any], now: float) -> list[Action]:
        applied = self.mirror.apply(message)
        if applied is Applied.RESYNC:
            return self._resync(now)
        if applied is Applied.OLD:
            return []
        self._in_sync()
        payload = self.mirror.payload
        assert payload is not None, "a new state is there"
        return [Show(payload)]

    def _resync(self, now: float) -> list[Action]:
        """Ask in band what is missing; `/state` if that is not answered."""
        if self._socket is None or "resync" in self._timers:
            return []
        self._timers["resync"] = now + STATE_WITHIN
        have: Position | None = self.mirror.position
        epoch, seq = ("", 0) if have is None or self.mirror.lost else have
        return [_send(type="resync", epoch=epoch, seq=seq)]

    _on_resync = _on_state

    def _in_sync(self) -> None:
        self._asking = self._refreshed = False
        self._timers.pop("state", None)
        self._timers.pop("resync", None)
        if self._socket is not None:
            self._socket.synced = True

    def _refresh(self) -> bool:
        first = self._may_refresh and not self._refreshed
        self._refreshed = True
        return first

    def _stop(self, error: AitownError) -> list[Action]:
        self.stopped = True
        self._timers.clear()
        return [Stop(error)]


def _position(message: Mapping[str, Any]) -> tuple[Any, Any]:
    return message.get("epoch"), message.get("seq")


def _have(mirror: Mirror) -> dict[str, str]:
    query: dict[str, str] = {}
    if mirror.position is not None:
        query |= {"epoch": mirror.position.epoch, "seq": str(mirror.position.seq)}
    if mirror.event is not None:
        query["event"] = str(mirror.event)
    return query


def _send(**message: Any) -> Send:
    return Send(orjson.dumps(message).decode())


def _error(code: int, reason: str) -> AitownError:
    kinds: Mapping[int, type[AitownError]] = {
        NO_SUCH_TOWN: UnknownTown,
        ENDED: TownEnded,
        EXPIRED: NotAllowed,
        NOT_ALLOWED: NotAllowed,
    }
    return kinds.get(code, BadMessage)(reason or f"the server closed the socket with {code}.", "See PROTOCOL.md.")
