"""The socket of a town's server, passed on by this kernel to pages that reach nothing but the kernel.

A page that is served by somebody else (an editor, Voilà, a proxy that lets neither sockets nor requests through) has no
way to the server, but the kernel has. Each of its links is a socket of its own to the server, so that resuming, rights
and what is owed stay the server's business. Two rules. As over any comm two batches are on the way at most, and what a
page is too slow for is not kept: the server is told that nobody looks until there is room. And a page that gives no
sign while something waits for it is given up after a minute.
"""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from aitown.client.dialling import dial
from aitown.live.asked import answer, is_question, stretch_of
from aitown.wire.codes import ABNORMAL, NO_SUCH_TOWN, NOT_ALLOWED, RESTART, TOO_SLOW
from aitown.wire.lanes import MOST, Batches, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from websockets.asyncio.client import ClientConnection

    from aitown.client import Client
    from aitown.history import History
    from aitown.wire.lanes import Send

KEPT = 16
"""Messages that wait for a page until the server is told to send no more."""
GIVEN_UP = 60.0
"""Seconds without a sign of a page that has something to take."""
_UNSAID = 200
"""Messages of a page that wait for the server."""
_QUERY = ("v", "delta", "fmt", "epoch", "seq", "event", "events", "hidden")


class Relay:
    """All pages of one widget that watch a town of a server through this kernel. May be called from any thread.

    Args:
        client: of the server.
        town: its name there.
        history: of its run, for the timeline.
    """

    def __init__(self, client: Client, town: str, history: Callable[[], History]) -> None:
        self._client = client
        self._town = town
        self._replay = stretch_of(history)
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def receive(self, content: Any, send: Send) -> None:
        """Take a message of a page; what isn't meant for lanes is passed over."""
        name = name_of(content)
        if name is None:
            return
        if is_question(content):
            # By the server and the disk, which may take their time: not in the thread that hears the pages.
            _loop().call_soon_threadsafe(_loop().run_in_executor, None, self._answer, content, send)
        elif "dial" in content:
            self._dial(name, content["dial"], send)
        else:
            lane = self._lanes.get(name)
            if lane is None:
                send({"aitown": name, "close": {"code": RESTART, "reason": "the kernel has begun anew"}}, [])
            else:
                _loop().call_soon_threadsafe(lane.hear, content)

    def _answer(self, content: dict[str, Any], send: Send) -> None:
        client, town = self._client, self._town
        answer(
            content,
            send,
            lambda npc: client.person(town, npc)["persona"],
            self._replay,
            lambda name: client.art(town, name),
            lambda npc, reply: reply(client.ties(town, npc)),
        )

    def _dial(self, name: str, query: Any, send: Send) -> None:
        asked = dict(parse_qsl(query)) if isinstance(query, str) else {}
        lane = _Lane(name, send, lambda: self._drop(name, lane))
        with self._lock:
            lanes = self._lanes
            given_up = [lanes.pop(name)] if name in lanes else []
            if len(lanes) >= MOST:
                given_up.append(lanes.pop(min(lanes, key=lambda other: lanes[other].heard_at)))
            lanes[name] = lane
        for old in given_up:
            _loop().call_soon_threadsafe(old.hear, {"close": True})
        query = {key: asked[key] for key in _QUERY if key in asked}
        asyncio.run_coroutine_threadsafe(lane.run(self._client, self._town, query), _loop())

    def _drop(self, name: str, lane: _Lane) -> None:
        with self._lock:
            if self._lanes.get(name) is lane:
                del self._lanes[name]


class _Lane(Batches):
    """One page's link, and the socket that it is passed on from. Lives in the thread of `_loop`."""

    def __init__(self, name: str, send: Send, ended: Callable[[], None]) -> None:
        super().__init__(name, send)
        self.heard_at = _loop().time()
        self._ended = ended
        self._owed: list[str | bytes] = []
        self._said: asyncio.Queue[str] = asyncio.Queue(_UNSAID)
        self._hidden = False
        self._choked: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._closed: tuple[int, str] | None = None

    async def run(self, client: Client, town: str, query: Mapping[str, str]) -> None:
        """From the dial to the end of either side, of which the page is told."""
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

        self._running = asyncio.current_task()
        self._hidden = query.get("hidden") == "1"
        code, reason = self._closed or (ABNORMAL, "the kernel can't reach the server")
        if self._closed is None:
            try:
                async with dial(client.server, town, query) as socket:
                    self.say("open")
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._write(socket))
                        both.create_task(self._read(socket))
            except* ConnectionClosed as group:
                (closed, *_) = (one for one in group.exceptions if isinstance(one, ConnectionClosed))
                code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (ABNORMAL, "")
            except* InvalidStatus as group:
                code, reason = _refused(group.exceptions[0])
            except* (OSError, TimeoutError, InvalidHandshake):
                pass
            except* asyncio.CancelledError:
                code, reason = self._closed or (ABNORMAL, "")
        self._unchoke()
        self._ended()
        if self._closed is None or self._closed[0]:
            self._flush(last=True)
            self.say("close", code=code, reason=reason)

    def hear(self, content: Mapping[str, Any]) -> None:
        """Take what the page says."""
        self.heard_at = _loop().time()
        if "close" in content:
            self._give_up(0, "")
            return
        if "ack" in content:
            self.ack(content["ack"])
            self._flush()
        text = content.get("say")
        if isinstance(text, str) and not self._meant_here(text):
            try:
                self._said.put_nowait(text)
            except asyncio.QueueFull:
                self._give_up(TOO_SLOW, "the server takes nothing more")

    def _meant_here(self, text: str) -> bool:
        """Whether somebody looks at the page is remembered, and told the server only while there is room."""
        if '"visibility"' not in text:
            return False
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            return False
        if not isinstance(message, dict) or message.get("type") != "visibility":
            return False
        self._hidden = message.get("hidden") is True
        return self._choked is not None

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(await self._said.get())

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            message = await socket.recv()
            self._owed.append(message)  # in this order: `_flush` begins another list meanwhile
            self._flush()
            if len(self._owed) >= KEPT and self._choked is None:
                self._choked = _loop().call_later(GIVEN_UP, self._give_up, TOO_SLOW, "this page takes nothing more")
                self._look(hidden=True)

    def _flush(self, *, last: bool = False) -> None:
        if self._owed and (last or not self.full):
            owed, self._owed = self._owed, []
            self.send(owed)
            if self._choked is not None:
                self._unchoke()
                self._look(hidden=self._hidden)

    def _unchoke(self) -> None:
        if self._choked is not None:
            self._choked.cancel()
            self._choked = None

    def _look(self, *, hidden: bool) -> None:
        if not self._said.full():
            self._said.put_nowait(orjson.dumps({"type": "visibility", "hidden": hidden}).decode())

    def _give_up(self, code: int, reason: str) -> None:
        self._closed = (code, reason)
        if self._running is not None:
            self._running.cancel()


def _refused(error: BaseException) -> tuple[int, str]:
    """The close code for a server that refused the upgrade."""
    status = error.response.status_code if hasattr(error, "response") else 0
    if status in (302, 401, 403):
        return NOT_ALLOWED, "the server does not let this kernel in"
    return (NO_SUCH_TOWN, "") if status in (404, 405, 410) else (ABNORMAL, f"the server answered {status}")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop that all relays of this process live in, in a thread of its own, as the kernel's is busy with cells."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="aitown relays", daemon=True).start()
    return loop
