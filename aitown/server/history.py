"""`GET towns/<name>/history`: a question to a town's history, answered by a process of its own.

The server never reads a history: a child (`aitown.reader`) does, and its answer is passed on as it comes. Whoever hangs
up ends it; so does the end of the server, because its stdin closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import orjson
from tornado.iostream import StreamClosedError

from aitown.errors import AitownError, BadMessage
from aitown.server.answers import TownHandler, call

MOST = 4
"""So many questions are answered at once; others wait."""
_CHUNK = 1 << 16
_LINE = 1 << 20


class HistoryHandler(TownHandler):
    _process: asyncio.subprocess.Process | None = None
    _gone = False

    @call("read")
    async def get(self, name: str) -> None:
        question = self.get_query_argument("ask", "")
        if not question:
            raise BadMessage("no question.", 'Send ?ask={"op": "look"}; see PROTOCOL.md.')
        info = await self.registry.info(name)
        async with self._turns():
            if not self._gone:
                await self._answer(self._root() / info["folder"], question)

    def on_connection_close(self) -> None:
        """Nobody waits for the answer any more."""
        super().on_connection_close()
        self._gone = True
        self._end()

    def _root(self) -> Path:
        return Path(self.settings["server_root_dir"]).expanduser().resolve()

    def _turns(self) -> asyncio.Semaphore:
        found: asyncio.Semaphore = self.settings.setdefault("aitown_readers", asyncio.Semaphore(MOST))
        return found

    def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _answer(self, folder: Path, question: str) -> None:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "aitown.reader", str(folder), question),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
        )
        try:
            assert process.stdout is not None
            head = _head(await process.stdout.readline())
            if head["status"] != 200:  # noqa: PLR2004 (the HTTP status)
                self.reply({key: head[key] for key in ("error", "message", "remedy")}, head["status"])
                return
            self.set_header("Content-Type", head["type"])
            self.set_header("Cache-Control", "no-store")
            while data := await process.stdout.read(_CHUNK):
                self.write(data)
                await self.flush()
            if await process.wait() == 0:
                self.finish()
            else:
                self._break_off()
        except StreamClosedError:
            pass
        finally:
            self._end()
            await process.wait()
            assert process.stdin is not None
            process.stdin.close()

    def _break_off(self) -> None:
        """Hang up in the middle, so that nobody takes a part for the whole."""
        with contextlib.suppress(Exception):
            self.request.connection.stream.close()  # type: ignore[union-attr]


def _head(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise AitownError(
            "the process that reads histories ended without an answer.", "See the server's log."
        ) from None
    return found
