"""The description of the model that is shipped is that of the code."""

from pathlib import Path

from aitown.sim.odd import describe

PAGE = Path(__file__).parents[2] / "docs" / "odd.md"


def test_the_shipped_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == describe(), "the model has changed since the page was written: run `make odd`"
