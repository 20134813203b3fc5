"""What every system gets: `World` (all that is) and `Now` (when it is). Made once; compiled code reads it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aitown.sim.clock import start_second
from aitown.sim.codes import (
    ACTIVITIES,
    AT_HOME,
    CARING,
    EATING,
    HOUSEKEEPING,
    NEAR_KINDS,
    QUEUEING,
    RELAXING,
    SHOPPING,
    SLEEPING,
    SOCIALISING,
    STUDYING,
    TALKING,
    WAKING,
    WALKING,
    WORKING,
)
from aitown.sim.compiled import kernel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aitown.columns import Table
    from aitown.sim.attention import Attention
    from aitown.sim.map import MapArrays
    from aitown.sim.parameters import Parameters

Array = NDArray[Any]

NEAREST = 4
OPEN_TO_TALK = {
    WAKING: 0.15,
    EATING: 1.0,
    WORKING: 0.2,
    STUDYING: 0.15,
    SHOPPING: 0.5,
    RELAXING: 0.9,
    SOCIALISING: 1.6,
    AT_HOME: 0.7,
    HOUSEKEEPING: 0.3,
    CARING: 0.7,
}
"""How open to a conversation an NPC is by what it does; 0 for the rest (assumption)."""
_MOST_A_TICK = 0.999


RATES = ("f4", (len(ACTIVITIES),))
FINE_RATES = ("f8", (len(ACTIVITIES),))
RULES = np.dtype(
    [
        ("seed", "i8"), ("tick_seconds", "i8"), ("start_second", "i8"),
        ("minute_ticks", "i8"),  # ticks in a simulated minute, at least 1
        ("minute", "f8"),  # the same, exact
        ("speed", "f8"),  # tiles a tick
        ("hunger", *RATES), ("energy", *RATES), ("social", *RATES), ("fun", *RATES),
        ("comfort", *RATES),  # change a tick by activity; of energy, the share of what is left or lacking
        ("energy_log", *FINE_RATES),  # ln of what a tick leaves of it
        ("social_heard", "f4"),
        ("mood_hunger", "f4"), ("mood_energy", "f4"), ("mood_social", "f4"), ("mood_fun", "f4"),
        ("mood_comfort", "f4"),  # their sum is 1
        # minutes
        ("routine_jitter", "f8"), ("lie_in", "i8"), ("late_night", "i8"), ("waking_minutes", "i8"),
        ("breakfast_minutes", "i8"), ("lunch_minutes", "i8"), ("dinner_minutes", "i8"),
        ("lunch_out", "f8"), ("dinner_out", "f8"), ("hungry", "f8"), ("tired", "f8"),
        # ticks
        ("nap", "i8"), ("snack", "i8"), ("shop", "i8"), ("asked", "i8"), ("patience", "i8"), ("queue", "i8"),
        ("stay_least", "f8"), ("stay_most", "f8"), ("stay_off", "f8"),
        ("errand", "f8"), ("chores", "f8"), ("care", "f8"),
        ("talk_least", "f8"), ("talk_most", "f8"), ("quiet_least", "f8"), ("quiet_most", "f8"),
        ("turn_least", "f8"), ("turn_most", "f8"),
        ("queue_longest", "f8"), ("queue_cost", "f8"),
        ("noise", "f8"), ("heeding", "f8"), ("home_comfort", "f8"), ("home_ease", "f8"),
        ("chore_use", "f8"), ("child_chores", "f8"), ("care_use", "f8"),
        ("walk_cost", "f8"),  # a tile
        ("open_to_talk", *RATES),
        ("meet_chance", "f8"), ("meet_most", "f8"),  # each time that an NPC looks around, once a minute; a bound of it
        ("group_most", "f8"), ("join_ease", "f8"),
        ("tie_first", "f8"), ("tie_hours", "f8"), ("tie_half_life", "f8"), ("kin_half_life", "f8"),  # times in ticks
        ("tell_chance", "f8"), ("tell_stranger", "f8"), ("tell_half_life", "f8"), ("tell_stale", "f8"),
        ("believe_friend", "f8"), ("believe_stranger", "f8"), ("forget_half_life", "f8"),
        ("accept_friend", "f8"), ("accept_stranger", "f8"),
        ("rent_day", "i8"), ("drink_share", "f8"), ("meal_cost", "i8"), ("basket_cost", "i8"),  # cents
        ("shelf", "f8"), ("margin", "f8"), ("reserve", "i8"), ("spending", "f8"), ("thrift", "f8"),
    ],
    align=True,
)  # fmt: skip
"""The parameters per tick, as compiled code reads them: one record."""

EVENT = np.dtype([(name, "i4") for name in ("tick", "kind", "npc", "other", "place", "detail")])


class Links(NamedTuple):
    """What relates NPCs to NPCs and places to places."""

    ties: Array  # records [npcs, acquaintances], see `systems/bonds.py`
    near: Array  # i4[places, kinds, 4]: the nearest places of each of NEAR_KINDS, nearest first, -1 for none


class Log(NamedTuple):
    """Events as compiled code writes them."""

    filled: Array  # i8[1], how many rows are
    rows: Array  # EVENT[room]; `detail` is what the words of a line depend on, see `systems/talking.py`


class World(NamedTuple):
    """All but the map's routes, which only walking needs. Few arrays, since each costs at every call."""

    npcs: Array  # records, see `npcs.py`
    outside: Array
    gate: Array  # one record
    places: Array
    tiles: Array
    links: Links
    rules: Array  # RULES[1]
    log: Log
    facts: Array  # records, one a fact
    knowledge: Array  # records [npcs, facts]
    purses: Array  # records, one an NPC
    gifts: Array  # records
    attention: Attention


