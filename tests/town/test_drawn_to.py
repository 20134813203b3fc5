"""Whom people turn to, and what they don't tell whom: rules that only many meetings show."""

from dataclasses import replace

import pytest

from aitown.sim.inputs import Tell
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.tiny import make_map, make_people
from tests.town.test_information import CHATTY

PEOPLE = 12
OPENINGS = {"meet_rate": 30, "quiet_least": 1, "quiet_most": 5, "group_most": 2}


def at_home(ties=None, sociable=lambda i: 0.5):
    """People of one home who stay in it."""
    people = make_people(PEOPLE)
    return [
        replace(
            person,
            home="Hill House",
            work="",
            occupation="",
            sociability=sociable(i),
            ties={people[j].name: tie for j, tie in (ties or {}).get(i, {}).items()},
            routine=replace(person.routine, work_from="", work_to=""),
        )
        for i, person in enumerate(people)
    ]


def meetings(people, hours=14, seed=1, **parameters):
    """The pairs who met, in order."""
    rules = Parameters(**{**OPENINGS, "home_comfort": 2, "tie_first": 0, "tie_hours": 10_000, **parameters})
    model = Model(make_map(), people, seed=seed, parameters=rules)
    found = []
    for _ in range(hours):
        model.advance(360, 0)
        found += [frozenset((row["npc"], row["other"])) for row in model.events().rows() if row["kind"] == "met"]
    return found


def test_people_turn_to_those_to_whom_they_are_tied():
    pairs = {i: {i + 1: 1.0} for i in range(0, PEOPLE, 2)}
    close = {frozenset((i, i + 1)) for i in pairs}

    def share(ties):
        found = [pair for seed in range(2) for pair in meetings(at_home(ties), seed=seed)]
        assert len(found) > 200
        return sum(pair in close for pair in found) / len(found)

    assert share(pairs) > 2 * share(None)


def test_people_turn_to_the_sociable():
    found = [pair for seed in range(2) for pair in meetings(at_home(sociable=lambda i: float(i % 2)), seed=seed)]
    sociable = sum(i % 2 for pair in found for i in pair)
    assert sociable > 0.6 * 2 * len(found)


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_told_what_the_teller_has_from_them_or_told_them_last(seed):
    rules = Parameters(**{**OPENINGS, **CHATTY, "home_comfort": 2, "forget_half_life": 100_000, "tell_half_life": 10_000,
                          "tell_stale": 1})  # fmt: skip
    model = Model(make_map(), at_home(), seed=seed, parameters=rules)
    model.apply(Tell("The mill closes.", 3))
    source, last, count = {}, {}, 0
    for _ in range(14):
        model.advance(360, 0)
        for row in model.events().rows():
            if row["kind"] == "told" and row["npc"] >= 0:
                teller, hearer = row["npc"], row["other"]
                assert hearer not in (source.get(teller), last.get(teller))
                source[hearer], last[teller] = teller, hearer
                count += 1
    assert count > 50


def test_a_stifler_tells_no_more_once_it_has_told_somebody_who_knew():
    """With `tell_stale` 0, as in Daley and Kendall (1965)."""
    rules = Parameters(**{**OPENINGS, **CHATTY, "home_comfort": 2, "forget_half_life": 100_000, "tell_half_life": 10_000,
                          "tell_stale": 0, "believe_stranger": 1, "believe_friend": 1})  # fmt: skip
    model = Model(make_map(), at_home(), seed=1, parameters=rules)
    model.apply(Tell("The mill closes.", 3))
    knows, stiflers = {3}, set()
    for _ in range(14):
        model.advance(360, 0)
        for row in model.events().rows():
            if row["kind"] == "told" and row["npc"] >= 0:
                assert row["npc"] not in stiflers
                if row["other"] in knows:
                    stiflers.add(row["npc"])
                knows.add(row["other"])
    assert len(knows) > PEOPLE / 2
    assert len(stiflers) >= 3
