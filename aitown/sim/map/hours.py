"""When a place is open in the course of a week.

A `Week` has an opening and a closing for each day from Monday on, in minutes since midnight; None is a day on which the
place stays closed. A closing at or before the opening is on the next day.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aitown.errors import BadMap, BadPersona
from aitown.persona import DAYS, minutes

DAY_MINUTES = 1440
Span = tuple[int, int]
Week = tuple[Span | None, ...]
"""Seven of them."""
_RULE = re.compile(
    r"(?P<days>[a-z,\s–-]*?)\s*(?P<span>closed|off|(?P<opens>\d{1,2}:\d\d)\s*[–-]\s*(?P<closes>\d{1,2}:\d\d))"
)


def every_day(opens: int, closes: int) -> Week:
    """The same hours on each day."""
    return ((opens, closes),) * 7


def read_hours(text: str) -> Week:
    """A week from rules like "mon-fri 08:00-20:00; sat 09:00-18:00"; days that none names are closed.

    A rule without days is for all; a later rule goes before an earlier; "sun closed" says it outright.

    Raises:
        BadMap: for anything else.
    """
    week: list[Span | None] = [None] * 7
    for rule in filter(None, (part.strip().lower() for part in text.split(";"))):
        found = _RULE.fullmatch(rule)
        try:
            if not found:
                raise BadPersona(f"{rule!r} is no rule.", "")
            days = _days(found["days"])
            span = (_clock(found["opens"]), _clock(found["closes"])) if found["opens"] else None
        except (BadPersona, ValueError) as error:
            raise BadMap(
                f"the hours {text!r} can't be read at {rule!r}.",
                'Write them like "mon-fri 08:00-20:00; sat 09:00-18:00".',
            ) from error
        for day in days:
            week[day] = span
    return tuple(week)


@lru_cache(maxsize=1024)
def write_hours(week: Week) -> str:
    """The rules that `read_hours` reads as this week."""
    rules: list[str] = []
    day = 0
    while day < len(week):
        last = day
        while last + 1 < len(week) and week[last + 1] == week[day]:
            last += 1
        if (span := week[day]) is not None:
            days = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
            rules.append(f"{days} {_text(span[0])}-{_text(span[1])}")
        day = last + 1
    return "; ".join(rules)


def check_week(week: Week, where: str) -> None:
    """Hold a week to its form.

    Raises:
        BadMap: naming `where`.
    """
    if len(week) != len(DAYS):
        raise BadMap(f"{where} has hours for {len(week)} days.", "Give seven, from Monday on; None for a closed day.")
    for opens, closes in filter(None, week):
        if not (0 <= opens < DAY_MINUTES and 0 <= closes <= DAY_MINUTES):
            raise BadMap(
                f"{where} opens at minute {opens} and closes at {closes}.",
                "Opening runs from 0 to 1439, closing from 0 to 1440 minutes since midnight.",
            )


def _days(text: str) -> list[int]:
    if not text.strip():
        return list(range(7))
    found: list[int] = []
    for part in text.replace("–", "-").split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        begin = DAYS.index(first)
        end = DAYS.index(last) if last else begin
        found += [day % 7 for day in range(begin, end + 1 + 7 * (end < begin))]
    return found


def _clock(text: str) -> int:
    return DAY_MINUTES if text == "24:00" else minutes(text)


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
