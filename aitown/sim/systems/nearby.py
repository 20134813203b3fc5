"""Nearby: the best of the nearest places of a kind. Part of `choosing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import EATING, SHOPPING, constant
from aitown.sim.compiled import loop
from aitown.sim.random import uniform
from aitown.sim.systems.buying import can_buy
from aitown.sim.systems.entering import lets_in, may_wait, way
from aitown.sim.world import NEAREST

if TYPE_CHECKING:
    from aitown.sim.world import World

SYSTEM = constant(2)
"""That of `choosing`."""
_PLACES = constant(8)
"""From this draw on there is one for each place."""


@loop
def noise(world: World, i: int, tick: int, place: int) -> float:
    return float(world.rules[0].noise) * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)


@loop
def near(world: World, i: int, kind: int, doing: int, tick: int, spread: float) -> int:
    """The best of the nearest places of a kind that let the NPC in and that it can pay, or -1.

    `spread` is the noise, in tiles. For a meal or to shop one that is full is an option too, as if it were farther.
    """
    here = int(world.npcs[i].place)
    if here < 0:
        here = int(world.npcs[i].home)
    best, least = -1, 1e9
    for k in range(NEAREST):
        place = int(world.links.near[here, kind, k])
        if place < 0:
            break
        free = lets_in(world, i, place)
        waits = not free and doing in (EATING, SHOPPING) and may_wait(world, i, place)
        if (free or waits) and can_buy(world, i, place, doing):
            far = way(world, i, place) + spread * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)
            if waits:
                far += world.rules[0].queue_cost * (1 + world.places[place].queue)
            if far < least:
                best, least = place, far
    return best
