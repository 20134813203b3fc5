"""The viewers of one town: who is there, and who has room for the newest.

A viewer whose socket is still writing is passed over; when it has drained it gets the newest state, once. So a stalled
viewer holds at most one batch of messages, which it shares with the others, and delays nobody.

Making and sending the messages of a large town takes long on the event loop, which Jupyter needs too. So the next
state waits until that has been at most a tenth of the time; of the states that wait, the newest wins.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from aitown.wire.session import TOO_SLOW, Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from aitown.columns import Frame
    from aitown.wire.payload import Hello
    from aitown.wire.stream import Status, Stream

BLOCKED_SECONDS = 15.0
"""How long a viewer's socket may take no byte before it is dropped."""
_WATCH_EVERY = 1.0
_REST = 9
"""Seconds that the event loop has for others, for each second that it spent on showing states."""


class Sink(Protocol):
    """The socket of a viewer."""

    def send(self, frames: bytes) -> asyncio.Future[None]:
        """Write whole WebSocket frames; done when they have left. Raises `OSError` when the socket has gone."""

    def taken(self) -> int:
        """How many bytes the socket has taken so far."""

    def close(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...


class Viewer:
    """One socket and what has been sent to it."""

    def __init__(self, session: Session, sink: Sink) -> None:
        self.session = session
        self.sink = sink
        self.sent_at = asyncio.get_running_loop().time()
        self.writing: asyncio.Future[None] | None = None
        self.spent = 0.0
        self._taken = 0

    def pump(self, stream: Stream) -> None:
        """Send what this viewer is owed, if there is room; `spent` counts the seconds that it takes."""
        if self.writing is None:
            clock = asyncio.get_running_loop().time
            began = clock()
            self.write([text.frame for text in self.session.due(stream)], stream)
            self.spent += clock() - began

    def moves(self) -> bool:
        """Whether its socket has taken a byte since the last time that this was asked."""
        before, self._taken = self._taken, self.sink.taken()
        return self._taken != before

    def write(self, frames: list[bytes], stream: Stream) -> None:
        if not frames:
            return
        self.sent_at = asyncio.get_running_loop().time()
        try:
            future = self.sink.send(frames[0] if len(frames) == 1 else b"".join(frames))
        except OSError:
            return  # its on_close comes
        if not future.done():
            self.writing = future
            future.add_done_callback(lambda done: self._drained(done, stream))

    def _drained(self, done: asyncio.Future[None], stream: Stream) -> None:
        self.writing = None
        if not done.cancelled() and done.exception() is None:
            self.pump(stream)


class Hub:
    """The stream of one town and its viewers."""

    def __init__(self) -> None:
        from aitown.wire.stream import Stream  # numpy comes with the first town

        self.stream = Stream()
        self.viewers: set[Viewer] = set()
        self.shown = asyncio.Event()
        self._watching: asyncio.TimerHandle | None = None
        self._waiting: tuple[Frame, str] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._shown_at = 0.0

    # the town's side

    def begin(self, epoch: str, hello: Hello) -> None:
        """A process has said hello."""
        self.settle()  # what waits is of the epoch before
        self.stream.begin(epoch, hello)
        self._shown_at = 0.0

    def show(self, frame: Frame, clock: str) -> None:
        """The town has this state now; viewers are shown it as soon as the event loop can bear it."""
        self._waiting = frame, clock
        if self._timer is None:
            self._show_when_due()

    def settle(self) -> None:
        """What waits is shown at once, as somebody asks for the newest state."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting is not None:
            (frame, clock), self._waiting = self._waiting, None
            self._shown_at = asyncio.get_running_loop().time()
            for viewer in self.viewers:
                viewer.spent = 0.0
            self.stream.show(frame, clock)
            self.shown.set()
            self._pump()

    def _show_when_due(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        due = self._shown_at + (1 + _REST) * sum(viewer.spent for viewer in self.viewers)
        if due <= loop.time():
            self.settle()
        else:
            self._timer = loop.call_at(due, self._show_when_due)

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Events go with the next frame, which they belong to."""
        self.stream.tell(list(events))

    def set_status(self, status: Status) -> None:
        if self.stream.set_status(status):
            self._pump()

    def close(self, code: int, reason: str) -> None:
        """Close all sockets."""
        self.settle()
        for viewer in tuple(self.viewers):
            viewer.sink.close(code, reason)
        self.viewers.clear()
        self._watch()

    # the viewers' side

    def add(self, viewer: Viewer) -> None:
        self.viewers.add(viewer)
        viewer.pump(self.stream)
        if self._watching is None:
            self._watch()

    def remove(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    def _pump(self) -> None:
        for viewer in tuple(self.viewers):
            viewer.pump(self.stream)

    def _watch(self) -> None:
        """Every second, as long as somebody watches: heartbeats, and an end to those who take nothing."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if not self.viewers:
            return
        from aitown.wire.stream import HEARTBEAT

        loop = asyncio.get_running_loop()
        now = loop.time()
        for viewer in tuple(self.viewers):
            if viewer.writing is not None:
                if viewer.moves():
                    viewer.sent_at = now
                elif now - viewer.sent_at > BLOCKED_SECONDS:
                    viewer.sink.close(TOO_SLOW, "too slow")
                    viewer.sink.abort()
                    self.viewers.discard(viewer)
            elif viewer.session.versioned and now - viewer.sent_at >= HEARTBEAT:
                viewer.write([viewer.session.mark("hb").frame], self.stream)
        self._watching = loop.call_later(_WATCH_EVERY, self._watch)
