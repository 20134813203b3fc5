"""Places that are full: nobody more goes in, people stand in line before them, are let in in order, or give up."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown import towns
from aitown.sim.codes import ACTIVITIES, EVENT_KINDS, WHYS
from aitown.sim.inputs import Close, Hours, Move, Need, Open
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.tiny import make_map, make_people

HILL, CAFE, SHOP, GREEN = 0, 4, 5, 6
QUEUEING = ACTIVITIES.index("queueing")


def crowd(count=16, lunch="12:30"):
    """People who all lunch at the café, where there is room for six."""
    return tuple(
        replace(
            person,
            home="Hill House",
            work="",
            occupation="",
            routine=replace(person.routine, work_from="", work_to="", lunch=lunch),
        )
        for person in make_people(count)
    )


@cache
def noon(**parameters):
    """A model at noon whose people all want to eat out, and what was seen of it in each tick of an hour and a half."""
    model = Model(
        make_map(), crowd(), seed=2, start="2025-03-03T12:00",
        parameters=Parameters(lunch_out=1, routine_jitter=0, meal_price=0, **parameters),
    )  # fmt: skip
    blocks = [model.advance(180) for _ in range(3)]
    frames = {
        f"{table}/{name}": np.concatenate([block.tables[table][name] for block in blocks])
        for table, names in (("npcs", ("activity", "place", "target", "x", "y")), ("places", ("queue", "occupants")))
        for name in names
    }
    return model, frames, model.events()


def happened(events, kind):
    return [
        (int(tick), int(npc))
        for tick, npc, code in zip(events.tick, events.npc, events.kind, strict=True)
        if EVENT_KINDS[code] == kind
    ]


def test_a_full_cafe_has_a_line_before_it_and_no_more_guests_than_seats():
    model, frames, _ = noon()
    assert frames["places/queue"][:, CAFE].max() >= 3
    assert frames["places/occupants"][:, CAFE].max() == model.map.places[CAFE].capacity
    waits = frames["npcs/activity"] == QUEUEING
    assert (waits.sum(1) == frames["places/queue"].sum(1)).all()
    assert (frames["npcs/place"][waits] != CAFE).all()
    assert (frames["npcs/target"][waits] == CAFE).all()


def test_those_in_line_stand_one_behind_the_other():
    _, frames, _ = noon()
    at = frames["places/queue"][:, CAFE].argmax()
    waits = frames["npcs/activity"][at] == QUEUEING
    spots = set(zip(frames["npcs/x"][at][waits].tolist(), frames["npcs/y"][at][waits].tolist(), strict=True))
    assert len(spots) > waits.sum() / 2


def test_they_are_let_in_in_the_order_in_which_they_came():
    early = (*crowd(16, "12:03")[:2], *crowd(16, "12:07")[2:4], *crowd(16, "12:11")[4:6])
    late = crowd(16, "12:22")[6:]
    model = Model(
        make_map(), early + late, seed=2, start="2025-03-03T12:00",
        parameters=Parameters(lunch_out=1, routine_jitter=0, meal_price=0, queue_minutes=60, queue_longest=20, lunch_minutes=25),
    )  # fmt: skip
    visiting = np.array([model.npcs["visiting"].copy() for _ in range(360) if model.advance(1, 0) is not None])
    line = [npc for _, npc in sorted(happened(model.events(), "queued")) if visiting[:, npc].any()]
    entered = [int(visiting[:, npc].argmax()) for npc in line if npc >= 6]
    assert len(set(entered)) >= 2
    assert entered == sorted(entered)


def test_a_seat_that_becomes_free_is_for_the_first_in_line():
    """Not for the second with a lower id, for one who is still on its way or for one who decides in that tick."""
    model = Model(
        make_map(), crowd(), seed=2, start="2025-03-03T10:00", parameters=Parameters(home_comfort=2, asked_minutes=300)
    )
    for those in ((0, 4, 5, 6, 7, 9), (15,), (2,)):
        for npc in those:
            model.apply(Move(npc, CAFE))
        model.advance(90, 0)
    model.apply(Move(3, CAFE))
    model.advance(1, 0)
    others = [2, 3, 8, 15]
    assert model.npcs["visiting"][[0, 4, 5, 6, 7, 9]].all()
    assert model.npcs["queued"][others].tolist() == [2, 1, 0, 2]
    model.apply(Move(0, HILL))
    model.apply(Move(8, CAFE))
    model.advance(1, 0)
    assert model.npcs["visiting"][others].tolist() == [0, 0, 0, 1]
    assert model.npcs["queued"][others].tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize("leaver", [15, 2, 3], ids=["the first", "one between", "the last"])
def test_a_line_closes_up_where_somebody_leaves_and_goes_on_behind(leaver):
    model = Model(
        make_map(), crowd(), seed=2, start="2025-03-03T10:00", parameters=Parameters(home_comfort=2, asked_minutes=300)
    )
    for those in ((0, 4, 5, 6, 7, 9), (15,), (2,), (3,)):
        for npc in those:
            model.apply(Move(npc, CAFE))
        model.advance(90, 0)
    assert in_line(model) == [15, 2, 3]
    model.apply(Move(leaver, HILL))
    model.advance(1, 0)
    model.apply(Move(8, CAFE))
    model.advance(90, 0)
    hold(model)
    assert in_line(model) == [npc for npc in (15, 2, 3) if npc != leaver] + [8]


def in_line(model):
    found, i = [], int(model.places["first_waiting"][CAFE])
    while i >= 0:
        found.append(i)
        i = int(model.npcs["next_waiting"][i])
    return found


def test_who_was_let_in_from_the_line_stays_as_long_as_it_meant_to():
    model = Model(
        make_map(),
        crowd(),
        seed=2,
        start="2025-03-03T10:00",
        parameters=Parameters(home_comfort=0, queue_minutes=60, basket_price=0),
    )
    model.npcs["shopped_at"][:] = -10_000
    npcs, seen, meant = model.npcs, 0, {}
    shop = round(Parameters().shop_minutes * 6)
    for _ in range(900):
        before = npcs["queued"].copy()
        model.advance(1, 0)
        for npc in np.flatnonzero((before == 0) & (npcs["queued"] == 1) & (npcs["target"] == SHOP)):
            meant[npc] = int(npcs["until"][npc]) - model.tick
            assert meant[npc] >= shop
        for npc in np.flatnonzero((before > 0) & (npcs["visiting"] == 1) & (npcs["target"] == SHOP)):
            assert npcs["until"][npc] == model.tick + meant[npc]
            assert npcs["shopped_at"][npc] == model.tick
            seen += before[npc] == 2
    assert seen >= 2


def test_nobody_stands_longer_than_its_patience_and_who_gives_up_goes_elsewhere():
    patience = 5
    _, frames, events = noon(queue_minutes=patience)
    gave_up = happened(events, "gave_up")
    assert gave_up
    waits = frames["npcs/activity"] == QUEUEING
    for npc in range(waits.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], waits[:, npc], [0]])))
        assert all(end - begin <= patience * 6 + 1 for begin, end in zip(edges[::2], edges[1::2], strict=True))
    tick, npc = gave_up[0]
    assert frames["npcs/target"][tick - 1, npc] != CAFE


def test_a_line_that_is_too_long_is_not_joined():
    _, frames, _ = noon(queue_longest=0)
    assert frames["places/queue"].max() == 0


def test_who_is_asked_to_a_full_place_waits_for_it():
    model = Model(make_map(), crowd(), seed=2, start="2025-03-03T10:00")
    for npc in range(9):
        model.apply(Move(npc, CAFE))
    model.advance(60)
    assert model.places["visitors"][CAFE] == model.map.places[CAFE].capacity
    asked = model.npcs["why"][:9] == WHYS.index("asked")
    assert asked.all()
    assert (model.npcs["visiting"][:9] + (model.npcs["queued"][:9] == 2) == 1).all()
    assert model.places["queue"][CAFE] >= 3


def test_a_line_breaks_up_when_the_place_closes():
    model = Model(make_map(), crowd(), seed=2, start="2025-03-03T10:00")
    for npc in range(9):
        model.apply(Move(npc, CAFE))
    model.advance(60)
    model.apply(Close(CAFE))
    model.advance(12)
    assert model.places["queue"][CAFE] == 0
    assert model.places["first_waiting"][CAFE] == model.places["last_waiting"][CAFE] == -1


ACTS = st.one_of(
    st.builds(Move, st.integers(0, 15), st.integers(0, 6)),
    st.builds(Close, st.integers(0, 6)),
    st.builds(Open, st.integers(0, 6)),
    st.builds(Hours, st.integers(0, 6)),
    st.builds(
        Need, st.integers(0, 15), st.sampled_from(("hunger", "energy", "social", "fun", "comfort")), st.floats(0, 1)
    ),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(ACTS, st.integers(1, 90)), max_size=25), st.integers(0, 99), st.sampled_from((7, 12, 17, 22)))
def test_whatever_comes_places_stay_within_capacity_lines_hold_together_and_needs_in_range(acts, seed, hour):
    model = Model(make_map(), crowd(), seed=seed, start=f"2025-03-03T{hour:02d}:30", parameters=Parameters(lunch_out=1))
    hold(model)
    for act, ticks in acts:
        model.apply(act)
        model.advance(1)
        hold(model)
        model.advance(ticks, 0)
        hold(model)


def hold(model):
    npcs, places = model.npcs, model.places
    assert (places["visitors"] <= places["capacity"]).all()
    counted = np.bincount(npcs["target"][npcs["visiting"] == 1], minlength=places.rows)
    assert (counted == places["visitors"]).all()
    for place in range(places.rows):
        line, i = [], int(places["first_waiting"][place])
        while i >= 0 and len(line) <= npcs.rows:
            line.append(i)
            last, i = i, int(npcs["next_waiting"][i])
        assert len(line) == places["queue"][place]
        assert set(line) == set(np.flatnonzero((npcs["queued"] == 2) & (npcs["target"] == place)))
        assert places["last_waiting"][place] == (last if line else -1)
        assert (np.diff(npcs["queued_at"][line]) >= 0).all()
    assert not (npcs["visiting"] & (npcs["queued"] > 0)).any()
    for need in ("hunger", "energy", "social", "fun", "comfort", "mood"):
        assert npcs[need].min() >= 0
        assert npcs[need].max() <= 1


@pytest.mark.parametrize("name", ["riverbend", "city"])
def test_in_the_default_towns_nobody_is_over_the_capacity_for_a_day(name):
    town_map, personas = towns.load(name, 25 if name == "riverbend" else 400, 1)
    model = Model(town_map, personas, seed=1)
    longest = 0
    for _ in range(0, 8640, 60):
        model.advance(60, 0)
        hold(model)
        longest = max(longest, int(model.places["queue"].max()))
    assert longest <= Parameters().queue_longest + 3
