"""Invitations: they spread as facts do, and those who have accepted come."""

from types import SimpleNamespace

import pytest

from aitown.errors import BadParameter, InputRejected
from aitown.history import attending
from aitown.history.frames import Names
from aitown.history.information import OPEN, Spell
from aitown.mind import Scripted
from aitown.persona import Persona
from aitown.town import Town
from tests.sim.tiny import make_map, make_people
from tests.town.test_information import CHATTY
from tests.town.test_town import assert_same, tiny

SURE = {"believe_stranger": 1, "believe_friend": 1, "accept_stranger": 1, "accept_friend": 1, "forget_half_life": 1e5}
SIX = 12 * 360


def keen():
    """The tiny people, sociable enough to accept whatever they are sure of."""
    return tuple(Persona.from_json({**person.to_json(), "sociability": 0.6}) for person in make_people())


def party(hours=16, *, to=(), at="18:00", place="Green", minutes=60, days=0, **parameters):
    town = Town(make_map(), personas=keen(), seed=7, parameters={**CHATTY, **parameters})
    town.invite(0, place, at, to=to, minutes=minutes, days=days)
    return town.run(hours=hours, progress=False)


def test_all_who_get_it_and_accept_are_there_in_time_and_leave_after():
    run = party(to="all", **SURE)
    [one] = run.invitations().to_dict("records")
    assert (one["starts"], one["ends"], one["knew"], one["accepted"]) == (SIX, SIX + 360, 7, 7)
    assert one["came"] == one["kept"] == 7
    who = run.attendance(0)
    assert (who["came"] - SIX).max() <= 6 * 10
    frames = run.npcs(["place", "why", "activity"], ticks=slice(SIX - 120, SIX + 840))
    at_green = (frames["place"] == "Green").unstack()
    assert at_green.loc[SIX + 200].all()
    assert (frames["why"] == "invited").unstack().loc[SIX + 200].all()
    assert not at_green.loc[SIX + 800].any()
    assert set(frames["activity"].loc[SIX + 200]) <= {"socialising", "talking"}


def test_nobody_comes_who_has_not_accepted():
    for nobody in ({"accept_stranger": 0, "accept_friend": 0}, {"believe_stranger": 0, "believe_friend": 0}):
        run = party(to="all", **{**SURE, **nobody})
        [one] = run.invitations().to_dict("records")
        assert (one["knew"], one["accepted"], one["kept"]) == (7, 0, 0)
        frames = run.npcs(["why", "place"], ticks=slice(SIX + 100, SIX + 300))
        assert not ((frames["why"] == "invited") & (frames["place"] == "Green")).drop(0, level="npc").any()


def test_it_spreads_by_talk_and_the_log_says_who_knew_and_answered():
    run = party(hours=40, at="18:00", days=1, tell_half_life=1000, believe_stranger=0.7)
    who = run.attendance("Person0 Tiny invites people to Green at 18:00 the day after")
    assert len(who) > 3
    assert {"accepted"} <= set(who["answer"].dropna())
    tellings = run.tellings()
    for npc, row in who.iterrows():
        telling = tellings[(tellings["tick"] == row["heard"]) & (tellings["other"] == npc)]
        assert row["source"] in telling["npc"].tolist()
        assert telling["conversation"].iloc[0] >= 0
    assert who["answer"].notna().tolist() == who["believed"].tolist()
    came = run.npcs(["place"], ticks=slice(*run.invitations().loc[0, ["starts", "ends"]]))["place"] == "Green"
    assert (who["came"] >= 0).to_dict() == came.groupby("npc").any()[who.index].to_dict()
    after = run.invitations().loc[0, "ends"]
    assert tellings["tick"].max() < after


def test_work_and_sleep_go_before_invitations():
    run = party(hours=10, to="all", at="10:00", **SURE)
    who = run.attendance(0)
    at_work = [i for i, persona in enumerate(make_people()) if persona.work and i]
    assert (who.loc[at_work, "came"] == -1).all()
    assert (who.loc[[3, 7], "came"] >= 0).all()


