"""The socket of PROTOCOL.md over a notebook's comm: for pages that have no server but a kernel.

Two rules. A comm drops what comes too fast, and its other end may be gone without a word, so a lane has two batches on
the way at most; whatever happened meanwhile goes into the next, the state as one message and the events all. And a lane
is named by its page, as every view of a widget hears everything that its kernel says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aitown.errors import AitownError, BadMessage, TooMany
from aitown.wire.dial import Dial
from aitown.wire.position import HEARTBEAT
from aitown.wire.session import Request, Session
from aitown.wire.websocket import BINARY

if TYPE_CHECKING:
    from aitown.wire.stream import Stream
    from aitown.wire.websocket import Prepared

Send = Callable[[dict[str, Any], list[bytes]], None]
"""Sends a message and its buffers to the pages of one widget."""

WINDOW = 2
"""Batches on the way."""
MOST = 32
"""Lanes of one town; the one that was silent longest gives way."""
_BAD_MESSAGE, _TOO_SLOW = 4400, 4408
_LONGEST_NAME = 60


def name_of(content: Any) -> str | None:
    """The name of the lane that a message of a page is for; None for what isn't meant for lanes."""
    name = content.get("aitown") if isinstance(content, Mapping) else None
    return name if isinstance(name, str) and len(name) <= _LONGEST_NAME else None


class Batches:
    """What goes to one page, in batches that it acknowledges."""

    def __init__(self, name: str, send: Send) -> None:
        self._name = name
        self._send = send
        self._sent = 0
        self._had = 0

    @property
    def full(self) -> bool:
        """As much is on the way as may be."""
        return self._sent - self._had >= WINDOW

    def ack(self, number: Any) -> None:
        """The page has all up to this batch."""
        if isinstance(number, int) and self._had < number <= self._sent:
            self._had = number

    def send(self, messages: Sequence[str | bytes]) -> None:
        """Send a batch of texts and binary messages."""
        self._sent += 1
        parts = [one if isinstance(one, str) else None for one in messages]
        buffers = [one for one in messages if isinstance(one, bytes)]
        self._send({"aitown": self._name, "n": self._sent, "parts": parts}, buffers)

    def say(self, kind: str, **fields: Any) -> None:
        """Tell the page something about the lane itself."""
        self._send({"aitown": self._name, kind: fields}, [])


class Lane(Batches):
    """One page's link to a stream of this process."""

    def __init__(self, name: str, dial: Dial, send: Send, rights: tuple[str, ...]) -> None:
        super().__init__(name, send)
        self.session = Session(dial, rights=rights)
        self.heard_at = 0.0
        self.sent_at = 0.0

    def put(self, messages: list[Prepared], now: float) -> None:
        """Send a batch of what was prepared for many."""
        self.sent_at = now
        self.send([one.data if one.opcode == BINARY else one.data.decode() for one in messages])


class Lanes:
    """All pages that watch a stream over comms. May be called from any thread.

    Args:
        stream: what there is to see; it changes under `lock` alone.
        rights: of who has the notebook.
    """

    def __init__(self, stream: Stream, rights: tuple[str, ...] = ("read", "execute")) -> None:
        self.lock = threading.RLock()
        self._stream = stream
        self._rights = rights
        self._lanes: dict[str, Lane] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def receive(self, content: Any, send: Send, now: float) -> tuple[Lane, Request] | None:
        """Take what a page says; what has to be done for it, if anything. What isn't meant for lanes is passed over."""
        name = name_of(content)
        if name is None:
            return None
        with self.lock:
            if "dial" in content:
                self._dial(name, content["dial"], send, now)
                return None
            lane = self._lanes.get(name)
            if lane is None:
                send({"aitown": name, "close": {"code": 1012, "reason": "the kernel has begun anew"}}, [])
                return None
            lane.heard_at = now
            return self._take(name, lane, content, now)

    def flush(self, now: float) -> None:
        """Send every page what it is owed, as far as there is room on the way."""
        with self.lock:
            for lane in list(self._lanes.values()):
                self._serve(lane, now)

    def beat(self, now: float) -> None:
        """Show quiet links to be alive."""
        with self.lock:
            for lane in self._lanes.values():
                if lane.session.wants_beat and not lane.full and now - lane.sent_at >= HEARTBEAT:
                    lane.put([lane.session.mark("hb")], now)

    def answer(self, lane: Lane, kind: str, now: float, **fields: Any) -> None:
        """Answer a request."""
        with self.lock:
            lane.session.answer(kind, **fields)
            self._serve(lane, now)

    def close(self, code: int, reason: str) -> None:
        """The town is gone."""
        with self.lock:
            for lane in self._lanes.values():
                lane.say("close", code=code, reason=reason)
            self._lanes.clear()

    def _dial(self, name: str, query: Any, send: Send, now: float) -> None:
        try:
            dial = Dial.parse(dict(parse_qsl(query if isinstance(query, str) else "")))
        except AitownError as error:
            send({"aitown": name, "close": {"code": _BAD_MESSAGE, "reason": error.message}}, [])
            return
        while len(self._lanes) >= MOST:
            del self._lanes[min(self._lanes, key=lambda other: self._lanes[other].heard_at)]
        lane = self._lanes[name] = Lane(name, dial, send, self._rights)
        lane.heard_at = now
        lane.say("open")
        self._serve(lane, now)

    def _take(self, name: str, lane: Lane, content: Mapping[str, Any], now: float) -> tuple[Lane, Request] | None:
        wish = None
        if "close" in content:
            del self._lanes[name]
            return None
        if "ack" in content:
            lane.ack(content["ack"])
        try:
            if "say" in content:
                wish = lane.session.receive(content["say"] if isinstance(content["say"], str) else "", now)
        except (BadMessage, TooMany) as error:
            lane.say("close", code=_TOO_SLOW if isinstance(error, TooMany) else _BAD_MESSAGE, reason=error.message)
            del self._lanes[name]
            return None
        self._serve(lane, now)
        return (lane, wish) if isinstance(wish, Request) else None

    def _serve(self, lane: Lane, now: float) -> None:
        if lane.full:
            return
        due = lane.session.due(self._stream)
        if due:
            lane.put(due, now)
