"""A socket to a town that comes back, from Python: `wire.line` says what to do, this does it with `websockets`."""

from __future__ import annotations

import asyncio
import itertools
import random
import urllib.parse
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aitown.client.dialling import READ_AHEAD, dial
from aitown.client.find import find_server
from aitown.client.rest import sendable
from aitown.errors import AitownError, BadMessage, NoAnswer, NoServer, NotAllowed, TownEnded, from_json
from aitown.wire.line import Ask, Dial, Hang, Line, Send, Show, Stop, Tell
from aitown.wire.mirror import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from types import TracebackType

    from websockets.asyncio.client import ClientConnection

    from aitown.client.rest import Client
    from aitown.wire.line import Action

EVENTS_KEPT = 10_000
"""Most events that wait for a reader of `events`."""
ANSWER_SECONDS = 60.0


class Link:
    """One town, followed over one socket at a time. A context manager that closes it.

    Attributes:
        status: what the server last said of the town: `{state, phase, speed, reason}`.
        rights: what the server lets this client do.
        missed: events that came and went while the link was broken, or the reader slow; the history has them.
    """

    def __init__(self, client: Client, town: str, query: Mapping[str, str] | None = None) -> None:
        self.status: dict[str, Any] = {}
        self.rights: list[str] = []
        self.missed = 0
        self._client = client
        self._town = town
        self._line = Line(random.random, query=query, may_refresh=True)
        self._inbox: asyncio.Queue[Callable[[float], Sequence[Action]]] = asyncio.Queue(READ_AHEAD)
        self._news = asyncio.Condition()
        self._state: dict[str, Any] | None = None
        self._count = 0
        self._events: deque[dict[str, Any]] = deque()
        self._error: BaseException | None = None
        self._running: asyncio.Task[None] | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._mind: tuple[dict[str, Any], Any] | None = None
        self._deciding: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name=f"aitown link to {self._town}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        tasks = [task for task in (self._running, self._dialling, self._asking, *self._deciding) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fail(TownEnded("this link was closed.", "Open another one."))

    # what comes

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """Whole payloads in rows; a slow reader gets the newest, and those between are passed over.

        Raises:
            UnknownTown, TownEnded, NotAllowed, NoServer, BadMessage: when dialling again is of no use.
        """
        seen = 0
        while True:
            async with self._news:
                while self._count == seen:
                    if self._error is not None:
                        raise self._fault()
                    await self._news.wait()
                seen, state = self._count, self._state
            assert state is not None, "counted with its state"
            yield state

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Rows of the logs since the link was opened, each once and in the order of their ids, over broken links too.

        What the server no longer keeps when the link is back, and what waits when 10,000 wait already, is counted in
        `missed`. One reader only.

        Raises:
            UnknownTown, TownEnded, NotAllowed, NoServer, BadMessage: when dialling again is of no use.
        """
        while True:
            async with self._news:
                await self._news.wait_for(lambda: bool(self._events) or self._error is not None)
                if not self._events:
                    raise self._fault()
                event = self._events.popleft()
            yield event

    # what is asked

    async def input(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Give an input; `{input, tick}` when it is in the journal.

        Raises:
            InputRejected, NotAllowed: when it is refused.
            NoAnswer: when the link broke first: perhaps it was done, perhaps not; the `inputs` of the history tell.
        """
        return await self._request("input", {"kind": kind, **fields}, ANSWER_SECONDS)

    async def control(self, op: str, /, **fields: Any) -> dict[str, Any]:
        """Play, pause or step; `{tick, clock, phase, speed}` when it is done, however long that takes.

        Raises:
            BadParameter, NotAllowed, NoAnswer: see `input`.
        """
        return await self._request("control", {"op": op, **fields}, None)

    async def mind(self, npcs: Sequence[int | str] | str, decide: Any, **options: Any) -> list[int]:
        """Decide for these NPCs, or for "all", until the link is closed; also after it broke.

        Args:
            npcs: ids or names. An empty list gives back all that this link has.
            decide: given an `observe` message it returns a list of inputs; a function or a coroutine function.
            options: `mode`, `seconds`: see PROTOCOL.md.

        Raises:
            UnknownName, NotAllowed, BadParameter: when the town refuses.
        """
        offer = {"npcs": npcs if isinstance(npcs, str) else list(npcs), **options}
        done = await self._request("mind", offer, ANSWER_SECONDS)
        self._mind = (offer, decide) if offer["npcs"] else None
        found: list[int] = done["npcs"]
        return found

    async def _request(self, kind: str, fields: Mapping[str, Any], seconds: float | None) -> dict[str, Any]:
        number = next(self._ids)
        text = sendable({"type": kind, "id": number, **fields}).decode()
        async with self._news:
            await self._news.wait_for(lambda: (self._socket and self.rights) or self._error is not None)
            if self._error is not None:
                raise self._fault()
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._write(text)
            async with asyncio.timeout(seconds):
                done: dict[str, Any] = await answer
                return done
        except TimeoutError:
            raise NoAnswer(f"the town did not answer within {seconds} s.", "See the server's log.") from None
        finally:
            self._waiting.pop(number, None)

    # the loop

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._do(self._line.start(loop.time()))
            while not self._line.stopped:
                await self._do(await self._next(loop))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 (whoever reads or asks has to hear of it)
            await self._end(error)

    async def _next(self, loop: asyncio.AbstractEventLoop) -> Sequence[Action]:
        due = self._line.due()
        try:
            async with asyncio.timeout_at(due):
                happened = await self._inbox.get()
        except TimeoutError:
            return self._line.wake(loop.time())
        return happened(loop.time())

    async def _do(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Show):
                await self._show(action.payload)
            elif isinstance(action, Tell):
                await self._tell(action.message)
            elif isinstance(action, Send):
                await self._write(action.text)
            elif isinstance(action, Dial):
                self._dialling = asyncio.create_task(self._dial(dict(action.query), self._dialling))
            elif isinstance(action, Hang):
                self._hang()
            elif isinstance(action, Ask):
                if self._asking is not None:
                    self._asking.cancel()
                self._asking = asyncio.create_task(self._ask())
            elif isinstance(action, Stop):
                await self._end(action.error)

    async def _show(self, payload: dict[str, Any]) -> None:
        async with self._news:
            self._state = payload
            self._count += 1
            self._news.notify_all()

    async def _tell(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "event":
            async with self._news:
                self._events.extend(message["events"])
                self.missed += message["missed"]
                while len(self._events) > EVENTS_KEPT:
                    self._events.popleft()
                    self.missed += 1
                self._news.notify_all()
        elif kind == "welcome":
            async with self._news:
                self.rights = message["rights"]
                self._news.notify_all()
            if self._mind is not None:
                await self._write(sendable({"type": "mind", "id": 0, **self._mind[0]}).decode())
        elif kind == "status":
            self.status = {key: value for key, value in message.items() if key != "type"}
        elif kind in ("accepted", "done", "minding", "rejected"):
            self._answered(message)
        elif kind == "observe":
            self._spawn(self._decide(message))

    def _answered(self, message: dict[str, Any]) -> None:
        answer = self._waiting.get(message.get("id") or 0)
        if answer is None or answer.done():
            return
        if message["type"] == "rejected":
            answer.set_exception(from_json(message))
        else:
            answer.set_result({key: value for key, value in message.items() if key not in ("type", "id")})

    async def _decide(self, message: dict[str, Any]) -> None:
        if self._mind is None:
            return
        decide = self._mind[1]
        answer: dict[str, Any] = {"type": "decide", "ask": message["ask"]}
        try:
            if asyncio.iscoroutinefunction(decide):
                inputs = await decide(message)
            else:
                inputs = await asyncio.to_thread(decide, message)
            text = sendable({**answer, "inputs": list(inputs)})
        except Exception as error:  # noqa: BLE001 (a researcher's mind may raise anything; the town is told)
            said = error.message if isinstance(error, AitownError) else f"{type(error).__name__}: {error}"
            text = sendable({**answer, "error": said})
        await self._write(text.decode())

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    # the socket

    async def _dial(self, query: Mapping[str, str], before: asyncio.Task[None] | None) -> None:
        """One socket, from its dial to its end; nothing of it is told after it was hung up."""
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

        if before is not None:
            await asyncio.wait([before])
        code, reason = 1006, ""
        try:
            await self._listen(query)
        except ConnectionClosed as closed:
            if closed.rcvd:
                code, reason = closed.rcvd.code, closed.rcvd.reason
        except InvalidStatus as refused:
            error = self._refusal(refused.response.status_code)
            if error is not None:
                await self._inbox.put(lambda now: self._line.refused(error, now))
                return
        except BadMessage as error:
            code, reason = 1002, error.message
        except (OSError, TimeoutError, InvalidHandshake):
            pass
        finally:
            self._lost()
        await self._inbox.put(lambda now: self._line.closed(code, reason, now))

    async def _listen(self, query: Mapping[str, str]) -> None:
        """Tell the line what comes over a new socket, until `ConnectionClosed`."""
        async with dial(self._client.server, self._town, query) as socket:
            self._socket = socket
            await self._inbox.put(self._line.opened)
            while True:
                message = read(await socket.recv())
                await self._inbox.put(partial(self._line.heard, message))

    def _refusal(self, status: int) -> AitownError | None:
        """Why a server answers a dial with this status, if another dial would be of no use."""
        url = self._client.server.url
        if status in (302, 401, 403):
            self._find_again()
            return NotAllowed(f"{url} does not let this process in.", "Give its token.")
        if status in (404, 405, 410):
            return NoServer(f"the server at {url} has no aitown.", "Install it there and start the server again.")
        return None

    def _lost(self) -> None:
        """Whoever waits for an answer will get none over this socket."""
        self._socket = None
        self.rights = []
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(
                    NoAnswer(
                        "the link broke before the town answered: perhaps it was done, perhaps not.",
                        "The inputs of the history tell.",
                    )
                )

    def _hang(self) -> None:
        for task in (self._dialling, self._asking):
            if task is not None:
                task.cancel()
        while not self._inbox.empty():  # nothing of the old socket may be told any more
            self._inbox.get_nowait()

    def _find_again(self) -> None:
        """The server may have been started again with another token."""
        try:
            found = find_server()
        except NoServer:
            return
        if found.url == self._client.server.url:
            self._client.use(found)

    async def _ask(self) -> None:
        message: dict[str, Any] | None
        query = urllib.parse.urlencode({"town": self._town})
        try:
            message = read(await asyncio.to_thread(self._client.message, f"aitown/state?{query}"))
        except AitownError:
            message = None  # dialling tells why
        await self._inbox.put(lambda now: self._line.answered(message, now))

    async def _write(self, text: str) -> None:
        from websockets.exceptions import ConnectionClosed

        socket = self._socket
        if socket is None:
            return
        try:
            await socket.send(text)
        except ConnectionClosed:
            return  # its end is being told

    async def _end(self, error: BaseException) -> None:
        async with self._news:
            self._error = error
            self._news.notify_all()
        self._fail(error)

    def _fail(self, error: BaseException) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(error)

    def _fault(self) -> BaseException:
        error = self._error
        assert error is not None
        return type(error)(error.message, error.remedy) if isinstance(error, AitownError) else error
