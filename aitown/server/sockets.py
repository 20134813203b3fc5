"""`/ws`: one viewer's socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from aitown.errors import AitownError, BadMessage, TownError, UnknownTown
from aitown.server.answers import RESOURCE
from aitown.server.hub import Viewer
from aitown.wire.session import BAD_MESSAGE, ENDED, LIMIT, NO_SUCH_TOWN, TRY_LATER, Session

if TYPE_CHECKING:
    from aitown.server.registry import Registry
    from aitown.server.supervisor import Supervisor

_UNSENT_BYTES = 16 * 1024
_REASON_BYTES = 120

_CODES: dict[type[AitownError], int] = {UnknownTown: NO_SUCH_TOWN, TownError: TRY_LATER}
"""How a dial ends that finds no town; one that has ended or can't be started is not worth another."""


class TownSocket(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Accepts whoever may read, then sends what its session is owed."""

    _viewer: Viewer | None = None
    _town: Supervisor | None = None
    _attaching: asyncio.Task[None] | None = None

    @property
    def registry(self) -> Registry:
        found: Registry = self.settings["aitown_registry"]
        return found

    @property
    def max_message_size(self) -> int:
        return LIMIT

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE))
        if not allowed:
            raise HTTPError(403, f"User is not authorized to read on resource: {RESOURCE}.")
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        self.set_nodelay(True)
        self._keep_little_unsent()
        name = self.get_query_argument("town", self.registry.default.name)
        self._viewer = Viewer(Session(versioned=self.get_query_argument("v", "") == "1"), self)
        self._attaching = asyncio.ensure_future(self._attach(name, self._viewer))

    async def _attach(self, name: str, viewer: Viewer) -> None:
        """Join the viewers; a town that has to be started first may take its time."""
        try:
            town = await asyncio.shield(self.registry.get(name))  # who goes away ends no town that is being made
            if town.state == "failed" and town.hub.stream.position is None:
                await town.wait_shown(0)
        except AitownError as error:
            self.close(_CODES.get(type(error), ENDED), error.message)
            return
        if self._viewer is not None:
            self._town = town
            town.hub.add(viewer)

    def on_message(self, message: str | bytes) -> None:
        viewer = self._viewer
        if viewer is None:
            return
        try:
            viewer.session.receive(message)
        except BadMessage as error:
            self.close(BAD_MESSAGE, error.message)
            return
        if self._town is not None:
            viewer.pump(self._town.hub.stream)

    def on_close(self) -> None:
        viewer, self._viewer = self._viewer, None
        if self._attaching is not None:
            self._attaching.cancel()
        if viewer is not None and self._town is not None:
            self._town.hub.remove(viewer)
        super().on_close()

    # the sink of a Viewer

    def send(self, frames: bytes) -> asyncio.Future[None]:
        """Write prepared frames beside tornado's own; right as long as this connection has no compression."""
        connection = self.ws_connection
        if connection is None or connection.stream is None or connection.is_closing():
            raise ConnectionAbortedError("the socket is closing")
        try:
            future: asyncio.Future[None] = connection.stream.write(frames)
        except (StreamClosedError, WebSocketClosedError) as error:
            raise ConnectionAbortedError("the socket has closed") from error
        return future

    def taken(self) -> int:
        connection = self.ws_connection
        stream = None if connection is None else connection.stream
        return getattr(stream, "_total_write_done_index", 0)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close; a reason longer than the protocol allows is cut."""
        if reason is not None:
            reason = reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore")
        super().close(code, reason)

    def abort(self) -> None:
        connection = self.ws_connection
        if connection is not None and connection.stream is not None:
            connection.stream.close()

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
