"""The payload of `full_state` and `state_update`: a Frame in real units, as JSON rows.

What never changes within an epoch (the map, the constants of places, names, labels) is prepared once from the hello;
one encoding of the rest serves every viewer of a tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson

from aitown.columns import Array, Column, Frame, Schema, schema_from_json
from aitown.errors import BadMessage

Hello = Mapping[str, Any]
Decoder = Callable[[Array], list[Any]]

HEARD_SECONDS = 300
"""Simulated seconds for which an utterance is in `saying`, unless the same NPC says something else."""

UNSHOWN = frozenset({"alive"})
"""Columns that say which rows are shown, and so are the same in all of them."""


class Voices:
    """What is heard now: at most one utterance an NPC."""

    def __init__(self, tick_seconds: int) -> None:
        self._ticks = max(1, HEARD_SECONDS // tick_seconds)
        self._said: dict[int, tuple[int, str]] = {}

    def hear(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take note of the utterances among rows of the event log."""
        for event in events:
            if event["kind"] == "said" and event["npc"] >= 0:
                self._said[event["npc"]] = (event["tick"], event["text"])

    def at(self, tick: int) -> dict[int, str]:
        """Utterances by NPC; those that have faded are forgotten."""
        self._said = {npc: said for npc, said in self._said.items() if tick < said[0] + self._ticks}
        return {npc: text for npc, (_, text) in self._said.items()}


class Payload:
    """Makes the payloads of one epoch."""

    def __init__(self, hello: Hello) -> None:
        """Prepare what the hello of a town's process says.

        Raises:
            BadMessage: when something that a payload needs is missing.
        """
        try:
            self.schema: Schema = schema_from_json(hello["schema"])
            self.schema_json = orjson.dumps(hello["schema"])
            self.map = orjson.dumps(hello["map"])
            self.start: str = hello["start"]
            self.tick_seconds: int = hello["tick_seconds"]
            self._first_day = date.fromisoformat(self.start[:10])
            self._constants = {"town": hello["town"], "run": hello["run"]}
            self._names = [str(name) for name in hello["names"]]
            self._places = [dict(place) for place in hello["places"]]
            place_names = [place["name"] for place in self._places]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadMessage(f"a hello that can't be used: {error!r}.", "Look at the process's log.") from error
        self._decoders = {
            table: [(column.name, _decoder(column, place_names)) for column in columns if column.name not in UNSHOWN]
            for table, columns in self.schema.items()
        }

    def encode(self, frame: Frame, clock: str, saying: Mapping[int, str]) -> bytes:
        """The payload without its map, as a JSON object; `with_map` adds it."""
        return orjson.dumps(
            {
                **self._constants,
                "tick": frame.tick,
                "clock": clock,
                "day": (datetime.fromisoformat(clock).date() - self._first_day).days + 1,
                "tick_seconds": self.tick_seconds,
                "npcs": self._npcs(frame.tables["npcs"], saying),
                "places": self._place_rows(frame.tables.get("places", {})),
            }
        )

    def with_map(self, payload: bytes) -> bytes:
        """The whole state: what `encode` gave, and the map."""
        return payload[:-1] + b',"map":' + self.map + b"}"

    def npc(self, frame: Frame, npc: int, saying: Mapping[int, str]) -> dict[str, Any] | None:
        """The row of one NPC, or None when it isn't shown."""
        if not 0 <= npc < len(self._names):
            return None
        one = {name: values[npc : npc + 1] for name, values in frame.tables["npcs"].items()}
        rows = self._npcs(one, saying, first=npc)
        return rows[0] if rows else None

    def _npcs(self, columns: Mapping[str, Array], saying: Mapping[int, str], first: int = 0) -> list[dict[str, Any]]:
        decoders = self._decoders["npcs"]
        keys = ("id", "name", *(name for name, _ in decoders), "saying")
        rows = len(next(iter(columns.values())))
        shown: Any = slice(None)
        ids = range(first, first + rows)
        if "alive" in columns and not columns["alive"].all():
            shown = np.flatnonzero(columns["alive"])
            ids = [first + int(row) for row in shown]  # type: ignore[assignment]
        values = [decode(columns[name][shown]) for name, decode in decoders]
        names = [self._names[npc] for npc in ids]
        spoken = [saying.get(npc, "") for npc in ids]
        return [dict(zip(keys, row, strict=True)) for row in zip(ids, names, *values, spoken, strict=True)]

    def _place_rows(self, columns: Mapping[str, Array]) -> list[dict[str, Any]]:
        decoders = self._decoders.get("places", [])
        keys = [name for name, _ in decoders]
        values = [decode(columns[name]) for name, decode in decoders]
        if not values:
            return self._places
        return [
            {**place, **dict(zip(keys, row, strict=True))}
            for place, row in zip(self._places, zip(*values, strict=True), strict=True)
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
