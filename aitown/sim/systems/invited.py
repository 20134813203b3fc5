"""What an NPC is invited to and has accepted. Part of `choosing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import EATING, FREE, INVITED
from aitown.sim.compiled import loop
from aitown.sim.systems.entering import may_enter, way

if TYPE_CHECKING:
    from aitown.sim.world import World

_DETOUR = 1.3
"""Ways are longer than the crow's flight by about so much (assumption, for being in time where one is invited)."""


@loop
def invitation(world: World, i: int, tick: int) -> int:
    """The fact that invites NPC `i` somewhere for which it is time to set out, or still time; -1 for none."""
    for fact in range(world.gate[0].facts):
        about = world.facts[fact]
        if about.host < 0 or tick >= about.ends or not world.knowledge[i, fact].accepts:
            continue
        place = int(about.place)
        walk = _DETOUR * way(world, i, place) / world.rules[0].speed
        if tick + walk >= about.starts and may_enter(world, i, place):
            return fact
    return -1


@loop
def invited(world: World, i: int, tick: int) -> bool:
    """Whether NPC `i` has time to go where it is invited, and isn't there or on its way."""
    npcs = world.npcs
    if world.gate[0].invitations == 0 or npcs[i].duty not in (FREE, EATING):
        return False
    fact = invitation(world, i, tick)
    return bool(fact >= 0 and (npcs[i].target != world.facts[fact].place or npcs[i].why != INVITED))
