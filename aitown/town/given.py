"""What people give to a Town, made into what it needs."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aitown.errors import BadParameter
from aitown.persona import check_personas, personas_from_file, personas_from_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from aitown.persona import Persona

FEW, MANY = 1_000, 10_000


def personas(given: Sequence[Persona] | pd.DataFrame | str | Path) -> tuple[Persona, ...]:
    """People from Persona objects, a DataFrame or a file.

    Raises:
        BadPersona: for anything else.
    """
    if isinstance(given, (str, Path)):
        return personas_from_file(given)
    if hasattr(given, "to_dict"):
        return personas_from_table(cast("pd.DataFrame", given))
    return check_personas(given)


def folder(given: str | Path) -> Path:
    """Where to record.

    Raises:
        BadParameter: for what is no path.
    """
    try:
        return Path(given)
    except TypeError:
        raise BadParameter(f"record={given!r:.80}; expected a folder.", 'Give its path, as in "runs/base".') from None


def duration(days: float, hours: float, ticks: int, tick_seconds: int) -> int:
    """How long to run, in ticks.

    Raises:
        BadParameter: for what is no time, or less than one tick.
    """
    said = f"run for days={days!r}, hours={hours!r}, ticks={ticks!r}"
    try:
        total = round((days * 24 + hours) * 3600 / tick_seconds) + operator.index(ticks)
    except (TypeError, ValueError, OverflowError):
        raise BadParameter(
            f"{said}; expected finite numbers, and a whole one of ticks.", "Say how long, as in run(days=1)."
        ) from None
    if total < 1:
        raise BadParameter(f"{said}: {total} ticks; expected 1 or more.", "Say how long, as in run(days=1).")
    return total


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
