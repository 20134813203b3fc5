"""What all REST calls share: who may, one shape of error, and which calls count as a person's act."""

from __future__ import annotations

import functools
import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web

from aitown.errors import AitownError, BadMessage, NotAllowed
from aitown.wire import plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aitown.server.registry import Registry

RESOURCE = "aitown"

_authenticated: Any = web.authenticated
_authorized: Any = authorized

_NAMES = {
    HTTPStatus.UNAUTHORIZED: (NotAllowed, "Send the server's token, or log in."),
    HTTPStatus.FORBIDDEN: (NotAllowed, "Send the server's token, or log in; a browser also sends X-XSRFToken."),
    HTTPStatus.BAD_REQUEST: (BadMessage, "See PROTOCOL.md."),
    HTTPStatus.NOT_FOUND: (AitownError, "See PROTOCOL.md for the addresses."),
    HTTPStatus.UPGRADE_REQUIRED: (BadMessage, "Dial it as a WebSocket of version 13; see PROTOCOL.md."),
    HTTPStatus.METHOD_NOT_ALLOWED: (BadMessage, "See PROTOCOL.md for what may be asked where."),
}


class TownHandler(ExtensionHandlerMixin, APIHandler):
    """Base of the handlers. Reading is not activity: a town that is watched may not keep an idle server alive."""

    _track_activity = False

    @property
    def registry(self) -> Registry:
        found: Registry = self.settings["aitown_registry"]
        return found

    def check_origin(self, *origin: str) -> bool:
        try:
            return bool(super().check_origin(*origin))
        except ValueError:  # it is no address
            return False

    def reply(self, data: Any, status: int = HTTPStatus.OK) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(orjson.dumps(data))

    def acted(self) -> None:
        """A person did something: the server is not idle."""
        note_activity(self.settings)

    def body(self) -> Any:
        """The JSON body; an empty one is an empty object.

        Raises:
            BadMessage: when it isn't JSON.
        """
        return plain.read(self.request.body or b"{}")

    def object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            BadMessage: when it is something else.
        """
        body = self.body()
        if not isinstance(body, dict):
            raise BadMessage("the body is not a JSON object.", "Send a JSON object.")
        return body

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        write_error(self, status_code, **kwargs)


def write_error(handler: web.RequestHandler, status_code: int, **kwargs: Any) -> None:
    """Answer with an error that Jupyter or tornado raised, in the one shape."""
    error = kwargs.get("exc_info", (None, None, None))[1]
    if not isinstance(error, AitownError):
        kind, remedy = _NAMES.get(HTTPStatus(status_code), (AitownError, ""))
        said = (error.log_message or "") if isinstance(error, web.HTTPError) else ""
        error = kind(said or HTTPStatus(status_code).phrase, remedy)
    handler.set_header("Content-Type", "application/json")
    handler.finish(orjson.dumps(error.to_json()))


def note_activity(settings: dict[str, Any]) -> None:
    """Keep the server from being culled as idle: a person has just done something."""
    from jupyter_server._tz import utcnow

    settings["last_activity_times"]["aitown"] = utcnow()


def call(action: str) -> Callable[[Callable[..., Awaitable[None]]], Any]:
    """A method of a handler that needs the right to `action` ("read", "execute") and may raise `AitownError`."""

    def decorate(method: Callable[..., Awaitable[None]]) -> Any:
        assert inspect.iscoroutinefunction(method)

        @functools.wraps(method)
        async def answered(self: TownHandler, *args: str) -> None:
            try:
                await method(self, *args)
            except AitownError as error:
                self.reply(error.to_json(), error.status)

        return _authenticated(_authorized(action, RESOURCE)(answered))

    return decorate
