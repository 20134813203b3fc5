"""A simulation of Generative Agents (Park et al. 2023) becomes a run folder.

A step is a tick; agents are NPCs in the order of `persona_names`. `description` says "act @ address"; the act, without
what is in brackets at its end, is the `activity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import orjson

from aitown.columns import Column, Events, FrameBlock
from aitown.history.importing import conversations, movement
from aitown.history.writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aitown.columns import Array, Dtype
    from aitown.history.importing.movement import Movement

_CHUNK = 2_000
_SMALL = 1 << 15
_TILE_QUANTA = 2


class MapLike(Protocol):
    """What a map has to have: `aitown.TownMap` has it."""

    name: str
    width: int
    height: int
    places: Sequence[Any]
    tile_place: Any

    def to_json(self) -> dict[str, Any]:
        """The map as plain data."""


def is_generative_agents(folder: Path) -> bool:
    """Whether a folder looks like one of compressed_storage or of storage."""
    return (folder / movement.MASTER).is_file() or (
        (folder / movement.RAW).is_dir() and (folder / movement.RAW_META).is_file()
    )


def write_generative_agents(source: Path, folder: Path, town_map: MapLike | None = None) -> None:
    """Write the simulation in `source` as a run in `folder`.

    Args:
        source: with `master_movement.json` and `meta.json`, or `movement/` and `reverie/meta.json`.
        folder: of the new run.
        town_map: the ground. With it, `place` is the place whose tile the agent stands on. Without it, places are the
            sectors that addresses name, and `place` is the one that the agent's act is meant to be in.

    Raises:
        DamagedRun: for files that can't be understood.
        RunExists: when there is something in `folder`.
    """
    found = movement.read(source)
    made = _Columns(found, town_map)
    log = conversations.log(found)
    manifest = {
        "run": source.name,
        "town": town_map.name if town_map else found.maze,
        "map": town_map.name if town_map else found.maze,
        "npcs": len(found.names),
        "start": found.start.isoformat(),
        "tick_seconds": found.seconds,
        "record_every": 1,
        "names": list(found.names),
        "places": made.place_facts,
        "event_kinds": list(conversations.KINDS),
        "source": {
            "system": "Generative Agents",
            "folder": source.name,
            "steps": len(found.steps),
            "rows": found.rows,
            "conversations": sum(row[1] == "met" for row in log),
            "utterances": sum(row[1] == "said" for row in log),
        },
    }
    documents = {
        "map.json": orjson.dumps(town_map.to_json() if town_map else {"name": found.maze}),
        "personas.json": orjson.dumps([{"name": name} for name in found.names]),
    }
    with RunWriter.create(folder, manifest, {"npcs": made.columns}, documents) as writer:
        done = 0
        for first in range(0, len(found.steps), _CHUNK):
            stop = min(first + _CHUNK, len(found.steps))
            upto = next((n for n in range(done, len(log)) if log[n][0] >= stop), len(log))
            block = {name: values[first:stop].copy() for name, values in made.values.items()}
            ticks = np.arange(first, stop, dtype=np.int32)
            writer.write(FrameBlock(ticks, {"npcs": block}), made.events(log, done, upto))
            done = upto


class _Codes:
    """Texts as small integers, in the order in which they come."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.of.setdefault(text, len(self.of))


