"""A crowd of viewers in a process of its own: sockets that read and count, and nothing more.

    python benchmarks/crowd.py PORT PATH COUNT SECONDS [--deflate] [--settle S]

For each line on stdin it prints one of JSON: messages and bytes that came in `seconds`, and the viewers that were still
there. Viewers speak just enough WebSocket to count frames, so that the crowd costs less than the server it measures.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import sys
import time

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


class Viewer:
    """One socket; counts the frames in what it reads."""

    def __init__(self, port: int, path: str, *, deflate: bool) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(REQUEST.format(path=path, port=port, more=DEFLATE if deflate else "").encode())
        self.head = b""
        self.skip = -1  # before the end of the handshake
        self.messages = 0
        self.bytes = 0

    def take(self, data: bytes) -> None:
        """Count what has come."""
        self.bytes += len(data)
        if self.skip < 0:
            self.head += data
            _, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                return
            self.head, self.skip = b"", 0
        if self.skip >= len(data):
            self.skip -= len(data)
            return
        data = self.head + data[self.skip :]
        at, self.skip, self.head = 0, 0, b""
        while at < len(data):
            size = frame_size(data[at : at + 10])
            if size is None:
                self.head = data[at:]
                return
            self.messages += data[at] & 0x0F in (1, 2)
            at += sum(size)
        self.skip = at - len(data)


def frame_size(head: bytes) -> tuple[int, int] | None:
    """Bytes of the head and of the body of a frame, as soon as its head tells."""
    if len(head) < 2:
        return None
    size = head[1] & 0x7F
    length = 2 if size < 126 else 4 if size == 126 else 10
    if len(head) < length:
        return None
    return length, size if size < 126 else int.from_bytes(head[2:length], "big")


def follow(chooser: selectors.BaseSelector, seconds: float) -> None:
    """Read for so long."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        for key, _ in chooser.select(left):
            data = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
            if data:
                key.data.take(data)
            else:
                chooser.unregister(key.fileobj)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("count", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--settle", type=float, default=2.0)
    options = parser.parse_args()
    chooser = selectors.DefaultSelector()
    viewers = []
    for number in range(options.count):
        viewer = Viewer(options.port, options.path, deflate=options.deflate)
        chooser.register(viewer.socket, selectors.EVENT_READ, viewer)
        viewers.append(viewer)
        if number % 25 == 24:
            follow(chooser, 0.01)
    follow(chooser, options.settle)
    print("ready", flush=True)
    while sys.stdin.readline():
        before = sum(viewer.messages for viewer in viewers), sum(viewer.bytes for viewer in viewers)
        follow(chooser, options.seconds)
        messages = sum(viewer.messages for viewer in viewers) - before[0]
        received = sum(viewer.bytes for viewer in viewers) - before[1]
        print(json.dumps({"messages": messages, "bytes": received, "viewers": len(chooser.get_map())}), flush=True)


if __name__ == "__main__":
    main()
