"""What somebody asks of `aitown.open`, checked and made sendable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from aitown.persona import Persona
    from aitown.sim.map import TownMap

    Personas = Sequence[Persona] | pd.DataFrame | str | Path


@dataclass(frozen=True)
class Wish:
    """The arguments of `aitown.open`; None is "as it is", or the default for a new town."""

    name: str
    map: str | Path | TownMap | None = None
    npcs: int | None = None
    seed: int | None = None
    personas: Personas | None = None
    systems: Sequence[Any] | None = None
    fresh: bool = False
    speed: float | None = None
    play: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """The body of `POST towns`, without the name.

        Raises:
            BadParameter: for a map that is neither a name nor a file.
            BadPersona: for personas that can't be read.
        """
        return {
            "map": _sendable(self.map),
            "npcs": self.npcs,
            "seed": self.seed,
            "personas": self.people(),
            "systems": self.named_systems(),
            "fresh": self.fresh,
            "speed": self.speed,
            "play": self.play,
        }

    def named_systems(self) -> list[str] | None:
        """The systems as a server can find them.

        Raises:
            BadParameter: for one that is not given by its name.
        """
        for system in self.systems or ():
            if not isinstance(system, str):
                raise BadParameter(
                    f"{system!r:.80} as a system of a hosted town; expected its name.",
                    'Put the class into a module of the server\'s folder and give "module:Class", or use aitown.Town.',
                )
        return None if self.systems is None else list(self.systems)

    def people(self) -> list[dict[str, Any]] | None:
        """The personas as plain data.

        Raises:
            BadPersona: for personas that can't be read.
        """
        return None if self.personas is None else _people(self.personas)


def _people(personas: Personas) -> list[dict[str, Any]]:
    from aitown.persona import check_personas, personas_from_file, personas_from_table

    if isinstance(personas, str | Path):
        found = personas_from_file(personas)
    elif hasattr(personas, "to_dict"):
        found = personas_from_table(personas)  # type: ignore[arg-type]
    else:
        found = check_personas(personas)
    return [persona.to_json() for persona in found]


def _sendable(given: Any) -> str | None:
    """A map as the server can find it: a name, or the whole path of a file."""
    if given is None:
        return None
    if not isinstance(given, str | Path):
        raise BadParameter(
            f"a {type(given).__name__} as the map of a hosted town; expected a name or a file.",
            "Give the Tiled file, or use aitown.Town, which takes a TownMap.",
        )
    path = Path(given).expanduser()
    return str(path.resolve()) if os.path.isfile(path) else str(given)  # noqa: PTH113 (Path's raises for a long name)
