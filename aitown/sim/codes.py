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
    "relaxing", "socialising", "walking", "talking", "at home", "housekeeping", "caring", "queueing",
)  # fmt: skip
(
    SLEEPING, WAKING, EATING, WORKING, STUDYING, SHOPPING,
    RELAXING, SOCIALISING, WALKING, TALKING, AT_HOME, HOUSEKEEPING, CARING, QUEUEING,
) = _codes(14)  # fmt: skip

DUTIES = (*ACTIVITIES, "free")
FREE = constant(len(ACTIVITIES))

MEALS = ("breakfast", "lunch", "dinner")
BREAKFAST, LUNCH, DINNER = _codes(3)

WHYS = ("routine", "hungry", "tired", "lonely", "bored", "errand", "rest", "asked", "invited", "mind", "chores", "care")
(
    ROUTINE, HUNGRY, TIRED, LONELY, BORED, ERRAND, REST, ASKED, INVITED, BY_MIND, CHORES, CARE,
) = _codes(12)  # fmt: skip

EVENT_KINDS = (
    "said", "met", "parted", "arrived", "decided", "woke", "slept", "mind", "mind_error",
    "told", "believed", "doubted", "forgot", "joined", "left", "accepted", "declined",
    "sold", "sold_out", "refused", "wage", "owed", "rent", "arrears", "benefit",
    "stocked", "export", "funded", "surplus", "gave", "queued", "gave_up", "shared", "spent", "grant", "levy",
    "moved_in", "moved_out",
)  # fmt: skip
(
    SAID, MET, PARTED, ARRIVED, DECIDED, WOKE, SLEPT, MIND, MIND_ERROR,
    TOLD, BELIEVED, DOUBTED, FORGOT, JOINED, LEFT, ACCEPTED, DECLINED,
    SOLD, SOLD_OUT, REFUSED, WAGE, OWED, RENT, ARREARS, BENEFIT,
    STOCKED, EXPORT, FUNDED, SURPLUS, GAVE, QUEUED, GAVE_UP, SHARED, SPENT, GRANT, LEVY,
    MOVED_IN, MOVED_OUT,
) = _codes(38)  # fmt: skip
ABOUT_FACTS = (TOLD, BELIEVED, DOUBTED, FORGOT, ACCEPTED, DECLINED)
"""Kinds of events whose text is that of a fact."""
ABOUT_MONEY = (
    SOLD, REFUSED, WAGE, OWED, RENT, ARREARS, BENEFIT, STOCKED, EXPORT, FUNDED, SURPLUS, GAVE,
    SHARED, SPENT, GRANT, LEVY, MOVED_IN, MOVED_OUT,
)  # fmt: skip
"""Kinds of events whose detail is an amount in cents, which their text says in whole units: "12.50"."""

FAULTS = ("", "that place was closed", "that place was full", "no answer in time: the default decided")
CLOSED, FULL, LATE = (constant(code) for code in (1, 2, 3))
"""What the systems find wrong with a mind: the detail of a mind_error row."""

CAUSES = ("over", "duty", "need", "shut", "heard")
OVER, DUTY, NEED, SHUT, HEARD = _codes(5)
"""Why an NPC has to decide now: its last decision has run out, its routine asks for something else, hunger or
exhaustion press, its place has closed, somebody outside has spoken to it."""

HOURS, HELD_OPEN, HELD_CLOSED = _codes(3)
"""What keeps a place open or closed: its hours, or somebody outside."""

HOME, WORK, SCHOOL, CAFE, SHOP, PARK, SQUARE, OTHER = _codes(8)
"""Places' kinds, as `sim.map.PLACE_KINDS` orders them."""

NEAR_KINDS = (CAFE, SHOP, PARK, SQUARE)
NEAR_CAFE, NEAR_SHOP, NEAR_PARK, NEAR_SQUARE = _codes(4)
"""Kinds of place that leisure and errands lead to, in the order of `Links.near`."""

PARTS = ("opening", "greeting back", "remark", "answer", "farewell", "reply")
OPENING, GREETING_BACK, REMARK, ANSWER, FAREWELL, REPLY = _codes(6)
"""Parts of a conversation; "reply" is to a voice from outside."""

TOPICS = (
    "day", "place", "food", "work", "people", "plans", "feeling", "pastime", "news", "belief", "doubt", "known",
)  # fmt: skip
(
    T_DAY, T_PLACE, T_FOOD, T_WORK, T_PEOPLE, T_PLANS, T_FEELING, T_PASTIME, T_NEWS, T_BELIEF, T_DOUBT, T_KNOWN,
) = _codes(12)  # fmt: skip
SMALL_TALK = constant(8)
"""The first so many topics come up by themselves; the others belong to a fact: it is told, and whoever answers
believes it, doubts it or knew it."""

CLOSENESS = ("strangers", "acquaintances", "friends")
STRANGERS, ACQUAINTANCES, FRIENDS = _codes(3)

NONE = constant(-1)
"""No NPC, no place, no tile."""
