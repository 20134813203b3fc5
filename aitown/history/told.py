"""Metrics that are told from the log instead of made of a table: who knows what, and how many know one another.

They are asked, listed, recorded and plotted like the others (`metrics.py`). The log is followed from the beginning of
the run, whatever ticks are asked, so they are computed when they are named and not when all metrics are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aitown.history import information, relations
from aitown.history.layout import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitown.columns import Array
    from aitown.history.society import Society

_DENSITY = (
    ("density", "Pairs who know one another, by all pairs of those who are there."),
    ("mean_tie", "Mean strength of the ties between all pairs of those who are there, 0 for strangers."),
)


@dataclass(frozen=True)
class Told:
    """A number that a town has at each tick, by its log.

    Args:
        name: its name everywhere.
        function: of the run and rising ticks, giving a number for each.
        doc: one sentence.
        unit, table, columns: as of a `Metric`.
    """

    name: str
    function: Callable[[Any, Array], Array]
    doc: str
    unit: str = "1"
    table: str = EVENTS
    columns: tuple[str, ...] = ()


def told(run: Society) -> dict[str, Told]:
    """Those that a run's log tells, by name: two for each fact, and those of ties where these change."""
    found = []
    if "told" in run.kinds:
        texts = run._information()[0].texts  # noqa: SLF001 (the same room)
        for fact, text in enumerate(texts):
            found += [_share(fact, text, believed=believed) for believed in (False, True)]
    if relations.Rules.known(run.manifest.get("parameters", {})):
        found += [Told(name, _of_ties(name), doc) for name, doc in _DENSITY]
    return {one.name: one for one in found}


def _share(fact: int, text: str, *, believed: bool) -> Told:
    def share(run: Society, ticks: Array) -> Array:
        found, _ = run._information()  # noqa: SLF001 (the same room)
        there = run.stays().count(ticks)
        made = information.diffusion(found, [fact], ticks, there, run.clock, believed=believed)
        return made.iloc[:, -1].to_numpy(float)

    verb = "believe" if believed else "know"
    return Told(f"{verb}s {fact}", share, f"Share of those who are there that {verb} fact {fact}: {text}")


def _of_ties(column: str) -> Callable[[Society, Array], Array]:
    def of_ties(run: Society, ticks: Array) -> Array:
        at = ticks.tolist()
        found = relations.density(run._ties(at), at, run.stays().count(ticks), run.clock)  # noqa: SLF001
        return found[column].to_numpy(float)

    return of_ties
