from collections import Counter
from functools import cache

import numpy as np
import pytest

from aitown.errors import BadCount
from aitown.persona import DAYS, check_personas, minutes
from aitown.sim import people
from aitown.sim.map.city import city


@cache
def drawn(count=2000):
    town_map = city(count)
    return town_map, people.draw(town_map, count)


def test_everybody_has_a_name_of_their_own_a_home_with_room_and_ties_to_people_who_are_there():
    town_map, found = drawn()
    assert len(check_personas(found)) == 2000
    homes = {place.name: place.capacity for place in town_map.places if place.kind == "home"}
    assert all(count <= homes[home] for home, count in Counter(persona.home for persona in found).items())


def test_ties_are_mutual():
    _, found = drawn()
    by_name = {persona.name: persona for persona in found}
    for persona in found:
        assert persona.name not in persona.ties
        assert all(by_name[other].ties[persona.name] == tie for other, tie in persona.ties.items())
    assert 3 < np.mean([len(persona.ties) for persona in found]) < 8


def test_work_fits_age_place_and_hours():
    town_map, found = drawn()
    kinds = {place.name: place for place in town_map.places}
    for persona in found:
        place = kinds.get(persona.work)
        if persona.age < 18:
            assert persona.occupation == "pupil"
            assert place.kind == "school"
        elif place is not None:
            assert place.kind in people.WORKERS
            begin, end = minutes(persona.routine.work_from), minutes(persona.routine.work_to)
            opens, closes = next(filter(None, place.week))
            assert opens <= begin < end <= max(closes, 1440)
            assert all(place.week[DAYS.index(day)] for day in persona.routine.workdays)
            assert minutes(persona.routine.wake) < begin or begin < 360
        else:
            assert not persona.routine.work_from
            assert persona.occupation
    pupils = Counter(persona.work for persona in found if persona.age < 18)
    assert max(pupils.values()) <= max(p.capacity for p in town_map.places if p.kind == "school") * 1.3


def test_shares_are_the_stated_ones():
    _, found = drawn()
    ages = np.array([persona.age for persona in found])
    working = np.array([bool(persona.work) for persona in found])
    middle = (ages >= people.GROWN) & (ages < people.OLD)
    assert working[middle].mean() == pytest.approx(people.EMPLOYED, abs=0.04)
    assert working[ages >= people.OLD].mean() == pytest.approx(people.STILL_WORKING, abs=0.03)
    assert np.mean([persona.sociability for persona in found]) == pytest.approx(0.5, abs=0.02)
    assert ages.min() >= 6
    assert 0.1 < (ages < people.ADULT).mean() < 0.25


def test_the_same_arguments_give_the_same_people_and_others_others():
    town_map, found = drawn()
    assert people.draw(town_map, 2000) == found
    assert people.draw(town_map, 2000, seed=1) != found


def test_a_full_town_is_filled_to_the_last_bed():
    town_map = city(20)
    found = people.draw(town_map, town_map.homes_capacity)
    homes = {place.name: place.capacity for place in town_map.places if place.kind == "home"}
    assert Counter(persona.home for persona in found) == homes


def test_people_beside_keep_their_beds_and_names():
    town_map = city(20)
    first = people.draw(town_map, 10)
    more = people.draw(town_map, town_map.homes_capacity - 10, 1, first)
    homes = {place.name: place.capacity for place in town_map.places if place.kind == "home"}
    assert Counter(persona.home for persona in first + more) == homes
    assert not {persona.name for persona in first} & {persona.name for persona in more}


def test_names_stay_unique_where_first_names_run_out(monkeypatch):
    monkeypatch.setattr(people, "GIVEN", ("Ada", "Bo"))
    monkeypatch.setattr(people, "HEADS", ("Oak",))
    monkeypatch.setattr(people, "TAILS", ("field",))
    names = [persona.name for persona in people.draw(city(20), 20)]
    assert len(set(names)) == 20
    assert "Ada A. Oakfield" in names


def test_a_name_that_somebody_has_is_not_given_again(monkeypatch):
    monkeypatch.setattr(people, "GIVEN", ("Ada", "Bo"))
    monkeypatch.setattr(people, "HEADS", ("Oak",))
    monkeypatch.setattr(people, "TAILS", ("field",))
    first = people.draw(city(20), 6)
    more = people.draw(city(20), 6, 1, first)
    assert len({persona.name for persona in first + more}) == 12


def test_more_than_the_homes_hold_is_refused():
    town_map = city(20)
    with pytest.raises(BadCount, match="have room for") as caught:
        people.draw(town_map, town_map.homes_capacity + 1)
    assert str(town_map.homes_capacity) in caught.value.remedy
    assert people.draw(town_map, 0) == ()
