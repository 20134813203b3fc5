"""Sharing: adults of one household who pool their money have the same of it after each midnight. Part of `paying`.

Who has more gives to who has less, as few times as it takes; cents that can't be parted stay with the first. By day
each spends what it has, so that a price weighs by the household's money and not by one's own wage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import SHARED
from aitown.sim.compiled import loop
from aitown.sim.events import emit

if TYPE_CHECKING:
    from aitown.sim.world import World


@loop
def _part(first: int, i: int, total: int, count: int) -> int:
    """What NPC `i` has after sharing, of a pool of `count` that begins with `first`."""
    return total // count + (total % count if i == first else 0)


@loop
def _even(world: World, first: int, tick: int) -> None:
    npcs, purses = world.npcs, world.purses
    total, count, i = 0, 0, first
    while i >= 0:
        total, count, i = total + int(npcs[i].money), count + 1, int(purses[i].pool_next)
    giver, getter = first, first
    while giver >= 0 and getter >= 0:
        more = int(npcs[giver].money) - _part(first, giver, total, count)
        less = _part(first, getter, total, count) - int(npcs[getter].money)
        if more <= 0:
            giver = int(purses[giver].pool_next)
        elif less <= 0:
            getter = int(purses[getter].pool_next)
        else:
            cents = min(more, less)
            npcs[giver].money -= cents
            npcs[getter].money += cents
            emit(world.log, tick, SHARED, giver, getter, int(npcs[giver].home), cents)


@loop
def share(world: World, tick: int) -> None:
    """All households that pool even out what their adults have."""
    for i in range(len(world.npcs)):
        if world.purses[i].pool == i:
            _even(world, i, tick)


@loop
def leave_pool(world: World, i: int) -> None:
    """NPC `i` shares with nobody any more; nor does whoever would be alone then."""
    purses = world.purses
    first, following = int(purses[i].pool), int(purses[i].pool_next)
    purses[i].pool, purses[i].pool_next = -1, -1
    if first < 0:
        return
    if first == i:
        first = following
    else:
        before = first
        while purses[before].pool_next != i:
            before = int(purses[before].pool_next)
        purses[before].pool_next = following
    alone = purses[first].pool_next < 0
    j = first
    while j >= 0:
        purses[j].pool, j = -1 if alone else first, int(purses[j].pool_next)
