"""Minds of a live town: beside it by name, and objects of this kernel, wherever the town lives."""

from __future__ import annotations

import pytest

import aitown
from aitown.errors import BadParameter, InputRejected
from tests.server.real import until


def test_a_mind_is_given_by_name(in_a_plain_kernel):
    live = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
    assert live.mind(["Ada Marsh", 1], "tests.mind.seen:Home") == [0, 1]

    def both_decided():
        live.step(500)  # paced: the town doesn't wait for them
        decided = live.history.events(kinds=["decided"])
        return set(decided[decided["text"] == "no place like it"]["npc"]) == {0, 1}

    until(both_decided)
    assert live.mind("all", None) == [0, 1, 2]
    with pytest.raises(InputRejected):
        live.mind("Nobody", None)
    with pytest.raises((BadParameter, InputRejected)):
        live.mind("all", "nowhere:Mind")
    live.stop()


def test_a_mind_of_this_kernel_is_asked_here(in_a_plain_kernel):
    from tests.mind.seen import Home

    town = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
    asked = []

    class Mine(Home):
        def decide(self, seen):
            asked.append(seen.name)
            return super().decide(seen)

    assert town.mind("Ada Marsh", Mine(), mode="lockstep", seconds=30) == [0]
    town.step(1500)
    assert set(asked) == {"Ada Marsh"}
    decided = town.history.events(kinds=["decided"])
    assert (decided["text"] == "no place like it").sum() == len(asked)
    town.stop()


def test_a_mind_of_a_cell_decides_for_a_hosted_town(in_a_kernel_of_the_server, caplog):
    """It stays in this kernel, is asked over a socket, may fail, and gives back whom another one gets."""
    from tests.mind.seen import Home

    town = aitown.open("minded", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
    try:
        assert town.mind("Ada Marsh", Home(), mode="lockstep", seconds=30) == [0]
        assert town.mind([1, "Felix Marsh"], Failing(), mode="lockstep", seconds=30) == [1, 2]
        town.step(1500)
        events = town.history.events(kinds=["decided", "mind_error"])
        faults = events[events["kind"] == "mind_error"].groupby("npc")["text"].unique()
        assert {npc: list(texts) for npc, texts in faults.items()} == {
            1: ["RuntimeError: no idea"],
            2: ["RuntimeError: no idea"],
        }
        assert 0 in set(events["npc"])
        assert "Failing: RuntimeError: no idea. The default decides." in caplog.text
        assert "Traceback" in caplog.text
        town.mind(0, Babbling(), mode="lockstep", seconds=30)
        town.step(1500)
        faults = town.history.events(kinds=["mind_error"], npcs=[0])["text"].unique().tolist()
        assert faults == ["a mind answered 'the café, please'; expected up to 8 inputs."]
        assert "Answer with go(…)" in caplog.text
        assert town.mind("all", None) == [0, 1, 2]
        with pytest.raises(InputRejected, match="Nobody"):
            town.mind("Nobody", Home())
        with pytest.raises(BadParameter, match="decide"):
            town.mind(0, object())
    finally:
        town.stop()


class Failing:
    def decide(self, seen):
        raise RuntimeError("no idea")


class Babbling:
    def decide(self, seen):
        return "the café, please"
