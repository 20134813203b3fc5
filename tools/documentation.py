"""What the documentation's site takes from elsewhere: the notebooks, the documents at the top, tables made from code.

A hook of mkdocs (`mkdocs.yml`). The sources stay where they are read; only their links are turned to the site's pages.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from aitown.columns import Column

HOUSE = Path(__file__).resolve().parent.parent
DOCUMENTS = {
    "PROTOCOL.md": "reference/protocol.md",
    "ARCHITECTURE.md": "about/architecture.md",
    "CHANGELOG.md": "about/changelog.md",
    "benchmarks/README.md": "about/benchmarks.md",
    "benchmarks/RESULTS.md": "about/results.md",
}


def _linked(text: str, source: str) -> str:
    """The text of a document with its links to other documents turned to their pages."""
    here = DOCUMENTS[source]
    up = "../" * here.count("/")

    def turn(found: re.Match[str]) -> str:
        target, _, anchor = found[1].partition("#")
        path = (Path(source).parent / target).as_posix()
        if path not in DOCUMENTS:
            raise SystemExit(
                f"{source} links to {found[1]}, which is no page; add it to DOCUMENTS of tools/documentation.py."
            )
        return f"]({up}{DOCUMENTS[path]}{'#' + anchor if anchor else ''})"

    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", turn, text)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _columns(columns: Iterable[Column]) -> str:
    def unit(column: Column) -> str:
        if column.labels:
            return "one of: " + ", ".join(column.labels)
        if column.refers:
            return f"id of one of the {column.refers}"
        step = f", in steps of 1/{column.per_unit}" if column.per_unit > 1 else ""
        return f"{column.unit}{step}"

    rows = ((f"`{c.name}`", unit(c), f"`{c.owner}`", c.doc) for c in columns)
    return _table(("column", "unit", "owner", "what it is"), rows)


def model_page() -> str:
    """Columns, events and inputs, from their declarations."""
    import inspect

    from aitown.sim.codes import EVENT_KINDS
    from aitown.sim.inputs import KINDS
    from aitown.sim.npcs import NPC_COLUMNS, PLACE_COLUMNS
    from aitown.sim.schedule import SYSTEMS

    parts = [
        "# Columns, events, inputs",
        "What a town publishes at every recorded tick. A column is written by its owner alone.",
    ]
    for title, columns in (("NPCs", NPC_COLUMNS), ("Places", PLACE_COLUMNS)):
        parts += [f"## {title}", _columns(column for column in columns if column.frozen)]
    parts += ["## Systems, in their order in a tick"]
    for system in SYSTEMS:
        doc = inspect.getmodule(system.py_func).__doc__
        parts += [f"### {system.__name__}", inspect.cleandoc(doc).split(": ", 1)[1].capitalize()]
    parts += [
        "## Kinds of events",
        "In `History.events(kinds=…)`: " + ", ".join(f"`{kind}`" for kind in EVENT_KINDS) + ".",
    ]
    parts += [
        "## Inputs",
        "What comes into a town from outside, from Python, the widget or a mind; the journal keeps each.",
    ]
    for kind, given in KINDS.items():
        doc = inspect.cleandoc(given.__doc__ or "")
        text, _, arguments = doc.partition("\nArgs:\n")
        parts += [f"### {kind}", text.strip()]
        documented = dict(re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", arguments, re.MULTILINE))
        rows = ((f"`{f.name}`", f"`{f.type}`", " ".join(documented.get(f.name, "").split())) for f in fields(given))
        parts += [_table(("field", "type", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def parameters_page() -> str:
    """Every parameter with its default, unit, source and bounds."""
    from aitown.sim.parameters import Parameters

    rows = (
        (f"`{f.name}`", f"{f.default:g}", f.metadata["unit"], f"{f.metadata['doc']}", f.metadata["source"])
        for f in fields(Parameters)
        if "unit" in f.metadata
    )
    return "\n\n".join(
        (
            "# Parameters",
            'Given as `aitown.Town(parameters={"walking_speed": 6.0})`. A run keeps those that it was made with.',
            _table(("name", "default", "unit", "meaning", "source"), rows),
        )
    )


def cli_page() -> str:
    """The help texts of the command."""
    from aitown.cli import _parser

    top = _parser()
    commands = next(a for a in top._actions if isinstance(a, argparse._SubParsersAction)).choices  # noqa: SLF001
    parts = ["# Command line", f"```text\n{_help(top)}```"]
    for name, command in commands.items():
        parts += [f"## aitown {name}", f"```text\n{_help(command)}```"]
    return "\n\n".join(parts)


def _help(parser: argparse.ArgumentParser) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        parser.print_help()
    return out.getvalue().rstrip() + "\n"


@event_priority(100)
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what doesn't lie in `docs/`, before the notebooks are read."""
    copies = HOUSE / "build" / "docs"  # where a notebook that is run may write
    shutil.rmtree(copies, ignore_errors=True)
    shutil.copytree(HOUSE / "notebooks", copies / "notebooks", ignore=shutil.ignore_patterns(".*", "runs"))
    for path in sorted((copies / "notebooks").glob("*.ipynb")):
        where = path.relative_to(copies).as_posix()
        files.append(File(where, str(copies), config.site_dir, config.use_directory_urls))
    for source, page in DOCUMENTS.items():
        files.append(File.generated(config, page, content=_linked((HOUSE / source).read_text("utf-8"), source)))
    made = {"reference/model.md": model_page, "reference/parameters.md": parameters_page, "reference/cli.md": cli_page}
    for page, make in made.items():
        files.append(File.generated(config, page, content=make()))
    return files
