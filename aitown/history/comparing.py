"""Comparing runs: at which tick, in which row and column two of them part, to the bit.

Rows are compared as they are stored, in frozen integers, a window of ticks at a time, so that a run needn't fit into
memory. What is compared are the ticks, NPCs and columns that both have; what only one has is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aitown.history import again
from aitown.history.opening import load
from aitown.history.reader import History
from aitown.history.rows import key_of
from aitown.history.store import Selection, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from aitown.columns import Array, Column, Events

WINDOW_ROWS = 1_000_000
_SHOWN = 5
_FACTS = (
    "map",
    "map_hash",
    "npcs",
    "seed",
    "start",
    "tick_seconds",
    "record_every",
    "parameters",
    "systems",
    "versions",
)
EVENT_FIELDS = ("tick", "kind", "npc", "other", "place")


class Cell(NamedTuple):
    """One value that differs, in real units and words; an event that only one has is None in the other."""

    table: str
    row: int
    name: str
    column: str
    a: Any
    b: Any


class Ticks(NamedTuple):
    """Rows of one table at rising ticks, as arrays of equal length by column; the same ids at each tick."""

    ticks: Array
    ids: Array
    columns: Mapping[str, Array]


@dataclass(frozen=True)
class Comparison:
    """How far two runs are the same.

    Attributes:
        a, b: the ids of the runs.
        first, last: the ticks that were compared, inclusive.
        tick: the first tick at which they differ; None if they don't.
        cells: what differs at that tick.
        input: the first input that only one of them has, or that differs: its tick, and the two records.
        facts: what differs in what they are made of: seed, parameters, map …, as pairs.
        notes: what could not be compared.
    """

    a: str
    b: str
    first: int
    last: int
    when: str = ""
    tick: int | None = None
    cells: tuple[Cell, ...] = ()
    input: tuple[int, Mapping[str, Any] | None, Mapping[str, Any] | None] | None = None
    facts: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether no row differs."""
        return self.tick is None

    @property
    def frame(self) -> pd.DataFrame:
        """What differs at that tick, one row a value."""
        import pandas as pd

        return pd.DataFrame(self.cells, columns=list(Cell._fields))

    def __str__(self) -> str:
        lines = [f"{name}: {one} | {other}" for name, (one, other) in self.facts.items()]
        if self.input:
            at, one, other = self.input
            lines.append(f"inputs differ from tick {at} on: {one or 'none'} | {other or 'none'}")
        if self.same:
            lines.append(f"the same rows from tick {self.first} to {self.last}")
        else:
            lines.append(f"they part at tick {self.tick} ({self.when}), in {len(self.cells)} values:")
            lines += [f"  {c.table} {c.row} {c.name} {c.column}: {c.a} | {c.b}" for c in self.cells[:_SHOWN]]
            if len(self.cells) > _SHOWN:
                lines.append(f"  and {len(self.cells) - _SHOWN} more, see `frame`")
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__


