"""From ticks to the time of day. The clock is computed, never stored: `start + tick * tick_seconds`.

Plain integers in and out; the schedule compiles these functions into itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aitown.errors import BadParameter

DAY_SECONDS = 86_400
MAX_TICK_SECONDS = 3_600


def parse_start(start: str | datetime) -> datetime:
    """The clock at tick 0, to the second and without a time zone.

    Raises:
        BadParameter: for anything but a date and time.
    """
    try:
        found = start if isinstance(start, datetime) else datetime.fromisoformat(start)
    except (TypeError, ValueError) as error:
        raise BadParameter(
            f"start is {start!r}; expected a date and time.", 'Write it like "2025-03-03T06:00".'
        ) from error
    return found.replace(tzinfo=None, microsecond=0)


def check_tick_seconds(tick_seconds: object) -> int:
    """The length of a tick in whole simulated seconds.

    Raises:
        BadParameter: unless it is an integer from 1 to an hour.
    """
    if isinstance(tick_seconds, bool) or not isinstance(tick_seconds, int) or not 1 <= tick_seconds <= MAX_TICK_SECONDS:
        raise BadParameter(
            f"tick_seconds is {tick_seconds!r}; expected a whole number from 1 to {MAX_TICK_SECONDS}.",
            "10 is the default.",
        )
    return tick_seconds


def clock(start: datetime, tick_seconds: int, tick: int) -> datetime:
    """Date and time at a tick."""
    return start + timedelta(seconds=tick * tick_seconds)


def start_second(start: datetime) -> int:
    """Seconds from the midnight that began the week (Monday) to `start`."""
    return ((start.weekday() * 24 + start.hour) * 60 + start.minute) * 60 + start.second


def week_second(second: int, tick_seconds: int, tick: int) -> int:
    """Seconds since the first Monday's midnight; `second` is `start_second(start)`."""
    return second + tick * tick_seconds


def minute_of_day(seconds: int) -> int:
    """Minutes since midnight, 0 to 1439, of a `week_second`."""
    return seconds % DAY_SECONDS // 60


def day_number(seconds: int) -> int:
    """Days since the first Monday, of a `week_second`; the weekday (0 is Monday) is its remainder by 7."""
    return seconds // DAY_SECONDS
