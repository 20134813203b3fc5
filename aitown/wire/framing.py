"""Messages on the pipe: `u32 length of the rest, little endian | u8 kind | body`.

A length of 0, a length above the limit or an unknown kind means that the two sides have lost each other: `BadMessage`,
and the pipe is of no more use. Nothing is skipped and nothing is guessed.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import orjson

from aitown.errors import BadMessage

JSON = 1
FRAME = 2
KINDS = (JSON, FRAME)
LIMIT = 1 << 30
"""Most bytes of one message on the pipe, kind included."""

_HEAD = struct.Struct("<IB")
_LENGTH = struct.Struct("<I")


class Message(NamedTuple):
    """One message of the pipe: its kind and its body."""

    kind: int
    body: bytes


def pack(kind: int, body: bytes) -> bytes:
    """One message as bytes.

    Raises:
        BadMessage: when it is longer than the pipe allows.
    """
    if len(body) + 1 > LIMIT:
        raise BadMessage(f"a message of {len(body)} bytes; the pipe takes {LIMIT - 1}.", "Send less at once.")
    return _HEAD.pack(len(body) + 1, kind) + body


def pack_json(message: dict[str, Any]) -> bytes:
    """A JSON object as one message of kind 1."""
    return pack(JSON, orjson.dumps(message))


def unpack_json(body: bytes) -> dict[str, Any]:
    """The object in the body of a kind 1 message; it has a `type`.

    Raises:
        BadMessage: for anything else.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadMessage(f"not JSON: {body[:80]!r} ({error}).", "Send one JSON object.") from error
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise BadMessage(f"not an object with a type: {body[:80]!r}.", 'Send {"type": …, …}.')
    return data


class Reader:
    """Bytes in any portions in, whole messages out."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes, in order.

        Raises:
            BadMessage: for a length out of range or an unknown kind.
        """
        self._bytes += data
        messages = []
        start = 0
        while len(self._bytes) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes, start)
            if not 1 <= length <= self.limit:
                raise BadMessage(
                    f"a message says that it has {length} bytes; expected 1 to {self.limit}.",
                    "The pipe is out of step: start the process again.",
                )
            body = start + _HEAD.size
            if len(self._bytes) >= body:
                self._check_kind(self._bytes[body - 1])
            end = start + _LENGTH.size + length
            if len(self._bytes) < end:
                break
            messages.append(Message(self._bytes[body - 1], bytes(self._bytes[body:end])))
            start = end
        del self._bytes[:start]
        return messages

    def end(self) -> None:
        """The other side has closed the pipe.

        Raises:
            BadMessage: when it did so in the middle of a message.
        """
        if self._bytes:
            raise BadMessage(
                f"the pipe ended {len(self._bytes)} bytes into a message.", "Look at the log of the process that wrote."
            )

    @staticmethod
    def _check_kind(kind: int) -> None:
        if kind not in KINDS:
            raise BadMessage(
                f"a message of kind {kind}; expected {JSON} (JSON) or {FRAME} (frame).",
                "The pipe is out of step: start the process again.",
            )
