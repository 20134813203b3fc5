"""What an ordinary day on riverbend looks like."""

import numpy as np
import pytest

from aitown.persona import minutes

HOUR = 360


def hours(days, label, first_day=0):
    return days.is_doing(label)[first_day * days.day : (first_day + 1) * days.day].sum(axis=0) / HOUR


def clock_hours(days):
    return (6 + days.ticks / HOUR) % 24


def workers(days):
    """Those who work seven hours or more by day on a Monday."""
    found = []
    for i, persona in enumerate(days.personas):
        r = persona.routine
        by_day = r.work_from and "mon" in r.workdays and "06:00" <= r.work_from < r.work_to <= "20:00"
        if persona.age >= 18 and by_day and minutes(r.work_to) - minutes(r.work_from) >= 7 * 60:
            found.append(i)
    return found


def test_everybody_sleeps_enough_and_adults_not_too_long(days):
    slept = hours(days, "sleeping")
    adult = np.array([persona.age >= 18 for persona in days.personas])
    assert slept.min() >= 7
    works = np.array([not p.routine.work_from or {"mon", "tue"} <= set(p.routine.workdays) for p in days.personas])
    assert slept[adult & works].max() <= 9.6
    assert slept[adult].max() <= 10.5
    assert slept.max() <= 11.5


def test_workers_work_and_nobody_else_does(days):
    worked = hours(days, "working")
    assert len(workers(days)) >= 8
    assert worked[workers(days)].min() >= 5.5
    assert worked.max() <= 10
    idle = [i for i, persona in enumerate(days.personas) if not persona.work]
    assert worked[idle].sum() == 0


def test_pupils_go_to_school(days):
    pupils = [i for i, persona in enumerate(days.personas) if persona.occupation == "pupil"]
    assert hours(days, "studying")[pupils].min() > 4


def test_a_day_has_room_for_everything(days):
    means = {label: hours(days, label).mean() for label in ("eating", "walking", "talking", "relaxing", "socialising")}
    assert 0.8 <= means["eating"] <= 2
    assert 0.3 <= means["walking"] <= 1.5
    assert 0.5 <= means["talking"] <= 3
    assert means["relaxing"] > 0.3
    assert means["socialising"] > 0.3
    assert hours(days, "shopping").sum() > 1


def test_everybody_is_at_home_at_night(days):
    night = (clock_hours(days) >= 2) & (clock_hours(days) < 4)
    homes = np.array([days.map.place(persona.home).id for persona in days.personas])
    assert (days["place"][night] == homes).all()
    assert days.is_doing("sleeping")[night].all()


def test_the_town_is_asleep_at_first_and_up_two_hours_later(days):
    assert days.is_doing("sleeping")[0].mean() > 0.5
    assert days.is_doing("sleeping")[3 * HOUR].mean() < 0.3


def test_people_lunch_at_the_cafe_too(days):
    cafes = [place.id for place in days.map.places if place.kind == "cafe"]
    noon = (clock_hours(days) > 11.5) & (clock_hours(days) < 14.5)
    eating_there = days.is_doing("eating") & np.isin(days["place"], cafes) & noon[:, None]
    assert eating_there.any(axis=0).sum() >= 2


def test_nobody_is_in_a_wall_off_the_map_or_jumps(days):
    x, y = days["x"], days["y"]
    tx, ty = np.floor(x).astype(int), np.floor(y).astype(int)
    assert ((tx >= 0) & (tx < days.map.width) & (ty >= 0) & (ty < days.map.height)).all()
    assert days.map.reachable[ty, tx].all()
    steps = np.hypot(np.diff(x, axis=0), np.diff(y, axis=0))
    assert steps.max() <= 1 + 2 / 8


def test_place_is_where_the_npc_stands(days):
    settled = ~days.is_doing("walking")
    tile = np.floor(days["y"]).astype(int) * days.map.width + np.floor(days["x"]).astype(int)
    assert (days.map.tile_place[tile] == days["place"])[settled].all()


