"""`/ws`: one viewer's socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler, _WebSocketParams

from aitown.errors import AitownError, BadMessage, TooMany, TownError, UnknownTown
from aitown.server.acts import Acts
from aitown.server.answers import RESOURCE, note_activity, write_error
from aitown.server.deflate import SharedDeflate
from aitown.server.hub import Viewer
from aitown.wire.codes import (
    BAD_MESSAGE,
    ENDED,
    EXPIRED,
    NO_SUCH_TOWN,
    NOT_ALLOWED,
    OVERLOAD,
    TRY_LATER,
)
from aitown.wire.dial import Dial
from aitown.wire.session import LIMIT, MOST_A_SECOND, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitown.server.registry import Registry
    from aitown.server.supervisor import Supervisor

_RFC_6455 = "13"
_UNSENT_BYTES = 16 * 1024
_REASON_BYTES = 120
_MOST_EARLY = 4 * LIMIT

_CODES: dict[type[AitownError], int] = {UnknownTown: NO_SUCH_TOWN, TownError: TRY_LATER}
"""How a dial ends that finds no town; one that has ended or can't be started is not worth another."""


class TownSocket(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Accepts whoever may read, then sends what its session is owed."""

    compressed = False
    _viewer: Viewer | None = None
    _acts: Acts | None = None
    _town: Supervisor | None = None
    _attaching: asyncio.Task[None] | None = None
    _rechecking: asyncio.TimerHandle | None = None
    _closing = False
    _stream: IOStream | None = None
    _push: Callable[[bytes], int] | None = None
    _early: deque[str | bytes]
    """What was said before the viewer was among the others."""

    @property
    def registry(self) -> Registry:
        found: Registry = self.settings["aitown_registry"]
        return found

    @property
    def max_message_size(self) -> int:
        return LIMIT

    def get_websocket_protocol(self) -> SharedDeflate:
        params = _WebSocketParams(self.ping_interval, self.ping_timeout, self.max_message_size, None)
        return SharedDeflate(self, mask_outgoing=False, params=params)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if not await self.may("read"):
            raise HTTPError(403, f"User is not authorized to read on resource: {RESOURCE}.")
        self._check_upgrade()
        await super().get(*args, **kwargs)

    def _check_upgrade(self) -> None:
        """Refuse as everywhere else what tornado would refuse in words or in silence."""
        headers = self.request.headers
        tokens = [token.strip().lower() for token in headers.get("Connection", "").split(",")]
        if headers.get("Upgrade", "").lower() != "websocket" or "upgrade" not in tokens:
            raise HTTPError(HTTPStatus.UPGRADE_REQUIRED, "this address speaks WebSocket.")
        if headers.get("Sec-WebSocket-Version") != _RFC_6455:
            raise HTTPError(HTTPStatus.UPGRADE_REQUIRED, f"a WebSocket of version {_RFC_6455} was expected.")
        if not headers.get("Sec-WebSocket-Key"):
            raise HTTPError(HTTPStatus.BAD_REQUEST, "a WebSocket without Sec-WebSocket-Key.")
        origin = self.get_origin()
        if origin is not None and not self.check_origin(origin):
            raise HTTPError(HTTPStatus.FORBIDDEN, "a page of another origin may not open this.")

    def check_origin(self, origin: str | None = None) -> bool:
        given = origin or self.get_origin()
        return (given is None or _is_address(given)) and bool(super().check_origin(origin))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == HTTPStatus.UPGRADE_REQUIRED:
            self.set_header("Upgrade", "websocket")
            self.set_header("Sec-WebSocket-Version", _RFC_6455)
        write_error(self, status_code, **kwargs)

    async def may(self, action: str) -> bool:
        """Whether the user of this socket has the right to `action` now."""
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE))
        return bool(allowed)

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        self._early = deque()
        self.set_nodelay(True)
        self._keep_little_unsent()
        assert self.ws_connection is not None
        stream = self._stream = self.ws_connection.stream
        assert stream is not None
        if not isinstance(stream, SSLIOStream):
            self._push = stream.socket.send
        self.compressed = isinstance(self.ws_connection, SharedDeflate) and self.ws_connection.compressed
        query = {name: values[-1].decode("utf-8", "replace") for name, values in self.request.arguments.items()}
        try:
            dial = Dial.parse(query)
        except AitownError as error:
            self.close(BAD_MESSAGE, error.message)
            return
        if self.registry.viewers >= self.registry.max_viewers:
            self.close(OVERLOAD, f"{self.registry.max_viewers} viewers watch towns of this server")
            return
        name = query.get("town", self.registry.default.name)
        self._attaching = asyncio.ensure_future(self._attach(name, dial))

    async def _attach(self, name: str, dial: Dial) -> None:
        """Join the viewers; a town that has to be started first may take its time."""
        rights = ["read", "execute"] if dial.versioned and await self.may("execute") else ["read"]
        assert self._stream is not None
        push = None if self._stream.writing() else self._push
        viewer = self._viewer = Viewer(Session(dial, rights=rights), self, push)
        try:
            town = await asyncio.shield(self.registry.get(name))  # who goes away ends no town that is being made
            if town.state == "failed" and town.hub.stream.position is None:
                await town.wait_shown(0)
        except AitownError as error:
            self.close(_CODES.get(type(error), ENDED), error.message)
            return
        if self._viewer is not None:
            self._town = town
            self._acts = Acts(self, viewer, town, self.registry)
            town.hub.add(viewer)
            self._recheck_later()
            while self._early and not self._closing:
                self._hear(self._early.popleft())

    def on_message(self, message: str | bytes) -> None:
        if self._closing:
            return
        if self._acts is not None:
            self._hear(message)
            return
        self._early.append(message)
        if len(self._early) > MOST_A_SECOND or sum(map(len, self._early)) > _MOST_EARLY:
            self._early.clear()
            self.close(OVERLOAD, "too much was said before the town was there")

    def _hear(self, message: str | bytes) -> None:
        viewer, acts, town = self._viewer, self._acts, self._town
        if viewer is None or acts is None or town is None:
            return
        try:
            wish = viewer.session.receive(message, asyncio.get_running_loop().time())
        except BadMessage as error:
            self.close(OVERLOAD if isinstance(error, TooMany) else BAD_MESSAGE, error.message)
            return
        if wish is not None:
            acts.take(wish)
        town.hub.serve((viewer,))

    def on_close(self) -> None:
        self._closing = True
        self._push_no_more()
        viewer, self._viewer = self._viewer, None
        if self._attaching is not None:
            self._attaching.cancel()
        if self._rechecking is not None:
            self._rechecking.cancel()
        if self._acts is not None:
            self._acts.close()
        if viewer is not None and self._town is not None:
            self._town.hub.remove(viewer)
        super().on_close()

    # rights that end

    def _recheck_later(self) -> None:
        seconds: float = self.settings["aitown_recheck_seconds"]
        self._rechecking = asyncio.get_running_loop().call_later(seconds, self._recheck)

    def _recheck(self) -> None:
        self._attaching = asyncio.ensure_future(self._leave_if_unknown())

    async def _leave_if_unknown(self) -> None:
        """Close when the login has expired or the right to read was taken away."""
        try:
            if not await self._known():
                self.close(EXPIRED, "the login has expired")
            elif not await self.may("read"):
                self.close(NOT_ALLOWED, "the right to read this town was taken away")
        finally:
            if self._viewer is not None:
                self._recheck_later()

    async def _known(self) -> bool:
        """Ask who sent the request of this socket, as if it came now.

        Identity providers keep their answer with the handler that they are asked for, so it has to be another one; what
        they set on it, a cookie or a redirect, reaches nobody.
        """
        asked = type(self)(self.application, self.request, name=self.name)
        try:
            user = await ensure_async(self.identity_provider.get_user(asked))
        except HTTPError as error:
            return error.status_code not in (401, 403)
        if user is not None:
            self.current_user = user
        return user is not None

    # the sink of a Viewer

    def send(self, frames: bytes | memoryview) -> asyncio.Future[None] | None:
        """Write prepared frames beside tornado's own, which writes nothing but control frames."""
        stream = self._stream
        if stream is None or self._closing:
            raise ConnectionAbortedError("the socket is closing")
        try:
            written = stream.write(frames)
        except (StreamClosedError, WebSocketClosedError) as error:
            raise ConnectionAbortedError("the socket has closed") from error
        written.add_done_callback(self._push_again)
        return written

    def held_up(self, written: asyncio.Future[None]) -> None:
        """A frame of tornado's has not left in whole: until it has, nothing may go around the buffer that it is in."""
        if self._viewer is not None:
            self._viewer.push = None
        written.add_done_callback(self._push_again)

    def _push_again(self, _: asyncio.Future[None]) -> None:
        if self._viewer is not None and self._stream is not None and not self._stream.writing():
            self._viewer.push = self._push

    def _push_no_more(self) -> None:
        self._push = None
        if self._viewer is not None:
            self._viewer.push = None

    def acted(self) -> None:
        """A person did something: the server is not idle."""
        note_activity(self.settings)

    def taken(self) -> int:
        return int(getattr(self._stream, "_total_write_done_index", 0))

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close; a reason longer than the protocol allows is cut."""
        self._closing = True
        self._push_no_more()
        if reason is not None:
            reason = reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore")
        super().close(code, reason)

    def abort(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _keep_little_unsent(self) -> None:
        """Ask the kernel to buffer little, so that what waits for a slow viewer is the newest and not the oldest."""
        option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
        connection = self.ws_connection
        with contextlib.suppress(OSError, AttributeError):
            raw: socket.socket = connection.stream.socket  # type: ignore[union-attr]
            if option is not None:
                raw.setsockopt(socket.IPPROTO_TCP, option, _UNSENT_BYTES)
            else:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * _UNSENT_BYTES)


def _is_address(origin: str) -> bool:
    try:
        urlsplit(origin)
    except ValueError:
        return False
    return True
