"""From a kernel or a script to the towns of a Jupyter server: find it, ask it, follow a town.

>>> from aitown.client import Client
>>> client = Client.find()  # from a kernel: the server that started it
>>> client.towns()
>>> async for state in client.states("riverbend"):
...     print(state["clock"])
"""

from __future__ import annotations

import asyncio
import json
import operator
import os
import random
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import (
    AitownError,
    BadMessage,
    BadParameter,
    NoAnswer,
    NoServer,
    NotAllowed,
    TownEnded,
    UnknownTown,
    from_json,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aitown.wire.mirror import Mirror

ANSWER_SECONDS = 30.0
OPEN_SECONDS = 300.0
_PAGE = re.compile(r"/(lab|tree|notebooks)(/.*)?$")
"""The part of an address that names a page of Jupyter and not the server."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}


@dataclass(frozen=True)
class Server:
    """Where a Jupyter server is: its base URL, ending in a slash, its token, and its root folder if that is known."""

    url: str
    token: str = field(default="", repr=False)
    root: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", urllib.parse.quote(self.url, safe=":/%@[]"))

    @property
    def local(self) -> bool:
        """It runs on this machine, so that no proxy stands between and its certificate may be its own."""
        return urllib.parse.urlsplit(self.url).hostname in _LOOPBACK


def find_server(url: str | None = None, token: str | None = None) -> Server:
    """The Jupyter server to talk to.

    Args:
        url: the server's address as the browser shows it; a `?token=` in it is used. Without it, the server that
            started this kernel.
        token: its token.

    Raises:
        NoServer: when this process was not started by one and no `url` is given.
    """
    if url is not None:
        parts = urllib.parse.urlsplit(url)
        asked = urllib.parse.parse_qs(parts.query).get("token", [""])[0]
        path = _PAGE.sub("", parts.path).rstrip("/") + "/"
        return Server(urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", "")), token or asked)
    found = _parent_server() or _hub_server()
    if found is None:
        raise NoServer(
            "this process was not started by a Jupyter server.", 'Give its address: url="http://…:8888/?token=…".'
        )
    return found


def _parent_server() -> Server | None:
    """The server whose child this kernel is: it left a note with its address."""
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit():
        return None
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        note = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{parent}.json").read_text())
        if note.get("pid") != int(parent) or note.get("sock"):
            return None
        url = str(note["url"])
        return Server(url if url.endswith("/") else url + "/", note.get("token", ""), note.get("root_dir"))
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _hub_server() -> Server | None:
    """The single-user server of a JupyterHub."""
    service, prefix = os.environ.get("JUPYTERHUB_SERVICE_URL"), os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    token = os.environ.get("JUPYTERHUB_API_TOKEN")
    if not service or not prefix or not token:
        return None
    parts = urllib.parse.urlsplit(service)
    host = parts.netloc.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 (it listens everywhere; we are on its machine)
    return Server(f"{parts.scheme}://{host}{prefix}", token)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect of the API is a login page: an answer for people, and no state."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """The REST calls of one server, blocking, and the states of its towns."""

    def __init__(self, server: Server) -> None:
        self.server = server
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if server.local:
            handlers += [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_lenient())]
        self._opener = urllib.request.build_opener(*handlers)

    @classmethod
    def find(cls, url: str | None = None, token: str | None = None) -> Client:
        """A client of `find_server(url, token)`."""
        return cls(find_server(url, token))

    def get(self, path: str, *, seconds: float | None = ANSWER_SECONDS) -> Any:
        """The answer to a GET; `path` is relative to the server's base."""
        return self._call("GET", path, None, seconds)

    def post(self, path: str, body: Mapping[str, Any], *, seconds: float | None = ANSWER_SECONDS) -> Any:
        """The answer to a POST."""
        return self._call("POST", path, body, seconds)

    def towns(self) -> list[dict[str, Any]]:
        """All towns that the server knows.

        Raises:
            NoServer: when nothing answers there, or the server has no aitown.
            NotAllowed: when the token is missing or wrong.
        """
        found: list[dict[str, Any]] = self.get("aitown/api/towns")["towns"]
        return found

    def open(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Open a town, see `POST towns` in PROTOCOL.md; returns its `town`."""
        body = {"name": name} | {key: value for key, value in parameters.items() if value is not None}
        opened: dict[str, Any] = self.post("aitown/api/towns", body, seconds=OPEN_SECONDS)
        return opened

    def town(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(_town(name))
        return found

    def control(self, name: str, op: str, /, **fields: Any) -> dict[str, Any]:
        """Play, pause or step; returns `{tick, clock, phase, speed}` when it is done, however long that takes."""
        done: dict[str, Any] = self.post(f"{_town(name)}/control", {"op": op, **fields}, seconds=None)
        return done

    def input(self, name: str, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Send an input; returns `{accepted, id, tick}`."""
        done: dict[str, Any] = self.post(f"{_town(name)}/input", {"kind": kind, **fields})
        return done

    def stop(self, name: str) -> None:
        self._call("DELETE", _town(name), None, OPEN_SECONDS)

    def state(self, name: str) -> dict[str, Any]:
        """The newest `full_state` of a town."""
        found: dict[str, Any] = self.get(f"aitown/state?{urllib.parse.urlencode({'town': name})}", seconds=OPEN_SECONDS)
        return found

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float | None) -> Any:
        request = urllib.request.Request(self.server.url + path, method=method)  # noqa: S310 (the server's own address)
        if self.server.token:
            request.add_header("Authorization", f"token {self.server.token}")
        data = None
        if body is not None:
            data = _sendable(body)
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, data, seconds) as answer:
                return _json(answer.read(), answer.status)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except TimeoutError:
            raise NoAnswer(f"{method} {path}: no answer within {seconds} s.", "See the server's log.") from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise NoServer(f"no server answers at {self.server.url}: {reason}.", "Is Jupyter running?") from None

    def _refusal(self, error: urllib.error.HTTPError) -> AitownError:
        try:
            data = json.loads(error.read())
        except (ValueError, OSError):
            data = None
        if isinstance(data, dict) and "error" in data:
            return from_json(data)
        if error.code in (302, 401, 403):
            return NotAllowed(f"{self.server.url} does not let this process in ({error.code}).", "Give its token.")
        if error.code in (404, 405):
            return NoServer(
                f"the Jupyter server at {self.server.url} has no aitown.",
                "Install aitown in the environment of the server and start it again.",
            )
        return AitownError(f"{self.server.url} answered {error.code}.", "See the server's log.")

    async def states(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """The states of a town as they come, newest first when the reader is slow; dials again when the link breaks.

        Each is a whole payload, see PROTOCOL.md.

        Raises:
            UnknownTown, TownEnded, NotAllowed, BadMessage: when dialling again is of no use.
        """
        from aitown.wire.mirror import STABLE, Mirror, delay

        mirror = Mirror()
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            synced = False
            async for state in self._one_link(name, mirror):
                synced = True
                yield state
            if synced and loop.time() - began >= STABLE:
                failures = 0
            await asyncio.sleep(delay(failures, random.random()))
            failures += 1

    async def _one_link(self, name: str, mirror: Mirror) -> AsyncIterator[dict[str, Any]]:
        """States until the link breaks."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, InvalidStatus

        url = self.server.url.replace("http", "ws", 1) + "aitown/ws?"
        url += urllib.parse.urlencode({"town": name, "v": "1"})
        headers = {"Authorization": f"token {self.server.token}"} if self.server.token else {}
        options: dict[str, Any] = {"max_size": None, "max_queue": 4, "additional_headers": headers}
        if self.server.local:
            options["proxy"] = None
            if url.startswith("wss"):
                options["ssl"] = _lenient()
        try:
            async with connect(url, **options) as link:
                async for text in link:
                    message = json.loads(text)
                    if mirror.apply(message):
                        assert mirror.payload is not None
                        yield mirror.payload
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
            reason = closed.rcvd.reason if closed.rcvd else ""
            _stop_after(code, reason)
        except InvalidStatus as refused:
            if refused.response.status_code in (401, 403):
                raise NotAllowed(f"{self.server.url} does not let this process in.", "Give its token.") from None
            if refused.response.status_code in (404, 410):
                raise NoServer(f"the server at {self.server.url} has no aitown.", "Install it there.") from None
        except (OSError, TimeoutError):
            pass


def _stop_after(code: int, reason: str) -> None:
    """Raise when a socket that was closed with `code` is not worth another dial."""
    from aitown.wire.session import ENDED, NO_SUCH_TOWN, after_close

    if after_close(code) in ("retry", "later"):
        return
    kind = {NO_SUCH_TOWN: UnknownTown, ENDED: TownEnded, 4401: NotAllowed, 4403: NotAllowed}.get(code, BadMessage)
    raise kind(reason or f"the server closed the socket with {code}.", "See PROTOCOL.md.")


def _sendable(body: Mapping[str, Any]) -> bytes:
    """JSON; numbers of numpy and pandas go as numbers.

    Raises:
        BadParameter: for what has no JSON.
    """
    try:
        return json.dumps(body, default=_plain, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise BadParameter(
            f"{dict(body)!r:.200} can't be sent: {error}.", "Give texts, finite numbers, true and false."
        ) from None


def _plain(value: Any) -> Any:
    if hasattr(value, "__index__"):
        return operator.index(value)
    if hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"{value!r:.80} is a {type(value).__name__}")


def _town(name: str) -> str:
    return f"aitown/api/towns/{urllib.parse.quote(name, safe='')}"


def _json(data: bytes, status: int) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        raise BadMessage(
            f"an answer ({status}) that is not JSON: {data[:60]!r}.", "Is this a Jupyter server?"
        ) from None


def _lenient() -> ssl.SSLContext:
    """For a server on this machine, whose certificate is often its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
