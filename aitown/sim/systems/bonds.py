"""Ties: how close an NPC feels to others, in a memory of bounded size. `meeting` owns them.

A tie runs from 0 to 1. Time spent talking brings it closer to 1: s ← 1 − (1 − s) · ½^(hours / `tie_hours`), from
`tie_first` for somebody new. Without contact it halves every `tie_half_life`, one to kin every `kin_half_life`; that is
worked out when it is asked for, so that a quiet tie costs nothing. An NPC keeps `acquaintances` ties at most: for a new
one the weakest falls out that is not to kin.

Each NPC has its own side of a tie. Its slots are in the order of the others' ids, free ones last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.compiled import loop
from aitown.sim.npcs import NEVER

if TYPE_CHECKING:
    from aitown.sim.world import World


@loop
def slot(world: World, i: int, j: int) -> int:
    """Where in the ties of NPC `i` that to `j` is, or would have to be."""
    ties = world.links.ties
    low, high = 0, ties.shape[1]
    while low < high:
        middle = (low + high) // 2
        if ties[i, middle].npc < j:
            low = middle + 1
        else:
            high = middle
    return low


@loop
def faded(world: World, i: int, at: int, tick: int) -> float:
    """The strength of the tie in a slot now."""
    found, rules = world.links.ties[i, at], world.rules[0]
    half_life = rules.kin_half_life if found.kin else rules.tie_half_life
    strength: float = found.strength * 0.5 ** ((tick - found.at) / half_life)
    return strength


@loop
def tie(world: World, i: int, j: int, tick: int) -> float:
    """How close NPC `i` feels to `j`, 0 to 1; 0 for a stranger."""
    at = slot(world, i, j)
    if at < world.links.ties.shape[1] and world.links.ties[i, at].npc == j:
        return faded(world, i, at, tick)
    return 0.0


@loop
def known(world: World, i: int) -> int:
    """How many ties NPC `i` has."""
    return slot(world, i, NEVER)


@loop
def _weakest(world: World, i: int, tick: int) -> int:
    """The slot of the weakest tie that is not to kin; -1 if all are."""
    weakest, least = -1, 2.0
    for at in range(world.links.ties.shape[1]):
        strength = faded(world, i, at, tick)
        if not world.links.ties[i, at].kin and strength < least:
            weakest, least = at, strength
    return weakest


@loop
def grow(world: World, i: int, j: int, spent: int, tick: int) -> None:
    """NPC `i` has talked with `j` for some ticks, up to now."""
    ties, rules = world.links.ties, world.rules[0]
    at = slot(world, i, j)
    strength = rules.tie_first
    if at < ties.shape[1] and ties[i, at].npc == j:
        strength = faded(world, i, at, tick)
    else:
        last = ties.shape[1] - 1
        if ties[i, last].npc != NEVER:
            last = _weakest(world, i, tick)
        if last < 0:
            return
        if last < at:
            at -= 1
            for k in range(last, at):
                ties[i, k] = ties[i, k + 1]
        else:
            for k in range(last, at, -1):
                ties[i, k] = ties[i, k - 1]
        ties[i, at].npc, ties[i, at].kin = j, 0
    ties[i, at].strength = 1 - (1 - strength) * 0.5 ** (spent / rules.tie_hours)
    ties[i, at].at = tick
