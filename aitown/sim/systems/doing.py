"""doing: what an observer sees: talking, walking, standing in line, or what the NPC came to its place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import NONE, QUEUEING, SLEEPING, SLEPT, TALKING, WALKING, WOKE
from aitown.sim.compiled import inlined
from aitown.sim.events import PLAIN, emit
from aitown.sim.systems.entering import STANDS

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@inlined
def doing(world: World, now: Now) -> None:
    npcs = world.npcs
    for i in range(len(npcs)):
        partner, settled, intent = npcs[i].partner, npcs[i].settled, int(npcs[i].intent)
        still = intent if settled else WALKING
        if npcs[i].queued:
            still = QUEUEING if npcs[i].queued == STANDS else WALKING
        activity = TALKING if partner >= 0 else still
        before = npcs[i].activity
        if activity != before:
            npcs[i].activity = activity
            if activity == SLEEPING:
                emit(world.log, now.tick, SLEPT, i, NONE, int(npcs[i].place), PLAIN)
            elif before == SLEEPING:
                emit(world.log, now.tick, WOKE, i, NONE, int(npcs[i].place), PLAIN)
