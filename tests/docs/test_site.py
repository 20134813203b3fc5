"""The documentation's site builds without a warning and fetches nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import aitown

HOUSE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    where = tmp_path_factory.mktemp("site")
    made = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(where)],
        cwd=HOUSE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return where


def test_no_page_loads_anything_from_another_host(site):
    loads = re.compile(r"<(?:script|img|iframe)[^>]*\ssrc=\"([^\"]+)|<link[^>]*rel=\"stylesheet\"[^>]*href=\"([^\"]+)")
    for page in site.rglob("*.html"):
        found = [a or b for a, b in loads.findall(page.read_text("utf-8"))]
        assert not [address for address in found if re.match(r"(https?:)?//", address)], page


def test_every_notebook_is_a_page(site):
    for path in (HOUSE / "notebooks").glob("*.ipynb"):
        assert (site / f"notebooks/{path.stem}.html").exists()
        assert f"notebooks/{path.name}" in (HOUSE / "mkdocs.yml").read_text("utf-8")


def test_every_public_name_is_in_the_reference(site):
    pages = "".join(page.read_text("utf-8") for page in (site / "reference").glob("*.html"))
    for name in aitown.__all__:
        assert re.search(rf'id="aitown\.[\w.]*\b{name}"', pages), name


def test_the_tables_are_those_of_the_code(site):
    from aitown.sim.inputs import KINDS
    from aitown.sim.npcs import NPC_COLUMNS

    page = (site / "reference/model.html").read_text("utf-8")
    for word in [*KINDS, *(column.name for column in NPC_COLUMNS if column.frozen)]:
        assert f">{word}<" in page, word
