"""A proxy between a browser and a real server that breaks what the test says, and gives the page with the widget."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

STATIC = Path(__file__).parents[2] / "aitown" / "static"
PAGE = """<!doctype html><meta charset="utf-8"><title>aitown</title>
<script id="jupyter-config-data" type="application/json">%s</script>
<link rel="stylesheet" href="/bundle/widget.css">
<body></body>
<script type="module">
  import widget from "/bundle/widget.js";
  const traits = { town: %s, run: "", height: 480 };
  const model = { get: (name) => traits[name], set(name, value) { traits[name] = value; }, save_changes() {}, send() {}, on() {}, off() {} };
  for (let i = 0; i < %d; i++) {
    const [end, el] = [new AbortController(), document.createElement("div")];
    document.body.append(el);
    widget.render({ model, el, signal: end.signal });
  }
</script>"""
KINDS = {".js": "text/javascript", ".css": "text/css"}


class Proxy:
    """Runs in a thread of its own.

    `refusing` answers upgrades with 503; `down` answers nothing but the page; `asked` are the paths that were asked for.
    """

    def __init__(self, port: int, token: str) -> None:
        self.refusing = False
        self.down = False
        self.asked: list[str] = []
        self._upstream, self._token = port, token
        self._sockets: set[asyncio.StreamWriter] = set()
        self._stalled: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)

    def url(self, town: str, views: int = 1) -> str:
        return f"http://127.0.0.1:{self.port}/page?town={town}&views={views}"

    @property
    def config(self) -> str:
        """What a page of Jupyter's says of its server."""
        return json.dumps({"baseUrl": "/", "wsUrl": "", "token": self._token})

    def cut(self) -> None:
        """Every WebSocket breaks, without a closing handshake."""
        self._loop.call_soon_threadsafe(self._cut)

    def stall(self) -> None:
        """From now on nothing gets through the WebSockets that are open, in either direction, and nobody says so."""
        self._loop.call_soon_threadsafe(lambda: self._stalled.update(self._sockets))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _cut(self) -> None:
        for writer in self._sockets:
            writer.transport.abort()
        self._sockets.clear()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        self._cut()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.asked.append(path)
            upgrade = b"upgrade: websocket" in head.lower()
            if path.startswith(("/page", "/bundle/")):
                self._answer(writer, *self._file(path))
            elif self.down:
                pass
            elif upgrade and self.refusing:
                self._answer(writer, "text/plain", b"", "503 Service Unavailable")
            else:
                await self._relay(head, reader, writer, upgrade=upgrade)
        writer.close()

    def _file(self, path: str) -> tuple[str, bytes]:
        url = urlsplit(path)
        if url.path != "/page":
            file = STATIC / Path(url.path).name
            return KINDS[file.suffix], file.read_bytes()
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        return "text/html", (PAGE % (self.config, json.dumps(query["town"]), int(query["views"]))).encode()

    def _answer(self, writer: asyncio.StreamWriter, kind: str, body: bytes, status: str = "200 OK") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)

    async def _relay(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upgrade: bool
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        if upgrade:
            self._sockets |= {writer, far_writer}
        else:  # one request a connection, so that each is seen here
            head = head.replace(b"Connection: keep-alive", b"Connection: close")
        far_writer.write(head)
        ways = [self._pump(reader, far_writer), self._pump(far_reader, writer)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        self._sockets -= {writer, far_writer}
        self._stalled -= {writer, far_writer}
        far_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if writer not in self._stalled:
                    writer.write(data)
                    await writer.drain()
