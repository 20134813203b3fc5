"""The two usual ways to send one state to many viewers, as servers of their own.

    python benchmarks/peers.py broadcast|write_message MESSAGE.json HZ

`broadcast` is `websockets.broadcast()` of one text; `write_message` is tornado's, given the state as an object for each
viewer, as a handler does that keeps a list of its sockets. Prints its port, then serves until its stdin closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import orjson
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from websockets.asyncio.server import broadcast, serve


async def until_told() -> None:
    await asyncio.to_thread(sys.stdin.readline)


async def send_for_ever(send, hz: float) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        send()
        due = max(due + 1 / hz, loop.time())
        await asyncio.sleep(due - loop.time())


async def with_broadcast(message: dict, hz: float) -> None:
    viewers = set()

    async def handler(socket) -> None:
        viewers.add(socket)
        try:
            await socket.wait_closed()
        finally:
            viewers.discard(socket)

    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        sending = asyncio.ensure_future(send_for_ever(lambda: broadcast(viewers, orjson.dumps(message).decode()), hz))
        await until_told()
        sending.cancel()


async def with_write_message(message: dict, hz: float) -> None:
    viewers: set[WebSocketHandler] = set()

    class Handler(WebSocketHandler):
        def open(self) -> None:
            viewers.add(self)

        def on_close(self) -> None:
            viewers.discard(self)

    def send() -> None:
        for viewer in tuple(viewers):
            try:
                viewer.write_message(message)
            except WebSocketClosedError:
                viewers.discard(viewer)

    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(Application([("/.*", Handler)])).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    sending = asyncio.ensure_future(send_for_ever(send, hz))
    await until_told()
    sending.cancel()


if __name__ == "__main__":
    ways = {"broadcast": with_broadcast, "write_message": with_write_message}
    asyncio.run(ways[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text()), float(sys.argv[3])))
