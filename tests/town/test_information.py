"""Facts: told, heard, believed or not, forgotten. Each telling in the log is held to where everybody was."""

import numpy as np
import pandas as pd
import pytest

from aitown.errors import BadParameter, InputRejected, UnknownName
from aitown.persona import Persona
from aitown.sim.inputs import Tell
from aitown.town import Town
from tests.sim.tiny import make_map, make_people
from tests.town.test_town import assert_same, tiny

MILL, FAIR = "The mill closes in May", "There is a fair on Sunday."
CHATTY = {"meet_rate": 30, "quiet_least": 1, "quiet_most": 5, "tell_chance": 1}


def knowing(facts):
    """The tiny people, of whom some know something."""
    return tuple(Persona.from_json({**p.to_json(), "knows": facts.get(i, [])}) for i, p in enumerate(make_people()))


def told(hours=30, **parameters):
    town = Town(make_map(), personas=knowing({2: [FAIR]}), seed=7, parameters={**CHATTY, **parameters})
    town.tell(MILL, to=1)
    return town, town.run(hours=hours, progress=False)


@pytest.fixture(scope="module")
def lived():
    town, run = told()
    yield town, run
    town.close()


def circle(partners, npc):
    """Who stands in the conversation of an NPC, by the partners of one tick."""
    found, other = {npc}, int(partners[npc])
    while other >= 0 and other not in found:
        found.add(other)
        other = int(partners[other])
    return found


def test_each_telling_is_between_two_who_talk_in_one_place_and_the_teller_knew(lived):
    _, run = lived
    tellings = run.tellings()
    inside = tellings[tellings["npc"] >= 0]
    assert len(inside) > 50
    assert set(inside["how"]) == {"believed", "doubted", "known"}
    frames = run.npcs(["place", "partner", "activity"])
    talks = run.conversations()
    for row in inside.itertuples():
        now = frames.loc[row.tick]
        assert now["place"][row.npc] == now["place"][row.other] == row.place
        assert row.other in circle(now["partner"], row.npc)
        talk = talks.loc[row.conversation]
        assert talk["tick"] < row.tick
        assert row.tick <= talk["until"] or talk["until"] < 0
        before = run.knowledge(row.tick - 1, row.fact).loc[row.fact]
        assert before["believes"][row.npc]
        assert (row.how == "known") == bool(row.other in before.index and before["believes"][row.other])


def test_what_is_told_is_said(lived):
    _, run = lived
    said = run.talk().set_index(["tick", "npc"])["text"]
    inside = run.tellings()
    for row in inside[inside["npc"] >= 0].itertuples():
        assert row.text.rstrip(".") in said.loc[(row.tick, row.npc)]


