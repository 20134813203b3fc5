"""Who was in a town and when: those it began with by the manifest, who moved in by the journal, and when by the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import AitownError
from aitown.history import layout
from aitown.history.facts import Facts
from aitown.history.rows import EVENT_SCHEMA
from aitown.history.source import EVENTS, EVERYTHING, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from aitown.columns import Array

ALIVE = "alive"
CAME, WENT = "moved_in", "moved_out"
NEVER = 2**31 - 1
"""A tick that doesn't come: somebody stays, or never came."""
_SAID = ("name", "age", "occupation", "home", "work")


class Stays:
    """Since when and until when each NPC is there.

    Attributes:
        since, until: ticks, int64, by id; `until` is the first tick without it. `NEVER` for what doesn't come.
    """

    def __init__(
        self, begun: int, count: int, came: Sequence[tuple[int, int]], went: Sequence[tuple[int, int]]
    ) -> None:
        self.since: Array = np.full(count, NEVER, np.int64)
        self.until: Array = np.full(count, NEVER, np.int64)
        self.since[:begun] = 0
        for npc, tick in came:
            self.since[npc] = tick
        for npc, tick in went:
            self.until[npc] = tick

    def at(self, tick: int) -> Array:
        """The ids of those who are there at a tick."""
        return np.flatnonzero((self.since <= tick) & (tick < self.until))

    def count(self, ticks: Any) -> Array:
        """How many are there at each of some ticks."""
        found: Array = np.searchsorted(np.sort(self.since), ticks, "right") - np.searchsorted(
            np.sort(self.until), ticks, "right"
        )
        return found


class People(Facts):
    """Questions about who was there."""

    def __init__(self, source: Source, manifest: Mapping[str, Any]) -> None:
        super().__init__(manifest)
        self._source = source

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all who were in the town, or will be by its journal; an NPC's id is its position."""
        begun = super().names
        came = dict(self._source.newcomers())
        return (*begun, *(came.get(npc, "") for npc in range(len(begun), max(came, default=-1) + 1)))

    @property
    def begun(self) -> int:
        """How many NPCs the town began with."""
        return len(super().names)

    @property
    def newcomers(self) -> list[tuple[int, str]]:
        """Id and name of everybody who moved in, by the journal."""
        return list(self._source.newcomers())

    @property
    def personas(self) -> list[dict[str, Any]]:
        """The personas of all who were in the town, by id, as plain data; see `people` for since when."""
        found = list(self.document(layout.PERSONAS))
        came = self._source.newcomers()
        if came:
            found += [{} for _ in range(max(npc for npc, _ in came) + 1 - len(found))]
            for one in self._source.inputs():
                if one.get("kind") == "add":
                    found[int(one["npc"])] = dict(one["persona"])
        return found

    def document(self, name: str) -> Any:
        """A document of the run as it is stored: map.json, or personas.json with those whom the town began with."""
        return self._source.document(name)

    def people(self) -> pd.DataFrame:
        """Who was in the town, one row a person; index `npc`.

        `name`, `age`, `occupation`, `home` and `work` of the persona; `since`, the first tick with them, and `until`,
        the first without, −1 while they stay.
        """
        import pandas as pd

        stays, names = self.stays(), self.names
        try:
            personas = self.personas
        except AitownError:  # a run may have been recorded without them
            personas = []
        personas += [{} for _ in range(len(names) - len(personas))]
        those = np.flatnonzero(stays.since < NEVER)
        data: dict[str, Any] = {name: [personas[npc].get(name) for npc in those] for name in _SAID}
        data["name"] = [names[npc] for npc in those]
        data["since"] = stays.since[those]
        data["until"] = np.where(stays.until[those] == NEVER, -1, stays.until[those])
        out = pd.DataFrame(data, index=pd.Index(those, name="npc"))
        out.attrs["units"] = {
            **dict.fromkeys(_SAID, "label"), "age": "years", "since": "tick", "until": "tick",
        }  # fmt: skip
        return out

    def stays(self) -> Stays:
        """Since when and until when each NPC is there, by the log."""
        moved: dict[str, list[tuple[int, int]]] = {CAME: [], WENT: []}
        codes = {self.kinds.index(kind): kind for kind in moved if kind in self.kinds}
        if codes:
            columns = [name for name in EVENT_SCHEMA.names if name in ("kind", "npc")]
            for piece in self._source.pieces(self._source.look(), EVENTS, columns, EVERYTHING):
                kind = piece.column("kind").to_numpy()
                for row in np.flatnonzero(np.isin(kind, list(codes))).tolist():
                    npc, tick = (piece.column(name)[row].as_py() for name in ("npc", "tick"))
                    moved[codes[int(kind[row])]].append((npc, tick))
        return Stays(self.begun, len(self.names), moved[CAME], moved[WENT])


def present(rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The rows of those who are there, with tick, row id and the columns that were asked for."""
    import pyarrow as pa

    here = rows.column(ALIVE).to_numpy()
    if ALIVE not in columns:
        rows = rows.drop_columns([ALIVE])
    return rows if not len(here) or here.min() else rows.filter(pa.array(here != 0))
