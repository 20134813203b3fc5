"""What a run is made of beside its journal: map, people, parameters, seed, clock. Read again from its folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import orjson

from aitown.errors import DamagedRun, MapError
from aitown.persona import Persona

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from aitown.sim.map import TownMap
    from aitown.sim.parameters import Parameters
    from aitown.town.town import Town

MAP_FILE, PERSONAS_FILE = "map.json", "personas.json"


@dataclass(frozen=True)
class Basis:
    """The lasting facts of a town; attributes as of `Town`."""

    map: TownMap
    personas: tuple[Persona, ...]
    start: datetime
    tick_seconds: int
    seed: int
    name: str
    parameters: Parameters
    record_every: int

    @classmethod
    def of(cls, town: Town) -> Self:
        return cls(**{item.name: getattr(town, item.name) for item in fields(cls)})

    @classmethod
    def read(cls, folder: Path, manifest: Mapping[str, Any]) -> Self:
        """Those of a run.

        Raises:
            DamagedRun: if a file is missing or damaged, or the map is not the one that the manifest names.
        """
        from aitown.sim import clock
        from aitown.sim.parameters import Parameters

        try:
            return cls(
                read_map(folder, manifest),
                read_personas(folder),
                clock.parse_start(manifest["start"]),
                manifest["tick_seconds"],
                manifest["seed"],
                manifest["town"],
                Parameters.from_json(manifest["parameters"]),
                manifest["record_every"],
            )
        except (OSError, orjson.JSONDecodeError, KeyError) as error:
            raise DamagedRun(f"{folder} can't be continued: {error!r}.", "Restore its files.") from error

    def give(self, town: Town) -> None:
        """Make these the facts of a town that is being made."""
        for item in fields(self):
            setattr(town, item.name, getattr(self, item.name))


def read_map(folder: Path, manifest: Mapping[str, Any]) -> TownMap:
    """The map of a run.

    Raises:
        DamagedRun: if it is not the one that the manifest names.
    """
    from aitown.history.manifest import document
    from aitown.sim.map import TownMap

    try:
        found = TownMap.from_json(document(folder, MAP_FILE))
    except MapError as error:
        raise DamagedRun(f"{MAP_FILE} of {folder} is damaged: {error.message}", "Restore the file.") from error
    if found.hash != manifest["map_hash"]:
        raise DamagedRun(f"{MAP_FILE} of {folder} is not the map of its manifest.", "Restore the file.")
    return found


def read_personas(folder: Path) -> tuple[Persona, ...]:
    """The personas of a run.

    Raises:
        DamagedRun: if they are not those that it was made with.
    """
    from aitown.history.manifest import document

    return tuple(Persona.from_json(persona) for persona in document(folder, PERSONAS_FILE))
