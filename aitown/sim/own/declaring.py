"""What somebody's own system says of itself: name, columns, how often it runs, parameters, source."""

from __future__ import annotations

import hashlib
import inspect
import keyword
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from aitown.columns import Column, Table
from aitown.errors import BadParameter
from aitown.sim.npcs import NPC_COLUMNS, PLACE_COLUMNS
from aitown.sources import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Kind = Literal["flag", "count", "number", "label", "npc", "place", "tick"]

_KINDS: Mapping[str, tuple[Any, Any, str]] = {
    "flag": ("u1", "u1", "1"),
    "count": ("i4", "i4", "1"),
    "number": ("f4", "i2", "1"),
    "label": ("u1", "u1", "label"),
    "npc": ("i4", "i4", "id"),
    "place": ("i4", "i4", "id"),
    "tick": ("i4", "i4", "tick"),
}
_REFERS: Mapping[str, Any] = {"npc": "npcs", "place": "places"}
_TAKEN = {"tick", "npc", "place_id", "name", "time", "id"}
_HOW = "A system has `columns`, made with `column(…)`, and a method `step(npcs, places, now)`; see the notebook on it."


def column(
    name: str,
    doc: str,
    kind: Kind = "flag",
    *,
    unit: str = "",
    labels: Sequence[str] = (),
    per_unit: int = 1000,
    initial: float | None = None,
    good: Literal["high", "low", ""] = "",
    table: Literal["npcs", "places"] = "npcs",
    shown: bool = True,
) -> tuple[str, Column]:
    """A column of your own, for `columns` of a system.

    Args:
        name: its name everywhere, a Python name.
        doc: one sentence that says what it is.
        kind: "flag" (0 or 1), "count" (a whole number), "number" (kept in steps of 1 / `per_unit`, up to ±32767 steps),
            "label" (a code of `labels`), "npc" or "place" (an id, −1 for none), "tick".
        unit: for people: "1", "h", "EUR" …
        labels: what the codes mean; up to 256.
        per_unit: steps in one unit, for numbers.
        initial: the value of everybody before the system begins; 0, or −1 for ids and ticks.
        good: which end of a scale from 0 to 1 is the pleasant one, for views that colour it.
        table: one value for each NPC, or for each place.
        shown: False keeps it inside: in checkpoints, but neither recorded nor sent.

    Raises:
        BadParameter: for what can't be.
    """
    if kind not in _KINDS:
        raise BadParameter(f"column {name!r}: kind is {kind!r}.", f"Expected one of: {', '.join(_KINDS)}.")
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name in _TAKEN:
        raise BadParameter(
            f"{name!r} can't be a column's name.", f"A Python name, none of {', '.join(sorted(_TAKEN))}."
        )
    if not isinstance(doc, str) or not doc.strip():
        raise BadParameter(
            f"column {name!r} says {doc!r:.80} of itself.",
            f'Say in one sentence what it is, for whoever meets it: column("{name}", "Hours awake, smoothed.").',
        )
    if table not in ("npcs", "places"):
        raise BadParameter(f"column {name!r}: table is {table!r}.", "Expected npcs or places.")
    if (kind == "label") != bool(labels):
        raise BadParameter(f"column {name!r} of kind {kind} with {len(labels)} labels.", "Labels are for kind=label.")
    dtype, frozen, default = _KINDS[kind]
    if initial is None:
        initial = -1 if kind in ("npc", "place", "tick") else 0
    return table, Column(
        name,
        dtype,
        "",
        unit or default,
        doc,
        frozen if shown else None,
        per_unit if kind == "number" else 1,
        tuple(labels),
        _REFERS.get(kind, ""),
        initial,
        good,
    )


