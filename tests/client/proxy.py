"""A TCP proxy that does what lines do: it is slow, it stalls, it is cut in the middle of a frame, it goes dead."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from typing import Self

PIECE = 256


class Line:
    """One connection through the proxy."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.frozen = False
        self.left = None
        self.down = b""
        self.swallowed = 0

    def cut(self):
        self.writer.transport.abort()


class Proxy:
    """Listens on `port` and passes on to a server; the faults are set while it runs."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.port = 0
        self.bytes_per_second = None
        self.dials = []
        self.lines = []
        self._server = None
        self._tasks = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # faults

    def cut(self):
        """Break all connections."""
        for line in self.lines:
            line.cut()

    def cut_after(self, count):
        """Break them after so many bytes more."""
        for line in self.lines:
            line.left = count

    def freeze(self):
        """Pass nothing more on the connections that are there, and tell nobody."""
        for line in self.lines:
            line.frozen = True

    async def refuse(self):
        """Let nobody in, and break what is there."""
        self._server.close()
        self.cut()
        self._server = await asyncio.start_server(self._turn_away, "127.0.0.1", self.port)

    async def listen(self):
        """Let everybody in (again)."""
        if self._server is not None:
            self._server.close()
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    # what happened

    async def dialled_in_vain(self, count):
        wanted = len(self.dials) + count
        while len(self.dials) < wanted:
            self._changed.clear()
            await self._changed.wait()

    async def swallowed(self):
        """Wait until a frozen connection has been sent something."""
        while not any(line.swallowed for line in self.lines):
            self._changed.clear()
            await self._changed.wait()

    async def heard_text(self, number):
        """What went to the client over a connection, decompressed as far as it is compressed."""
        _, _, frames = self.lines[number].down.partition(b"\r\n\r\n")
        return b"".join(_payloads(frames))

    # how

    async def _turn_away(self, reader, writer):
        self.dials.append(b"")
        self._changed.set()
        writer.transport.abort()

    async def _pass(self, reader, writer):
        up_reader, up_writer = await asyncio.open_connection(*self.target)
        line = Line(up_reader, writer)
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/ws?" in head:
            self.dials.append(head)
            self.lines.append(line)
        up_writer.write(head)
        down = asyncio.ensure_future(self._pump(line, up_reader, writer, down=True))
        up = asyncio.ensure_future(self._pump(line, reader, up_writer, down=False))
        self._tasks |= {down, up}
        await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, up_writer):
            end.transport.abort()
        for task in (down, up):
            task.cancel()

    async def _pump(self, line, reader, writer, *, down):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(PIECE if self.bytes_per_second else 1 << 16):
                if line.frozen:
                    line.swallowed += not down
                    self._changed.set()
                    continue
                if down and line.left is not None:
                    data, line.left = data[: line.left], line.left - len(data)
                if down:
                    line.down += data
                writer.write(data)
                await writer.drain()
                if line.left is not None and line.left <= 0:
                    return
                if self.bytes_per_second:
                    await asyncio.sleep(len(data) / self.bytes_per_second)


def _payloads(data):
    while len(data) >= 2:
        size, head = data[1] & 0x7F, 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[2:head], "big")
        body = data[head : head + size]
        if data[0] & 0x40:
            body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body + b"\0\0\xff\xff")
        yield body
        data = data[head + size :]