class Now(NamedTuple):
    """The moment that a system computes."""

    tick: int
    minute: int  # of the day
    day: int  # since the first Monday
    fresh: bool  # a minute has begun with this tick: slow processes run


def make_log(rows: int) -> Log:
    return Log(np.zeros(1, np.int64), np.zeros(rows, EVENT))


def make_rules(parameters: Parameters, seed: int, start: datetime, tick_seconds: int) -> Array:
    """The parameters in ticks."""
    p = parameters
    minute = 60 / tick_seconds
    hour = 60 * minute

    def ticks(minutes: float) -> int:
        return max(1, round(minutes * minute))

    def by_activity(default: float, special: Mapping[int, float]) -> Array:
        values = [special.get(code, default) / hour for code in range(len(ACTIVITIES))]
        return np.array(values, np.float32)

    weights = p.mood_hunger + p.mood_energy + p.mood_social + p.mood_fun + p.mood_comfort or 1.0
    duty = (WORKING, STUDYING, SHOPPING, HOUSEKEEPING)
    energy = by_activity(
        p.energy_awake, {SLEEPING: p.energy_asleep, RELAXING: p.energy_resting, AT_HOME: p.energy_resting}
    ).astype(np.float64)
    meet = p.meet_rate / hour * max(1, round(minute))
    values = {
        "seed": seed,
        "tick_seconds": tick_seconds,
        "start_second": start_second(start),
        "minute_ticks": ticks(1),
        "minute": minute,
        "speed": p.walking_speed / minute,
        "hunger": by_activity(p.hunger_awake, {SLEEPING: p.hunger_asleep, EATING: p.hunger_eating}),
        "energy": energy,
        "social": by_activity(p.social_alone, {SOCIALISING: p.social_company, TALKING: p.social_talking}),
        "fun": by_activity(
            p.fun_idle,
            dict.fromkeys(duty, p.fun_duty)
            | {RELAXING: p.fun_relaxing, SOCIALISING: p.fun_socialising, TALKING: p.fun_talking},
        ),
        "comfort": by_activity(
            0,
            dict.fromkeys((*duty, CARING), p.comfort_busy)
            | dict.fromkeys((WALKING, WAKING), p.comfort_abroad)
            | dict.fromkeys((EATING, RELAXING, SOCIALISING), p.comfort_seated)
            | {QUEUEING: p.comfort_queueing, AT_HOME: p.comfort_home, SLEEPING: p.comfort_home},
        ),
        "energy_log": np.log1p(-np.minimum(np.abs(energy), _MOST_A_TICK)),
        "social_heard": p.social_heard,
        "mood_hunger": p.mood_hunger / weights,
        "mood_energy": p.mood_energy / weights,
        "mood_social": p.mood_social / weights,
        "mood_fun": p.mood_fun / weights,
        "mood_comfort": p.mood_comfort / weights,
        "routine_jitter": p.routine_jitter,
        "lie_in": round(p.lie_in),
        "late_night": round(p.late_night),
        "waking_minutes": round(p.waking_minutes),
        "breakfast_minutes": round(p.breakfast_minutes),
        "lunch_minutes": round(p.lunch_minutes),
        "dinner_minutes": round(p.dinner_minutes),
        "lunch_out": p.lunch_out,
        "dinner_out": p.dinner_out,
        "hungry": p.hungry,
        "tired": p.tired,
        "nap": ticks(p.nap_minutes),
        "snack": ticks(p.snack_minutes),
        "shop": ticks(p.shop_minutes),
        "stay_least": p.stay_least * minute,
        "stay_most": p.stay_most * minute,
        "stay_off": p.stay_off,
        "asked": ticks(p.asked_minutes),
        "patience": ticks(p.mind_minutes),
        "queue": ticks(p.queue_minutes),
        "queue_longest": p.queue_longest,
        "queue_cost": p.queue_cost,
        "noise": p.noise,
        "heeding": p.heeding,
        "walk_cost": p.walk_cost / p.walking_speed,
        "home_comfort": p.home_comfort,
        "home_ease": p.home_ease,
        "chores": p.chore_hours * hour,
        "chore_use": p.chore_use,
        "child_chores": p.child_chores,
        "care": p.care_hours * hour,
        "care_use": p.care_use,
        "errand": p.errand_hours * hour,
        "open_to_talk": np.array([OPEN_TO_TALK.get(code, 0) for code in range(len(ACTIVITIES))], np.float32),
        "meet_chance": meet,
        "meet_most": 2 * meet * max(OPEN_TO_TALK.values()),
        "talk_least": p.talk_least * minute,
        "talk_most": p.talk_most * minute,
        "quiet_least": p.quiet_least * minute,
        "quiet_most": p.quiet_most * minute,
        "turn_least": p.turn_least / tick_seconds,
        "turn_most": p.turn_most / tick_seconds,
        "group_most": p.group_most,
        "join_ease": p.join_ease,
        "tie_first": p.tie_first,
        "tie_hours": p.tie_hours * hour,
        "tie_half_life": p.tie_half_life * 24 * hour,
        "kin_half_life": p.kin_half_life * 24 * hour,
        "tell_chance": p.tell_chance,
        "tell_stranger": p.tell_stranger,
        "tell_half_life": p.tell_half_life * hour,
        "tell_stale": p.tell_stale,
        "believe_friend": p.believe_friend,
        "believe_stranger": p.believe_stranger,
        "accept_friend": p.accept_friend,
        "accept_stranger": p.accept_stranger,
        "forget_half_life": p.forget_half_life * hour,
        "rent_day": round(p.rent_day),
        "drink_share": p.drink_share,
        "meal_cost": round(p.wholesale * p.meal_price),
        "basket_cost": round(p.wholesale * p.basket_price),
        "shelf": p.shelf,
        "margin": p.margin,
        "reserve": round(p.till),
        "spending": p.spending,
        "thrift": p.thrift,
    }
    rules = np.zeros(1, RULES)
    for name, value in values.items():
        rules[0][name] = value
    if set(values) != set(RULES.names or ()):
        raise TypeError(f"rules and parameters differ: {set(values) ^ set(RULES.names or ())}")
    return rules


