import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadMap
from aitown.sim.map.hours import check_week, every_day, read_hours, write_hours

SPANS = st.tuples(st.integers(0, 1439), st.integers(0, 1440))
WEEKS = st.lists(st.none() | SPANS, min_size=7, max_size=7).map(tuple)


@given(WEEKS)
def test_a_week_survives_its_text(week):
    assert read_hours(write_hours(week)) == week


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("08:00-20:00", ((480, 1200),) * 7),
        ("mon-fri 08:00-20:00; sat 9:00–18:00", (*((480, 1200),) * 5, (540, 1080), None)),
        ("10:00-24:00; sun closed", (*((600, 1440),) * 6, None)),
        ("fri-mon, wed 22:00-04:00", ((1320, 240), None, (1320, 240), None, *((1320, 240),) * 3)),
        ("", (None,) * 7),
    ],
)
def test_rules_are_read(text, week):
    assert read_hours(text) == week


@pytest.mark.parametrize("text", ["always", "mon 8-20", "someday 08:00-20:00", "mon 25:00-26:00", "mon-fri"])
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(BadMap, match="mon-fri 08:00-20:00"):
        read_hours(text)


def test_a_week_has_seven_days_of_minutes():
    check_week(every_day(0, 1440), "the mill")
    with pytest.raises(BadMap, match="the mill has hours for 5 days"):
        check_week(((480, 1200),) * 5, "the mill")
    with pytest.raises(BadMap, match="minute 1440"):
        check_week(every_day(1440, 0), "the mill")
