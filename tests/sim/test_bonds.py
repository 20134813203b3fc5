"""Ties by themselves: how they grow and fade, and who is forgotten for somebody new, beside a dictionary by the rules."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aitown.sim.model import Model
from aitown.sim.npcs import NEVER
from aitown.sim.parameters import Parameters
from aitown.sim.systems.bonds import grow, known, tie
from tests.sim.tiny import make_map, make_people

PEOPLE = 9
HOUR, DAY = 360, 8640
RULES = {"acquaintances": 3, "tie_first": 0.1, "tie_hours": 10, "tie_half_life": 2, "kin_half_life": 50}


def town(ties=None, kin=()):
    """People of whom the first has some ties, the others none of their own."""
    people = [replace(person, ties={}) for person in make_people(PEOPLE)]
    name = [person.name for person in people]
    people[0] = replace(
        people[0], ties={name[j]: tie for j, tie in (ties or {}).items()}, kin=tuple(name[j] for j in kin)
    )
    return Model(make_map(), people, seed=1, parameters=Parameters(**RULES))


def test_talk_closes_a_share_of_the_distance_by_its_length():
    world = town()._world
    assert tie(world, 0, 4, 0) == 0
    grow(world, 0, 4, 10 * HOUR, 0)
    assert tie(world, 0, 4, 0) == pytest.approx(1 - 0.9 / 2)
    grow(world, 0, 4, 20 * HOUR, 0)
    assert tie(world, 0, 4, 0) == pytest.approx(1 - 0.9 / 8)
    assert tie(world, 4, 0, 0) == 0, "each has its own side"


def test_what_has_faded_meanwhile_does_not_come_back_by_talk():
    world = town({1: 0.8})._world
    assert tie(world, 0, 1, 2 * DAY) == pytest.approx(0.4)
    grow(world, 0, 1, 10 * HOUR, 2 * DAY)
    assert tie(world, 0, 1, 2 * DAY) == pytest.approx(0.7)
    assert tie(world, 0, 1, 4 * DAY) == pytest.approx(0.35)


def test_kin_are_felt_for_as_long_as_their_parameter_says():
    world = town({1: 0.8, 2: 0.8}, kin=(2,))._world
    assert [tie(world, 0, j, 2 * DAY) for j in (1, 2)] == pytest.approx([0.4, 0.8 * 0.5**0.04])
    assert tie(world, 0, 2, 50 * DAY) == pytest.approx(0.4)


def test_for_somebody_new_goes_who_is_felt_least_for_now_and_never_kin():
    world = town({1: 0.05, 2: 0.9, 3: 0.3}, kin=(1,))._world
    grow(world, 0, 3, HOUR, 8 * DAY)  # weaker than 2 was, but 2 has faded since
    grow(world, 0, 5, HOUR, 8 * DAY)
    assert [tie(world, 0, j, 8 * DAY) > 0 for j in (1, 2, 3, 5)] == [True, False, True, True]


def test_who_has_room_for_kin_alone_makes_no_acquaintance():
    world = town({1: 0.5, 2: 0.5, 3: 0.5}, kin=(1, 2, 3))._world
    grow(world, 0, 5, 100 * HOUR, 0)
    assert [tie(world, 0, j, 0) for j in (1, 2, 3, 5)] == [0.5, 0.5, 0.5, 0]


def by_the_rules(ties, kin, talks):
    """Strength and tick of the last talk of each tie that is left."""
    left = {j: (strength, 0) for j, strength in ties.items()}

    def now(j, tick):
        strength, at = left[j]
        return strength * 0.5 ** ((tick - at) / (DAY * (50 if j in kin else 2)))

    for j, spent, tick in talks:
        before = now(j, tick) if j in left else 0.1
        if j not in left and len(left) == 3:
            others = [other for other in sorted(left) if other not in kin]
            if not others:
                continue
            del left[min(others, key=lambda other: now(other, tick))]
        left[j] = (1 - (1 - before) * 0.5 ** (spent / (10 * HOUR)), tick)
    return left


others = st.integers(1, PEOPLE - 1)


@settings(max_examples=150, deadline=None)
@given(
    ties=st.dictionaries(others, st.integers(1, 19).map(lambda part: part / 20), max_size=3),
    kin=st.sets(others),
    talks=st.lists(st.tuples(others, st.integers(1, 2000), st.integers(0, 5000)), max_size=12),
)
@example(ties={1: 0.9, 4: 0.5, 7: 0.8}, kin={4}, talks=[(2, 900, 10), (3, 900, 10), (8, 900, 10)])
def test_whoever_is_met_when_ties_are_those_of_the_rules_in_the_order_of_ids(ties, kin, talks):
    kin &= set(ties)
    model, tick, said = town(ties, kin), 0, []
    for j, spent, later in talks:
        tick += later
        grow(model._world, 0, j, spent, tick)
        said.append((j, spent, tick))
    expected = by_the_rules(ties, kin, said)
    row = model._world.links.ties[0]
    assert known(model._world, 0) == len(expected)
    assert row["npc"].tolist() == sorted(expected) + [NEVER] * (3 - len(expected))
    mine = row[: len(expected)]
    assert np.allclose(mine["strength"], [expected[j][0] for j in sorted(expected)], atol=1e-5)
    assert mine["at"].tolist() == [expected[j][1] for j in sorted(expected)]
    assert mine["kin"].tolist() == [j in kin for j in sorted(expected)]
