"""Recording: a town's run on the disk: what is written when, and what a run is made again from.

A checkpoint is written when `CHECKPOINT_TICKS` ticks and `CHECKPOINT_SECONDS` seconds have passed since the last one,
so that replaying takes about as long at most; and when the town is closed.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import sys
import tempfile
import time
import weakref
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from aitown.columns import Events, Frame, FrameBlock, schema_to_json
from aitown.errors import DamagedRun
from aitown.town.basis import MAP_FILE, PERSONAS_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.history import History, RunWriter
    from aitown.sim.map import TownMap
    from aitown.sim.model import Model
    from aitown.town import Town

CHECKPOINT_TICKS = 2_160
CHECKPOINT_SECONDS = 2.0
_VERSIONS = ("aitown", "numpy", "numba")


class Recording:
    """One run folder while it is written. The writer is closed with this object at the latest."""

    def __init__(self, writer: RunWriter, temporary: tempfile.TemporaryDirectory[str] | None = None) -> None:
        self.writer = writer
        self._temporary = temporary
        self._checkpoint: tuple[int, float] = (0, time.monotonic())
        self._finish = weakref.finalize(self, _close, writer, temporary)

    @classmethod
    def create(cls, town: Town, folder: Path | None) -> Recording:
        """Start a run of a town; None takes a temporary folder that lasts as long as whoever can read it.

        Raises:
            RunExists: if there is something in the folder.
        """
        from aitown.history import RunWriter

        temporary = None
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="aitown-", ignore_cleanup_errors=True)
            folder = Path(temporary.name) / "run"
        documents = {
            MAP_FILE: orjson.dumps(town.map.to_json()),
            PERSONAS_FILE: orjson.dumps(list(town.personas)),
        }
        return cls(
            RunWriter.create(folder, _manifest(town, documents[PERSONAS_FILE]), town.schema, documents), temporary
        )

    @property
    def folder(self) -> Path:
        return self.writer.folder

    def history(self, *, closed: bool) -> History:
        """What is written so far."""
        from aitown.history import History

        if not closed:
            self.writer.sync()
        found = History.load(self.folder)
        if self._temporary:
            vars(found)["_temporary"] = self._temporary
        return found

    def begin(self, model: Model, events: Events) -> None:
        """The present state, as the first frame; as a checkpoint too if the town has run already.

        Events of before are recorded when all of them are at hand; else the log begins here, too.
        """
        if model.emitted != len(events):
            model.count_events_anew()
            events = joined([])
        frame = model.freeze()
        self.writer.write(block_of(frame), events, upto=model.tick)
        if model.tick:
            self.checkpoint(model)

    def write(self, model: Model, block: FrameBlock, events: Events) -> None:
        """What the last ticks gave, and a checkpoint when it is time."""
        self.writer.write(block, events, upto=model.tick)
        tick, moment = self._checkpoint
        if model.tick - tick >= CHECKPOINT_TICKS and time.monotonic() - moment >= CHECKPOINT_SECONDS:
            self.checkpoint(model)

    def checkpoint(self, model: Model) -> None:
        self.writer.write_checkpoint(model.tick, model.save())
        self._checkpoint = (model.tick, time.monotonic())

    def restore(self, model: Model) -> None:
        """Put the newest checkpoint that the history has reached into a fresh model, if there is one."""
        found = self.writer.newest_checkpoint(at_most=self.writer.last_tick)
        if found:
            model.restore(found[1])
        self._checkpoint = (model.tick, time.monotonic())

    def check_replayed(self, model: Model) -> None:
        """Hold a replay to the events that the history has.

        Raises:
            DamagedRun: if they differ.
        """
        if model.emitted != self.writer.event_count:
            raise DamagedRun(
                f"replaying {self.folder} to tick {model.tick} gave {model.emitted} events; its history has "
                f"{self.writer.event_count}.",
                "Continue it on the machine and with the versions that its manifest names.",
            )

    def close(self) -> None:
        self._finish()


def check_schema(writer: RunWriter, schema: Mapping[str, Any]) -> None:
    """Hold a run to the columns of this version.

    Raises:
        DamagedRun: if they differ.
    """
    if schema_to_json(schema) != writer.manifest["schema"]:
        made_by = writer.manifest.get("versions", {}).get("aitown", "?")
        raise DamagedRun(
            f"{writer.folder} has other columns than this version's towns.",
            f"Continue it with aitown {made_by}; any version can read it.",
        )


def versions() -> dict[str, str]:
    """What a run is made with here, beside the platform."""
    return {name: version(name) for name in _VERSIONS} | {"python": sys.version.split()[0]}


def this_platform() -> str:
    """The kind of machine on which rows are the same to the bit."""
    return f"{sys.platform} {platform.machine()}"


def place_facts(town_map: TownMap) -> list[dict[str, Any]]:
    """What never changes about the places, as the hello and the manifest say it."""
    return [
        {"id": p.id, "name": p.name, "kind": p.kind, "x": p.x, "y": p.y, "capacity": p.capacity}
        for p in town_map.places
    ]


def joined(parts: list[Events]) -> Events:
    """Several stretches of the event log as one."""
    from aitown.sim.codes import EVENT_KINDS

    if len(parts) == 1:
        return parts[0]

    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, np.int32)])

    return Events(
        kinds=EVENT_KINDS,
        text=tuple(text for part in parts for text in part.text),
        **{name: column(name) for name in ("id", "tick", "kind", "npc", "other", "place")},
    )


def _manifest(town: Town, personas: bytes) -> dict[str, Any]:
    from aitown.sim.codes import EVENT_KINDS

    return {
        "run": town.run_id,
        "town": town.name,
        "map": town.map.name,
        "map_hash": town.map.hash,
        "personas_hash": hashlib.sha256(personas).hexdigest(),
        "npcs": len(town.personas),
        "seed": town.seed,
        "start": town.start.isoformat(),
        "tick_seconds": town.tick_seconds,
        "parameters": town.parameters.to_json(),
        **({"systems": [system.to_json() for system in town.systems]} if town.systems else {}),
        "record_every": town.record_every,
        "versions": versions(),
        "platform": this_platform(),
        "names": [persona.name for persona in town.personas],
        "places": place_facts(town.map),
        "event_kinds": list(EVENT_KINDS),
        "created": town.created,
        **({"parent": town.parent} if town.parent else {}),
    }


def block_of(frame: Frame) -> FrameBlock:
    """A frame as a block of one tick."""
    tables = {table: {name: v[None] for name, v in columns.items()} for table, columns in frame.tables.items()}
    return FrameBlock(np.array([frame.tick], np.int32), tables)


def _close(writer: RunWriter, temporary: object) -> None:  # noqa: ARG001 (its folder is there until this is done)
    with contextlib.suppress(RuntimeError):  # at interpreter exit no thread can be started to seal; nothing is lost
        writer.close()
