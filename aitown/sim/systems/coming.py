"""Coming and going: how somebody who moves in is put into the town, and somebody who moves out taken from it.

These are no systems but what the inputs `add` and `remove` do before the systems of their tick run; a row is made or
unmade whole, so here alone the columns of all owners are written. Who comes is at home, with nothing to do until the
next minute begins. Who goes is gone at once: out of its conversation, its line, its seat and its place, and its money
goes with it to the world beyond the town. What it was owed and owed itself is forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import AT_HOME, FREE, MOVED_IN, MOVED_OUT, NONE, REST
from aitown.sim.compiled import loop
from aitown.sim.events import emit
from aitown.sim.systems.entering import leave_seat
from aitown.sim.systems.meeting import leave_talk
from aitown.sim.systems.sharing import leave_pool
from aitown.sim.systems.walking import enter, find_spot, stand, take_spot

if TYPE_CHECKING:
    from aitown.sim.map import MapArrays
    from aitown.sim.world import World


@loop
def come(world: World, town: MapArrays, i: int, tick: int, until: int) -> None:
    """NPC `i`, whose row is as it was made, is at home from now on and decides at tick `until`."""
    npcs = world.npcs
    home = int(npcs[i].home)
    npcs[i].alive = 1
    npcs[i].intent, npcs[i].target, npcs[i].why, npcs[i].until = AT_HOME, home, REST, until
    npcs[i].duty, npcs[i].heeded, npcs[i].given_at = FREE, FREE, tick
    npcs[i].tile = find_spot(world, town, i, int(town.door[home]), home)
    enter(world, i, home)
    take_spot(world, i, int(npcs[i].tile))
    npcs[i].settled = 1
    stand(world, town.width, i)
    world.gate[0].outside -= npcs[i].money
    emit(world.log, tick, MOVED_IN, i, NONE, home, int(npcs[i].money))


@loop
def go(world: World, i: int, tick: int) -> None:
    """NPC `i` is gone from now on."""
    npcs, purse = world.npcs, world.purses[i]
    if npcs[i].partner >= 0:
        leave_talk(world, i, tick)
    leave_seat(world, i, tick)
    place = int(npcs[i].place)
    take_spot(world, i, NONE)
    enter(world, i, NONE)
    emit(world.log, tick, MOVED_OUT, i, NONE, place, int(npcs[i].money))
    world.gate[0].outside += npcs[i].money
    npcs[i].alive = 0
    npcs[i].money, npcs[i].arrears, purse.worked, purse.owed = 0, 0, 0, 0
    npcs[i].target, npcs[i].settled = NONE, 0
    leave_pool(world, i)
    world.outside[i].waits, world.outside[i].minded_since = 0, -1