@dataclass(frozen=True, eq=False)
class Declared:
    """A system as the model runs it.

    Attributes:
        name: what it is called; the owner of its columns.
        every: it runs at the ticks that this number divides.
        since: the tick at the end of which it begins.
        columns: by table.
        step, begin: what is called.
        by: the `"module:Class"` that it can be made by, or "".
        parameters: its plain public attributes.
        source: a hash of its source; "" when there is none to read.
        doc: the first paragraph of its docstring.
    """

    name: str
    every: int
    since: int
    columns: Mapping[str, tuple[Column, ...]]
    step: Callable[..., Any]
    begin: Callable[..., Any] | None
    by: str
    parameters: Mapping[str, Any]
    source: str
    doc: str
    made_of: Any

    def to_json(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "name": self.name,
            "by": self.by,
            "every": self.every,
            "since": self.since,
            "columns": [column.name for columns in self.columns.values() for column in columns],
            "parameters": dict(self.parameters),
            "source": self.source,
            "doc": self.doc,
        }

    def table(self, name: str, rows: int) -> Table:
        """Its columns of one table, at their initial values."""
        return Table(self.columns[name], rows)


def declare(system: Any, tick_seconds: int, since: int = 0, by: str = "") -> Declared:
    """What a system says of itself, checked.

    Raises:
        BadParameter: for what is no system.
    """
    if isinstance(system, type):
        raise BadParameter(f"{system.__name__} is a class; expected an object.", f"Give {system.__name__}().")
    step = system if inspect.isfunction(system) else getattr(system, "step", None)
    if not callable(step):
        raise BadParameter(f"{system!r:.80} has no method `step`.", _HOW)
    name = _name(system)
    every = getattr(system, "every", max(1, round(60 / tick_seconds)))
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise BadParameter(f"{name}: every is {every!r:.80}; expected a whole number of ticks.", "1 is every tick.")
    begin = getattr(system, "begin", None)
    return Declared(
        name,
        every,
        since,
        _columns(name, getattr(system, "columns", ())),
        step,
        begin if callable(begin) else None,
        by,
        _parameters(system),
        _source(system),
        (inspect.getdoc(system) or "").split("\n\n")[0],
        system,
    )


def check_together(systems: Iterable[Declared]) -> None:
    """Hold systems to one another and to the model's columns.

    Raises:
        BadParameter: for a name or column that is there already.
    """
    seen: set[str] = set()
    taken = {"npcs": {c.name for c in NPC_COLUMNS}, "places": {c.name for c in PLACE_COLUMNS}}
    for system in systems:
        if system.name in seen:
            raise BadParameter(f"two systems are called {system.name}.", "Give one of them another `name`.")
        seen.add(system.name)
        for table, columns in system.columns.items():
            for own in columns:
                if own.name in taken[table]:
                    raise BadParameter(
                        f"{system.name}: there is a column {own.name!r} in {table} already.", "Give it another name."
                    )
                taken[table].add(own.name)


def _name(system: Any) -> str:
    given = getattr(system, "name", None)
    if given is None:
        made = system.__name__ if inspect.isfunction(system) else type(system).__name__
        given = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", made).lower()
    if not isinstance(given, str) or not given.isidentifier():
        raise BadParameter(f"{given!r:.80} can't be a system's name.", "A Python name, as `name` of the class.")
    return given


def _columns(name: str, given: Any) -> dict[str, tuple[Column, ...]]:
    try:
        pairs = [(table, own) for table, own in given]
        if not all(isinstance(own, Column) and table in ("npcs", "places") for table, own in pairs):
            raise TypeError
    except (TypeError, ValueError):
        raise BadParameter(f"{name}: columns is {given!r:.80}.", "Make each with `column(name, doc, kind)`.") from None
    return {
        table: tuple(replace(own, owner=name) for where, own in pairs if where == table) for table in ("npcs", "places")
    }


def _parameters(system: Any) -> dict[str, Any]:
    if inspect.isfunction(system):
        return {}
    cls = {n: v for kind in reversed(type(system).__mro__) for n, v in vars(kind).items()}
    given = {**cls, **getattr(system, "__dict__", {})}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in sorted(given.items())
        if not name.startswith("_") and name not in ("name", "every", "columns") and _plain(value)
    }


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def _source(system: Any) -> str:
    text = source(system if inspect.isfunction(system) else type(system))
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
