"""The model's description by the ODD protocol, written from the code: columns, order, docstrings, parameters, inputs.

Its seven elements are those of Grimm et al. (2020), "The ODD protocol for describing agent-based and other simulation
models: a second update", JASSS 23(2) 7. Prose that no declaration holds stands in `odd_words.py`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from aitown.sim import inputs, npcs, odd_words, people, random, schedule, setup
from aitown.sim.codes import EVENT_KINDS
from aitown.sim.map import PLACE_KINDS
from aitown.sim.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

    from aitown.columns import Column

_TABLES = {
    "NPC": "NPCs: one row a person.",
    "OUTSIDE": "What came from outside and concerns an NPC, and how it stands with its mind: one row a person.",
    "PLACE": "Places: one row a place.",
    "TILE": "Tiles of the map: one row a tile.",
    "TIE": "Ties: for each person so many slots, one for each of those whom it knows.",
    "FACT": "Facts: one row a fact that somebody may know.",
    "KNOWLEDGE": "Knowledge: one row for each person and fact.",
    "GATE": "The town as a whole: one row.",
}
_BEGINNING = (setup.make_tables, setup.set_commutes, setup.set_needs)


def describe(manifest: Mapping[str, Any] | None = None) -> str:
    """The description as Markdown: of this version's model, or with a manifest of the model as it was in that run."""
    return (
        "\n\n".join(
            [
                _title(manifest),
                "## 1 Purpose and patterns",
                odd_words.PURPOSE,
                "## 2 Entities, state variables and scales",
                odd_words.ENTITIES.format(kinds=", ".join(PLACE_KINDS)),
                *_state(),
                *_own_columns(manifest),
                "## 3 Process overview and scheduling",
                odd_words.SCHEDULING,
                _order(manifest),
                odd_words.AFTER.format(events=", ".join(f"`{kind}`" for kind in EVENT_KINDS)),
                "## 4 Design concepts",
                *(f"**{name}.** {text}" for name, text in odd_words.CONCEPTS.items()),
                "**Stochasticity.** " + odd_words.STOCHASTICITY,
                _doc(random),
                "## 5 Initialisation",
                odd_words.INITIALISATION,
                _doc(people),
                _doc(setup),
                *(
                    f"`{made.__name__}`: {_text(made.__doc__)}"
                    for made in (setup.make_tables, setup.set_commutes, setup.set_needs)
                ),
                "## 6 Input data",
                odd_words.INPUT_DATA,
                *_inputs(),
                "## 7 Submodels",
                odd_words.SUBMODELS,
                *_submodels(manifest),
                "### Parameters",
                _text(inspect.getmodule(Parameters).__doc__),
                _parameters(manifest),
            ]
        )
        + "\n"
    )


def _title(manifest: Mapping[str, Any] | None) -> str:
    if manifest is None:
        return "# The model: an ODD description\n\n" + odd_words.HEAD
    facts = ("run", "town", "map", "npcs", "seed", "start", "tick_seconds")
    rows = [(name, f"{manifest.get(name, '')}") for name in facts]
    return "# The model of a run: an ODD description\n\n" + odd_words.HEAD + "\n\n" + _table(("of this run", ""), rows)


def systems() -> list[tuple[str, ModuleType]]:
    """The systems in their order, by name, with their modules."""
    found = []
    for system in schedule.SYSTEMS:
        module = inspect.getmodule(vars(system)["py_func"])
        assert module is not None
        found.append((str(system.__name__), module))
    return found


def _state() -> list[str]:
    parts = []
    for name, columns in vars(npcs).items():
        if not name.endswith("_COLUMNS") or not isinstance(columns, tuple):
            continue
        table = name.removesuffix("_COLUMNS")
        parts += [f"### {_TABLES.get(table, f'{table.capitalize()}s.')}", _columns(columns)]
    return parts


def _columns(columns: Iterable[Column]) -> str:
    rows = [
        (
            f"`{c.name}`",
            c.doc,
            _unit(c),
            "" if not c.initial else f"{c.initial:g}",
            f"`{c.owner}`",
            "yes" if c.frozen else "",
        )
        for c in columns
    ]
    return _table(("variable", "meaning", "unit", "initially, if not 0", "changed by", "recorded"), rows)


