"""Columns are declared once, written by one owner, and frozen between ticks into integers.

Three rules hold here:

1. A `Column` is the only place that says what a column is: owner, unit, quantum, labels, sentence. The wire's schema,
   the history's metadata and the docs' table are made from it.
2. A `Table` is mutable and lives inside the simulation. A `Frame` is a read-only, quantised copy at one tick, and is
   the only form in which state leaves the simulation.
3. Quantising rounds half up, `floor(value * per_unit + 0.5)`; decoding divides by `per_unit`. Equality is therefore
   exact on integers, and a decoded value is the nearest decimal (0.734, never 0.7340000000000001).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aitown.errors import BadParameter

Array = NDArray[Any]
Dtype = Literal["f4", "i8", "i4", "i2", "u1"]

_FROZEN_FROM: Mapping[str, frozenset[str]] = {
    "f4": frozenset({"i2"}),
    "i8": frozenset(),
    "i4": frozenset({"i4"}),
    "i2": frozenset({"i2"}),
    "u1": frozenset({"u1"}),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        name: its name everywhere: in code, on the wire, in DataFrames.
        dtype: storage in the mutable table (a NumPy type code).
        owner: the one system that writes it ("setup" for columns that never change after the first tick).
        unit: "tile", "tick", "1" (a share, 0 to 1), "label", "id", …
        doc: one sentence for the docs' table.
        frozen: type of the integers in a Frame; None keeps the column inside the simulation.
        per_unit: quanta in one unit, for floats: 8 means that x is published in eighths of a tile.
        labels: what the codes 0, 1, 2 … mean.
        refers: the table whose row ids the values are; −1 means none.
        initial: the value of a new row.
        good: which end of a 0-to-1 scale is the pleasant one, for views that colour it.
    """

    name: str
    dtype: Dtype
    owner: str
    unit: str
    doc: str
    frozen: Dtype | None = None
    per_unit: int = 1
    labels: tuple[str, ...] = ()
    refers: Literal["npcs", "places", ""] = ""
    initial: float = 0
    good: Literal["high", "low", ""] = ""

    def __post_init__(self) -> None:
        if self.frozen is not None and self.frozen not in _FROZEN_FROM[self.dtype]:
            allowed = ", ".join(sorted(_FROZEN_FROM[self.dtype]))
            raise BadParameter(
                f"column {self.name!r}: {self.dtype} can't be frozen as {self.frozen}; expected {allowed}.",
                "Give `frozen` one of these, or None for a column that stays inside the simulation.",
            )
        if self.per_unit < 1 or (self.per_unit > 1 and self.dtype != "f4"):
            raise BadParameter(
                f"column {self.name!r}: per_unit is {self.per_unit}; expected 1, or more for f4.",
                "Only floats are quantised.",
            )
        if self.labels and self.dtype == "f4":
            raise BadParameter(
                f"column {self.name!r} has labels and dtype {self.dtype}; expected integers.", "Store the codes as u1."
            )

    @property
    def quantum(self) -> float:
        """The smallest difference that a Frame can show, in `unit`."""
        return 1 / self.per_unit

    def freeze(self, values: Array) -> Array:
        """Quantised, read-only copy of `values`, of type `frozen`.

        Raises:
            BadParameter: for a column that is not published.
        """
        if self.frozen is None:
            raise BadParameter(f"column {self.name!r} is not published.", "Declare `frozen` for it.")
        if self.dtype == "f4":
            # Single precision on purpose: the compiled freeze computes the same, bit for bit.
            values = np.floor(values.astype("f4") * np.float32(self.per_unit) + np.float32(0.5))
        out = values.astype(self.frozen)
        out.flags.writeable = False
        return out

    def real(self, quanta: Array) -> Array:
        """Values in `unit` from frozen integers; integers stay integers when there is nothing to divide."""
        return quanta / self.per_unit if self.per_unit > 1 else quanta

    def to_json(self) -> dict[str, Any]:
        """This column as the hello, `full_state` and the manifest say it."""
        out: dict[str, Any] = {
            "name": self.name,
            "dtype": self.frozen or self.dtype,
            "unit": self.unit,
            "owner": self.owner,
            "doc": self.doc,
        }
        if self.dtype == "f4":
            out["per_unit"] = self.per_unit
        if self.labels:
            out["labels"] = list(self.labels)
        if self.refers:
            out["refers"] = self.refers
        if self.good:
            out["good"] = self.good
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Column:
        """A published column as another process declared it."""
        frozen: Dtype = data["dtype"]
        return cls(
            name=data["name"],
            dtype="f4" if "per_unit" in data else frozen,
            owner=data.get("owner", ""),
            unit=data.get("unit", ""),
            doc=data.get("doc", ""),
            frozen=frozen,
            per_unit=data.get("per_unit", 1),
            labels=tuple(data.get("labels", ())),
            refers=data.get("refers", ""),
            good=data.get("good", ""),
        )