def test_who_knows_what_follows_from_the_log_as_the_model_has_it():
    town = Town(make_map(), personas=knowing({2: [FAIR]}), seed=3, parameters={**CHATTY, "forget_half_life": 5})
    town.tell(MILL, to=1)
    seen = {}
    for _ in range(12):
        run = town.run(hours=3, progress=False)
        known = town._running.model()._facts
        rows = np.flatnonzero(known.records["heard_at"] >= 0)
        seen[town.tick] = {
            (row % known.table.rows, row // known.table.rows): bool(known.knowledge["believes"][row]) for row in rows
        }
    assert "forgot" in set(run.events()["kind"])
    for tick, expected in seen.items():
        assert run.knowledge(tick)["believes"].to_dict() == expected
    town.close()


def test_facts_and_diffusion(lived):
    _, run = lived
    facts = run.facts()
    assert facts["text"].tolist() == [FAIR, MILL]
    assert facts["origin"].tolist() == ["persona", "told"]
    assert facts["tick"].tolist() == [0, 1]
    assert facts["know"].min() > 3
    curve = run.diffusion(every="1h")
    assert curve[FAIR].iloc[0] == 1 / 8
    for tick in curve.index[::5]:
        for fact, text in enumerate(facts["text"]):
            known = run.knowledge(tick, fact)
            assert curve[text][tick] == len(known) / 8
            assert run.diffusion(fact, believed=True, every=1)[text][tick] == known["believes"].sum() / 8
    assert run.diffusion(MILL)[MILL].iloc[-1] == facts["know"][1] / 8
    with pytest.raises(UnknownName, match="The mill closes"):
        run.knowledge(facts="The mill opens")
    with pytest.raises(UnknownName, match="counted from 0"):
        run.tellings(5)
    with tiny() as quiet, pytest.raises(BadParameter, match="no facts"):
        quiet.run(ticks=10, progress=False).diffusion()


def test_from_whom(lived):
    _, run = lived
    known = run.knowledge()
    tellings = run.tellings()
    for (fact, npc), row in known.iterrows():
        if row["source"] >= 0:
            first = tellings[
                (tellings["fact"] == fact) & (tellings["other"] == npc) & (tellings["tick"] == row["tick"])
            ]
            assert row["source"] in first["npc"].tolist()
    assert known.loc[(0, 2), "source"] == known.loc[(1, 1), "source"] == -1


def test_nobody_tells_believes_or_forgets_when_the_parameters_say_so():
    assert (told(12, tell_chance=0)[1].tellings()["npc"] == -1).all()
    doubted = told(12, believe_friend=0, believe_stranger=0)[1]
    assert set(doubted.tellings().query("npc >= 0")["how"]) == {"doubted"}
    assert doubted.facts()["believe"].tolist() == [1, 1]
    short = told(24, forget_half_life=0.5, tell_chance=0)[1]
    assert short.events(kinds=["forgot"])["text"].tolist() == [MILL]
    assert short.knowledge()["text"].tolist() == [FAIR]


def test_a_fact_changes_nothing_but_words():
    with tiny(parameters=CHATTY) as without, tiny(parameters=CHATTY) as having:
        having.tell(MILL, to=1)
        one, other = without.run(hours=12, progress=False), having.run(hours=12, progress=False)
        pd.testing.assert_frame_equal(other.npcs(), one.npcs())
        assert len(other.tellings()) > 10
        kinds = ["met", "parted", "arrived", "decided"]
        columns = ["tick", "kind", "npc", "other"]
        expected, found = (run.events(kinds)[columns].reset_index(drop=True) for run in (one, other))
        pd.testing.assert_frame_equal(found, expected)


def test_resumed_with_more_facts_than_there_was_room_for_it_goes_on_as_if_nothing_had_been(tmp_path):
    def give(town, number):
        town.tell(f"Number {number} was drawn", to=number % 8)

    with (
        tiny(record=tmp_path / "whole", parameters=CHATTY) as whole,
        tiny(record=tmp_path / "cut", parameters=CHATTY) as cut,
    ):
        for number in range(11):
            for town in (whole, cut):
                give(town, number)
                town.step(300)
        whole.step(600)
    with Town.resume(tmp_path / "cut") as again:
        again.step(600)
        assert_same(again.history, whole.history)
        assert len(again.history.facts()) == 11


def test_a_town_holds_so_many_facts(monkeypatch):
    from aitown.sim import facts

    monkeypatch.setattr(facts, "MOST", 2)
    with tiny() as town:
        for text in ("one", "two"):
            town.tell(text, to=0)
            town.step()
        town.tell("one", to=1)
        town.step()
        with pytest.raises(InputRejected, match="2 facts already"):
            town.tell("three", to=0)
        with pytest.raises(InputRejected, match="2 facts already"):
            town._running.model().apply(Tell("three", 0))
        town.step()


def test_who_tells_for_a_mind_has_to_know_it_and_to_be_there():
    with tiny() as town:
        town.tell(MILL, to=0)
        town.step()
        homes = [persona.home for persona in town.personas]
        near, far = 2, 1
        assert homes[0] == homes[near] != homes[far]
        town.tell(MILL, to=near, by=0)
        town.tell(MILL, to=far, by=0)
        town.tell(FAIR, to=near, by=0)
        run = town.run(ticks=5, progress=False)
        assert run.tellings()[["npc", "other"]].to_numpy().tolist() == [[-1, 0], [0, near]]
        faults = run.events(kinds=["mind_error"])["text"].tolist()
        assert faults == [f"Person1 Tiny isn't here to be told: {MILL}", f"doesn't know that: {FAIR}"]
        assert run.facts()["text"].tolist() == [MILL]
