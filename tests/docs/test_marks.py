"""Where the tools put their tables."""

import pytest

from tests.docs.tool import tool

PAGE = "# Page\n\n<!-- table: tools/days.py -->\n| a | b |\n|---|--:|\n| x | 1.0 |\n<!-- end of table -->\n\nMore.\n"


@pytest.fixture
def marks(tmp_path, monkeypatch):
    marks = tool("marks")
    monkeypatch.setattr(marks, "DOCS", tmp_path)
    return marks


def test_a_table_is_put_in_place_of_the_old_one_and_nothing_else_changes(marks, tmp_path):
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    marked = marks.Marked("page.md", "days")
    assert marked.rows() == [["x", "1.0"]]
    marked.write("| a | b |\n|---|--:|\n| é | 2.0 ± 0.1 |\n| y | – |")
    assert marked.rows() == [["é", "2.0 ± 0.1"], ["y", "–"]]
    marked.write("| a | b |\n|---|--:|\n| x | 1.0 |")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize("mark", ["<!-- table: tools/days.py -->", "<!-- end of table -->"])
def test_a_page_without_its_marks_is_not_written(marks, tmp_path, mark):
    without = PAGE.replace(mark, "")
    (tmp_path / "page.md").write_text(without, encoding="utf-8")
    with pytest.raises(SystemExit, match="lacks a mark"):
        marks.Marked("page.md", "days").write("| a |")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == without