def test_nobody_is_let_in_where_no_visitor_is():
    run = party(to="all", at="21:30", place="Café", **SURE)
    assert run.invitations()["came"].tolist() == [0]
    full = party(to="all", at="18:00", place="Café", **SURE)
    assert full.npcs(["place"])["place"].eq("Café").groupby("tick").sum().max() <= 6


def test_times_are_the_next_ones():
    with tiny(start="2025-03-03T06:00:05") as town:
        town.invite(0, "Green", "06:01")
        town.invite(1, "Green", "05:00", minutes=1)
        town.invite(2, "Green", "06:01", days=2)
        found = town.run(ticks=5, progress=False).invitations()
        model = town._running.model()
        assert found["starts"].tolist() == model._facts.table["starts"][:3].tolist()
        assert found["ends"].tolist() == model._facts.table["ends"][:3].tolist()
        assert found["starts"].tolist() == [6, 23 * 360, 6 + 2 * 8640]
        assert found["text"].tolist()[2].endswith("06:01 in 2 days")
        town.tell("The mill closes", to=0)
        with pytest.raises(BadParameter, match="no invitation"):
            town.run(ticks=5, progress=False).attendance("The mill closes")


def test_a_mind_is_told_what_the_default_would_do():
    class Keen:
        seen = ()

        def decide(self, seen):
            if seen.default["why"] == "invited":
                self.seen = (seen.default["place"], seen.default["doing"])

    mind = Keen()
    with Town(
        make_map(), personas=keen(), seed=7, parameters=SURE, minds={4: mind, 5: Scripted({"17:30": "Mill"})}
    ) as town:
        town.invite(0, "Green", "18:00", to=[4, 5])
        run = town.run(hours=13, progress=False)
        assert mind.seen == ("Green", "socialising")
        assert run.attendance(0)["came"][4] >= 0
        assert run.attendance(0)["came"][5] == -1


def test_resumed_before_the_party_it_goes_on_as_if_nothing_had_been(tmp_path):
    with (
        tiny(record=tmp_path / "whole", parameters=CHATTY) as whole,
        tiny(record=tmp_path / "cut", parameters=CHATTY) as cut,
    ):
        for town in (whole, cut):
            town.invite(0, "Green", "18:00", to=[2, 3])
            town.step(3000)
        whole.step(2500)
    with Town.resume(tmp_path / "cut") as again:
        again.step(2500)
        assert_same(again.history, whole.history)


def test_an_invitation_to_nowhere_is_refused():
    with tiny() as town:
        with pytest.raises(InputRejected, match="Did you mean Green"):
            town.invite(0, "Gren", "18:00")
        with pytest.raises(InputRejected, match="not a time of day"):
            town.invite(0, "Green", "25:00")


def test_who_forgot_and_heard_again_counts_from_the_first_time():
    one = attending.Invitation(fact=0, text="a party", host=0, place=0, tick=5, starts=100, ends=200)
    spells = [
        Spell(npc=1, fact=0, since=10, source=0, believed=10, until=40, answer="declined"),
        Spell(npc=2, fact=0, since=20, source=1, believed=20, until=30, answer="accepted"),
        Spell(npc=1, fact=0, since=60, source=2, believed=70, answer="accepted"),
        Spell(npc=2, fact=0, since=90, source=1, believed=OPEN),
        Spell(npc=2, fact=1, since=8, source=0, believed=8),
        Spell(npc=3, fact=0, since=200, source=0, believed=200),
    ]
    people = Names({"npcs": ["Ann", "Ben", "Cleo", "Dan"]})
    who = attending.attendance(one, SimpleNamespace(spells=spells), None, people, 10.0)
    assert who["heard"].to_dict() == {1: 10, 2: 20}
    assert who["source_name"].tolist() == ["Ann", "Ben"]
    assert who["believed"].tolist() == [True, True]
    assert who["answer"].tolist() == ["accepted", "accepted"]
