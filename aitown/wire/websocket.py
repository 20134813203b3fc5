"""One WebSocket message prepared for many viewers (RFC 6455, section 5.2): server to client, so without a mask.

A compressed message (RFC 7692) is made without context takeover, or it could not be shared: every connection that gets
one must have agreed to `server_no_context_takeover`, and nothing else may compress on it.
"""

from __future__ import annotations

import struct
import zlib
from functools import cached_property

TEXT, BINARY = 1, 2
COMPRESS_FROM = 1024
"""Fewest bytes of a message that is compressed."""

_FINAL = 0x80
_COMPRESSED = 0x40
_LEVEL = 1
_RAW_DEFLATE = -zlib.MAX_WBITS
_SYNC_TAIL = 4
"""Bytes that a sync flush ends with and that RFC 7692 leaves out."""
_SHORT = 125
_MEDIUM = 0xFFFF


class Prepared:
    """A message, and the frames that carry it: made once, sent to every viewer that is owed it."""

    def __init__(self, data: bytes, opcode: int = TEXT) -> None:
        self.data = data
        self.opcode = opcode

    @cached_property
    def frame(self) -> bytes:
        """The whole message as one frame, for a connection without compression."""
        return _frame(_FINAL | self.opcode, self.data)

    @cached_property
    def compressed(self) -> bytes:
        """The same for a connection that agreed to compression."""
        if len(self.data) < COMPRESS_FROM:
            return self.frame
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
        body = deflate.compress(self.data) + deflate.flush(zlib.Z_SYNC_FLUSH)
        return _frame(_FINAL | _COMPRESSED | self.opcode, body[:-_SYNC_TAIL])


def _frame(first: int, data: bytes) -> bytes:
    size = len(data)
    if size <= _SHORT:
        head = struct.pack("!BB", first, size)
    elif size <= _MEDIUM:
        head = struct.pack("!BBH", first, 126, size)
    else:
        head = struct.pack("!BBQ", first, 127, size)
    return head + data


def accepts_compression(offers: str) -> bool:
    """Whether a `Sec-WebSocket-Extensions` header offers a `permessage-deflate` that shared messages fit.

    An offer that limits the window of the server is declined: a shared message has the full one.
    """
    for offer in offers.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        names = {parameter.partition("=")[0].strip() for parameter in parameters}
        if name == "permessage-deflate" and "server_max_window_bits" not in names:
            return True
    return False


AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
"""The answer to an accepted offer."""