Schema = Mapping[str, tuple[Column, ...]]
"""The published columns of each table: `{"npcs": (…), "places": (…)}`."""


def schema_to_json(schema: Schema) -> dict[str, list[dict[str, Any]]]:
    """A schema as JSON: `{table: [column, …]}`."""
    return {table: [column.to_json() for column in columns] for table, columns in schema.items()}


def schema_from_json(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, tuple[Column, ...]]:
    """The schema that `schema_to_json` wrote."""
    return {table: tuple(Column.from_json(column) for column in columns) for table, columns in data.items()}


_SPARE = 8
_LEAST = 2


class Table:
    """Mutable columns of equal length. A row's number is its id, for ever.

    `records` is one structured array, so that compiled loops get a whole row by one pointer; `arrays` are its columns.
    """

    def __init__(self, columns: Sequence[Column], rows: int) -> None:
        self.columns = {column.name: column for column in columns}
        if len(self.columns) != len(columns):
            names = [column.name for column in columns]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise BadParameter(f"declared twice: {', '.join(twice)}.", "A column has one declaration.")
        self.rows = 0
        self._room: Array = np.zeros(0, np.dtype([(column.name, column.dtype) for column in columns], align=True))
        self.records: Array = self._room
        self.arrays: dict[str, Array] = {}
        self.grow(rows)

    def grow(self, rows: int) -> None:
        """Have so many rows; new ones have the columns' initial values. `records` and `arrays` are others from then on.

        There is some room to spare, so that growing row by row copies little; systems give memory to what is written.
        """
        if rows > len(self._room):
            room = np.zeros(max(rows + rows // _SPARE, _LEAST), self._room.dtype)
            room[: self.rows].view(np.uint8)[:] = self.records.view(np.uint8)
            self._room = room
        for column in self.columns.values():
            self._room[column.name][self.rows : rows] = column.initial
        self.rows = rows
        self.records = self._room[:rows]
        self.arrays = {name: self.records[name] for name in self.columns}

    def roomy(self, name: str) -> Array:
        """A column with the room behind its rows, for compiled code.

        NumPy calls a single row contiguous, and numba compiles anew for that, or fails where others aren't.
        """
        found: Array = self._room[name]
        return found

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that a Frame shows, in order of declaration."""
        return tuple(column for column in self.columns.values() if column.frozen)

    def freeze(self) -> dict[str, Array]:
        """A quantised, read-only copy of the published columns."""
        return {column.name: column.freeze(self.arrays[column.name]) for column in self.published}


@dataclass(frozen=True)
class Frame:
    """The town at one tick: `tables[table][column]` is a read-only integer array with one value a row."""

    tick: int
    tables: Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True)
class FrameBlock:
    """Several ticks at once, as the compiled schedule hands them out.

    `ticks` has shape (k,) and rises strictly; `tables[table][column]` has shape (k, rows). Read-only.
    """

    ticks: Array
    tables: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for columns in self.tables.values():
            for values in columns.values():
                values.flags.writeable = False

    def __len__(self) -> int:
        return len(self.ticks)

    def stretch(self, first: int, stop: int) -> FrameBlock:
        """Some of the ticks, by their place in the block; what it shows is shared, not copied."""
        tables = {
            table: {name: values[first:stop] for name, values in columns.items()}
            for table, columns in self.tables.items()
        }
        return FrameBlock(self.ticks[first:stop], tables)

    def __getitem__(self, index: int) -> Frame:
        return Frame(
            int(self.ticks[index]),
            {
                table: {name: values[index] for name, values in columns.items()}
                for table, columns in self.tables.items()
            },
        )

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))


EVENT_COLUMNS = ("id", "tick", "kind", "npc", "other", "place", "text")


@dataclass(frozen=True)
class Events:
    """Rows of the event log, as columns of equal length.

    `id` counts from 0 in a run; `kind` indexes `kinds`; `npc`, `other` and `place` are ids, −1 for none (an utterance
    with npc −1 is the researcher's voice); `text` holds what was said, else "".
    """

    kinds: tuple[str, ...]
    id: Array
    tick: Array
    kind: Array
    npc: Array
    other: Array
    place: Array
    text: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.id)

    def rows(self) -> list[dict[str, Any]]:
        """One plain dict an event, with the kind as its label."""
        columns = (self.id, self.tick, self.kind, self.npc, self.other, self.place)
        return [
            dict(zip(EVENT_COLUMNS, (i, t, self.kinds[k], n, o, p, text), strict=True))
            for (i, t, k, n, o, p), text in zip(
                zip(*(column.tolist() for column in columns), strict=True), self.text, strict=True
            )
        ]
