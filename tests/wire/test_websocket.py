from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as Reference
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from aitown.wire.websocket import BINARY, COMPRESS_FROM, TEXT, Prepared, accepts_compression


def received(data, *, compressed):
    """The messages that another library reads."""
    client = ClientProtocol(parse_uri("ws://h/"), state=OPEN, max_size=None)
    if compressed:
        client.extensions = [PerMessageDeflate(True, True, 15, 15)]
    client.receive_data(data)
    return [(event.opcode, event.data) for event in client.events_received()]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_is_what_another_library_writes(size, opcode):
    data = b"x" * size

    assert Prepared(data, opcode).frame == Reference(Opcode(opcode), data).serialize(mask=False)


@given(st.lists(st.tuples(st.text(max_size=3000), st.booleans()), max_size=6))
def test_shared_compressed_messages_are_read_by_another_library_in_any_mixture(messages):
    """Each is made without the ones before, so whoever joins late or skips some reads the same."""
    made = [Prepared(text.encode()) for text, _ in messages]
    stream = b"".join(
        one.compressed if compressed else one.frame for one, (_, compressed) in zip(made, messages, strict=True)
    )

    assert received(stream, compressed=True) == [(Opcode.TEXT, text.encode()) for text, _ in messages]


def test_only_what_pays_is_compressed():
    small, large = Prepared(b"x" * (COMPRESS_FROM - 1)), Prepared(b"x" * COMPRESS_FROM)

    assert small.compressed == small.frame
    assert len(large.compressed) < 30
    assert received(large.compressed, compressed=True) == [(Opcode.TEXT, large.data)]


def test_a_message_is_made_once():
    message = Prepared(b"x" * 2000)

    assert message.frame is message.frame
    assert message.compressed is message.compressed


@pytest.mark.parametrize(
    ("offers", "accepted"),
    [
        ("", False),
        ("permessage-deflate", True),
        ("permessage-deflate; client_max_window_bits", True),
        ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", True),
        ("permessage-deflate; client_max_window_bits=12; server_max_window_bits=12", False),
        ("permessage-deflate; server_max_window_bits=12, permessage-deflate", True),
        ("x-webkit-deflate-frame", False),
        (";;,=;,", False),
    ],
)
def test_which_offers_are_accepted(offers, accepted):
    assert accepts_compression(offers) is accepted