class _Columns:
    """The columns of all agents at all steps: what a step doesn't say is as it was."""

    def __init__(self, found: Movement, town_map: MapLike | None) -> None:
        self._map = town_map
        self._places = _Codes()
        for place in town_map.places if town_map else ():
            self._places(place.name)
        self._texts = {name: _Codes() for name in ("activity", "description", "address", "emoji")}
        self._known = set(self._places.of)
        ids = {name: number for number, name in enumerate(found.names)}
        shape = (len(found.steps), len(ids))
        names = ("x", "y", "place", "target", "activity", "description", "address", "emoji", "partner", "alive")
        rows = {name: np.full(shape, 0 if name == "alive" else -1, np.int32) for name in names}
        for step, people in enumerate(found.steps):
            if step:
                for values in rows.values():
                    values[step] = values[step - 1]
            for name, row in people.items():
                npc = ids[name]
                for column, value in self._row(row, ids, npc, int(rows["target"][step, npc])).items():
                    rows[column][step, npc] = value
        self.columns = self._declared()
        self.values: Mapping[str, Array] = {
            column.name: rows[column.name].astype(column.frozen) for column in self.columns if column.frozen
        }

    @property
    def place_facts(self) -> list[dict[str, Any]]:
        if self._map is None:
            return [{"id": number, "name": name, "kind": "other"} for name, number in self._places.of.items()]
        return [
            {"id": p.id, "name": p.name, "kind": p.kind, "x": p.x, "y": p.y, "capacity": p.capacity}
            for p in self._map.places
        ]

    def events(self, log: conversations.Log, first: int, stop: int) -> Events:
        """A stretch of the log; the place is where the one who acts is."""
        rows = log[first:stop]
        where = [int(self.values["place"][step, npc]) if npc >= 0 else -1 for step, _, npc, _, _ in rows]
        return Events(
            kinds=conversations.KINDS,
            id=np.arange(first, stop),
            tick=np.array([row[0] for row in rows], np.int64),
            kind=np.array([conversations.KINDS.index(row[1]) for row in rows], np.uint8),
            npc=np.array([row[2] for row in rows], np.int32),
            other=np.array([row[3] for row in rows], np.int32),
            place=np.array(where, np.int32),
            text=tuple(row[4] for row in rows),
        )

    def _row(self, row: movement.Row, ids: Mapping[str, int], npc: int, target: int) -> dict[str, int]:
        meant = self._target(row.address)
        meant = target if meant is None else meant
        others = [ids[who] for who, _ in row.chat if who in ids and ids[who] != npc]
        return {
            "x": row.x * _TILE_QUANTA + 1,
            "y": row.y * _TILE_QUANTA + 1,
            "place": meant if self._map is None else self._on_tile(row.x, row.y),
            "target": meant,
            "activity": self._texts["activity"](row.act.partition(" (")[0]),
            "description": self._texts["description"](row.act),
            "address": self._texts["address"](row.address),
            "emoji": self._texts["emoji"](row.emoji),
            "partner": others[0] if others else -1,
            "alive": 1,
        }

    def _target(self, address: str) -> int | None:
        """The place that an address means; None when it names none (another agent, "<waiting>")."""
        parts = [part.strip() for part in address.split(":")][1:]
        if not parts:
            return None
        if self._map is None:
            return self._places(parts[0])
        for name in (": ".join(parts[:2]), parts[0]):
            if name in self._known:
                return self._places.of[name]
        return -1

    def _on_tile(self, x: int, y: int) -> int:
        assert self._map is not None
        if not (0 <= x < self._map.width and 0 <= y < self._map.height):
            return -1
        return int(self._map.tile_place[y * self._map.width + x])

    def _declared(self) -> tuple[Column, ...]:
        where = (
            "The place whose tile the agent stands on; none between places."
            if self._map is not None
            else "The sector that the agent's act is meant to be in; there was no map to say where it is."
        )
        owner = "Generative Agents"
        return (
            Column("x", "f4", owner, "tile", "Centre of the agent's tile, from the left edge.", "i2", _TILE_QUANTA),
            Column("y", "f4", owner, "tile", "Centre of the agent's tile, from the top edge.", "i2", _TILE_QUANTA),
            Column("place", "i4", owner, "id", where, "i4", refers="places"),
            Column("target", "i4", owner, "id", "The place that its act is meant to be in.", "i4", refers="places"),
            self._text("activity", "What it does, without the details in brackets."),
            self._text("description", "What it does, in full."),
            self._text("address", "Where its act is meant to be: world:sector:arena:object, or another agent."),
            self._text("emoji", "Its act as an emoji."),
            Column("partner", "i4", owner, "id", "The agent that it talks with.", "i4", refers="npcs"),
            Column("alive", "u1", owner, "1", "1 from the first step that names the agent.", "u1"),
        )

    def _text(self, name: str, doc: str) -> Column:
        labels = tuple(self._texts[name].of)
        dtype: Dtype = "i2" if len(labels) < _SMALL else "i4"
        return Column(name, dtype, "Generative Agents", "label", doc, dtype, labels=labels)
