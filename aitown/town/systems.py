"""The systems of one's own that a town is given, and finding again those that a run was made with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter, DamagedRun
from aitown.mind import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aitown.sim.own import Declared

log = logging.getLogger("aitown.town")

Given = Any
"""A system, or its "module:Class"."""


def declared(given: Iterable[Given], tick_seconds: int, since: int = 0) -> tuple[Declared, ...]:
    """Systems as the model takes them, which begin at a tick.

    Raises:
        BadParameter: for what is no system, or doesn't fit with the others.
    """
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise BadParameter(f"systems is {given!r:.80}; expected a list.", "As in systems=[Infection()].")
    items = list(given)
    if not items:
        return ()
    from aitown.sim.own.declaring import check_together, declare

    found = tuple(
        declare(named.make(item, "system"), tick_seconds, since, item)
        if isinstance(item, str)
        else declare(item, tick_seconds, since)
        for item in items
    )
    check_together(found)
    return found


def again(
    said: Sequence[Mapping[str, Any]], given: Iterable[Given] | None, tick_seconds: int, now: int | None = None
) -> tuple[Declared, ...]:
    """The systems that a run was made with, and new ones that begin now.

    Args:
        said: what its manifest says of them.
        given: those that are at hand; the others are made by their name.
        tick_seconds: of the run.
        now: the tick at which new ones may begin; None: there may be none.

    Raises:
        DamagedRun: when one is missing, or has other parameters.
        BadParameter: for one that the run hasn't, without `now`.
    """
    hand = {system.name: system for system in declared(given or (), tick_seconds, now or 0)}
    found = []
    for one in said:
        system = hand.pop(one["name"], None)
        if system is None and one["by"]:
            [system] = declared([one["by"]], tick_seconds)
        if system is None:
            raise DamagedRun(
                f"the run was made with the system {one['name']}, which is not here.",
                f"Give it: systems=[…]. It was made with {one['parameters'] or 'no parameters'}.",
            )
        found.append(_since(system, one))
    if hand and now is None:
        raise BadParameter(f"the run has no system {', '.join(hand)}.", "A fork may have more: fork(systems=[…]).")
    from aitown.sim.own.declaring import check_together

    together = (*found, *hand.values())
    check_together(together)
    return together


def _since(system: Declared, said: Mapping[str, Any]) -> Declared:
    from dataclasses import replace

    same = replace(system, since=said["since"], by=said["by"] or system.by)
    here = same.to_json()
    differ = [
        f"{key} {said[key]!r} (here {here[key]!r})"
        for key in ("every", "columns", "parameters")
        if here[key] != said[key]
    ]
    if differ:
        raise DamagedRun(
            f"the run was made with another {system.name}: {', '.join(differ)}.", "Give the one that it was made with."
        )
    if here["source"] != said["source"]:
        log.warning("the source of the system %s has changed since the run was begun", system.name)
    return same


def changed(said: Sequence[Mapping[str, Any]], here: Sequence[Declared]) -> list[str]:
    """The names of systems whose source is another one now."""
    sources = {system.name: system.source for system in here}
    return [one["name"] for one in said if sources.get(one["name"]) != one["source"]]
