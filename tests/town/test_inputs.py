"""Inputs through a Town: journaled, refused, replayed."""

import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import InputRejected
from aitown.sim.inputs import KINDS
from aitown.town import Town
from tests.town.test_town import assert_same, tiny

EACH = (
    {"kind": "say", "text": "Good morning", "to": "Person1 Tiny"},
    {"kind": "tell", "fact": "The mill closes", "to": "Person1 Tiny"},
    {"kind": "invite", "by": 3, "place": "Green", "at": "08:10", "to": [4, 5], "minutes": 30},
    {"kind": "move", "npc": 2, "place": "Green"},
    {"kind": "decide", "npc": 4, "place": "Green", "doing": "eating", "why": "such weather", "minutes": 15},
    {"kind": "need", "npc": 5, "need": "hunger", "value": 0.95},
    {"kind": "close", "place": "Café"},
    {"kind": "open", "place": "Shop"},
    {"kind": "hours", "place": "Shop"},
    {"kind": "schedule", "npc": 7, "dinner": "12:15", "workdays": ["sat"]},
    {"kind": "give", "to": 1, "by": 2, "cents": 5},
    {"kind": "price", "place": "Café", "cents": 900},
    {"kind": "wage", "place": "Mill", "cents": 1500},
    {"kind": "restock", "place": "Shop", "units": 7},
    {"kind": "mind", "npcs": [6], "mind": None},
    {"kind": "default", "npc": 6, "error": "a test"},
    {"kind": "add", "persona": {"name": "Zoe Hart", "age": 9, "ties": {"Person1 Tiny": 0.8}, "knows": ["It rains"]}},
    {"kind": "remove", "npc": "Person2 Tiny"},
)


def test_each_kind_is_tried():
    assert {data["kind"] for data in EACH} == set(KINDS)


def test_work_for_who_has_none_is_not_in_the_journal(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        with pytest.raises(InputRejected, match="no place of work"):
            town.input("schedule", npc=3, work_from="09:00", work_to="12:00")
        assert (tmp_path / "run" / "inputs.jsonl").read_text() == ""
        town.step(10)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["self", "kind", "text", "to"]) | st.text(max_size=4), st.integers() | st.text())
)
def test_a_town_takes_or_refuses_whatever_is_passed_through(fields):
    town = tiny()
    try:
        town.input(**fields)
    except InputRejected:
        assert town._running.inbox.records == []


KILLED = """
import os, signal, sys
from tests.town.test_inputs import EACH
from tests.town.test_town import tiny
town = tiny(record=sys.argv[1])
for data in EACH:
    town.step(150)
    town.input(**data)
town.history
town.step(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_every_kind_is_replayed_bit_for_bit(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "killed")], check=False)
    assert killed.returncode == -signal.SIGKILL
    with tiny(record=tmp_path / "whole") as whole:
        for data in EACH:
            whole.step(150)
            whole.input(**data)
        whole.step(1500)
        with Town.resume(tmp_path / "killed") as again:
            again.step(whole.tick - again.tick)
            assert_same(whole.history, again.history)
            assert again.history.inputs()["kind"].tolist() == [data["kind"] for data in EACH]
            reasons = again.history.events(kinds=["decided"])
            assert "such weather" in set(reasons["text"])
