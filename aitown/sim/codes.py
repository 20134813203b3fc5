"""What the small integers in columns and events mean. The tuples are the labels; the constants are for compiled code.

The constants are NumPy integers, because numba compiles a function anew for each plain integer that it is called with.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def constant(value: int) -> Any:
    """An integer for compiled code."""
    return np.int64(value)


def _codes(count: int) -> tuple[Any, ...]:
    return tuple(constant(code) for code in range(count))


ACTIVITIES = (
    "sleeping", "waking", "eating", "working", "studying", "shopping",
    "relaxing", "socialising", "walking", "talking", "at home",
)  # fmt: skip
(
    SLEEPING, WAKING, EATING, WORKING, STUDYING, SHOPPING,
    RELAXING, SOCIALISING, WALKING, TALKING, AT_HOME,
) = _codes(11)  # fmt: skip

DUTIES = (*ACTIVITIES, "free")
FREE = constant(len(ACTIVITIES))

MEALS = ("breakfast", "lunch", "dinner")
BREAKFAST, LUNCH, DINNER = _codes(3)

WHYS = ("routine", "hungry", "tired", "lonely", "bored", "errand", "rest", "asked", "invited")
ROUTINE, HUNGRY, TIRED, LONELY, BORED, ERRAND, REST, ASKED, INVITED = _codes(9)

EVENT_KINDS = ("said", "met", "parted", "arrived", "decided", "woke", "slept")
SAID, MET, PARTED, ARRIVED, DECIDED, WOKE, SLEPT = _codes(7)

HOME, WORK, SCHOOL, CAFE, SHOP, PARK, SQUARE, OTHER = _codes(8)
"""Places' kinds, as `sim.map.PLACE_KINDS` orders them."""

NEAR_KINDS = (CAFE, SHOP, PARK, SQUARE)
NEAR_CAFE, NEAR_SHOP, NEAR_PARK, NEAR_SQUARE = _codes(4)
"""Kinds of place that leisure and errands lead to, in the order of `Links.near`."""

PARTS = ("opening", "greeting back", "remark", "answer", "farewell", "reply")
OPENING, GREETING_BACK, REMARK, ANSWER, FAREWELL, REPLY = _codes(6)
"""Parts of a conversation; "reply" is to a voice from outside."""

TOPICS = ("day", "place", "food", "work", "people", "plans", "feeling", "pastime")
T_DAY, T_PLACE, T_FOOD, T_WORK, T_PEOPLE, T_PLANS, T_FEELING, T_PASTIME = _codes(8)

CLOSENESS = ("strangers", "acquaintances", "friends")
STRANGERS, ACQUAINTANCES, FRIENDS = _codes(3)

NONE = constant(-1)
"""No NPC, no place, no tile."""
