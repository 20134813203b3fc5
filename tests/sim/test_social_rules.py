"""Single rules of company, talk and belief: two towns that differ in one thing share all draws, so the rest is equal."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from aitown.sim.codes import T_PEOPLE, T_WORK
from aitown.sim.inputs import Decide, Invite, Need, Say, Tell
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.phrases import FAREWELLS, REACTIONS
from aitown.sim.systems.talking import _topic
from aitown.sim.systems.telling import pick
from tests.sim.tiny import make_map
from tests.town.test_drawn_to import at_home

STILL = {"home_comfort": 2, "tie_first": 0, "tie_hours": 10_000, "tie_half_life": 100_000, "routine_jitter": 0}
"""People who stay at home, and whose ties don't change."""


def stay(count=2, ties=None, seed=1, start="2025-03-03T10:00", sociable=lambda i: 0.5, **parameters):
    people = at_home(ties, sociable)[:count]
    people = [replace(p, ties={name: tie for name, tie in p.ties.items() if name in names(people)}) for p in people]
    return Model(make_map(), people, seed=seed, start=start, parameters=Parameters(**{**STILL, **parameters}))


def names(people):
    return {person.name for person in people}


def until(model, happens, ticks=2000):
    """Advance to the tick at which something happens, which is returned."""
    for _ in range(ticks):
        model.advance(1, 0)
        if happens(model):
            return model.tick
    raise AssertionError(f"not in {ticks} ticks")


def talks(model):
    return model.npcs["partner"][0] >= 0


def rests(model):
    return model.npcs["partner"][0] < 0


def first_meeting(company, seed):
    model = stay(seed=seed, meet_rate=4)
    for npc in (0, 1):
        model.apply(Need(npc, "social", company))
    return until(model, talks)


def test_the_lonely_look_for_company_sooner():
    lonely, content = ([first_meeting(company, seed) for seed in range(40)] for company in (0, 1))
    assert all(a <= b for a, b in zip(lonely, content, strict=True))
    assert sum(a < b for a, b in zip(lonely, content, strict=True)) >= 15


def test_close_friends_talk_longer():
    """0.4 of the drawn span is for strangers, all of it for those whose tie is 0.6 and above."""
    for seed in range(5):
        spans = []
        for tie in (0.0, 0.3, 0.6, 1.0):
            model = stay(ties={0: {1: tie}, 1: {0: tie}} if tie else None, seed=seed, talk_least=5, talk_most=205)
            at = until(model, talks)
            spans.append((at, int(model.npcs["talk_until"][0]) - at - 30))
        ticks, spans = zip(*spans, strict=True)
        assert len(set(ticks)) == 1
        assert spans[3] == pytest.approx(spans[2], abs=1)
        assert spans[0] == pytest.approx(0.4 * spans[3], abs=1)
        assert spans[1] == pytest.approx(0.7 * spans[3], abs=1)
        assert spans[3] > 20


def test_the_sociable_are_silent_for_a_shorter_time():
    for seed in range(5):
        model = stay(seed=seed, quiet_least=5, quiet_most=205)
        until(model, talks)
        saved = model.save()
        silences = []
        for sociability in (0.3, 0.5, 1.0):
            model.restore(saved)
            model.npcs["sociability"][:] = sociability
            at = until(model, rests)
            silences.append(model.npcs["rest_until"] - at - 30)
        timid, middling, sociable = np.array(silences, float)
        assert np.allclose(middling, 0.8 * timid, atol=1)
        assert np.allclose(sociable, 0.3 * timid, atol=1)
        assert timid.min() > 5


def test_whether_somebody_believes_is_drawn_for_each_teller():
    model = stay(12, believe_stranger=0.5)
    found = np.array([[model.convinced(0, teller, at) for teller in range(1, 12)] for at in range(200)])
    assert 0.45 < found.mean() < 0.55
    assert not (found == found[:, :1]).all(1).any()


def test_whether_somebody_accepts_grows_with_its_sociability():
    """By 0.5 + sociability: half of the chance for the most timid, all of it for the middling."""
    shares = []
    for sociability in (0.0, 0.25, 0.5, 1.0):
        model = stay(12, sociable=lambda _, s=sociability: s, accept_stranger=0.8)
        shares.append(np.array([model.accepts(npc, 0, at) for npc in range(1, 12) for at in range(100)]))
    for fewer, more in pairwise(shares):
        assert (fewer <= more).all()
    assert [share.mean() for share in shares] == pytest.approx([0.4, 0.6, 0.8, 1], abs=0.03)
    assert shares[3].all()


def test_in_a_group_of_three_it_is_drawn_which_of_the_others_speaks_next():
    model = stay(3, meet_rate=60, quiet_least=1, quiet_most=3, join_ease=1, talk_least=60, talk_most=60)
    again = third = 0
    for _ in range(9):
        together = (model.advance(360).tables["npcs"]["partner"] >= 0).all(1)
        spells = np.cumsum(~together)
        said = [row for row in model.events().rows() if row["kind"] == "said"]
        by_spell = defaultdict(list)
        for row in said:
            at = row["tick"] - model.tick + 359
            if together[at]:
                by_spell[spells[at]].append(row["npc"])
        for speakers in by_spell.values():
            for before, last, following in zip(speakers[3:], speakers[4:], speakers[5:], strict=False):
                assert following != last != before
                again, third = again + (following == before), third + (following != before)
    assert again + third > 200
    assert again / (again + third) == pytest.approx(0.5, abs=0.1)


