"""What a run is, by its manifest: names, kinds, clock, cadence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aitown.columns import schema_from_json
from aitown.history.layout import EVENTS
from aitown.history.times import Clock

if TYPE_CHECKING:
    from aitown.columns import Column


class Facts:
    """A run's manifest, read. What a manifest lacks has the default of a town.

    Attributes:
        schema: the published columns of each table.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._manifest = dict(manifest)
        self.schema: dict[str, tuple[Column, ...]] = schema_from_json(manifest["schema"])

    @property
    def manifest(self) -> dict[str, Any]:
        """What the run is: seed, parameters, versions, hashes, names."""
        return dict(self._manifest)

    @property
    def run_id(self) -> str:
        return str(self._manifest.get("run", ""))

    @property
    def town(self) -> str:
        return str(self._manifest.get("town", self.run_id))

    @property
    def seed(self) -> int | None:
        """The seed; None for the run of another system, which has none."""
        found = self._manifest.get("seed")
        return None if found is None else int(found)

    @property
    def names(self) -> tuple[str, ...]:
        """The NPCs' names; an NPC's id is its position."""
        return tuple(self._manifest.get("names", ()))

    @property
    def place_names(self) -> tuple[str, ...]:
        """The places' names; a place's id is its position."""
        return tuple(str(place["name"]) for place in self.place_facts)

    @property
    def place_facts(self) -> tuple[dict[str, Any], ...]:
        """What never changes about each place: name, kind, x and y of its middle in tiles, capacity."""
        given = self._manifest.get("places", ())
        return tuple(dict(place) if isinstance(place, Mapping) else {"name": str(place)} for place in given)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of events."""
        return tuple(self._manifest.get("event_kinds", ()))

    @property
    def record_every(self) -> int:
        """Each so many ticks a frame was recorded."""
        return int(self._manifest.get("record_every", 1))

    @property
    def start(self) -> str:
        """The clock at tick 0."""
        return str(self._manifest.get("start", "2025-03-03T06:00:00"))

    @property
    def tick_seconds(self) -> float:
        return float(self._manifest.get("tick_seconds", 10))

    @cached_property
    def clock(self) -> Clock:
        """From ticks to times and back."""
        return Clock(self.start, self.tick_seconds)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that were recorded: those of state, then `events`."""
        return (*self.schema, EVENTS)

    def declared(self, table: str) -> dict[str, Column]:
        """The columns of a table by name."""
        return {column.name: column for column in self.schema.get(table, ())}
