"""One WebSocket to a town of a server, from a process that has its token."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

from aitown.client.rest import lenient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.asyncio.client import connect

    from aitown.client.find import Server

READ_AHEAD = 4
"""Messages that are read ahead; what is more waits in the server, where the newest wins."""


def dial(server: Server, town: str, query: Mapping[str, str]) -> connect:
    """The socket of a town, for `async with`; `query` is that of PROTOCOL.md."""
    from websockets.asyncio.client import connect
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    url = server.url.replace("http", "ws", 1) + "aitown/ws?"
    url += urllib.parse.urlencode({**query, "town": town})
    options: dict[str, Any] = {"max_size": None, "max_queue": READ_AHEAD, "compression": None}
    options["additional_headers"] = {"Authorization": f"token {server.token}"} if server.token else {}
    if not server.local:
        # Not the default offer: it limits the server's window, which messages for many viewers don't fit.
        options["extensions"] = [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
    else:
        options["proxy"] = None
        if url.startswith("wss"):
            options["ssl"] = lenient()
    return connect(url, **options)