def test_the_answer_to_news_says_whether_it_is_believed_doubted_or_was_known():
    """Whoever has doubted it before has heard it, too."""
    model = stay(6, meet_rate=30, quiet_least=1, quiet_most=5, group_most=2, tell_chance=1, tell_stale=1,
                 tell_half_life=10_000, forget_half_life=100_000, believe_stranger=0.3, talk_least=10)  # fmt: skip
    model.apply(Tell("The mill closes.", 3))
    farewells = {text for texts in FAREWELLS.values() for text in texts}
    expected, heard, answers = {}, {3}, Counter()
    for _ in range(10):
        model.advance(360, 0)
        for row in model.events().rows():
            kind, pair = row["kind"], (row["npc"], row["other"])
            if kind == "told":
                expected[pair[::-1]] = "known"
            elif kind == "doubted" or (kind == "believed" and pair[0] not in heard):
                expected[pair] = "doubt" if kind == "doubted" else "belief"
                heard.add(pair[0])
            elif kind == "met":
                expected.clear()
            elif kind == "said" and pair in expected:
                answer = expected.pop(pair)
                text = re.sub("morning|afternoon|evening", "{part}", row["text"])
                text = text.replace(f"Person{pair[1]}", "{other}")
                if text not in farewells:
                    assert text in REACTIONS[answer]
                    answers[answer] += 1
    assert min(answers[kind] for kind in REACTIONS) >= 3


def grouping(hours=4, **parameters):
    """What happens among six at home who talk a lot: events by kind."""
    more = {"meet_rate": 30, "quiet_least": 1, "quiet_most": 5, "talk_least": 4, "talk_most": 5, "group_most": 6}
    model = stay(6, **{**more, **parameters})
    for _ in range(hours):
        model.advance(360, 0)
    found = defaultdict(list)
    for row in model.events().rows():
        found[row["kind"]].append(row)
    return found


def test_nobody_joins_those_who_talk_unless_that_is_easy():
    never, often = (grouping(join_ease=ease) for ease in (0, 1))
    assert len(never["met"]) > 20
    assert never["joined"] == []
    assert len(often["joined"]) > 20


def test_nobody_joins_a_conversation_that_is_nearly_over():
    """One of at most 5 minutes for two lasts no longer than 10, and one joins for 4 at least."""
    happened = grouping(join_ease=1, talk_least=4, talk_most=5)
    begun, late = {}, []
    for row in sorted((*happened["met"], *happened["joined"]), key=lambda row: row["tick"]):
        if row["kind"] == "joined":
            begun[row["npc"]] = begun[row["other"]]
            late.append(row["tick"] - begun[row["npc"]])
        else:
            begun[row["npc"]] = begun[row["other"]] = row["tick"]
    assert 20 * 6 / 6 < max(late) <= (10 - 4) * 6


def test_who_is_put_to_bed_talks_no_more():
    model = stay(talk_least=60, talk_most=60)
    until(model, talks)
    model.apply(Decide(0, int(model.npcs["home"][0]), "sleeping", "", 60))
    model.advance(1, 0)
    assert rests(model)
    assert [row["kind"] for row in model.events().rows()][-1] in ("parted", "slept")


def test_nobody_speaks_of_work_without_any_or_of_people_it_does_not_know():
    """Four of whom the first has ties and the second works."""
    people = at_home({0: {2: 0.5}})[:4]
    people[1] = replace(people[1], work="Mill", occupation="miller")
    model = Model(make_map(), people, seed=1, parameters=Parameters(**STILL))
    topics = [{_topic(model._world, npc, tick) for tick in range(400)} for npc in range(4)]
    assert [T_WORK in found for found in topics] == [False, True, False, False]
    assert [T_PEOPLE in found for found in topics] == [True, False, True, False]


def test_no_host_is_told_of_its_own_invitation():
    model = stay(8, meet_rate=0, tell_chance=1, tell_stranger=1, accept_stranger=1, believe_stranger=1)
    model.apply(Invite(3, 6, 18 * 60, to=None, text="A picnic"))
    model.advance(1, 0)
    model._facts.records["heard_from"][:, 0] = 7
    told = [{pick(model._world, 0, other, model.tick + at) for at in range(50)} for other in (3, 5)]
    assert told == [{-1}, {0}]


@pytest.mark.parametrize(("hour", "answers"), [("03:00", 0), ("12:00", 1)])
def test_who_sleeps_gives_no_answer(hour, answers):
    model = stay(start=f"2025-03-03T{hour}", meet_rate=0)
    model.apply(Say("Hello", 1))
    model.advance(5, 0)
    assert [row["npc"] for row in model.events().rows() if row["kind"] == "said"].count(1) == answers