def make_links(town: MapArrays, ties: Table, npcs: int) -> Links:
    """Ties and neighbourhoods."""
    return Links(ties.records.reshape(npcs, ties.rows // npcs), nearest(town))


def nearest(town: MapArrays) -> Array:
    """The nearest places of each kind, see `Links`; among those as near the one of the lower id."""
    near = np.full((len(town.place_kind), len(NEAR_KINDS), NEAREST), -1, np.int32)
    for k, kind in enumerate(NEAR_KINDS):
        those = np.flatnonzero(town.place_kind == kind)
        if len(those):
            order = those[np.argsort(town.centre_x[those], kind="stable")]
            along = town.centre_x[order]
            _nearest(town.centre_x, town.centre_y, order, along, np.searchsorted(along, town.centre_x), near[:, k])
    return near


@kernel
def _nearest(x: Array, y: Array, order: Array, along: Array, starts: Array, near: Array) -> None:
    """For each place the nearest of those in `order`, found by looking outwards from it from west to east."""
    away = np.empty(NEAREST, np.float32)
    for place in range(len(near)):
        away[:] = np.inf
        right = starts[place]
        left = right - 1
        while left >= 0 or right < len(order):
            go_right = left < 0 or (right < len(order) and along[right] - x[place] <= x[place] - along[left])
            at = right if go_right else left
            dx = abs(along[at] - x[place])
            if dx > away[NEAREST - 1]:
                break
            right, left = (right + 1, left) if go_right else (right, left - 1)
            other = order[at]
            far = np.float32(np.hypot(dx, y[other] - y[place]))
            slot = NEAREST
            while slot > 0 and (far < away[slot - 1] or (far == away[slot - 1] and other < near[place, slot - 1])):
                slot -= 1
            for later in range(NEAREST - 1, slot, -1):
                away[later], near[place, later] = away[later - 1], near[place, later - 1]
            if slot < NEAREST:
                away[slot], near[place, slot] = far, other
