"""One viewer's side of a stream: what it has, and so what it is owed.

A viewer owns no queue. When there is room on its socket it asks `due`, and gets the newest of everything that it
hasn't seen; what it missed meanwhile is gone. So a stalled viewer costs nothing but the message that it stalls on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import orjson

from aitown.errors import BadMessage
from aitown.wire.websocket import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.wire.stream import Position, Stream

LIMIT = 64 * 1024
"""Most bytes of a message from a viewer."""

NORMAL = 1000
SERVER_STOPS = 1001
SERVER_ERROR = 1011
TRY_LATER = 1013
REPLACED = 4000
BAD_MESSAGE = 4400
EXPIRED = 4401
NOT_ALLOWED = 4403
NO_SUCH_TOWN = 4404
TOO_SLOW = 4408
ENDED = 4410
OVERLOAD = 4429

Answer = Literal["retry", "later", "refresh", "stop"]

AFTER_CLOSE: Mapping[int, Answer] = {
    **dict.fromkeys((NORMAL, SERVER_STOPS, 1005, 1006, SERVER_ERROR, 1012, REPLACED), "retry"),
    **dict.fromkeys((TRY_LATER, TOO_SLOW, OVERLOAD), "later"),
    **dict.fromkeys((1002, 1003, 1007, 1008, 1009, 1010), "stop"),
    EXPIRED: "refresh",
}


def after_close(code: int) -> Answer:
    """What a client does when its socket was closed with `code`."""
    if code in AFTER_CLOSE:
        return AFTER_CLOSE[code]
    return "stop" if 4400 <= code < 4500 else "retry"  # noqa: PLR2004 (the range of the table)


class Session:
    """What one viewer has been sent.

    Args:
        versioned: it dialled with `v=1`; the others get whole states and nothing else.
    """

    def __init__(self, *, versioned: bool) -> None:
        self.versioned = versioned
        self.position: Position | None = None
        self._status = -1
        self._events = -1
        self._owes_pong = False

    def receive(self, text: str | bytes) -> None:
        """Take a message from the viewer.

        Raises:
            BadMessage: when it is too long, not JSON or of an unknown type; close with 4400.
        """
        if isinstance(text, bytes):
            raise BadMessage("a binary message; expected JSON text.", "See PROTOCOL.md.")
        if len(text) > LIMIT:
            raise BadMessage(f"a message of {len(text)} characters; at most {LIMIT}.", "Send less.")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadMessage(f"not JSON: {text[:40]!r}.", "See PROTOCOL.md.") from error
        kind = message.get("type") if isinstance(message, dict) else None
        if kind != "ping":
            raise BadMessage(f"a message of type {kind!r}; expected 'ping'.", "See PROTOCOL.md.")
        self._owes_pong = self.versioned

    def due(self, stream: Stream) -> list[Text]:
        """The texts that this viewer is owed now, taken as sent; empty when it has all."""
        texts = [*self._news(stream), *self._state(stream)]
        if self.versioned:
            if self._status != stream.status_version:
                self._status = stream.status_version
                texts.append(stream.status_message())
            if self._owes_pong:
                self._owes_pong = False
                texts.append(self.mark("pong"))
        return texts

    def mark(self, kind: Literal["hb", "pong"]) -> Text:
        """A message that says where this viewer stands."""
        epoch, seq = self.position or (None, 0)
        return Text(orjson.dumps({"type": kind, "epoch": epoch, "seq": seq}))

    def _news(self, stream: Stream) -> list[Text]:
        """Events since the last ones; those before its first state are not owed."""
        if not self.versioned:
            return []
        seen, self._events = self._events, stream.event_count
        if self.position is None or seen == stream.event_count:
            return []
        return [stream.events_since(seen)]

    def _state(self, stream: Stream) -> list[Text]:
        newest = stream.position
        if newest is None or newest == self.position:
            return []
        first = self.position is None or self.position.epoch != newest.epoch
        self.position = newest
        if not self.versioned:
            return [stream.plain("full_state" if first else "state_update")]
        if first:
            self._status = stream.status_version
            return [stream.full_state()]
        return [stream.state_update()]
