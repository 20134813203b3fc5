"""The import rule of ARCHITECTURE.md, and what `import aitown` may cost."""

import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

HOUSE = Path(__file__).parents[2]

GROUND = {"errors", "columns", "persona"}
MAY_IMPORT = {
    "errors": set(),
    "acts": {"persona"},
    "columns": {"errors"},
    "persona": {"errors"},
    "sources": set(),
    "sim": GROUND | {"sources"},
    "mind": GROUND,
    "history": GROUND | {"sources"},
    "wire": GROUND,
    "towns": GROUND | {"sim"},
    "plot": GROUND | {"history"},
    "town": GROUND | {"acts", "sim", "mind", "history", "towns"},
    "pace": GROUND | {"town"},
    "process": GROUND | {"town", "pace", "wire"},
    "reader": GROUND | {"history", "wire"},
    "server": {"wire", "columns", "errors"},
    "client": GROUND | {"wire", "history"},
    "cells": set(),
    "page": {"errors"},
    "widget": GROUND | {"cells", "client", "wire", "page"},
}
OUTERMOST = {"live", "system", "display", "cli", "experiment"}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("aitown", cache_dir=None, include_external_packages=True)


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_each_room_imports_only_what_it_may(graph):
    wrong = []
    for importer in sorted(graph.modules):
        here = room(importer)
        if not importer.startswith("aitown.") or here in OUTERMOST:
            continue
        for imported in graph.find_modules_directly_imported_by(importer):
            there = room(imported)
            if imported.startswith("aitown.") and there not in {here} | MAY_IMPORT[here]:
                wrong.append(f"{importer} → {imported}")
    assert not wrong


def test_nothing_imports_the_outermost_layer(graph):
    wrong = [
        f"{importer} → {module}"
        for module in graph.modules
        if module.startswith("aitown.") and room(module) in OUTERMOST
        for importer in graph.find_modules_that_directly_import(module)
        if room(importer) != room(module) and importer not in {"aitown", "aitown.cli", "aitown.live"}
    ]
    assert not wrong


def test_the_architecture_page_draws_the_same_rule():
    page = (HOUSE / "ARCHITECTURE.md").read_text()
    table = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))
    assert {name: set(re.findall(r"`(\w+)`", row)) for name, row in table.items() if name in MAY_IMPORT} == dict(
        MAY_IMPORT.items()
    )


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_aitown_loads_nothing_but_the_standard_library():
    loaded = loaded_by("import aitown") - loaded_by("pass")
    assert loaded - {"aitown"} <= sys.stdlib_module_names


HEAVY = {"pandas", "pyarrow", "numba", "matplotlib", "anywidget", "numpy"}


def test_the_server_extension_loads_nothing_heavy():
    assert not HEAVY & loaded_by("import aitown.server.app")
