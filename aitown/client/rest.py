"""The REST calls of one server, blocking."""

from __future__ import annotations

import json
import operator
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from aitown.client.find import Server, find_server
from aitown.errors import AitownError, BadMessage, BadParameter, NoAnswer, NoServer, NotAllowed, from_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aitown.client.link import Link

ANSWER_SECONDS = 30.0
OPEN_SECONDS = 300.0


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
            handlers += [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=lenient())]
        self._opener = urllib.request.build_opener(*handlers)

    def use(self, server: Server) -> None:
        """Talk to this server from now on."""
        self.server = server

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

    def person(self, name: str, npc: int) -> dict[str, Any]:
        """Who somebody is, and what they are like now: `{persona, npc}`."""
        found: dict[str, Any] = self.get(f"{_town(name)}/npcs/{npc}")
        return found

    def ties(self, name: str, npc: int) -> dict[str, Any]:
        """Whom an NPC knows now: `{tick, ties}`."""
        found: dict[str, Any] = self.get(f"{_town(name)}/npcs/{npc}/ties")
        return found

    def art(self, name: str, pictures: str) -> bytes:
        """The pictures of a town's map, by the name that its map says."""
        path = f"{_town(name)}/art/{urllib.parse.quote(pictures, safe='')}"
        found: bytes = self._send("GET", path, None, ANSWER_SECONDS, lambda answer: answer.read())
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

    def message(self, path: str) -> str | bytes:
        """A message of the protocol by HTTP: JSON as text, the binary form as bytes."""
        data: bytes
        data, kind = self._send(
            "GET", path, None, OPEN_SECONDS, lambda answer: (answer.read(), answer.headers["Content-Type"])
        )
        return data if kind == "application/octet-stream" else data.decode()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float | None) -> Any:
        return self._send(method, path, body, seconds, lambda answer: _json(answer.read(), answer.status))

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float | None, read: Callable[[Any], Any]
    ) -> Any:
        request = urllib.request.Request(self.server.url + path, method=method)  # noqa: S310 (the server's own address)
        if self.server.token:
            request.add_header("Authorization", f"token {self.server.token}")
        data = None
        if body is not None:
            data = sendable(body)
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, data, seconds) as answer:
                return read(answer)
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

    def link(self, name: str, **query: str) -> Link:
        """A socket to a town that comes back: states and events as they come, inputs and minds the other way.

        Args:
            name: of the town.
            query: what else to dial with, see PROTOCOL.md; what changed, in the form that pays, if nothing is said.
        """
        from aitown.client.link import Link

        return Link(self, name, query or None)

    async def states(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """The states of a town as they come, the newest when the reader is slow; dials again when the link breaks.

        Each is a whole payload in rows, see PROTOCOL.md.

        Raises:
            UnknownTown, TownEnded, NotAllowed, NoServer, BadMessage: when dialling again is of no use.
        """
        async with self.link(name) as link:
            async for state in link.states():
                yield state

    async def events(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """The events of a town from now on, each once and in order; see `Link.events`."""
        async with self.link(name) as link:
            async for event in link.events():
                yield event


def sendable(body: Mapping[str, Any]) -> bytes:
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


def lenient() -> ssl.SSLContext:
    """For a server on this machine, whose certificate is often its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
