"""A week: days of work and days off, in riverbend, in a generated city and in Generative Agents' The Ville."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from aitown import towns
from aitown.persona import DAYS
from aitown.sim.codes import ACTIVITIES
from aitown.sim.map import TownMap
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.towns.ville import people_from_ville
from tests.sim.tiny import make_people

VILLE = Path(os.environ.get("AITOWN_DATA", Path(__file__).parents[3] / "shared" / "data")) / "the_ville"
MINUTES = 1440


class Week:
    """Every minute of some days from Monday, 4 o'clock, on: codes of activities, places, and which places are open."""

    def __init__(self, town_map, personas, days, seed=3):
        self.map, self.personas = town_map, personas
        model = Model(town_map, personas, seed=seed, start="2025-03-03T04:00")
        blocks = [model.advance(960, 6) for _ in range(days * 9)]
        self.activity, self.place = (
            np.concatenate([block.tables["npcs"][name] for block in blocks]) for name in ("activity", "place")
        )
        self.open = np.concatenate([block.tables["places"]["open"] for block in blocks])
        self.home = np.array([town_map.place(persona.home).id for persona in personas])

    def day(self, name):
        first = DAYS.index(name) * MINUTES
        return slice(first, first + MINUTES)

    def hours(self, activity, *days):
        doing = self.activity == ACTIVITIES.index(activity)
        return sum(doing[self.day(day)].sum(0) for day in days) / 60 / len(days)


@cache
def week(name):
    if name == "ville":
        if not VILLE.is_dir():
            pytest.skip("the data of The Ville is not here")
        base = VILLE / "base_the_ville_n25"
        town_map = TownMap.from_tiled(VILLE / "the_ville_jan7.json", names=VILLE / "matrix" / "special_blocks")
        return Week(town_map, people_from_ville(base / "personas", town_map), 2)
    town_map, personas = towns.load(name, 25 if name == "riverbend" else 150, 1)
    return Week(town_map, personas, 7)


TOWNS = pytest.mark.parametrize("name", ["riverbend", "city", "ville"])
WHOLE_WEEKS = pytest.mark.parametrize("name", ["riverbend", "city"])


@TOWNS
def test_everybody_sleeps_eats_and_works_or_studies(name):
    town = week(name)
    days = DAYS[: len(town.activity) // MINUTES]
    for day in days:
        slept, ate = town.hours("sleeping", day), town.hours("eating", day)
        assert slept.min() > 5
        assert slept.max() < 12.5
        assert ate.min() > 0.15
        busy = town.hours("working", day) + town.hours("studying", day)
        due = [i for i, p in enumerate(town.personas) if p.routine.work_from and day in p.routine.workdays]
        others = [i for i in range(len(town.personas)) if i not in due]
        assert busy[due].min() > 1
        assert busy[others].max(initial=0) == 0


@TOWNS
def test_everybody_is_at_home_at_night(name):
    town = week(name)
    for first in range(22 * 60 + 30, len(town.place), MINUTES):
        assert (town.place[first : first + 60] == town.home).all()
        assert (town.activity[first : first + 60] == ACTIVITIES.index("sleeping")).mean() > 0.95


@WHOLE_WEEKS
def test_days_off_begin_later_and_have_more_leisure_and_errands(name):
    town = week(name)
    working = [
        i for i, p in enumerate(town.personas) if p.routine.work_from and set(p.routine.workdays) == set(DAYS[:5])
    ]
    leisure = [town.hours(what, "tue", "wed", "thu")[working] for what in ("relaxing", "socialising", "at home")]
    on_saturday = [town.hours(what, "sat")[working] for what in ("relaxing", "socialising", "at home")]
    assert len(working) > 5
    assert sum(on_saturday).mean() > sum(leisure).mean() + 1.5
    assert town.hours("sleeping", "sat")[working].mean() > town.hours("sleeping", "tue", "wed")[working].mean() + 0.75
    assert town.hours("shopping", "sat")[working].mean() > town.hours("shopping", "tue", "wed")[working].mean()
    assert town.hours("housekeeping", "sat")[working].mean() > town.hours("housekeeping", "tue")[working].mean()


@WHOLE_WEEKS
def test_places_keep_the_hours_of_each_day(name):
    town = week(name)
    for place in town.map.places:
        for number, day in enumerate(DAYS):
            is_open = town.open[town.day(day), place.id]
            span = place.week[number]
            if span is None:
                assert not is_open[: 20 * 60 - 1].any(), (place.name, day)
            elif 240 < span[0] < span[1] <= MINUTES:
                assert is_open[span[0] - 240] == 1
                assert is_open.sum() == span[1] - span[0], (place.name, day)


@WHOLE_WEEKS
def test_nobody_visits_a_shop_on_a_sunday_on_which_it_is_closed(name):
    town = week(name)
    shut = [place.id for place in town.map.places if place.kind == "shop" and place.week[6] is None]
    noon_on = slice(town.day("sun").start + 6 * 60, town.day("sun").stop)
    assert shut
    assert not np.isin(town.place[noon_on], shut).any()
    assert town.hours("studying", "sat", "sun").max() == 0


def test_adults_care_for_children_of_their_household_only():
    town = week("city")
    cared = town.hours("caring", "mon", "sat")
    by_name = {persona.name: persona for persona in town.personas}
    parents = [
        any(tie >= 0.7 and by_name[other].age < 18 and by_name[other].home == persona.home
            for other, tie in persona.ties.items()) and persona.age >= 24
        for persona in town.personas
    ]  # fmt: skip
    assert cared[parents].mean() > 0.3
    assert cared[~np.array(parents)].max() <= cared[parents].max()
    assert cared[[persona.age < 18 for persona in town.personas]].max() == 0


def test_a_night_shift_belongs_to_the_day_on_which_it_begins(tiny_map):
    people = make_people()
    night = replace(
        people[0].routine, work_from="22:00", work_to="06:00", wake="14:30", bed="07:00", breakfast="15:00",
        lunch="19:00", dinner="21:00", workdays=("mon", "fri"),
    )  # fmt: skip
    town = Week(tiny_map, (replace(people[0], routine=night), *people[1:]), 7)
    works = town.activity[:, 0] == ACTIVITIES.index("working")
    per_night = [works[day * MINUTES + 12 * 60 : (day + 1) * MINUTES + 12 * 60].sum() / 60 for day in range(6)]
    assert [hours > 7 for hours in per_night] == [True, False, False, False, True, False]
    assert works.sum() / 60 < 17
    asleep = town.activity[MINUTES + 5 * 60 : MINUTES + 9 * 60, 0] == ACTIVITIES.index("sleeping")
    assert asleep.mean() > 0.95


def test_needs_that_nobody_heeds_change_the_day():
    town_map, personas = towns.load("city", 150, 1)
    shares = []
    for heeding in (1, 0):
        model = Model(town_map, personas, seed=3, parameters=Parameters(heeding=heeding))
        block = np.concatenate([model.advance(960, 6).tables["npcs"]["activity"] for _ in range(9)])
        shares.append(np.bincount(block.reshape(-1), minlength=len(ACTIVITIES)) / block.size * 24)
    with_needs, without = shares
    changed = np.abs(with_needs - without)
    assert changed[[ACTIVITIES.index(what) for what in ("socialising", "relaxing", "at home")]].max() > 0.25
    assert changed[ACTIVITIES.index("working")] < 0.25
