"""What people and places begin with, beside the plainest way to say it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.columns import Table
from aitown.sim.map.city import city
from aitown.sim.npcs import NPC_COLUMNS
from aitown.sim.parameters import Parameters
from aitown.sim.people import draw
from aitown.sim.random import uniform, uniforms
from aitown.sim.setup import SYSTEM, make_ties, set_needs
from aitown.sim.world import NEAR_KINDS, nearest

times = st.integers(0, 1439)


@settings(max_examples=100, deadline=None)
@given(times, st.lists(st.tuples(times, times, times, times, times), min_size=1, max_size=6), st.integers(0, 2**63 - 1))
def test_needs_are_those_of_an_ordinary_day(minute, people, seed):
    npcs, p = Table(NPC_COLUMNS, len(people)), Parameters()
    for i, row in enumerate(people):
        for name, time in zip(("bed", "wake", "breakfast", "lunch", "dinner"), row, strict=True):
            npcs[name][i] = time
    set_needs(npcs, p, seed, minute)
    for i, (bed, wake, *meals) in enumerate(people):
        in_bed, up = (minute - bed) % 1440 / 60, (minute - wake) % 1440 / 60
        fed = min((minute - meal) % 1440 / 60 for meal in meals)
        if in_bed < up:
            tired = 0.9 * np.exp(p.energy_awake * 16)
            energy = 1 - (1 - tired) * np.exp(-p.energy_asleep * in_bed)
            hunger = p.hunger_awake * max(0, fed - in_bed) + p.hunger_asleep * min(fed, in_bed)
        else:
            energy = 0.9 * np.exp(p.energy_awake * up)
            hunger = p.hunger_awake * min(fed, up) + p.hunger_asleep * max(0, fed - up)
        assert npcs["energy"][i] == pytest.approx(min(max(energy, 0.05), 1), abs=1e-6)
        assert npcs["hunger"][i] == pytest.approx(min(max(0.05 + hunger, 0), 0.75), abs=1e-6)
        assert npcs["comfort"][i] == pytest.approx(0.9 if in_bed < up else 0.6)
        assert npcs["fun"][i] == pytest.approx(0.35 + 0.4 * uniform(seed, SYSTEM, i, 0, 1), abs=1e-6)


def test_draws_of_all_are_the_draws_of_each():
    assert uniforms(2, 5, 9, 3, 4, 2).tolist() == [uniform(9, 3, npc, 4, 2) for npc in range(2, 7)]


def test_the_nearest_places_are_found_without_looking_at_all():
    town = city(900).arrays
    near = nearest(town)
    for k, kind in enumerate(NEAR_KINDS):
        those = np.flatnonzero(town.place_kind == kind)
        for place in range(len(near)):
            away = np.hypot(town.centre_x[those] - town.centre_x[place], town.centre_y[those] - town.centre_y[place])
            best = those[np.argsort(away, kind="stable")][:4].tolist()
            assert near[place, k].tolist() == best + [-1] * (4 - len(best))


def test_of_too_many_ties_those_to_kin_and_the_strongest_are_kept_in_the_order_of_ids():
    people = draw(city(60), 60)
    ids = {persona.name: i for i, persona in enumerate(people)}
    ties = make_ties(people, 3)
    for i, persona in enumerate(people):
        both = {ids[name]: max(tie, people[ids[name]].ties.get(persona.name, 0)) for name, tie in persona.ties.items()}
        kin = {j for j in both if people[j].name in persona.kin or persona.name in people[j].kin}
        kept = sorted(sorted(both, key=lambda j: (j not in kin, -both[j], j))[:3])
        here = slice(3 * i, 3 * i + len(kept))
        assert ties["npc"][here].tolist() == kept
        assert ties["strength"][here] == pytest.approx([both[j] for j in kept])
        assert ties["kin"][here].tolist() == [j in kin for j in kept]
