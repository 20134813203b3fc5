"""Requests and messages that nobody in their senses would send, and what is common to all answers."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import struct
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from hypothesis import strategies as st

texts = st.text(max_size=12) | st.sampled_from(
    ["", " ", "\x00", "..", "a/b", "%", "\u202e", "é" * 40, "🏠" * 80, "x" * 300, "hamlet", "riverbend", "1e999", "-1"]
)
numbers = (
    st.integers(-3, 3)
    | st.sampled_from([2**31, 2**53, 2**63 - 1, 2**64 - 1, -(2**63), 10**30, 1e308, -0.0, 0.5])
    | st.floats(allow_nan=False, allow_infinity=False)
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def nest(depth, opening="[", closing="]"):
    return opening * depth + closing * depth


DEEP = [nest(depth) for depth in (200, 260, 900, 1020, 5_000)]
DEEP += ['{"a":' * depth + "1" + "}" * depth for depth in (260, 1_000)]

TOWN = {
    "name": ["hamlet", "village", "a b", "Ü", "x" * 80],
    "map": ["riverbend", "nowhere", "x" * 5_000, "x" * 300 + ".tmj", "../..", "/", "a\x00b", "hamlet.tmj"],
    "npcs": [3, 0, 10**9],
    "seed": [7, -1, 2**63, 2**64 - 1],
    "personas": [[], [{}], [{"name": "A"}], [1], [[[]]]],
    "start": ["2025-03-03", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2025-03-03T07:00:00+14:00", "now"],
    "tick_seconds": [10, 0, 86_400, 10**12],
    "speed": [0, 1, 1e308, -1],
    "play": [False],
    "fresh": [False],
}
ORDER = {"op": ["play", "pause", "step"], "speed": [0, 1, 1e-300, 1e308], "ticks": [1, 3, 0, -1]}
INPUT = {
    "kind": ["say", "move", "decide", "need", "open", "close", "hours", "schedule", "mind", "default"],
    "text": ["Hello", "x" * 501],
    "to": [0, 3, "Nobody"],
    "by": [0, -1],
    "npc": [0, 2, 3, -1, "Ada"],
    "npcs": ["all", [0], [0, 0], [99], []],
    "place": [0, 10**6, -1, "Mill Café"],
    "doing": ["sleeping", "walking"],
    "minutes": [1, 1440, 0, -1],
    "need": ["hunger", "thirst"],
    "value": [0, 1, 2],
    "wake": ["07:00", "25:00"],
    "workdays": [["monday"], ["noday"], "monday"],
    "mind": [None, "os:system", "no.such:Mind", "x:" + "y" * 300],
    "why": ["because"],
    "id": [1],
    "type": ["stop"],
}
MIND = {"npcs": ["all", [0], [99], [], "x", [[]]], "mode": ["paced", "lockstep", "x"], "seconds": [1, 0, -1, 1e308]}
ASKS = [
    {"op": "look"},
    {"op": "run"},
    {"op": "inputs"},
    {"op": "document", "name": "../manifest.json"},
    {"op": "rows", "table": "npcs", "columns": ["x"], "start": 0, "stop": 5},
    {"op": "rows", "table": "npcs", "columns": [[]], "start": "a", "stop": -1, "every": 0, "ids": [2**70]},
    {"op": "rows"},
    {"op": "explode"},
    {"run": "other", "op": "look"},
]


def likely(fields):
    """An object with some of these fields, mostly with values that may be right."""
    some = {name: st.sampled_from(known) if len(known) > 1 else st.just(known[0]) for name, known in fields.items()}
    strange = {name: value | values for name, value in some.items()}
    return st.fixed_dictionaries({}, optional=some) | st.fixed_dictionaries({}, optional=strange)


def as_body(wish):
    return json.dumps(wish, ensure_ascii=False).encode("utf-8", "surrogatepass")


def bodies(fields):
    """Bytes that a body may be."""
    return (
        likely(fields).map(as_body)
        | values.map(as_body)
        | st.binary(max_size=40)
        | st.sampled_from([deep.encode() for deep in DEEP])
        | st.sampled_from(sorted(fields)).flatmap(
            lambda name: st.sampled_from(DEEP).map(
                lambda deep: (
                    as_body({key: known[0] for key, known in fields.items() if key != name})[:-1]
                    + f', "{name}": {deep}}}'.encode()
                )
            )
        )
    )


# HTTP


WITHOUT_BODY = (101, 204, 304)


class Asked(NamedTuple):
    """One request, as it is written on the wire."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


