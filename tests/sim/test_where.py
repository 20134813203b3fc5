"""Single rules of where one goes: which of the nearest places, and when to an invitation."""

import math

import pytest

from aitown import towns
from aitown.sim.codes import (
    ASKED,
    AT_HOME,
    BORED,
    BY_MIND,
    DUTIES,
    EATING,
    INVITED,
    NEAR_CAFE,
    OVER,
    RELAXING,
    SOCIALISING,
)
from aitown.sim.inputs import Invite
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.systems.choosing import _fall_back, _friend
from aitown.sim.systems.entering import COMES, STANDS, may_wait, wait, way
from aitown.sim.systems.invited import invited
from aitown.sim.systems.nearby import near
from tests.sim.test_day_rules import GREEN, day
from tests.sim.test_queues import CAFE, SHOP

NPC, SCHOOL = 0, 3


@pytest.fixture(scope="module")
def city():
    """At noon, with open cafés that nobody is in, and somebody with money at home."""
    town_map, people = towns.load("city", 1000)
    model = Model(town_map, people, seed=4, start="2025-03-04T12:00", parameters=Parameters(savings=1e6))
    model.advance(1, 0)
    model.places["visitors"][:] = model.places["queue"][:] = 0
    model.npcs["place"][NPC], model.npcs["money"][NPC] = model.npcs["home"][NPC], 100_000
    return model


def cafes(model):
    here = int(model.npcs["home"][NPC])
    return [int(place) for place in model._world.links.near[here, NEAR_CAFE] if place >= 0]


def test_a_full_place_seems_farther_for_each_who_waits_and_oneself(city):
    nearest, second, *_ = sorted(cafes(city), key=lambda place: way(city._world, NPC, place))
    gap = way(city._world, NPC, second) - way(city._world, NPC, nearest)
    city._world.rules["queue_cost"] = gap / 3.5
    city.places["visitors"][nearest] = city.places["capacity"][nearest]
    found = []
    for queue in range(6):
        city.places["queue"][nearest] = queue
        found.append(near(city._world, NPC, NEAR_CAFE, EATING, city.tick, 0.0))
    assert gap > 0
    assert found == [nearest] * 3 + [second] * 3


def test_for_company_nobody_waits_before_a_full_place(city):
    for place in cafes(city):
        city.places["visitors"][place] = city.places["capacity"][place]
    assert near(city._world, NPC, NEAR_CAFE, EATING, city.tick, 0.0) >= 0
    assert near(city._world, NPC, NEAR_CAFE, SOCIALISING, city.tick, 0.0) == -1


@pytest.fixture
def party():
    """One hour on the green from 18:00; it is 17:00, and everybody has accepted and is at home."""
    sure = dict.fromkeys(("believe_stranger", "believe_friend", "accept_stranger", "accept_friend"), 1)
    model = day("2025-03-04T17:00", **sure)
    model.npcs["sociability"][:] = 1
    model.apply(Invite(3, GREEN, 18 * 60, to=None, text="A picnic"))
    model.advance(1, 0)
    model.npcs["duty"][:] = DUTIES.index("free")
    model.npcs["why"][:] = BORED
    return model


def test_one_sets_out_for_an_invitation_early_enough_for_the_way(party):
    starts, ends = (int(party._facts.table[name][0]) for name in ("starts", "ends"))
    walks = 1.3 * way(party._world, NPC, GREEN)  # a tile a tick
    assert walks > 5
    assert not invited(party._world, NPC, math.ceil(starts - walks) - 1)
    assert invited(party._world, NPC, math.ceil(starts - walks))
    assert invited(party._world, NPC, ends - 1)
    assert not invited(party._world, NPC, ends)


@pytest.mark.parametrize(
    ("duty", "goes"), [("free", True), ("eating", True), ("working", False), ("sleeping", False), ("waking", False)]
)
def test_one_goes_there_from_a_meal_but_not_from_other_duties(party, duty, goes):
    party.npcs["duty"][NPC] = DUTIES.index(duty)
    assert invited(party._world, NPC, int(party._facts.table["starts"][0])) == goes


def test_who_is_on_its_way_there_for_another_reason_is_told_so(party):
    starts = int(party._facts.table["starts"][0])
    party.npcs["target"][NPC] = GREEN
    assert invited(party._world, NPC, starts)
    party.npcs["why"][NPC] = INVITED
    assert not invited(party._world, NPC, starts)


def test_who_stands_in_a_line_may_wait_before_other_places_only(party):
    for place in (CAFE, SHOP):
        party.places["open"][place] = 1
        assert may_wait(party._world, NPC, place)
    party.npcs["queued"][NPC], party.npcs["target"][NPC] = STANDS, CAFE
    assert not may_wait(party._world, NPC, CAFE)
    assert may_wait(party._world, NPC, SHOP)
    party.npcs["queued"][NPC] = COMES
    assert may_wait(party._world, NPC, CAFE)
    party.places["queue"][CAFE] = party.parameters.queue_longest
    assert not may_wait(party._world, NPC, CAFE)


@pytest.mark.parametrize(("why", "joins"), [(BORED, False), (ASKED, True), (BY_MIND, True)])
def test_who_finds_the_line_too_long_decides_anew_unless_it_was_told_to_come(party, why, joins):
    party.places["open"][CAFE] = 1
    party.places["visitors"][CAFE] = party.places["capacity"][CAFE]
    party.places["queue"][CAFE], party.places["first_waiting"][CAFE] = party.parameters.queue_longest, 1
    party.places["last_waiting"][CAFE] = 1
    for name, value in {"queued": COMES, "settled": 1, "target": CAFE, "why": why, "until": 10_000}.items():
        party.npcs[name][NPC] = value
    wait(party._world, NPC, 7)
    assert party.npcs["queued"][NPC] == (STANDS if joins else COMES)
    assert party.npcs["until"][NPC] == (10_000 if joins else 7)


@pytest.mark.parametrize(("npc", "place"), [(0, CAFE), (2, SCHOOL)])
def test_pupils_have_their_lunch_at_school(npc, place):
    model = day("2025-03-03T12:25", lunch_out=1, thrift=0)
    model.advance(60, 0)
    assert model.npcs["duty"][npc] == DUTIES.index("eating")
    assert model.npcs["target"][npc] == place


@pytest.mark.parametrize(("duty", "visited"), [("free", True), ("eating", False), ("working", False)])
def test_one_visits_a_friend_who_is_free(party, duty, visited):
    friend = 1
    party.npcs["home"][NPC], party.npcs["intent"][:] = 0, AT_HOME
    party.npcs["place"][:] = party.npcs["target"][:] = party.npcs["home"]
    party.npcs["duty"][:] = DUTIES.index("sleeping")
    party.npcs["duty"][friend] = DUTIES.index(duty)
    assert {_friend(party._world, NPC, tick) for tick in range(100)} == ({-1, friend} if visited else {-1})


@pytest.mark.parametrize(("later", "place"), [(1, GREEN), (10, 0)])
def test_left_to_the_default_late_one_chooses_by_what_is_now(party, later, place):
    """The choice that was kept when the mind was called is good for the next tick only."""
    told = party._tables["outside"]
    kept = {"waits": 1, "cause": OVER, "called_at": party.tick, "would_do": RELAXING, "would_go": GREEN}
    for name, value in (kept | {"would_why": BORED, "would_until": 10_000}).items():
        told[name][NPC] = value
    party.places["open"][GREEN] = 1
    party.npcs["duty"][NPC] = DUTIES.index("sleeping")
    _fall_back(party._world, NPC, party.tick + later)
    assert party.npcs["target"][NPC] == place