def compare(a: History | str | Path, b: History | str | Path) -> Comparison:
    """At which tick, NPC and column two runs part.

    Args:
        a: a History, or the folder of a run.
        b: the other.

    Returns: a `Comparison`: print it, or look at `same`, `tick`, `frame`.

    Raises:
        UnknownRun: if there is none.
        DamagedRun: if one can't be read.
    """
    one, other = (run if isinstance(run, History) else load(run) for run in (a, b))
    notes: list[str] = []
    columns = {
        table: shared(one.schema[table], other.schema[table], table, notes)
        for table in one.schema
        if table in other.schema
    }
    ends = [(run.first_tick or 0, again.reached(run)) for run in (one, other)]
    first, last = max(start for start, _ in ends), min(stop for _, stop in ends)
    if ends[0] != ends[1]:
        reach = " and ".join(f"from {start} to {stop}" for start, stop in ends)
        notes.append(f"compared from tick {first} to {last}: the runs reach {reach}")
    for what, ours, theirs in (("NPCs", one.names, other.names), ("places", one.place_names, other.place_names)):
        if others := sum(name != twin for name, twin in zip(ours, theirs, strict=False)):
            notes.append(f"rows are held against each other by number: {others} {what} are others in the second")
    every = math.lcm(one.record_every, other.record_every)
    counts = {"npcs": (len(one.names), len(other.names)), "places": (len(one.place_names), len(other.place_names))}
    made = Comparison(
        one.run_id, other.run_id, first, last, input=_inputs(one, other), facts=_facts(one, other), notes=tuple(notes)
    )
    for start, stop in windows(first, last, every, max(len(one.names), len(other.names))):
        chosen = {
            table: Selection(
                start, stop, 1, every, tuple(range(min(counts[table]))) if len(set(counts.get(table, ()))) > 1 else None
            )
            for table in columns
        }
        found = [
            {table: rows(run, table, list(columns[table]), chosen[table]) for table in columns} for run in (one, other)
        ]
        logs = [again.log_between(run, start + (start == first), stop) for run in (one, other)]
        cells = differing(found[0], found[1], logs[0], logs[1], columns, (one, other))
        if cells:
            return parted(made, cells[0], cells[1], one)
    return made


def parted(made: Comparison, tick: int, cells: Sequence[Cell], run: History) -> Comparison:
    """The comparison with where they part."""
    return Comparison(
        made.a,
        made.b,
        made.first,
        made.last,
        run.clock.say(tick),
        tick,
        tuple(cells),
        made.input,
        made.facts,
        made.notes,
    )


