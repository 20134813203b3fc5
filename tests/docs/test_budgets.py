"""The table of docs/budgets.md is what the shipped defaults do."""

import pytest

from tests.docs.tool import tool

TOLERANCE = {"city": 1.5, "riverbend": 3.0}
"""Percentage points by which one seed may differ from the table's mean."""


@pytest.fixture(scope="module")
def budgets():
    return tool("budgets")


@pytest.fixture(scope="module")
def table(budgets):
    return {name: [float(cell.split()[0]) for cell in cells] for name, *cells in budgets.TABLE.rows()[:-1]}


def test_the_survey_is_in_the_table_and_is_all_that_is_spent(budgets, table):
    assert sum(sum(row.survey) for row in budgets.SURVEY) == pytest.approx(budgets.TOTAL, abs=1)
    assert {name: cells[0] for name, cells in table.items()} == {
        row.name: round(row.share, 1) for row in budgets.SURVEY
    }


@pytest.mark.parametrize(("town", "column"), [("city", 1), ("riverbend", 2)])
def test_the_shipped_defaults_are_what_the_table_says(budgets, table, town, column):
    found = budgets.spending(town, dict(budgets.TOWNS)[town], 11)
    for share, (name, cells) in zip(found, table.items(), strict=False):
        assert share == pytest.approx(cells[column], abs=TOLERANCE[town]), name


def test_what_was_fitted_fits(table):
    for name, cells in table.items():
        assert cells[1] == pytest.approx(cells[0], abs=2), name
