"""A town's model is made when it is first needed, and says so when that takes a while."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aitown.sim.model import Model
    from aitown.town.town import Town

COMPILING_SECONDS = 25.0
"""About what compiling takes on one core of a usual machine; `benchmarks/RESULTS.md` has what was measured."""


def compiling_seconds() -> float:
    """About how long the next model is compiled for, in seconds; 0 where an earlier process has done so."""
    from aitown.sim.model import compiles

    return COMPILING_SECONDS if compiles() else 0.0


def make_model(town: Town) -> Model:
    """A fresh model; compiles its systems if this machine has not done so since they were changed."""
    from aitown.sim.compiled import prune
    from aitown.sim.model import Model

    if compiling_seconds():
        prune()
        print("compiling the town's systems (once, about half a minute)", file=sys.stderr, flush=True)  # noqa: T201
    facts: dict[str, Any] = {
        "seed": town.seed,
        "parameters": town.parameters,
        "start": town.start,
        "tick_seconds": town.tick_seconds,
    }
    if town.systems:
        from aitown.sim.own import OwnModel

        return OwnModel(town.map, town.personas, systems=town.systems, **facts)
    return Model(town.map, town.personas, **facts)