def windows(first: int, last: int, every: int, rows_a_tick: int) -> Iterator[tuple[int, int]]:
    """The ticks from `first` to `last` in half-open stretches of about `WINDOW_ROWS` rows."""
    size = max(1, WINDOW_ROWS // max(rows_a_tick, 1)) * every
    for start in range(first, last + 1, size):
        yield start, min(start + size, last + 1)


def shared(one: Sequence[Column], other: Sequence[Column], table: str, notes: list[str]) -> dict[str, Column]:
    """The columns that mean the same in both; `notes` gets the others."""
    theirs = {column.name: column for column in other}
    found = {}
    for column in one:
        twin = theirs.pop(column.name, None)
        if twin and (twin.frozen, twin.per_unit, twin.labels) == (column.frozen, column.per_unit, column.labels):
            found[column.name] = column
        else:
            how = "means something else in" if twin else "is not in"
            notes.append(f"not compared: {table}.{column.name}, which {how} the second")
    notes += [f"not compared: {table}.{name}, which is not in the first" for name in theirs]
    return found


def rows(run: History, table: str, columns: list[str], chosen: Selection) -> Ticks:
    """The stored rows of a table."""
    found = joined(list(run.frozen_pieces(table, columns, chosen)))
    arrays = {name: found.column(name).to_numpy() for name in found.column_names}
    return Ticks(arrays.pop("tick"), arrays.pop(key_of(table)), arrays)


def differing(
    a: Mapping[str, Ticks],
    b: Mapping[str, Ticks],
    log_a: Events,
    log_b: Events,
    columns: Mapping[str, Mapping[str, Column]],
    runs: tuple[History, History],
) -> tuple[int, list[Cell]] | None:
    """The first tick of a window at which anything differs, and all that differs then."""
    firsts = [found for table in a if (found := _first_row(a[table], b[table])) is not None]
    event = _first_event(log_a, log_b)
    firsts += [] if event is None else [event]
    if not firsts:
        return None
    tick = min(firsts)
    cells = [cell for table in a for cell in _cells(table, tick, a[table], b[table], columns[table], runs)]
    return tick, cells + _event_cells(tick, log_a, log_b, runs)


def _first_row(a: Ticks, b: Ticks) -> int | None:
    count = min(len(a.ticks), len(b.ticks))
    differ = np.zeros(count, bool)
    for one, other in ((a.ticks, b.ticks), (a.ids, b.ids), *((a.columns[name], b.columns[name]) for name in a.columns)):
        if not np.array_equal(one[:count], other[:count]):
            differ |= one[:count] != other[:count]
    found = np.flatnonzero(differ)
    if len(found):
        return int(min(a.ticks[found[0]], b.ticks[found[0]]))
    if len(a.ticks) == len(b.ticks):
        return None
    return int((a.ticks if len(a.ticks) > count else b.ticks)[count])


def _first_event(a: Events, b: Events) -> int | None:
    count = min(len(a), len(b))
    differ = np.zeros(count, bool)
    for name in EVENT_FIELDS:
        one, other = (_labels(log) if name == "kind" else getattr(log, name) for log in (a, b))
        differ |= one[:count] != other[:count]
    differ |= np.array([one != other for one, other in zip(a.text[:count], b.text[:count], strict=True)], bool)
    found = np.flatnonzero(differ)
    if len(found):
        return int(min(a.tick[found[0]], b.tick[found[0]]))
    if len(a) == len(b):
        return None
    return int((a if len(a) > count else b).tick[count])


def _labels(log: Events) -> Array:
    return np.array([*log.kinds, ""], object)[log.kind]


def _cells(
    table: str, tick: int, a: Ticks, b: Ticks, columns: Mapping[str, Column], runs: tuple[History, History]
) -> Iterator[Cell]:
    here = [(side, side.ticks == tick) for side in (a, b)]
    ids = [side.ids[mask] for side, mask in here]
    names = {"npcs": runs[0].names, "places": runs[0].place_names}.get(table)
    if len(ids[0]) != len(ids[1]):
        yield Cell(table, -1, "", "rows", len(ids[0]), len(ids[1]))
        return
    for name, column in columns.items():
        one, other = (side.columns[name][mask] for side, mask in here)
        for row in np.flatnonzero(one != other):
            said = (_said(column, values[row], run) for values, run in zip((one, other), runs, strict=True))
            yield Cell(table, int(ids[0][row]), names[ids[0][row]] if names else "", name, *said)


def _said(column: Column, value: Any, run: History) -> Any:
    if column.labels:
        return column.labels[int(value)]
    if column.refers:
        names = run.names if column.refers == "npcs" else run.place_names
        return names[int(value)] if value >= 0 else None
    return column.real(value).item()


def _event_cells(tick: int, a: Events, b: Events, runs: tuple[History, History]) -> list[Cell]:
    lines = [
        [_line(log, int(row), run) for row in np.flatnonzero(log.tick == tick)]
        for log, run in zip((a, b), runs, strict=True)
    ]
    longest = max(map(len, lines))
    one, other = (side + [None] * (longest - len(side)) for side in lines)
    return [Cell("events", i, "", "event", x, y) for i, (x, y) in enumerate(zip(one, other, strict=True)) if x != y]


def _line(log: Events, row: int, run: History) -> str:
    who = [run.names[npc] if npc >= 0 else "" for npc in (int(log.npc[row]), int(log.other[row]))]
    place = int(log.place[row])
    where = f"in {run.place_names[place]}" if place >= 0 else ""
    return " ".join(filter(None, (who[0], log.kinds[log.kind[row]], who[1], where, log.text[row])))


def _inputs(a: History, b: History) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None] | None:
    journals = [sorted(again.journal(run), key=lambda record: (record["tick"], record["id"])) for run in (a, b)]
    plain = [[{name: value for name, value in record.items() if name != "id"} for record in one] for one in journals]
    for i in range(max(map(len, plain))):
        one, other = (side[i] if i < len(side) else None for side in plain)
        if one != other:
            return min(record["tick"] for record in (one, other) if record), one, other
    return None


def _facts(a: History, b: History) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for name in _FACTS:
        one, other = a.manifest.get(name), b.manifest.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            inner = ((key, one.get(key), other.get(key)) for key in sorted({*one, *other}))
            found |= {f"{name}.{key}": (x, y) for key, x, y in inner if x != y}
        elif one != other:
            found[name] = (one, other)
    return found
