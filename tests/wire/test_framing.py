from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadMessage
from aitown.wire.framing import FRAME, JSON, LIMIT, Message, Reader, pack, pack_json, unpack_json

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "framing.json").read_text())

bodies = st.lists(st.tuples(st.sampled_from((JSON, FRAME)), st.binary(max_size=60)), max_size=6)


@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda vector: vector["name"])
def test_golden_bytes(vector):
    messages = [Message(message["kind"], bytes.fromhex(message["body"])) for message in vector["messages"]]

    assert b"".join(pack(*message) for message in messages).hex() == vector["bytes"]
    assert Reader().feed(bytes.fromhex(vector["bytes"])) == messages


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_golden_junk(vector):
    with pytest.raises(BadMessage, match=vector["says"]):
        Reader(limit=vector.get("limit", LIMIT)).feed(bytes.fromhex(vector["bytes"]))


@given(bodies, st.data())
def test_any_portions_give_the_same_messages(messages, data):
    stream = b"".join(pack(*message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = Reader()

    found = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for message in reader.feed(stream[start:end])
    ]

    assert found == messages
    reader.end()


@given(st.binary(max_size=200))
def test_junk_is_refused_or_waited_for_and_never_misread(junk):
    reader = Reader(limit=100)
    try:
        messages = reader.feed(junk)
    except BadMessage:
        return
    assert b"".join(pack(*message) for message in messages) == junk[: sum(5 + len(m.body) for m in messages)]


def test_a_kind_is_judged_before_its_body_has_come():
    with pytest.raises(BadMessage, match="kind 9"):
        Reader().feed(bytes.fromhex("00000040" + "09"))


def test_an_end_in_the_middle_of_a_message():
    reader = Reader()
    reader.feed(pack_json({"type": "beat"})[:-1])

    with pytest.raises(BadMessage, match="into a message"):
        reader.end()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": 3}', b"\xff", b"nul"])
def test_json_without_a_type(body):
    with pytest.raises(BadMessage):
        unpack_json(body)


def test_json_comes_back():
    (message,) = Reader().feed(pack_json({"type": "say", "text": "Café"}))

    assert message.kind == JSON
    assert unpack_json(message.body) == {"type": "say", "text": "Café"}
