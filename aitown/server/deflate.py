"""The WebSocket protocol of tornado, agreeing to compression whose messages can be shared.

tornado would compress each message for each viewer, with a dictionary of that viewer's own. Here it only decompresses;
what it sends itself are control frames, which are never compressed. One thing must hold, or viewers silently decode
nonsense: no connection gets both shared messages and tornado's compressed ones, so `write_message` is not used.
"""

from __future__ import annotations

from typing import Any

from aitown.server.strict import Strict
from aitown.wire.websocket import AGREED, accepts_compression

_EXTENSIONS = "Sec-WebSocket-Extensions"


class SharedDeflate(Strict):
    """One connection; `compressed` says whether shared compressed messages may go over it."""

    compressed = False

    async def _accept_connection(self, handler: Any) -> None:
        if accepts_compression(handler.request.headers.get(_EXTENSIONS, "")):
            self.compressed = True
            # tornado's parser drops parameters without a value, so it can't be asked for these.
            self._create_compressors(
                "server", {"server_no_context_takeover": None, "client_no_context_takeover": None}, {}
            )
            self._compressor = None
            handler.set_header(_EXTENSIONS, AGREED)
        await super()._accept_connection(handler)

    def _parse_extensions_header(self, headers: Any) -> list[tuple[str, dict[str, str]]]:  # noqa: ARG002
        return []  # agreed above
