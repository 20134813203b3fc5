"""The viewers of one town: who is there, and who has room for the newest.

A viewer whose socket is still writing is passed over; when it has drained it gets the newest state, once. So a stalled
viewer holds at most one batch of messages, which it shares with the others, and delays nobody.

Jupyter needs the event loop too. So messages are made once for all, those of large towns on a thread; viewers are
served a few at a time; and the next state waits until the making has been at most a tenth of the time, the writing at
most half. Of the states that wait, the newest wins.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from aitown.server import metrics
from aitown.wire.codes import TOO_SLOW
from aitown.wire.position import HEARTBEAT
from aitown.wire.standing import need, owed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from aitown.columns import Frame
    from aitown.wire.payload import Hello
    from aitown.wire.position import Need, Status
    from aitown.wire.session import Session
    from aitown.wire.standing import Standing
    from aitown.wire.state import State
    from aitown.wire.stream import Stream
    from aitown.wire.websocket import Prepared

BLOCKED_SECONDS = 15.0
"""How long a viewer's socket may take no byte before it is dropped."""
LARGE = 10_000
"""NPCs from which messages are made on a thread; in rows, a tenth of it, as they cost so much more."""
_AT_ONCE = 64
"""Viewers that are served before the event loop gets to do something else."""
_WATCH_EVERY = 1.0
_MAKING, _WRITING = 10, 2
"""The next state waits for so many times what making and writing the last one took."""


