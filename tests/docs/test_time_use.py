"""The table of docs/time-use.md is what the shipped defaults do."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOLERANCE = {"city": 0.15, "riverbend": 0.3}
"""Hours a day by which one seed may differ from the table's mean; twice that for parts of rows."""


@pytest.fixture(scope="module")
def time_use():
    spec = importlib.util.spec_from_file_location("time_use", ROOT / "tools" / "time_use.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table(time_use):
    text = time_use.DOC.read_text("utf-8").partition(time_use.BEGIN)[2].partition(time_use.END)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()[2:]]
    return [[line[0], *(number(cell) for cell in line[1:7]), line[7]] for line in lines]


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
    changed = {line[0]: abs(line[4] - line[2]) for line in table}
    assert changed["*of these: socialising*"] > 0.3
    assert changed["*of these: at home, at leisure*"] > 0.3
    assert changed["sleep"] < 0.05
