"""What is refused below the messages is refused with a code, so that a client knows that dialling again won't help."""

from __future__ import annotations

import json

import pytest

from aitown.wire.session import LIMIT
from tests.fuzz.nonsense import (
    BINARY,
    CLOSE,
    CONTINUE,
    DEEP,
    PING,
    TEXT,
    Asked,
    as_body,
    ask,
    frame,
)
from tests.fuzz.test_socket import talk

PACKED = 4


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"{}", reserved=2), 1002),
        (frame(3, b"?"), 1002),
        (frame(CONTINUE, b"{}"), 1002),
        (frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
        (frame(PING, b"x" * 200), 1002),
        (frame(PING, b"?", final=False), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, b"\x03\xe8\xff"), 1007),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xff\xff\xff", reserved=PACKED), 1007),
        (frame(TEXT, b"{" * (LIMIT + 1)), 1009),
        (frame(BINARY, b"{}"), 4400),
        (frame(TEXT, DEEP[1].encode()), 4400),
        (frame(TEXT, b'{"type":', final=False) + frame(PING) + frame(CONTINUE, b'"ping"}'), 1000),
    ],
)
def test_the_code_says_what_was_wrong(server, sent, code):
    with server.untroubled():
        _, _, closed = talk(server, "town=hamlet&v=1", [sent], "permessage-deflate", at_once=False)

    assert closed == code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 426),
        ((("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "8")), 426),
        ((("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")), 400),
        (
            (
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "x"),
                ("Origin", "http://[::1"),
            ),
            403,
        ),
    ],
)
def test_a_dial_that_is_none_is_an_error_in_json(server, headers, status):
    with server.untroubled():
        answer = ask(server, Asked("GET", "aitown/ws", "town=hamlet", headers, b""))

    assert answer.status == status
    assert set(json.loads(answer.body)) == {"error", "message", "remedy"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["aitown/ws", "aitown/state", "aitown/api/towns"])
def test_an_origin_that_is_no_address_is_no_fault_of_the_server(server, method, path):
    with server.untroubled():
        answer = ask(server, Asked(method, path, "token=wrong", (("Origin", "http://[::1"),), b""))

    assert answer.status in (403, 404)
    assert set(json.loads(answer.body)) == {"error", "message", "remedy"}


def test_a_dial_without_a_login_is_an_error_in_json(server):
    answer = ask(server, Asked("GET", "aitown/ws", "town=hamlet", (), b""), token=False)

    assert (answer.status, json.loads(answer.body)["error"]) == (403, "NotAllowed")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "aitown/api/nothing", b"", 404),
        ("GET", "aitown/api/towns/", b"", 404),
        ("PATCH", "aitown/api/towns", b"{}", 405),
        ("POST", "aitown/api/towns", as_body({"name": "far", "map": "x" * 5_000}), 400),
        ("POST", "aitown/api/towns", as_body({"name": "far", "map": "x" * 300 + ".tmj"}), 400),
        ("POST", "aitown/api/towns", as_body({"name": "far", "map": "riverbend", "personas": [1]}), 400),
        ("POST", "aitown/api/towns", b'{"name": "far", "personas": ' + DEEP[2].encode() + b"}", 400),
        ("POST", "aitown/api/towns/hamlet/control", b'{"op": ' + DEEP[2].encode() + b"}", 400),
        ("POST", "aitown/api/towns/hamlet/input", b'{"kind": "say", "text": ' + DEEP[1].encode() + b"}", 400),
    ],
)
def test_what_can_not_be_is_an_error_in_json(server, method, path, body, status):
    with server.untroubled():
        answer = ask(server, Asked(method, path, "", (), body))

    assert answer.status == status, answer
    assert set(json.loads(answer.body)) == {"error", "message", "remedy"}
