"""Whether an NPC may go into a place, and how far it is. Part of `choosing`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aitown.sim.compiled import loop

if TYPE_CHECKING:
    from aitown.sim.world import World


@loop
def resident(world: World, i: int, place: int) -> bool:
    return bool(place == world.npcs[i].home or place == world.npcs[i].work)


@loop
def lets_in(world: World, i: int, place: int) -> bool:
    """Whether a place has room for one more visitor and is open, or is the one that the NPC visits already."""
    if not world.places[place].open:
        return False
    if world.npcs[i].visiting and world.npcs[i].target == place:
        return True
    room: bool = world.places[place].visitors < world.places[place].capacity
    return room


@loop
def may_enter(world: World, i: int, place: int) -> bool:
    """Whether the NPC may go into a place: it is let in, or lives or works there."""
    return resident(world, i, place) or lets_in(world, i, place)


@loop
def way(world: World, i: int, place: int) -> float:
    """Tiles to a place as the crow flies; routes are longer by a third at most on an ordinary map."""
    return math.hypot(world.places[place].x - world.npcs[i].x, world.places[place].y - world.npcs[i].y)
