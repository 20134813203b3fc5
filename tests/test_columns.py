"""Columns: declaration, quantising, frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.columns import (
    Column,
    Events,
    FrameBlock,
    Table,
    schema_from_json,
    schema_to_json,
)
from aitown.errors import BadParameter

X = Column("x", "f4", "walking", "tile", "Where.", frozen="i2", per_unit=8)
MOOD = Column("mood", "f4", "needs", "1", "How well.", frozen="i2", per_unit=1000, good="high")
ACT = Column("activity", "u1", "doing", "label", "What.", frozen="u1", labels=("sleeping", "eating"))
HOME = Column("home", "i4", "setup", "id", "Where to.", frozen="i4", refers="places", initial=-1)
SECRET = Column("until", "i4", "choosing", "tick", "Inside only.")


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50))
def test_a_decoded_value_is_the_nearest_decimal_of_its_quantum(values):
    real = MOOD.real(MOOD.freeze(np.array(values, "f4")))
    assert np.all(np.abs(real - np.array(values)) <= 0.5 / 1000 + 1e-6)
    for value in real.tolist():
        assert value == round(value, 3)  # 0.734, not 0.7340000000000001


@given(st.integers(-30_000, 30_000))
def test_freezing_what_was_decoded_gives_the_same_integer(quanta):
    again = X.freeze(X.real(np.array([quanta], "i2")))
    assert again.tolist() == [quanta]


def test_half_a_quantum_rounds_up():
    assert X.freeze(np.array([0.0625, -0.0625, 0.0624], "f4")).tolist() == [1, 0, 0]


def test_a_frozen_copy_is_read_only_and_apart_from_the_table():
    table = Table([X, ACT, SECRET], 3)
    frozen = table.freeze()
    table["x"][:] = 5
    assert frozen["x"].tolist() == [0, 0, 0]
    assert set(frozen) == {"x", "activity"}
    with pytest.raises(ValueError, match="read-only"):
        frozen["x"][0] = 1


def test_a_new_table_holds_initial_values():
    assert Table([HOME], 2)["home"].tolist() == [-1, -1]


def test_a_schema_survives_json():
    schema = {"npcs": (X, MOOD, ACT, HOME), "places": ()}
    again = schema_from_json(schema_to_json(schema))
    assert schema_to_json(again) == schema_to_json(schema)
    assert again["npcs"][0].real(np.array([4]))[0] == 0.5
    assert again["npcs"][2].labels == ("sleeping", "eating")


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "f4", "frozen": "i4"},
        {"dtype": "u1", "frozen": "i2"},
        {"dtype": "i4", "frozen": "i4", "per_unit": 10},
        {"dtype": "f4", "frozen": "i2", "per_unit": 0},
        {"dtype": "f4", "frozen": "i2", "labels": ("a",)},
    ],
)
def test_a_declaration_that_cannot_work_is_refused(wrong):
    with pytest.raises(BadParameter) as caught:
        Column("bad", owner="x", unit="1", doc="", **wrong)
    assert "bad" in caught.value.message
    assert caught.value.remedy


def test_a_column_is_declared_once():
    with pytest.raises(BadParameter, match="x"):
        Table([X, X], 1)


def test_freezing_an_inner_column_is_refused():
    with pytest.raises(BadParameter, match="until"):
        SECRET.freeze(np.zeros(1, "i4"))


def test_a_block_is_its_frames_in_order():
    x = np.arange(6, dtype="i2").reshape(3, 2)
    block = FrameBlock(np.array([10, 11, 12]), {"npcs": {"x": x}})
    assert [frame.tick for frame in block] == [10, 11, 12]
    assert [frame.tables["npcs"]["x"].tolist() for frame in block] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(ValueError, match="read-only"):
        x[0, 0] = 9


def test_event_rows_carry_the_label_of_their_kind():
    one = np.array([4])
    events = Events(
        ("said", "met"), one, np.array([60]), np.array([1]), np.array([2]), np.array([3]), np.array([-1]), ("",)
    )
    assert events.rows() == [{"id": 4, "tick": 60, "kind": "met", "npc": 2, "other": 3, "place": -1, "text": ""}]
