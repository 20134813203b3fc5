"""Single rules of the day: needs, hours of the routine, what is done at home, and what is told."""

from dataclasses import replace

import numpy as np
import pytest

from aitown.sim.codes import CARE, CHORES, DUTIES, SLEEPING
from aitown.sim.inputs import Invite, Say, Tell
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.systems.home import use_of_home
from aitown.sim.systems.telling import pick
from tests.sim.test_social_rules import stay, talks, until
from tests.sim.tiny import make_map, make_people

GREEN = 6
RULES = Parameters()


def day(start, people=None, **parameters):
    rules = Parameters(**{"routine_jitter": 0, "meet_rate": 0, **parameters})
    return Model(make_map(), people or make_people(), seed=4, start=start, parameters=rules)


# needs


def test_talk_is_fun_beside_what_one_does_meanwhile():
    model = stay(talk_least=30, talk_most=30)
    until(model, talks)
    model.advance(3, 0)
    before = model.npcs["fun"].astype(float)
    model.advance(60, 0)
    assert talks(model)
    hourly = RULES.fun_idle + RULES.fun_talking
    assert np.allclose(model.npcs["fun"] - before, hourly / 6, atol=1e-5)


def test_to_be_spoken_to_is_company():
    spoken, quiet = (stay(meet_rate=0, social_heard=0.2) for _ in range(2))
    spoken.apply(Say("Hello", 1))
    for model in (spoken, quiet):
        model.advance(1, 0)
    assert np.allclose(spoken.npcs["social"] - quiet.npcs["social"], [0, 0.2], atol=1e-6)


def test_mood_is_the_weighted_mean_of_needs_from_their_bad_ends():
    weights = {"hunger": 1, "energy": 2, "social": 3, "fun": 4, "comfort": 5}
    model = day("2025-03-03T12:00", **{f"mood_{need}": weight for need, weight in weights.items()})
    model.advance(777, 0)
    expected = sum(
        weight * (1 - model.npcs[need] if need == "hunger" else model.npcs[need]) for need, weight in weights.items()
    )
    assert np.allclose(model.npcs["mood"], expected / 15, atol=1e-6)


# routine


def minutes_until(start, npc, duty, **parameters):
    """Minutes from a clock until the routine asks NPC `npc` for a duty (or, with "!", for anything else)."""
    model, wanted = day(start, **parameters), DUTIES.index(duty.strip("!"))
    for minute in range(1440):
        if (model.npcs["duty"][npc] == wanted) == (duty[0] != "!"):
            return minute
        model.advance(6, 0)
    raise AssertionError(duty)


def test_workers_go_to_bed_later_before_a_day_off():
    thursday, friday = (minutes_until(f"2025-03-0{day}T20:00", 0, "sleeping", late_night=25) for day in (6, 7))
    assert friday - thursday == 25
    free = [minutes_until(f"2025-03-0{day}T20:00", 3, "sleeping", late_night=25) for day in (6, 7)]
    assert free[0] == free[1]


def test_workers_and_pupils_lie_in_on_days_off():
    for npc in (0, 2):
        friday, saturday = (minutes_until(f"2025-03-0{day}T05:00", npc, "!sleeping", lie_in=70) for day in (7, 8))
        assert saturday - friday == 70
    free = [minutes_until(f"2025-03-0{day}T05:00", 3, "!sleeping", lie_in=70) for day in (7, 8)]
    assert free[0] == free[1]


def test_a_night_shift_is_of_the_day_on_which_one_leaves_for_it():
    people = make_people()
    routine = replace(people[0].routine, work_from="22:00", work_to="06:00", workdays=("fri",))
    people = (replace(people[0], routine=routine), *people[1:])
    working = DUTIES.index("working")
    for start, works in (("2025-03-07T03:00", False), ("2025-03-07T23:00", True), ("2025-03-08T03:00", True),
                         ("2025-03-08T23:00", False)):  # fmt: skip
        assert (day(start, people).npcs["duty"][0] == working) == works, start


def test_there_is_a_lunch_break_of_its_length_at_work():
    begins = minutes_until("2025-03-03T11:00", 0, "eating", lunch_minutes=20)
    model = day("2025-03-03T11:00", lunch_minutes=20)
    duties = []
    for _ in range(180):
        duties.append(DUTIES[model.npcs["duty"][0]])
        model.advance(6, 0)
    assert duties[:begins] == ["working"] * begins
    assert duties[begins : begins + 20] == ["eating"] * 20
    assert set(duties[begins + 20 :]) == {"working"}


