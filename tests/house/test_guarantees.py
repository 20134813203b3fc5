"""PROTOCOL.md says which tests hold what it promises; these have to be there."""

import re
from pathlib import Path

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "PROTOCOL.md").read_text()
HELD = re.compile(r'`((?:tests|widgets/test)/[\w./]+)`((?: "[^"]+")+)')


def test_every_test_that_the_page_names_is_there():
    named = [(path, title) for path, titles in HELD.findall(PAGE) for title in re.findall(r'"([^"]+)"', titles)]
    missing = [(path, title) for path, title in named if title not in (HOUSE / path).read_text()]

    assert missing == []


def test_every_guarantee_names_a_test():
    promised = re.findall(r"^\| (G\d+) \| \w", PAGE, re.MULTILINE)
    rows = re.findall(r"^\| ((?:G\d+ ?)+)\|(.*)$", PAGE, re.MULTILINE)
    held = [name for names, rest in rows if HELD.search(rest) for name in names.split()]

    assert promised == [f"G{number}" for number in range(1, len(promised) + 1)]
    assert held == promised
