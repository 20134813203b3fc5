"""What a tick would refuse is refused when it is given: nothing in the journal can stop a town."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitown.errors import InputRejected
from aitown.sim.events import GIFTS_A_TICK
from aitown.town.town import Town
from tests.sim.tiny import make_map, make_people


@pytest.fixture(scope="module")
def town():
    return Town(make_map(), personas=make_people(), npcs=None, seed=3)


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("price", {"place": "Mill", "cents": 5}, "has no price"),
        ("restock", {"place": "Mill", "units": 5}, "has no stock"),
        ("wage", {"place": "Hill House", "cents": 5}, "pays no wage"),
        ("give", {"by": 1, "cents": 90_000_000}, "to give"),
    ],
)
def test_it_is_said_at_once_and_the_town_goes_on(town, kind, fields, why):
    before = town.tick
    with pytest.raises(InputRejected, match=why):
        town.input(kind, **fields)
    town.step(2)
    assert town.tick == before + 2


@pytest.mark.parametrize(
    ("before", "fields", "why"),
    [
        ({}, {"wake": "22:30"}, "bed and wake would both be 22:30: a night of no length"),
        ({"bed": "21:00"}, {"wake": "21:00"}, "both be 21:00"),
        ({}, {"work_from": "17:00"}, "work_from and work_to would both be 17:00: a shift of no length"),
        ({}, {"bed": "05:00", "wake": "05:00"}, "both be 05:00"),
    ],
)
def test_a_day_that_contradicts_itself_is_refused(before, fields, why):
    """Also where the other time stands already, or was given for the same tick."""
    with Town(make_map(), personas=make_people(), npcs=None, seed=3) as own:
        if before:
            own.input("schedule", npc=0, **before)
        with pytest.raises(InputRejected, match=why):
            own.input("schedule", npc=0, **fields)
        own.input("schedule", npc=0, wake="09:00", bed="22:00")
        own.step(2)
        own.input("schedule", npc=3, wake="09:00")  # has no shift, and none that contradicts


def test_two_cannot_give_the_same_money(town):
    has = int(100 * town.npcs["money"][2]) if town.npcs["money"].dtype.kind == "f" else int(town.npcs["money"][2])
    town.input("give", by=2, to=1, cents=has)
    with pytest.raises(InputRejected, match="to give"):
        town.input("give", by=2, cents=1)
    town.step(1)
    assert town.npcs["money"][2] == 0


def test_more_gifts_than_fit_in_a_tick_are_refused(town):
    for _ in range(GIFTS_A_TICK):
        town.input("give", to=1, cents=1)
    with pytest.raises(InputRejected, match="in one tick"):
        town.input("give", to=1, cents=1)
    town.step(1)


wishes = st.one_of(
    st.builds(
        lambda by, to, cents: ("give", {"by": by, "to": to, "cents": cents}),
        st.sampled_from([None, 0, 1, 2]), st.sampled_from([None, 0, 1, 2]), st.sampled_from([1, 5_000, 99_000_000]),
    ),
    st.builds(lambda place, cents: ("price", {"place": place, "cents": cents}), st.integers(0, 3), st.integers(1, 9)),
    st.builds(lambda place, units: ("restock", {"place": place, "units": units}), st.integers(0, 3), st.integers(1, 9)),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(wishes, max_size=5), max_size=4))
def test_whatever_is_accepted_a_tick_takes(town, ticks):
    for those in ticks:
        for kind, fields in those:
            with contextlib.suppress(InputRejected):
                town.input(kind, **{name: value for name, value in fields.items() if value is not None})
        town.step(1)