escaped = (texts | st.sampled_from(["hamlet", "gone", "atlantis"])).map(lambda text: quote(text, safe=""))
segments = escaped | st.sampled_from(["hamlet", "hamlet", "hamlet", "gone", "%ff", "%", "%00", "%2f", "a%2"])
queries = st.lists(
    st.tuples(
        st.sampled_from(["town", "fmt", "v", "delta", "epoch", "seq", "event", "hidden", "ask", "token", "_xsrf"]),
        escaped | st.sampled_from(["%ff", "%", "1", "rows", "bin", *(quote(json.dumps(ask)) for ask in ASKS)]),
    ),
    max_size=3,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"])
headers = st.lists(
    st.sampled_from(
        [
            ("Content-Type", "application/json"),
            ("Content-Type", "multipart/form-data"),
            ("Content-Type", "multipart/form-data; boundary="),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Type", "é;=;;"),
            ("Content-Encoding", "gzip"),
            ("Accept", "text/html"),
            ("Cookie", "_xsrf=2|1|2|3; username=x"),
            ("X-XSRFToken", "2|zz"),
            ("Origin", "null"),
            ("Origin", "http://[::1"),
            ("Origin", "http://evil.example"),
            ("Referer", "http://evil.example/"),
            ("If-None-Match", 'W/"x", *'),
            ("If-None-Match", "é"),
            ("Range", "bytes=0-"),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "8"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "x"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=1; ;,,"),
            ("Sec-WebSocket-Protocol", ","),
            ("X-Forwarded-For", "nobody"),
        ]
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)


def towns(*rest):
    return segments.map(lambda name: "/".join(("aitown/api/towns", name, *rest)))


PATHS = (
    (st.sampled_from(["aitown/state", "state", "aitown/ws", "ws"]), {}),
    (st.just("aitown/api/towns"), TOWN),
    (towns(), {"x": [1]}),
    (towns("control"), ORDER),
    (towns("input"), INPUT),
    (towns("log"), {"x": [1]}),
    (towns("history"), {"x": [1]}),
    (st.sampled_from(["0", "2", "3", "999999999", "²", "%D9%A1", "-1", "x"]).flatmap(lambda n: towns("npcs", n)), {}),
)


@st.composite
def requests(draw):
    path, fields = draw(st.sampled_from(PATHS))
    method, where = draw(methods | st.sampled_from(["GET", "POST"])), draw(path)
    if method == "DELETE" and where.endswith("/hamlet"):
        method = "GET"
    body = draw(bodies(fields)) if fields and method != "GET" else draw(st.just(b"") | st.binary(max_size=20))
    return Asked(method, where, draw(queries), draw(headers), body)


def ask(server, asked, *, token=True):
    """The answer to it, on a connection of its own; None when the server hung up without one."""
    url = urlsplit(server.url)
    lines = [f"{asked.method} {url.path}{asked.path}?{asked.query} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in asked.headers]
    lines += [f"Authorization: token {server.token}"] * token
    if not any(name == "Connection" for name, _ in asked.headers):
        lines.append("Connection: close")
    if asked.body or asked.method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(asked.body)}")
    with dialled(server) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + asked.body)
        return answer(line, asked.method)


def dialled(server):
    url = urlsplit(server.url)
    return contextlib.closing(socket.create_connection((url.hostname, url.port), timeout=60))


def answer(line, method="GET"):
    head = b""
    while b"\r\n\r\n" not in head:
        data = line.recv(1 << 16)
        if not data:
            return None
        head += data
    head, _, body = head.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    status = int(first.split()[1])
    found = {name.lower(): value.strip() for name, _, value in (header.partition(":") for header in rest)}
    if status in WITHOUT_BODY or method == "HEAD":
        return Answer(status, found, body)
    size = int(found["content-length"]) if "content-length" in found else None
    while size is None or len(body) < size:
        data = line.recv(1 << 16)
        if not data:
            break
        body += data
        if size is None and body.endswith(b"0\r\n\r\n"):
            break
    return Answer(status, found, body)


# WebSocket frames

CONTINUE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, data=b"", *, final=True, masked=True, reserved=0, size=None):
    """One frame, right or wrong; `size` is what it says of its length."""
    size = len(data) if size is None else size
    mark = 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    if size < 126:
        head += bytes([mark | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", mark | 126, size)
    else:
        head += struct.pack("!BQ", mark | 127, size)
    key = b"\x01\x02\x03\x04"
    return head + (key + bytes(byte ^ key[i % 4] for i, byte in enumerate(data)) if masked else data)


def shake(server, line, query="", extensions=""):
    """Open a socket on a connection; the status."""
    url = urlsplit(server.url)
    key = base64.b64encode(b"0123456789abcdef").decode()
    offer = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
    line.sendall(
        f"GET {url.path}aitown/ws?{query} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: token {server.token}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{offer}\r\n".encode()
    )
    found = answer(line)
    return found.status, found.body
