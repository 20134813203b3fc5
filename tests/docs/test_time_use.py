"""The table of docs/time-use.md is what the shipped defaults do."""

import pytest

from tests.docs.tool import tool

TOLERANCE = {"city": 0.15, "riverbend": 0.3}
"""Hours a day by which one seed may differ from the table's mean; twice that for parts of rows."""


@pytest.fixture(scope="module")
def time_use():
    return tool("time_use")


@pytest.fixture(scope="module")
def table(time_use):
    return [[line[0], *(number(cell) for cell in line[1:7]), line[7]] for line in time_use.TABLE.rows()]


def number(cell):
    return float(cell.split()[0]) if cell[0].isdigit() else None


def test_the_survey_is_in_the_table(time_use, table):
    assert [line[0] for line in table[: len(time_use.SURVEY)]] == [row.name for row in time_use.SURVEY]
    for row, line in zip(time_use.SURVEY, table, strict=False):
        assert (line[1], line[5], line[7]) == (row.weekday, row.weekend, "fitted" if row.fitted else "test")
    assert sum(row.weekday for row in time_use.SURVEY) == pytest.approx(24, abs=0.05)
    assert sum(row.weekend for row in time_use.SURVEY) == pytest.approx(24, abs=0.05)


@pytest.mark.parametrize(("town", "column"), [("city", 2), ("riverbend", 3)])
def test_the_shipped_defaults_are_what_the_table_says(time_use, table, town, column):
    npcs = dict(time_use.TOWNS)[town]
    weekday, weekend = time_use.week(town, npcs, 11)
    for i, line in enumerate(table):
        tolerance = TOLERANCE[town] * (1 if i < len(time_use.SURVEY) else 2)
        assert weekday[i] == pytest.approx(line[column], abs=tolerance), line[0]
        if town == "city":
            assert weekend[i] == pytest.approx(line[6], abs=2 * tolerance), line[0]


def test_what_was_fitted_fits_and_the_test_is_no_worse_than_is_said(time_use, table):
    for row, line in zip(time_use.SURVEY, table, strict=False):
        off = abs(line[2] - row.weekday)
        assert off <= (0.1 if row.fitted else 1.5), row.name


def test_needs_that_nobody_heeds_change_what_free_time_is_spent_on(time_use, table):
    off, _ = time_use.week("city", 1000, 11, time_use.needs_off())
    changed = {}
    for i, line in enumerate(table):
        tolerance = TOLERANCE["city"] * (1 if i < len(time_use.SURVEY) else 2)
        assert off[i] == pytest.approx(line[4], abs=tolerance), line[0]
        changed[line[0]] = abs(off[i] - line[2])
    assert changed["*of these: socialising*"] > 0.3
    assert changed["*of these: at home, at leisure*"] > 0.3
    assert changed["sleep"] < 0.05
