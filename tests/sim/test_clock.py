from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadParameter
from aitown.sim import clock

MONDAY = datetime(2025, 3, 3, 6)


def test_a_day_of_ticks_is_a_day():
    assert clock.clock(MONDAY, 10, 8640) == datetime(2025, 3, 4, 6)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    st.integers(1, 3600),
    st.integers(0, 10_000_000),
)
def test_minute_and_weekday_are_those_of_the_calendar(start, tick_seconds, tick):
    start = clock.parse_start(start)
    expected = clock.clock(start, tick_seconds, tick)
    seconds = clock.week_second(clock.start_second(start), tick_seconds, tick)
    assert clock.minute_of_day(seconds) == expected.hour * 60 + expected.minute
    assert clock.day_number(seconds) % 7 == expected.weekday()


@pytest.mark.parametrize("start", ["soon", "2025-13-01", 5, None])
def test_a_start_that_is_no_time_is_refused(start):
    with pytest.raises(BadParameter, match="expected a date and time"):
        clock.parse_start(start)


@pytest.mark.parametrize("tick_seconds", [0, -1, 1.5, True, "10", 3601])
def test_a_tick_that_is_no_length_is_refused(tick_seconds):
    with pytest.raises(BadParameter, match="tick_seconds"):
        clock.check_tick_seconds(tick_seconds)
