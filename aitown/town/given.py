"""What people give to a Town, made into what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from aitown.errors import BadParameter
from aitown.persona import Persona, personas_from_file, personas_from_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FEW, MANY = 1_000, 10_000


def personas(given: Sequence[Persona] | pd.DataFrame | str | Path) -> tuple[Persona, ...]:
    """People from Persona objects, a DataFrame or a file.

    Raises:
        BadPersona, BadParameter: for anything else.
    """
    if isinstance(given, (str, Path)):
        return personas_from_file(given)
    if hasattr(given, "to_dict"):
        return personas_from_table(cast("pd.DataFrame", given))
    people = tuple(given)
    if not all(isinstance(person, Persona) for person in people):
        raise BadParameter(
            "personas are no sequence of Persona.", "Give Persona objects, a DataFrame, or a .csv or .json file."
        )
    return people


def cadence(given: int | str, npcs: int) -> int:
    """Every how many ticks a frame is recorded; "auto" goes by the number of NPCs.

    Raises:
        BadParameter: for what is no number of ticks.
    """
    if given == "auto":
        return 1 if npcs <= FEW else 6 if npcs <= MANY else 60
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise BadParameter(
            f'record_every is {given!r}; expected a whole number of ticks, or "auto".', "Give 1 or more."
        )
    return given
