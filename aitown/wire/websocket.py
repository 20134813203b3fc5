"""One WebSocket message prepared for many viewers (RFC 6455, section 5.2): server to client, so without a mask."""

from __future__ import annotations

import struct
from functools import cached_property

_FINAL_TEXT = 0x81
_SHORT = 125
_MEDIUM = 0xFFFF


class Text:
    """A text message in UTF-8, and the frame that carries it: made once, sent to every viewer that is owed it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def frame(self) -> bytes:
        """The whole message as one unmasked frame, for a connection without compression."""
        size = len(self.data)
        if size <= _SHORT:
            head = struct.pack("!BB", _FINAL_TEXT, size)
        elif size <= _MEDIUM:
            head = struct.pack("!BBH", _FINAL_TEXT, 126, size)
        else:
            head = struct.pack("!BBQ", _FINAL_TEXT, 127, size)
        return head + self.data
