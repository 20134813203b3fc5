"""Simulated time, as people write it: "day 2 08:00", "2025-03-04T08:00", a datetime; and spans such as "1h".

Day 1 is the calendar day of tick 0, so in a town that begins at six in the morning "day 1 08:00" is two hours later.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from aitown.errors import BadParameter

When = str | dt.datetime | np.datetime64
"""A moment in the town: "day 2 08:00", an ISO date and time, or an object that is one."""

Span = int | str | dt.timedelta
"""A length of time: a number of ticks, "1h", "15min", or a timedelta."""

_DAY = re.compile(r"day\s+(\d+)(?:[\s,]+(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.IGNORECASE)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)?\s*([a-z]+)", re.IGNORECASE)
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
_HOURS, _MINUTES = 24, 60
_REMEDY = 'Write it like "day 2 08:00" or "2025-03-04T08:00".'


@dataclass(frozen=True)
class Clock:
    """The clock of a run: what it shows at tick 0, as an ISO date and time, and the simulated seconds of a tick."""

    start: str
    tick_seconds: float

    def tick(self, when: When) -> float:
        """The tick at a moment: a fraction between two ticks, negative before the start.

        Raises:
            BadParameter: for what isn't a moment.
        """
        return (self._moment(when) - self._start).total_seconds() / self.tick_seconds

    def ticks(self, span: Span) -> int:
        """A length of time in ticks.

        Raises:
            BadParameter: for what isn't one, or isn't a whole number of ticks.
        """
        if isinstance(span, str):
            found = _SPAN.fullmatch(span.strip())
            unit = _SECONDS.get(found[2].lower().removesuffix("s") or "s") if found else None
            if found is None or unit is None:
                raise BadParameter(f"a length of time {span!r}.", 'Write it like "1h", "15min" or "30s".')
            seconds = float(found[1] or 1) * unit
        elif isinstance(span, dt.timedelta):
            seconds = span.total_seconds()
        else:
            return int(span)
        count = round(seconds / self.tick_seconds)
        if count < 1 or abs(count * self.tick_seconds - seconds) > 1e-6:  # noqa: PLR2004 (a rounding error)
            raise BadParameter(
                f"{span!r} is not a whole number of ticks of {self.tick_seconds:g} s.", "Choose a multiple."
            )
        return count

    def day(self, tick: int) -> int:
        """The day of a tick, counted from 1."""
        return ((self._start + dt.timedelta(seconds=tick * self.tick_seconds)).date() - self._start.date()).days + 1

    def say(self, tick: int) -> str:
        """The moment of a tick: "day 2 08:00"."""
        start = self._start
        now = start + dt.timedelta(seconds=tick * self.tick_seconds)
        return f"day {(now.date() - start.date()).days + 1} {now:%H:%M:%S}".removesuffix(":00")

    @property
    def _start(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.start)

    def _moment(self, when: When) -> dt.datetime:
        if isinstance(when, np.datetime64):
            found: dt.datetime = when.astype("datetime64[us]").item()
        else:
            found = self._read(when.strip()) if isinstance(when, str) else when
        if found.tzinfo is not None:
            raise BadParameter(f"a time with a time zone, {found}.", "The town's clock has none: leave it out.")
        return found

    def _read(self, text: str) -> dt.datetime:
        found = _DAY.fullmatch(text)
        if found is None:
            try:
                return dt.datetime.fromisoformat(text)
            except ValueError as error:
                raise BadParameter(f"a time {text!r}.", _REMEDY) from error
        day, hour, minute, second = (int(part or 0) for part in found.groups())
        if day < 1 or hour > _HOURS or minute >= _MINUTES or second >= _MINUTES:
            raise BadParameter(f"a time {text!r}.", f"Days count from 1, hours to 24. {_REMEDY}")
        midnight = dt.datetime.combine(self._start.date(), dt.time())
        return midnight + dt.timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def is_moment(value: Any) -> bool:
    """Whether it stands for a moment rather than a tick."""
    return isinstance(value, (str, dt.datetime, np.datetime64))
