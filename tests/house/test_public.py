"""The public face: names, version, environment, docs."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

import aitown

HOUSE = Path(__file__).parents[2]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]


def test_the_public_names_are_few_and_all_there():
    assert len(aitown.__all__) <= 12
    for name in aitown.__all__:
        assert getattr(aitown, name).__doc__, name
    assert set(aitown.__all__) <= set(dir(aitown))


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(AttributeError, match="Town"):
        aitown.nonsense  # noqa: B018


def test_the_version_is_the_same_everywhere():
    assert PROJECT["version"] == aitown.__version__
    assert f"version: {aitown.__version__}" in (HOUSE / "CITATION.cff").read_text()
    assert re.search(r"^## \[Unreleased\]", (HOUSE / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_conda_environment_installs_the_extras_of_pyproject():
    environment = (HOUSE / "environment.yml").read_text()
    extras = re.search(r"-e \.\[([\w,]+)\]", environment)
    assert set(extras[1].split(",")) == {"notebook", "test"} <= set(PROJECT["optional-dependencies"])
    assert re.search(r"- python" + re.escape(PROJECT["requires-python"]), environment)
    assert "nodejs" in environment


def test_every_module_says_what_it_is_for():
    silent = [
        path.relative_to(HOUSE)
        for path in (HOUSE / "aitown").rglob("*.py")
        if path.read_text().strip() and not importlib.import_module(module_of(path)).__doc__
        if path.name != "__main__.py"
    ]
    assert not silent


def module_of(path):
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MAX_LINES = 400


def test_no_file_is_a_giant():
    giants = {
        str(path.relative_to(HOUSE)): lines
        for pattern in ("aitown/**/*.py", "widgets/src/**/*.ts", "tests/**/*.py")
        for path in HOUSE.glob(pattern)
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert not giants


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "PROTOCOL.md", "CHANGELOG.md"])
def test_links_in_the_docs_lead_somewhere(page):
    text = (HOUSE / page).read_text()
    missing = [target for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text) if not (HOUSE / target).exists()]
    assert not missing


def test_each_invariant_names_a_test_that_is_there():
    text = (HOUSE / "ARCHITECTURE.md").read_text()
    section = text.split("## What must always hold")[1].split("\n## ")[0]
    rows = re.findall(r"^\d+\. .*?(?=^\d+\. |\Z)", section, re.MULTILINE | re.DOTALL)
    assert len(rows) == 10
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named or "not there yet" in row, row
        for path, test in named:
            assert f"def {test}(" in (HOUSE / path).read_text(), f"{path}::{test}"


def test_the_make_targets_of_the_readme_are_there():
    readme, makefile = (HOUSE / "README.md").read_text(), (HOUSE / "Makefile").read_text()
    for target in set(re.findall(r"\bmake (\w+)", readme)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert {"make town", "make test"} <= set(re.findall(r"make \w+", readme))


def test_every_benchmark_is_described():
    described = (HOUSE / "benchmarks" / "README.md").read_text()
    assert [path.name for path in (HOUSE / "benchmarks").glob("*.py") if path.name not in described] == []
