"""doing: what an observer sees: talking, walking, standing in line, or what the NPC came to its place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.attention import NOBODY, bit, first, without_first
from aitown.sim.codes import NONE, QUEUEING, SLEEPING, SLEPT, TALKING, WALKING, WOKE
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.systems.entering import STANDS

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@loop
def _show(world: World, i: int, tick: int) -> bool:
    """What NPC `i` is seen to do from now on; whether that, or what it does beneath its talk, may have changed."""
    npcs = world.npcs
    if not npcs[i].alive:
        return False
    partner, settled, intent = npcs[i].partner, npcs[i].settled, int(npcs[i].intent)
    still = intent if settled else WALKING
    if npcs[i].queued:
        still = QUEUEING if npcs[i].queued == STANDS else WALKING
    activity = TALKING if partner >= 0 else still
    before = npcs[i].activity
    if activity == before:
        return bool(activity == TALKING)
    npcs[i].activity = activity
    if activity == SLEEPING:
        emit(world.log, tick, SLEPT, i, NONE, int(npcs[i].place), PLAIN)
    elif before == SLEEPING:
        emit(world.log, tick, WOKE, i, NONE, int(npcs[i].place), PLAIN)
    return True


@inlined
def doing(world: World, now: Now) -> None:
    sets = world.attention.sets
    for w in range(len(sets)):
        word = sets[w].stirring
        sets[w].stirring = NOBODY
        while word != NOBODY:
            i = first(w, word)
            if _show(world, i, now.tick):
                sets[w].feeling = sets[w].feeling | bit(i)
            word = without_first(word)
