"""Growing: room for somebody who moves in, and what its row is made of. What it then does is `systems/coming.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aitown.columns import Table
from aitown.sim import clock
from aitown.sim.households import join_pool
from aitown.sim.money import set_purses
from aitown.sim.npcs import NEVER, TIE_COLUMNS
from aitown.sim.setup import acquaintances, join_household, set_commutes, set_needs, set_people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.persona import Persona
    from aitown.sim.facts import Facts
    from aitown.sim.map import TownMap
    from aitown.sim.parameters import Parameters
    from aitown.sim.roster import Roster
    from aitown.sim.world import Array

_ROWS = ("npcs", "outside", "purses")


def rows_of(tables: Mapping[str, Table], npcs: int, facts: int, most: int) -> dict[str, int]:
    """How many rows each table has in a town of so many NPCs and rows of facts."""
    per_npc = {**dict.fromkeys(_ROWS, npcs), "ties": npcs * acquaintances(npcs, most), "knowledge": npcs * facts}
    return {name: per_npc.get(name, table.rows) for name, table in tables.items()}


def grow(tables: dict[str, Table], facts: Facts, npcs: int, most: int) -> None:
    """Give all tables room for so many NPCs. New ones are nobody yet: not alive."""
    before = tables["npcs"].rows
    for name in _ROWS:
        tables[name].grow(npcs)
    tables["npcs"]["alive"][before:] = 0
    facts.grow(npcs)
    had, has = acquaintances(before, most), acquaintances(npcs, most)
    if had == has:
        tables["ties"].grow(npcs * has)
        return
    wider = Table(TIE_COLUMNS, npcs * has)
    wider.records.reshape(npcs, has)[:before, :had] = tables["ties"].records.reshape(before, had)
    tables["ties"] = wider


def furnish(
    tables: Mapping[str, Table],
    roster: Roster,
    npc: int,
    at: int,
    town_map: TownMap,
    parameters: Parameters,
    seed: int,
    minute: int,
) -> None:
    """Fill the row of somebody on the roster who comes at a tick, in that minute of the day."""
    npcs, persona = tables["npcs"], roster.people[npc]
    assert persona is not None, "who comes is on the roster"
    those = slice(npc, npc + 1)
    places = {name: town_map.place(name).id for name in (persona.home, persona.work) if name}
    set_people(npcs, (persona,), town_map, places, those)
    set_commutes(npcs, town_map, parameters, those)
    set_needs(npcs, parameters, seed, minute, those, at)
    set_purses(npcs, tables["purses"], (persona,), parameters, seed, those)
    join_household(npcs, roster.people, roster.ids, npc)
    join_pool(npcs, tables["purses"], persona, roster.ids, npc)


def befriend(ties: Array, npc: int, persona: Persona, ids: Mapping[str, int], at: int, rules: Any) -> None:
    """The ties of somebody who comes, in both directions; `ties` are records [npcs, acquaintances].

    Of more than there is room for those to kin, then the strongest are kept.
    """
    for name, strength in persona.ties.items():
        for one, other in ((npc, ids[name]), (ids[name], npc)):
            if one != other:
                _tie(ties[one], _Tie(other, float(np.float32(strength)), at, name in persona.kin), at, rules)


class _Tie(NamedTuple):
    npc: int
    strength: float
    at: int
    kin: bool


def _tie(slots: Array, new: _Tie, at: int, rules: Any) -> None:
    def faded(tie: _Tie) -> float:
        half_life = rules["kin_half_life"] if tie.kin else rules["tie_half_life"]
        return float(tie.strength * 0.5 ** ((at - tie.at) / half_life))

    columns = [slots[name].tolist() for name in _Tie._fields]
    kept = [tie for tie in (_Tie(*row) for row in zip(*columns, strict=True)) if tie.npc != NEVER]
    kept.append(new)
    if len(kept) > len(slots):
        loose = [tie for tie in kept if not tie.kin] or kept
        kept.remove(min(loose, key=lambda tie: (faded(tie), tie.npc)))
    for slot, tie in enumerate(sorted(kept)):
        for name in _Tie._fields:
            slots[name][slot] = getattr(tie, name)


def next_minute(start: int, tick_seconds: int, at: int) -> int:
    """The first tick from `at` on with which a minute begins; `start` is the `clock.start_second` of tick 0."""
    while True:
        second = clock.week_second(start, tick_seconds, at)
        if second // 60 != (second - tick_seconds) // 60:
            return at
        at += 1
