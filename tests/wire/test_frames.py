from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.columns import Column
from aitown.errors import BadMessage
from aitown.wire.frames import decode, encode
from tests.wire.helpers import SCHEMA, frame

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "frame.json").read_text())
CLOCK = "2025-03-03T06:01:00"
BODY = encode(frame(tick=6), CLOCK, SCHEMA)


def same(one, other):
    return one.tick == other.tick and all(
        np.array_equal(values, other.tables[table][name])
        for table, columns in one.tables.items()
        for name, values in columns.items()
    )


def test_golden_bytes():
    assert BODY.hex() == VECTOR["bytes"]


def test_a_frame_comes_back():
    got, clock = decode(BODY, SCHEMA)

    assert clock == CLOCK
    assert same(frame(tick=6), got)
    assert not got.tables["npcs"]["x"].flags.writeable


def test_big_endian_values_are_written_little():
    swapped = frame(tick=6)
    swapped.tables["npcs"]["x"] = swapped.tables["npcs"]["x"].astype(">i2")

    assert encode(swapped, CLOCK, SCHEMA) == BODY


def test_another_schema_is_refused():
    other = {**SCHEMA, "places": (Column("open", "u1", "opening", "1", "", "u1"),)}

    with pytest.raises(BadMessage, match="columns"):
        decode(BODY, other)


@given(st.integers(0, len(BODY) - 1))
def test_a_cut_frame_is_refused(end):
    with pytest.raises(BadMessage):
        decode(BODY[:end], SCHEMA)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_another_value_of_the_same_form(position, flip):
    mutated = bytearray(BODY)
    mutated[position] ^= flip
    try:
        got, _ = decode(bytes(mutated), SCHEMA)
    except BadMessage:
        return
    assert {table: set(columns) for table, columns in got.tables.items()} == {
        table: set(columns) for table, columns in frame().tables.items()
    }


def test_bytes_after_the_columns():
    with pytest.raises(BadMessage, match="columns end"):
        decode(BODY + b"\0", SCHEMA)
