"""Whatever is said on a socket, in messages or below them, it is answered or closed with a code of PROTOCOL.md."""

from __future__ import annotations

import json
import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitown.wire.session import LIMIT
from tests.fuzz.nonsense import (
    BINARY,
    CLOSE,
    CONTINUE,
    DEEP,
    INPUT,
    MIND,
    ORDER,
    PING,
    PONG,
    TEXT,
    dialled,
    escaped,
    frame,
    likely,
    numbers,
    shake,
    texts,
    values,
)

_quietly = {"deadline": None, "suppress_health_check": list(HealthCheck), "report_multiple_bugs": False}
_CODES = {None, 1000, 1002, 1003, 1005, 1007, 1009, 4400, 4404, 4408, 4410, 4429}

ids = st.sampled_from([1, "a", "x" * 101, -1, 2**60, None]) | values


def message(kind, fields):
    return likely(fields).flatmap(lambda chosen: st.just(chosen | {"type": kind}))


with_id = st.one_of(message("input", INPUT), message("control", ORDER), message("mind", MIND)).flatmap(
    lambda wish: ids.map(lambda number: wish | {"id": number})
)
objects = st.one_of(
    message("ping", {"seq": [0, -1, "x"]}),
    message("resync", {"epoch": ["", "x" * 500, "e"], "seq": [0, 1, 2**53, 2**54, -1]}),
    message("visibility", {"hidden": [True, False, 0]}),
    message("decide", {"ask": [0, 1, -1], "inputs": [[], [{}], [1], {}], "error": ["broken", 1]}),
    with_id,
    with_id,
    st.dictionaries(texts, values, max_size=3),
)
messages = st.one_of(
    objects.map(lambda wish: frame(TEXT, json.dumps(wish).encode())),
    objects.map(lambda wish: frame(TEXT, json.dumps(wish, ensure_ascii=False).encode("utf-8", "surrogatepass"))),
    st.sampled_from(DEEP).map(lambda deep: frame(TEXT, deep.encode())),
    st.sampled_from(DEEP).map(
        lambda deep: frame(TEXT, b'{"type":"input","kind":"say","id":1,"text":' + deep.encode() + b"}")
    ),
    st.binary(max_size=20).map(lambda data: frame(TEXT, data)),
    st.binary(max_size=20).map(lambda data: frame(BINARY, data)),
    numbers.map(lambda number: frame(TEXT, json.dumps(number).encode())),
)
below = st.one_of(
    st.builds(
        frame,
        st.integers(0, 15),
        st.binary(max_size=130),
        final=st.booleans(),
        masked=st.booleans() | st.just(True),
        reserved=st.sampled_from([0, 0, 0, 1, 2, 4, 7]),
    ),
    st.sampled_from([LIMIT + 1, 2**31, 2**63, 2**64 - 1]).map(lambda size: frame(TEXT, b"x", size=size)),
    st.just(frame(TEXT, b'{"type": "ping", "seq": "' + b"x" * LIMIT + b'"}')),
    st.just(frame(TEXT, b'{"type":', final=False) + frame(PING, b"?") + frame(CONTINUE, b'"ping"}')),
    st.just(frame(TEXT, b"{", final=False) + frame(TEXT, b"}")),
    st.just(frame(CONTINUE, b"{}")),
    st.just(b"".join(frame(CONTINUE if i else TEXT, b"x" * 1024, final=False) for i in range(70))),
    st.sampled_from([0, 999, 1000, 1005, 4400, 65_535]).map(
        lambda code: frame(CLOSE, struct.pack("!H", code) + b"bye")
    ),
    st.sampled_from([b"", b"\x03", b"\x03\xe8\xff"]).map(lambda data: frame(CLOSE, data)),
    st.binary(max_size=30).map(lambda data: frame(TEXT, data, reserved=4)),
    st.just(frame(PONG, b"never asked")),
    st.just(frame(PING, b"x" * 200)),
    st.binary(max_size=30),
)
dials = st.lists(
    st.tuples(
        st.sampled_from(["v", "delta", "fmt", "epoch", "seq", "event", "events", "hidden", "town"]),
        st.sampled_from(["0", "1", "rows", "bin", "hamlet", "gone", "%ff", "%"]) | escaped,
    ),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
offers = st.sampled_from(["", "permessage-deflate", "permessage-deflate; client_max_window_bits", "x; y=,;"])


class Broken(Exception):
    """What came is no WebSocket."""


def frames(line, data):
    """What the server sends, frame by frame, until it hangs up."""

    def take(size):
        nonlocal data
        while len(data) < size:
            more = line.recv(1 << 16)
            if not more:
                raise EOFError
            data += more
        taken, data = data[:size], data[size:]
        return taken

    while True:
        try:
            first, size = take(2)
        except (EOFError, ConnectionResetError):
            return
        if size & 0x80 or first & 0x30:
            raise Broken(first, size)
        if size == 126:
            (size,) = struct.unpack("!H", take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", take(8))
        yield first & 0x0F, take(size), bool(first & 0x40)


def talk(server, query, sent, extensions="", *, at_once=True):
    """Say all this, then goodbye; the messages that came, and the code with which it ended, None for a hang-up.

    The goodbye may be lost inside a frame that was begun, so no more is written after it.
    """
    came, code = [], None
    with dialled(server) as line:
        status, rest = shake(server, line, query, extensions)
        if status != 101:
            return status, came, None
        if not at_once:
            rest = rest or line.recv(1 << 16)
        try:
            line.sendall(b"".join(sent) + frame(CLOSE, struct.pack("!H", 1000)))
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        for opcode, data, packed in frames(line, rest):
            if opcode == CLOSE:
                code = struct.unpack("!H", data[:2])[0] if data else 1005
                break
            if opcode == TEXT and not packed:
                came.append(json.loads(data))
    return status, came, code


def echoes(code, sent):
    """It is the code of a goodbye of ours, which the server gives back."""
    said = struct.pack("!H", code)
    return said in b"".join(sent) or bytes([said[0] ^ 1, said[1] ^ 2]) in b"".join(sent)


def check(server, query, sent, extensions=""):
    with server.untroubled():
        status, came, code = talk(server, query, sent, extensions)
    assert status in (101, 400), status
    assert code in _CODES or echoes(code, sent), code
    return came, code


@settings(max_examples=150, **_quietly)
@given(st.lists(messages, max_size=12), offers)
def test_any_message_is_answered_or_ends_the_socket_with_a_reason(server, sent, extensions):
    check(server, "town=hamlet&v=1&delta=1", sent, extensions)
    server.is_well()


@settings(max_examples=150, **_quietly)
@given(st.lists(messages | below, min_size=1, max_size=6))
def test_any_frame_is_borne(server, sent):
    check(server, "town=hamlet&v=1", sent)
    server.is_well()


@settings(max_examples=150, **_quietly)
@given(dials, offers)
def test_any_dial_is_answered(server, query, extensions):
    check(server, query, [], extensions)
    server.is_well()


@pytest.mark.soak
@settings(max_examples=20_000, **_quietly)
@given(dials, st.lists(messages | below, max_size=12), offers)
def test_twenty_thousand_conversations(server, query, sent, extensions):
    check(server, f"town=hamlet&v=1&{query}", sent, extensions)
    server.is_well()