def test_sleepers_have_a_spot_of_their_own(days):
    at = 21 * HOUR - 1
    spots = list(zip(days["x"][at], days["y"][at], strict=True))
    assert len(set(spots)) == len(spots)


@pytest.mark.parametrize("need", ["hunger", "energy", "social", "fun", "comfort", "mood"])
def test_needs_stay_between_0_and_1_and_move(days, need):
    values = days[need]
    assert values.min() >= 0
    assert values.max() <= 1
    assert (values.max(axis=0) - values.min(axis=0)).min() > 0.05


def test_partners_stand_in_a_ring_in_one_place(days):
    partner, place = days["partner"], days["place"]
    tick, npc = np.nonzero(partner >= 0)
    assert len(tick)
    following = partner[tick, npc]
    assert (place[tick, npc] == place[tick, following]).all()
    back, steps = following, 1
    while (open_ones := back != npc).any():
        back = np.where(open_ones, partner[tick, back], back)
        steps += 1
        assert steps <= 4
    assert steps > 2


def test_conversations_end(days):
    events = days.events
    kinds = [events.kinds[kind] for kind in events.kind]
    met, began, talk_of, there = 0, {}, {}, {}
    for kind, tick, one, other in zip(kinds, events.tick, events.npc.tolist(), events.other.tolist(), strict=True):
        if kind == "met":
            met += 1
            assert one not in talk_of
            assert other not in talk_of
            talk_of[one] = talk_of[other] = met
            began[met], there[met] = tick, {one, other}
        elif kind == "joined":
            assert one not in talk_of
            talk_of[one] = talk_of[other]
            there[talk_of[one]].add(one)
        elif kind == "left":
            there[talk_of.pop(one)].remove(one)
        elif kind == "parted":
            assert there.pop(talk_of[one]) == {one, other}
            assert tick - began.pop(talk_of.pop(one)) <= 2 * 16 * 6 + 1
            del talk_of[other]
    assert met > 50
    assert all(days.model.tick - tick <= 2 * 16 * 6 + 1 for tick in began.values())


def test_places_hold_no_more_visitors_than_they_have_room_for(days):
    visits = days.is_doing("eating") | days.is_doing("socialising") | days.is_doing("shopping")
    homes = np.array([days.map.place(persona.home).id for persona in days.personas])
    works = np.array([days.map.place(persona.work).id if persona.work else -1 for persona in days.personas])
    here = np.where(visits & (days["place"] != homes) & (days["place"] != works), days["place"], -1)
    for place in days.map.places:
        assert (here == place.id).sum(axis=1).max() <= place.capacity, place.name


def test_occupants_are_counted(days):
    counts = np.stack([(days["place"] == place.id).sum(axis=1) for place in days.map.places], axis=1)
    assert np.array_equal(counts, days.tables["places"]["occupants"])


def test_visitors_leave_when_a_place_closes(days):
    for place in days.map.places:
        opens, closes = place.week[0] or (0, 0)
        if place.kind not in ("cafe", "shop") or (opens, closes) == (0, 1440):
            continue
        hour = clock_hours(days) * 60
        long_shut = (hour > closes + 30) | (hour < opens)
        staff = [i for i, persona in enumerate(days.personas) if place.name in (persona.work, persona.home)]
        there = days["place"] == place.id
        there[:, staff] = False
        assert not there[long_shut].any(), place.name


def test_arrivals_wakings_and_sleep_are_events(days):
    counts = np.bincount(days.events.kind, minlength=len(days.events.kinds))
    found = dict(zip(days.events.kinds, counts.tolist(), strict=True))
    people = len(days.personas)
    assert found["woke"] >= people
    assert found["slept"] >= people
    assert found["arrived"] > 5 * people
    assert found["decided"] >= found["arrived"]
