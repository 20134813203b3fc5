"""What people give to a Town, made into what it needs."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aitown.errors import BadParameter, BadPersona
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
        found = personas_from_file(given)
    elif hasattr(given, "to_dict"):
        found = personas_from_table(cast("pd.DataFrame", given))
    else:
        found = check_personas(given)
    if not found:
        raise BadPersona("personas is empty; expected one person or more.", "Leave it out for the map's own people.")
    return found


def minds(given: Mapping[Any, Any] | None) -> Mapping[Any, Any]:
    """Who decides for whom.

    Raises:
        BadParameter: for what is no mapping.
    """
    if given is not None and not isinstance(given, Mapping):
        raise BadParameter(
            f"minds={given!r:.80}; expected who decides for whom.",
            'As in {"Ada Marsh": CafeLover()}; "all" is everybody.',
        )
    return given or {}


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
