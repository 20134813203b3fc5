"""Forks of hosted towns: what a wish says of the one that it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter, UnknownTown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aitown.server.book import Entry

_FIELDS = frozenset({"town", "tick", "replay"})


def check(fork: Any) -> None:
    """Hold `fork` of a wish to its form: `{town, tick?, replay?}`.

    Raises:
        BadParameter: for anything else.
    """
    if fork is None:
        return
    known = isinstance(fork, dict) and set(fork) <= _FIELDS and isinstance(fork.get("town"), str)
    tick, replay = (fork.get("tick"), fork.get("replay", True)) if known else (None, None)
    if not known or isinstance(tick, bool) or not isinstance(tick, int | str | None) or not isinstance(replay, bool):
        raise BadParameter(f"fork is {fork!r:.80}; expected an object.", 'As in {"town": "riverbend", "tick": 360}.')


def begun_as(entry: Entry, fork: Mapping[str, Any], entries: Mapping[str, Entry], root: Path) -> tuple[Entry, Any]:
    """The entry of a fork, and what its process is told of it.

    Raises:
        UnknownTown: for a town that was never opened.
    """
    parent = entries.get(fork["town"])
    if parent is None:
        raise UnknownTown(f"no town is called {fork['town']!r:.100}.", "Fork one that is known.")
    told = {"folder": str(root / parent.folder), "tick": fork.get("tick"), "replay": fork.get("replay", True)}
    same = ("map", "npcs", "seed", "personas", "start", "tick_seconds", "systems")
    return replace(entry, **{name: getattr(parent, name) for name in same}), told
