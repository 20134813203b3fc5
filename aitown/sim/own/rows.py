"""What somebody's own system gets at each step: the tables, of which it may write its own columns, and the moment."""

from __future__ import annotations

import difflib
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter, UnknownName
from aitown.sim import clock
from aitown.sim.compiled import loop
from aitown.sim.random import uniform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from aitown.columns import Column
    from aitown.sim.world import Array

OWN = 65
"""The system number under which systems of one's own get their draws; `Model.MINDS` is 64."""


class Rows:
    """One table as a system sees it: `npcs["mood"]`, or `npcs.mood`, is an array with one value a row.

    Labels are codes, see `code`; x and y are in tiles, ids count from 0 and −1 is none. Columns of the system itself
    can be written, all others are read-only.
    """

    _table: str
    _arrays: dict[str, Array]
    _columns: Mapping[str, Column]
    _own: set[str]

    def __init__(self, table: str, arrays: Mapping[str, Array], columns: Mapping[str, Column], own: set[str]) -> None:
        views = {name: values.view() for name, values in arrays.items()}
        for name, values in views.items():
            values.flags.writeable = name in own
        vars(self).update(_table=table, _arrays=views, _columns=columns, _own=own)

    def __getitem__(self, name: str) -> Array:
        try:
            found: Array = self._arrays[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._arrays, 3)
            raise UnknownName(
                f"{self._table} has no column {name!r}.",
                f"Did you mean {', '.join(near)}?" if near else f"It has {', '.join(self._arrays)}.",
            ) from None
        return found

    def __getattr__(self, name: str) -> Array:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownName as error:
            raise AttributeError(str(error)) from None

    def __setitem__(self, name: str, values: Any) -> None:
        found = self[name]
        if name not in self._own:
            raise BadParameter(
                f"{self._table}.{name} belongs to {self._columns[name].owner}.",
                "A system writes its own columns alone; others are changed by inputs.",
            )
        try:
            found[:] = values
        except (TypeError, ValueError):
            shape = np.shape(values)
            given = f"{values!r:.80}" if not shape else f"an array of the shape {shape}"
            raise BadParameter(
                f"{self._table}.{name} is set to {given}; expected a number, or {len(found)} of them.",
                "A column has one value for each row.",
            ) from None

    def __setattr__(self, name: str, values: Any) -> None:
        self[name] = values

    def __len__(self) -> int:
        return len(next(iter(self._arrays.values())))

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def code(self, name: str, label: str) -> int:
        """The code of a label of a column.

        Raises:
            UnknownName: for a label that the column hasn't.
        """
        self[name]
        labels = self._columns[name].labels
        if label not in labels:
            raise UnknownName(f"{name} is never {label!r}.", f"It is one of: {', '.join(labels)}.")
        return int(labels.index(label))


class Moment:
    """When a system steps, and its dice.

    Attributes:
        tick: the tick that the tables show.
        hours: how much simulated time one step stands for.
    """

    def __init__(self, name: str, every: int, seed: int, start: datetime, tick_seconds: int, rows: int) -> None:
        self.tick = 0
        self.tick_seconds = tick_seconds
        self.hours = every * tick_seconds / 3600
        self._start = start
        self._seed = seed
        self._rows = rows
        self._draws = zlib.crc32(name.encode()) << 20

    @property
    def clock(self) -> datetime:
        """Date and time in the town."""
        return clock.clock(self._start, self.tick_seconds, self.tick)

    @property
    def minute(self) -> int:
        """Minutes since midnight, 0 to 1439."""
        now = self.clock
        return now.hour * 60 + now.minute

    def chance(self, rate: float) -> float:
        """The probability that something that happens `rate` times an hour happens within one step."""
        return float(1 - np.exp(-rate * self.hours))

    def uniform(self, draw: int = 0) -> Array:
        """A number from [0, 1) for each NPC, f8: the same for the same seed, NPC, tick and draw, whatever else happens.

        Take another `draw` for each question that is asked of somebody in one step: 0, 1, 2 …
        """
        out = np.empty(self._rows)
        _uniforms(out, self._seed, self.tick, self._draws + int(draw))
        return out


@loop
def _uniforms(out: Array, seed: int, tick: int, draw: int) -> None:
    for npc in range(len(out)):
        out[npc] = uniform(seed, OWN, npc, tick, draw)
