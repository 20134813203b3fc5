"""One process of a town, seen from the server: what it says comes in as calls, what it is asked for is awaited."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, cast

from aitown.errors import AitownError, BadMessage, TownFailed, from_json
from aitown.wire import framing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOG_LINES = 200
LINE_LENGTH = 2_000
_LAST_WORDS = 0.5
"""Seconds that the pipe of a dead process may still take to bring what it wrote."""


class Listener(Protocol):
    """Who is told what a process says."""

    def on_hello(self, hello: dict[str, Any]) -> None: ...
    def on_message(self, message: dict[str, Any]) -> None: ...
    def on_frame(self, body: bytes) -> None: ...


class LogTail:
    """The newest lines of a process's log."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._open = b""

    def feed(self, data: bytes) -> None:
        *whole, rest = (self._open + data).split(b"\n")
        self._lines.extend(_text(line) for line in whole)
        self._open = rest[-LINE_LENGTH:]

    @property
    def lines(self) -> list[str]:
        return [*self._lines, _text(self._open)] if self._open else list(self._lines)


def _text(line: bytes) -> str:
    return line[:LINE_LENGTH].decode("utf-8", "replace").rstrip("\r")


class Child(asyncio.SubprocessProtocol):
    """A running `python -m aitown.process`.

    `hello` becomes its hello, or the error with which it refused; `exited` its exit code, negative for a signal.
    """

    def __init__(self, listener: Listener, log: LogTail) -> None:
        loop = asyncio.get_running_loop()
        self.hello: asyncio.Future[dict[str, Any]] = loop.create_future()
        self.exited: asyncio.Future[int] = loop.create_future()
        self.refused = False
        self.fault = ""
        self._listener = listener
        self._log = log
        self._reader = framing.Reader()
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._transport: asyncio.SubprocessTransport | None = None
        self._ending = False
        self._talking = True

    @classmethod
    async def spawn(cls, start: Mapping[str, Any], listener: Listener, log: LogTail, cwd: Path) -> Child:
        """Start a process and send it `start`.

        Raises:
            TownFailed: when the operating system refuses.
        """
        loop = asyncio.get_running_loop()
        # -P: a file of the user's called random.py must not become a module of the town.
        command = [sys.executable, "-P", "-m", "aitown.process"]
        try:
            _, child = await loop.subprocess_exec(
                lambda: cls(listener, log), *command, cwd=cwd, env=os.environ.copy(), start_new_session=True
            )
        except OSError as error:
            raise TownFailed(f"can't start a process for the town: {error}.", "Stop other towns or kernels.") from error
        child.send({"type": "start", **start})
        return child

    @property
    def pid(self) -> int:
        assert self._transport is not None
        return self._transport.get_pid()

    @property
    def gone(self) -> bool:
        """Whether it has ended, though it may not be known yet how."""
        return self._ending

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; a process that is gone doesn't get it."""
        assert self._transport is not None
        pipe = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if pipe is not None and not pipe.is_closing():
            pipe.write(framing.pack_json(message))

    async def request(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Ask, and wait for the answer for as long as the process lives.

        Raises:
            AitownError: what the town answers; TownFailed when its process ends first.
        """
        if self._ending:
            raise TownFailed("the town's process has just ended.", "Try again in a moment.")
        number = next(self._ids)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self.send({"type": kind, "id": number, **fields})
            result: dict[str, Any] = await answer
            return result
        finally:
            self._asked.pop(number, None)

    def hang_up(self) -> None:
        """Close its stdin, which ends it."""
        assert self._transport is not None
        pipe = self._transport.get_pipe_transport(0)
        if pipe is not None:
            pipe.close()

    def kill(self, fault: str = "") -> None:
        """End it now; `fault` is why."""
        self.fault = self.fault or fault
        assert self._transport is not None
        if not self._ending:
            self._transport.kill()

    def how_it_ended(self) -> str:
        """A sentence, once it has ended."""
        code = self.exited.result()
        if self.fault:
            return self.fault
        if code < 0:
            try:
                return f"its process was ended by {signal.Signals(-code).name}"
            except ValueError:
                return f"its process was ended by signal {-code}"
        return f"its process ended with code {code}"

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:  # noqa: PLR2004 (stderr)
            self._log.feed(data)
            return
        try:
            for message in self._reader.feed(data):
                if message.kind == framing.FRAME:
                    self._listener.on_frame(message.body)
                else:
                    self._take(framing.unpack_json(message.body))
        except BadMessage as error:
            self.kill(f"its process broke the protocol: {error.message}")

    def process_exited(self) -> None:
        self._ending = True
        if self._talking:
            asyncio.get_running_loop().call_later(_LAST_WORDS, self._finish)
        else:
            self._finish()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        if fd == 1:
            self._talking = False
            if self._ending:
                self._finish()

    # how

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind in ("done", "error"):
            answer = self._asked.get(message.get("id", 0))
            if answer is not None and not answer.done():
                if kind == "done":
                    answer.set_result(message)
                else:
                    answer.set_exception(from_json(message))
        elif kind == "hello" and not self.hello.done():
            self._listener.on_hello(message)  # at once: a frame may be in the same bytes
            self.hello.set_result(message)
        elif kind == "refused" and not self.hello.done():
            self.refused = True
            self.hello.set_exception(from_json(message))
        else:
            self._listener.on_message(message)

    def _finish(self) -> None:
        if self.exited.done():
            return
        assert self._transport is not None
        self._ending = True
        self.exited.set_result(self._transport.get_returncode() or 0)
        self._transport.close()
        ended: AitownError = TownFailed(f"{self.how_it_ended()}.", "Look at the log of the town.")
        for answer in (self.hello, *self._asked.values()):
            if not answer.done():
                answer.set_exception(ended)
        self.hello.exception()  # nobody may be waiting for it, and that is fine
