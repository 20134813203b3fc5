from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadParameter
from aitown.wire.dial import Dial, asked_form, form_for


def test_who_says_no_version_is_the_simple_client_whatever_else_it_says():
    assert Dial.parse({"town": "x", "delta": "9", "fmt": "?", "seq": "-"}) == Dial()


def test_all_wishes():
    query = {
        "v": "1",
        "delta": "1",
        "fmt": "auto",
        "epoch": "e",
        "seq": "7",
        "event": "9",
        "events": "0",
        "hidden": "1",
    }

    assert Dial.parse(query) == Dial(
        versioned=True, delta=True, form="auto", have=("e", 7), event=9, events=False, hidden=True
    )


def test_a_later_version_is_served_with_this_one():
    assert Dial.parse({"v": "2"}).versioned


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"v": ""}, "v="),
        ({"v": "0"}, "v="),
        ({"v": "one"}, "v="),
        ({"v": "1", "delta": "yes"}, "delta="),
        ({"v": "1", "fmt": "xml"}, "fmt="),
        ({"v": "1", "epoch": "e"}, "epoch and seq"),
        ({"v": "1", "seq": "1"}, "epoch and seq"),
        ({"v": "1", "epoch": "e" * 101, "seq": "1"}, "epoch and seq"),
        ({"v": "1", "epoch": "e", "seq": "-1"}, "seq="),
        ({"v": "1", "epoch": "e", "seq": "٣"}, "seq="),
        ({"v": "1", "epoch": "e", "seq": "9" * 400}, "seq="),
        ({"v": "1", "event": "x"}, "event="),
    ],
)
def test_what_can_not_be(query, says):
    with pytest.raises(BadParameter, match=says):
        Dial.parse(query)


@given(st.dictionaries(st.sampled_from(["v", "delta", "fmt", "epoch", "seq", "event", "events", "hidden"]), st.text()))
def test_anything_is_a_dial_or_an_error(query):
    with contextlib.suppress(BadParameter):
        assert isinstance(Dial.parse(query), Dial)


@pytest.mark.parametrize(
    ("asked", "npcs", "form"),
    [
        ("auto", 25, "rows"),
        ("auto", 999, "rows"),
        ("auto", 1_000, "cols"),
        ("auto", 10_000, "bin"),
        ("rows", 10**6, "rows"),
        ("bin", 1, "bin"),
    ],
)
def test_the_form_that_pays(asked, npcs, form):
    assert form_for(asked, npcs) == form


def test_a_form_that_is_none():
    with pytest.raises(BadParameter, match="expected rows, cols, bin, auto"):
        asked_form("json")
