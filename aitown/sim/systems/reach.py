"""Reach: which places an NPC may go into, how far they are, and the best of those nearby. Part of `choosing`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aitown.sim.codes import constant
from aitown.sim.compiled import loop
from aitown.sim.random import uniform
from aitown.sim.systems.buying import can_buy
from aitown.sim.world import NEAREST

if TYPE_CHECKING:
    from aitown.sim.world import World

SYSTEM = constant(2)
"""That of `choosing`."""
_PLACES = constant(8)
"""From this draw on there is one for each place."""


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
def way_to(world: World, i: int, place: int) -> float:
    """Tiles to a place as the crow flies; routes are longer by a third at most on an ordinary map."""
    return math.hypot(world.places[place].x - world.npcs[i].x, world.places[place].y - world.npcs[i].y)


@loop
def noise(world: World, i: int, tick: int, place: int) -> float:
    return float(world.rules[0].noise) * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)


@loop
def near(world: World, i: int, kind: int, doing: int, tick: int, spread: float) -> int:
    """The best of the nearest places of a kind that let the NPC in and that it can pay, or -1.

    `spread` is the noise, in tiles.
    """
    here = int(world.npcs[i].place)
    if here < 0:
        here = int(world.npcs[i].home)
    best, least = -1, 1e9
    for k in range(NEAREST):
        place = int(world.links.near[here, kind, k])
        if place < 0:
            break
        if lets_in(world, i, place) and can_buy(world, i, place, doing):
            way = way_to(world, i, place) + spread * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)
            if way < least:
                best, least = place, way
    return best
