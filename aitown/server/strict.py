"""The WebSocket protocol of tornado, saying why it hangs up.

tornado drops the connection of a peer that breaks RFC 6455 without a word, which every client takes for a bad network
and dials again.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import zlib
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketProtocol13

from aitown.wire.codes import NOT_TEXT, PROTOCOL_BROKEN, SERVER_ERROR

if TYPE_CHECKING:
    from asyncio import Future

_CLOSE = 8
_LINGER_SECONDS = 5.0
_DISCARD = 1 << 16


class Strict(WebSocketProtocol13):
    """One connection."""

    _lingering: asyncio.Task[None] | None = None

    def _handle_message(self, opcode: int, data: bytes) -> Future[None] | None:
        if opcode == _CLOSE and len(data) == 1:
            self._hang_up(PROTOCOL_BROKEN, "a goodbye with half a code")
            return None
        try:
            handled: Future[None] | None = super()._handle_message(opcode, data)
        except (UnicodeDecodeError, zlib.error):
            self._hang_up(NOT_TEXT, "a message that can't be decoded")
            return None
        return handled

    def _write_frame(self, fin: bool, opcode: int, data: bytes, flags: int = 0) -> Future[None]:
        written: Future[None] = super()._write_frame(fin, opcode, data, flags)
        if not written.done():
            self.handler.held_up(written)  # type: ignore[attr-defined]
        return written

    def _abort(self) -> None:
        fault = sys.exc_info()[1]
        if isinstance(fault, asyncio.CancelledError):
            super()._abort()
        elif isinstance(fault, UnicodeDecodeError):
            self._hang_up(NOT_TEXT, "a message that is not UTF-8")
        elif fault is not None:
            self._hang_up(SERVER_ERROR, "the server made a mistake; see its log")
        else:
            self._hang_up(PROTOCOL_BROKEN, "frames that RFC 6455 does not know")

    def _hang_up(self, code: int, reason: str) -> None:
        """Say why, unless it was said; take in what is on its way, or the system would throw the reason away."""
        if not self.server_terminated and not self.stream.closed():
            self.close(code, reason)
        if self.client_terminated or self.stream.closed() or self._lingering is not None:
            super()._abort()
            return
        self.client_terminated = True
        self._lingering = asyncio.ensure_future(self._linger())

    async def _linger(self) -> None:
        stream: Any = self.stream
        with contextlib.suppress(StreamClosedError, OSError, TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await stream.write(b"")  # all before it has left
                stream.socket.shutdown(socket.SHUT_WR)
                while True:
                    await stream.read_bytes(_DISCARD, partial=True)
        super()._abort()
