"""Scripted: a mind that keeps a timetable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter
from aitown.mind.answers import go

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.mind.observation import Observation

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY = 24 * 60
_LONG = "; expected a time and what to do, as in {'12:00': ('Mill Café', 'eating'), '13:00': None}."


class Scripted:
    """Goes by a timetable, every day the same.

    Args:
        plan: what to do from when on: `{"12:00": "Mill Café", "12:40": ("Green", "relaxing"), "14:00": None}`. A place,
            or a place and what to do there; None leaves the time from then on to the default.

    Raises:
        BadParameter: for a plan that can't be read. A place that isn't on the map is found out when it is due.

    An entry begins at its time, unless the NPC does then what its routine asks for (work, a meal, sleep): then when the
    routine asks for something else. It ends at the time of the next one.
    """

    def __init__(self, plan: Mapping[str, Any]) -> None:
        try:
            entries = [(_minute(time), _entry(what)) for time, what in plan.items()]
        except (AttributeError, TypeError):
            raise BadParameter(f"the plan {plan!r:.80}{_LONG}", "Write times as HH:MM.") from None
        if not entries:
            raise BadParameter(f"an empty plan{_LONG}", "Give at least one entry.")
        self._plan = sorted(entries, key=lambda entry: entry[0])
        self._until = [entry[0] for entry in self._plan[1:]] + [self._plan[0][0] + _DAY]

    def decide(self, seen: Observation) -> dict[str, Any] | None:
        """What the timetable says."""
        now = seen.clock.hour * 60 + seen.clock.minute
        if now < self._plan[0][0]:
            now += _DAY
        at, what = max((entry for entry in self._plan if entry[0] <= now), key=lambda entry: entry[0])
        left = max(1, self._until[[entry[0] for entry in self._plan].index(at)] - now)
        if seen.cause == "heard":
            return None
        if what is None:
            return _default(seen, left)
        return go(*what, why="timetable", minutes=left)


def _default(seen: Observation, left: int) -> dict[str, Any] | None:
    """The default, which may take no longer than the time that is left."""
    default = seen.default
    if default["minutes"] is None or default["minutes"] <= left:
        return None
    return go(default["place"], default["doing"], why=default["why"], minutes=left)


def _minute(time: str) -> int:
    found = _TIME.fullmatch(time.strip())
    if not found:
        raise BadParameter(f"{time!r} is not a time of day.", 'Write it as "HH:MM", 00:00 to 23:59.')
    return int(found[1]) * 60 + int(found[2])


def _entry(what: Any) -> tuple[Any, ...] | None:
    if what is None:
        return None
    parts = (what,) if isinstance(what, str | int) else tuple(what)
    if not 1 <= len(parts) <= 2:  # noqa: PLR2004 (a place, and what to do there)
        raise BadParameter(f"the entry {what!r:.80}{_LONG}", "Give a place, or a place and what to do there.")
    return parts