def test_stays_for_leisure_are_longer_on_a_day_off():
    """Of those who have work or school: the others' days are all alike."""
    usual, longer = (day("2025-03-08T15:00", stay_off=factor, errand_hours=1000) for factor in (1, 2))
    same = (usual.npcs["intent"] == longer.npcs["intent"]) & (usual.npcs["until"] < 1000) & (usual.npcs["until"] > 0)
    off = usual.npcs["off"] == 1
    assert (same & off).sum() >= 2
    assert (same & ~off).sum() >= 1
    assert np.allclose(longer.npcs["until"][same & off], 2 * usual.npcs["until"][same & off], atol=1)
    assert (longer.npcs["until"][same & ~off] == usual.npcs["until"][same & ~off]).all()


# at home


def household(**parameters):
    """A parent, at 11 on a Saturday, and a child of its own, both at home."""
    people = make_people(8)
    child = replace(people[2], home="Hill House", ties={})
    routine = replace(people[0].routine, work_from="", work_to="")
    parent = replace(people[0], ties={child.name: 0.9}, work="", occupation="", routine=routine)
    rules = Parameters(**{"noise": 0, "home_comfort": 0, "home_ease": 0, "meet_rate": 0, **parameters})
    model = Model(make_map(), (parent, child), seed=1, start="2025-03-08T11:00", parameters=rules)
    for name in ("kept_at", "cared_at"):
        model.npcs[name][:] = -1_000_000
    model.npcs["place"][:] = model.npcs["target"][:] = model.npcs["home"]
    assert model.npcs["ward"].tolist() == [1, -1]
    return model


def best_at_home(model, npc):
    return use_of_home(model._world, npc, model.tick)[2]


def test_one_cares_for_a_child_that_is_at_home_and_awake():
    model = household(care_use=2, chore_use=1)
    model.npcs["intent"][1] = DUTIES.index("at home")
    assert best_at_home(model, 0) == CARE
    model.npcs["intent"][1] = SLEEPING
    assert best_at_home(model, 0) == CHORES
    model.npcs["intent"][1], model.npcs["place"][1] = DUTIES.index("at home"), GREEN
    assert best_at_home(model, 0) == CHORES


def test_children_keep_house_less():
    model = household(care_use=0, chore_use=1, child_chores=0.25)
    for npc, share in ((0, 1), (1, 0.25)):
        best, _, why = use_of_home(model._world, npc, model.tick)
        assert why == CHORES
        assert best == pytest.approx(share)


# what is told


def told(ticks, other=5, **parameters):
    """What NPC 3 tells a stranger in each of some ticks."""
    rules = {"tell_chance": 1, "tell_stranger": 1, "forget_half_life": 100_000, **parameters}
    model = stay(8, meet_rate=0, **rules)
    return model, lambda: [pick(model._world, 3, other, model.tick + at) for at in range(ticks)]


def test_the_newest_is_told_before_others():
    model, tells = told(100, tell_half_life=1)
    model.apply(Tell("Old.", 3))
    model.advance(1000, 0)
    model.advance(1000, 0)
    model.apply(Tell("New.", 3))
    model.advance(1, 0)
    found = tells()
    assert 1 in found
    assert 0 not in found
    assert found.count(1) > 70


def test_strangers_are_told_less():
    counts = []
    for share in (0.0, 0.5, 1.0):
        model, tells = told(400, tell_stranger=share, tell_half_life=10_000)
        model.apply(Tell("News.", 3))
        model.advance(1, 0)
        counts.append(tells().count(0))
    assert counts[0] == 0
    assert counts[1] == pytest.approx(200, abs=30)
    assert counts[2] >= 398


def test_an_invitation_is_not_told_once_it_is_over():
    model, tells = told(1200)
    model.apply(Invite(3, GREEN, 11 * 60, minutes=60, to=(), text="A picnic"))
    model.advance(1, 0)
    ends = int(model._facts.table["ends"][0]) - model.tick
    found = tells()
    assert 0 < ends < 1200
    assert set(found[:ends]) == {0}
    assert set(found[ends:]) == {-1}


def test_what_is_heard_again_is_known_for_a_time_drawn_anew():
    model = stay(6, meet_rate=30, quiet_least=1, quiet_most=5, group_most=2, tell_chance=1, tell_stale=1,
                 tell_half_life=10_000, believe_stranger=1, believe_friend=1)  # fmt: skip
    model.apply(Tell("The mill closes.", 3))
    again = 0
    for _ in range(2500):
        before = model._facts.records[:, 0].copy()
        model.advance(1, 0)
        for row in model.events().rows():
            if row["kind"] == "told" and row["npc"] >= 0:
                hearer = row["other"]
                known = before[hearer]["heard_at"] >= 0
                again += known
                after = model._facts.records[hearer, 0]
                assert after["forgets_at"] > row["tick"]
                assert after["forgets_at"] != before[hearer]["forgets_at"]
                assert not known or after["heard_at"] == before[hearer]["heard_at"]
    assert again > 10
