"""doing: what an observer sees: talking, walking, or what the NPC came to its place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import NONE, SLEEPING, SLEPT, TALKING, WALKING, WOKE
from aitown.sim.compiled import inlined
from aitown.sim.events import PLAIN, emit

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@inlined
def doing(world: World, now: Now) -> None:
    npcs = world.npcs
    for i in range(len(npcs)):
        if npcs[i].partner >= 0:
            activity = TALKING
        elif npcs[i].settled == 0:
            activity = WALKING
        else:
            activity = int(npcs[i].intent)
        before = npcs[i].activity
        if activity != before:
            npcs[i].activity = activity
            if activity == SLEEPING:
                emit(world.log, now.tick, SLEPT, i, NONE, int(npcs[i].place), PLAIN)
            elif before == SLEEPING:
                emit(world.log, now.tick, WOKE, i, NONE, int(npcs[i].place), PLAIN)
