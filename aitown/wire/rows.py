"""Rows in real units from the integers of a Frame: what a payload shows, and what a client makes of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aitown.columns import Array, Column, Schema

Decoder = Callable[[Array], list[Any]]
Columns = Mapping[str, Array]

UNSHOWN = frozenset({"alive"})
"""Columns that say which rows are shown, and so are the same in all of them."""


def shown(schema: Schema) -> dict[str, list[Column]]:
    """The columns of each table that a viewer is sent, in order."""
    return {table: [column for column in columns if column.name not in UNSHOWN] for table, columns in schema.items()}


class Rows:
    """Makes the rows of one epoch.

    Args:
        schema: the published columns.
        names: of the NPCs, by id.
        places: the constants of the places, by id; each with a `name`.
    """

    def __init__(self, schema: Schema, names: Sequence[str], places: Sequence[Mapping[str, Any]]) -> None:
        self._names = [str(name) for name in names]
        self._places = [dict(place) for place in places]
        place_names = [place["name"] for place in self._places]
        self._decoders = {
            table: [(column.name, _decoder(column, place_names)) for column in columns]
            for table, columns in shown(schema).items()
        }

    def know(self, names: Mapping[int, str]) -> None:
        """The names of more NPCs, by id."""
        for npc, name in sorted(names.items()):
            self._names += [""] * (npc + 1 - len(self._names))
            self._names[npc] = name

    def npcs(self, columns: Columns, ids: Sequence[int], saying: Mapping[int, str]) -> list[dict[str, Any]]:
        """One row for each of `ids`; `columns` hold just these."""
        decoders = self._decoders["npcs"]
        keys = ("id", "name", *(name for name, _ in decoders), "saying")
        names = [self._names[npc] for npc in ids]
        values = [decode(columns[name]) for name, decode in decoders]
        spoken = [saying.get(npc, "") for npc in ids]
        return [dict(zip(keys, row, strict=True)) for row in zip(ids, names, *values, spoken, strict=True)]

    def places(self, columns: Columns, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Likewise for places: their constants and their columns."""
        decoders = self._decoders.get("places", [])
        if not decoders:
            return [self._places[place] for place in ids]
        keys = [name for name, _ in decoders]
        values = [decode(columns[name]) for name, decode in decoders]
        return [
            {**self._places[place], **dict(zip(keys, row, strict=True))}
            for place, row in zip(ids, zip(*values, strict=True), strict=True)
        ]


def _decoder(column: Column, places: list[str]) -> Decoder:
    """How the frozen integers of a column become what a payload shows."""
    if column.labels:
        labels = np.array(column.labels, dtype=object)
        return lambda codes: labels[codes].tolist()
    if column.refers == "places":
        names = np.array([*places, None], dtype=object)  # −1 takes the last: none
        return lambda ids: names[ids].tolist()
    if column.refers == "npcs":
        return lambda ids: [npc if npc >= 0 else None for npc in ids.tolist()]
    if column.frozen == "u1":
        return lambda flags: flags.astype(bool).tolist()
    return lambda quanta: column.real(quanta).tolist()