def _unit(column: Column) -> str:
    if column.labels:
        return "one of: " + ", ".join(label or "none" for label in column.labels)
    if column.refers:
        return f"id of one of the {column.refers}"
    return column.unit + (f", steps of 1/{column.per_unit}" if column.per_unit > 1 else "")


def _own_columns(manifest: Mapping[str, Any] | None) -> list[str]:
    own = {one["name"] for one in (manifest or {}).get("systems", ())}
    rows = [
        (f"`{c['name']}`", c["doc"], ", ".join(c.get("labels", ())) or c["unit"], table, f"`{c['owner']}`")
        for table, columns in (manifest or {}).get("schema", {}).items()
        for c in columns
        if c["owner"] in own
    ]
    return ["### Added in this run", _table(("variable", "meaning", "unit", "of", "changed by"), rows)] if rows else []


def _order(manifest: Mapping[str, Any] | None) -> str:
    rows = [(f"{i}", f"`{name}`", _first(module)) for i, (name, module) in enumerate(systems(), 1)]
    rows += [
        (f"{len(rows) + i}", f"`{one['name']}`", f"{one['doc']} (added in this run; every {one['every']} ticks)")
        for i, one in enumerate((manifest or {}).get("systems", ()), 1)
    ]
    return _table(("", "system", "what it does"), rows)


def _submodels(manifest: Mapping[str, Any] | None) -> list[str]:
    parts = []
    for name, module in systems():
        owned = [
            f"`{c.name}`" for columns in vars(npcs).values() if _is_columns(columns) for c in columns if c.owner == name
        ]
        used = [f"`{item.name}`" for item in fields(Parameters) if item.name in _words(module)]
        parts += [f"### {name}", _doc(module)]
        parts += [f"Writes {', '.join(owned)}."] if owned else []
        parts += [f"Parameters: {', '.join(used)}."] if used else []
    for one in (manifest or {}).get("systems", ()):
        said = ", ".join(f"{key} = {value}" for key, value in one["parameters"].items())
        parts += [f"### {one['name']} (added in this run)", one["doc"], f"Parameters: {said}." if said else ""]
    return [part for part in parts if part]


def _is_columns(value: Any) -> bool:
    from aitown.columns import Column

    return isinstance(value, tuple) and bool(value) and all(isinstance(item, Column) for item in value)


@cache
def _words(module: ModuleType) -> frozenset[str]:
    """The names in a system's source and in those of its helpers in the same folder."""
    source = inspect.getsource(module)
    helpers = re.findall(r"from aitown\.sim\.systems\.(\w+) import", source)
    here = {name for name, _ in systems()}
    names = set(re.findall(r"\w+", source))
    for helper in helpers:
        if helper not in here:
            names |= _words(importlib.import_module(f"aitown.sim.systems.{helper}"))
    return frozenset(names)


def _inputs() -> list[str]:
    parts = []
    for kind, made in inputs.KINDS.items():
        text, _, arguments = inspect.cleandoc(made.__doc__ or "").partition("\nArgs:\n")
        said = dict(re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", arguments, re.MULTILINE))
        given = "; ".join(f"`{name}`: {' '.join(what.split()).rstrip('.')}" for name, what in said.items())
        parts.append(f"* `{kind}`: {' '.join(text.split())}{f' {given}.' if given else ''}")
    return ["\n".join(parts)]


def _parameters(manifest: Mapping[str, Any] | None) -> str:
    values = (manifest or {}).get("parameters", {})
    rows = []
    for item in fields(Parameters):
        said = item.metadata
        row = [f"`{item.name}`", said.get("doc", ""), said.get("unit", ""), f"{item.default:g}", said.get("source", "")]
        if manifest is not None:
            value = values.get(item.name, item.default)
            row.insert(4, "" if value == item.default else f"**{value:g}**")
        rows.append(row)
    here = ("in this run",) if manifest is not None else ()
    return _table(("parameter", "meaning", "unit", "default", *here, "source"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _doc(module: ModuleType) -> str:
    """A module's docstring without its own name in front."""
    text = _text(module.__doc__)
    return re.sub(r"^\w+: (\w)", lambda found: found[1].upper(), text)


def _first(module: ModuleType) -> str:
    return _doc(module).split("\n\n")[0].replace("\n", " ")


def _text(doc: str | None) -> str:
    return re.sub(r"\n+(Args|Raises|Returns|Attributes):.*", "", inspect.cleandoc(doc or ""), flags=re.DOTALL)