class Sink(Protocol):
    """The socket of a viewer."""

    compressed: bool
    """It takes compressed messages."""

    def send(self, frames: bytes | memoryview) -> asyncio.Future[None] | None:
        """Write whole WebSocket frames, or the rest of them; a future if they have not all left yet.

        Raises:
            OSError: when it has gone.
        """

    def taken(self) -> int:
        """How many bytes the socket has taken so far."""

    def close(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...


class Viewer:
    """One socket and what has been sent to it.

    Most of the cost of showing a state to a thousand viewers is waiting for their memory, so what that touches of each
    is little and lies together.

    Args:
        push: gives bytes to the system, as a non-blocking socket's own `send`, past all buffers; None while there may
            be something in them, or where there is no such way.
    """

    __slots__ = ("compressed", "push", "sent_at", "session", "sink", "taken", "writing")

    def __init__(self, session: Session, sink: Sink, push: Callable[[bytes], int] | None = None) -> None:
        self.session = session
        self.sink = sink
        self.push = push
        self.compressed = sink.compressed
        self.sent_at = asyncio.get_running_loop().time()
        self.writing: asyncio.Future[None] | None = None
        self.taken = 0

    def moves(self) -> bool:
        """Whether its socket has taken a byte since the last time that this was asked."""
        before, self.taken = self.taken, self.sink.taken()
        return self.taken != before


class Batch:
    """What all are owed who stand at one place, and where they stand then."""

    def __init__(self, messages: list[Prepared], after: Standing) -> None:
        self.after = after
        self._messages = messages

    @cached_property
    def plain(self) -> bytes:
        return b"".join([message.frame for message in self._messages])

    @cached_property
    def compressed(self) -> bytes:
        return b"".join([message.compressed for message in self._messages])


class Hub:
    """The stream of one town and its viewers."""

    def __init__(self) -> None:
        from aitown.wire.stream import Stream  # numpy comes with the first town

        self.stream: Stream = Stream()
        self.viewers: dict[Viewer, None] = {}
        """In the order in which they came, which is about that of their memory."""
        self.shown = asyncio.Event()
        self._watching: asyncio.TimerHandle | None = None
        self._waiting: tuple[Frame, str] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._making: asyncio.Task[None] | None = None
        self._round: deque[Viewer] = deque()
        self._batches: dict[Standing, Batch] = {}
        self._batches_of: tuple[Any, ...] = ()
        self._serving = False
        self._shown_at = 0.0
        self._spent = 0.0

    # the town's side

    def begin(self, epoch: str, hello: Hello) -> None:
        """A process has said hello."""
        self.settle()  # what waits is of the epoch before
        self.stream.begin(epoch, hello)
        self._spent = 0.0

    def show(self, frame: Frame, clock: str) -> None:
        """The town has this state now; viewers are shown it as soon as the event loop can bear it."""
        self._waiting = frame, clock
        if self._timer is None and self._making is None and not self._serving:
            self._show_when_due()

    def settle(self) -> None:
        """What waits is shown at once, as somebody asks for the newest state."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting is not None:
            (frame, clock), self._waiting = self._waiting, None
            self._shown_at = asyncio.get_running_loop().time()
            self._spent = 0.0
            self.stream.show(frame, clock)
            self.shown.set()
            self.serve(self.viewers)

    async def made(self, wanted: Need, state: State) -> Prepared:
        """One message for somebody who is no viewer; that of a large town is made on a thread."""
        if not state.has(wanted) and self._is_much((wanted,)):
            await asyncio.to_thread(state.get, wanted)
        return state.get(wanted)

    def _is_much(self, needs: Iterable[Need]) -> bool:
        share = 10 if any(wanted.form == "rows" for wanted in needs) else 1
        return self.stream.npcs * share >= LARGE

    def _show_when_due(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        due = self._shown_at + self._spent
        if due <= loop.time():
            self.settle()
        else:
            self._timer = loop.call_at(due, self._show_when_due)

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Events go with the next frame, which they belong to."""
        self.stream.tell(events)

    def set_status(self, status: Status) -> None:
        if self.stream.set_status(status):
            self.serve(self.viewers)

    def close(self, code: int, reason: str) -> None:
        """Close all sockets."""
        self.settle()
        for viewer in tuple(self.viewers):
            viewer.sink.close(code, reason)
            self.remove(viewer)

    # the viewers' side

    def add(self, viewer: Viewer) -> None:
        self.viewers[viewer] = None
        metrics.VIEWERS.inc()
        self.serve((viewer,))
        if self._watching is None:
            self._watch()

    def remove(self, viewer: Viewer) -> None:
        if viewer in self.viewers:
            del self.viewers[viewer]
            metrics.VIEWERS.dec()

    def serve(self, viewers: Iterable[Viewer]) -> None:
        """Send these viewers what they are owed, as far as they have room."""
        self._round.extend(viewers)
        if self._making is None and not self._serving:
            self._go_on()

    def _go_on(self) -> None:
        """Serve the next viewers of the round; stop where a message has to be made on a thread first."""
        stream = self.stream
        version = (stream.position, stream.told, stream.status_version)
        if version != self._batches_of:
            self._batches.clear()
            self._batches_of = version
        loop = asyncio.get_running_loop()
        began = loop.time()
        sent = size = skipped = 0
        last, batch = None, None
        for _ in range(min(_AT_ONCE, len(self._round))):
            viewer = self._round.popleft()
            if viewer.writing is not None:
                skipped += 1
                continue
            session = viewer.session
            standing = session.standing
            if standing is not last:
                batch, last = self._batches.get(standing) or self._batch(standing, viewer), standing
            if batch is None:
                break
            if session.apart:
                data = self._alone(viewer)
            else:
                session.standing = batch.after
                data = batch.compressed if viewer.compressed else batch.plain
            if data:
                viewer.sent_at = began
                self._write(viewer, data)
                sent += 1
                size += len(data)
        metrics.SENT.inc(sent)
        metrics.SENT_BYTES.inc(size)
        metrics.SKIPPED.inc(skipped)
        self._spent += _WRITING * (loop.time() - began)
        self._rest()

    def _rest(self) -> None:
        """Let the event loop do something else before the round goes on, or the next state is shown."""
        self._serving = bool(self._round) and self._making is None
        if self._serving:
            asyncio.get_running_loop().call_soon(self._go_on)
        elif self._making is None and self._waiting is not None and self._timer is None:
            self._show_when_due()

    def _alone(self, viewer: Viewer) -> bytes:
        due = viewer.session.due(self.stream)
        return b"".join([one.compressed if viewer.compressed else one.frame for one in due])

    def _batch(self, standing: Standing, viewer: Viewer) -> Batch | None:
        """What all are owed who stand there; None while it is made on a thread, and the viewer waits for it."""
        wanted = need(standing, self.stream)
        if wanted is not None and not self.stream.state().has(wanted):
            state, compressed = self.stream.state(), viewer.compressed
            if self._is_much((wanted,)):
                self._round.appendleft(viewer)
                self._making = asyncio.ensure_future(self._make_elsewhere(state, wanted, compressed=compressed))
                return None
            self._count_making(_make(state, wanted, compressed=compressed))
        batch = self._batches[standing] = Batch(*owed(standing, self.stream))
        return batch

    async def _make_elsewhere(self, state: State, wanted: Need, *, compressed: bool) -> None:
        try:
            self._count_making(await asyncio.to_thread(_make, state, wanted, compressed=compressed))
        finally:
            self._making = None
        self._go_on()

    def _count_making(self, seconds: float) -> None:
        metrics.ENCODING.observe(seconds)
        self._spent += _MAKING * seconds

    def _write(self, viewer: Viewer, data: bytes) -> None:
        push = viewer.push
        left: bytes | memoryview = data
        try:
            if push is not None:
                try:
                    sent = push(data)
                except BlockingIOError:
                    sent = 0
                if sent == len(data):
                    return
                left = memoryview(data)[sent:]
            future = viewer.sink.send(left)
        except OSError:
            return  # its on_close comes
        if future is not None and not future.done():
            viewer.writing = future
            future.add_done_callback(lambda done: self._drained(viewer, done))

    def _drained(self, viewer: Viewer, done: asyncio.Future[None]) -> None:
        viewer.writing = None
        if not done.cancelled() and done.exception() is None and viewer in self.viewers:
            self.serve((viewer,))

    def _watch(self) -> None:
        """Every second, as long as somebody watches: heartbeats, and an end to those who take nothing."""
        self._watching = None
        if not self.viewers:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        for viewer in tuple(self.viewers):
            if viewer.writing is not None:
                if viewer.moves():
                    viewer.sent_at = now
                elif now - viewer.sent_at > BLOCKED_SECONDS:
                    metrics.SLOW.inc()
                    viewer.sink.close(TOO_SLOW, "this viewer took nothing for too long")
                    viewer.sink.abort()
                    self.remove(viewer)
            elif viewer.session.wants_beat and now - viewer.sent_at >= HEARTBEAT:
                viewer.sent_at = now
                self._write(viewer, viewer.session.mark("hb").frame)
        self._watching = loop.call_later(_WATCH_EVERY, self._watch)


def _make(state: State, wanted: Need, *, compressed: bool) -> float:
    """Make a message, so that serving it costs only the writing; returns the seconds that it took."""
    began = time.perf_counter()
    made = state.get(wanted)
    _ = made.compressed if compressed else made.frame
    return time.perf_counter() - began
