"""Who may enter a place, and who waits for it; a part of choosing.

A place takes as many visitors as it has room for, those on their way included: `visitors` never exceeds `capacity`. Who
wants to go to a place that is full goes there all the same if it is worth waiting for, and stands in line before it
(`walking` keeps it outside). Those in line are let in one by one as visitors leave, in the order in which they came.
Whoever has stood there for `Parameters.queue_minutes` decides anew, and not for this place. Who lives or works in a
place is no visitor.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aitown.sim.codes import ASKED, BY_MIND, ERRAND, GAVE_UP, NONE, QUEUED, constant
from aitown.sim.compiled import loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.npcs import NEVER

if TYPE_CHECKING:
    from aitown.sim.world import World

COMES, STANDS = constant(1), constant(2)
"""Values of `queued`: on its way to a place that is full, in line before it."""


@loop
def resident(world: World, i: int, place: int) -> bool:
    return bool(place == world.npcs[i].home or place == world.npcs[i].work)


@loop
def _has_room(world: World, place: int) -> bool:
    """For somebody who just comes: those in line go first."""
    there = world.places[place]
    return bool(there.visitors < there.capacity and there.queue == 0)


@loop
def lets_in(world: World, i: int, place: int) -> bool:
    """Whether a place has room for one more visitor and is open, or is the one that the NPC visits already."""
    if not world.places[place].open:
        return False
    if world.npcs[i].visiting and world.npcs[i].target == place:
        return True
    return _has_room(world, place)


@loop
def may_enter(world: World, i: int, place: int) -> bool:
    """Whether the NPC may go into a place: it is let in, or lives or works there."""
    return resident(world, i, place) or lets_in(world, i, place)


@loop
def may_wait(world: World, i: int, place: int) -> bool:
    """Whether a place that doesn't let the NPC in is worth waiting for: open, and the line not too long or left."""
    npc, there = world.npcs[i], world.places[place]
    left = npc.queued == STANDS and npc.target == place
    return bool(there.open and there.queue < world.rules[0].queue_longest and not left)


@loop
def way(world: World, i: int, place: int) -> float:
    """Tiles to a place as the crow flies; routes are longer by a third at most on an ordinary map."""
    return math.hypot(world.places[place].x - world.npcs[i].x, world.places[place].y - world.npcs[i].y)


@loop
def _leave_line(world: World, i: int) -> None:
    npcs, there = world.npcs, world.places[world.npcs[i].target]
    there.queue -= 1
    if there.first_waiting == i:
        there.first_waiting = npcs[i].next_waiting
    else:
        before = int(there.first_waiting)
        while npcs[before].next_waiting != i:
            before = int(npcs[before].next_waiting)
        npcs[before].next_waiting = npcs[i].next_waiting
        if there.last_waiting == i:
            there.last_waiting = before
    if there.queue == 0:
        there.last_waiting = -1
    npcs[i].next_waiting = -1


@loop
def _join_line(world: World, i: int, tick: int) -> None:
    npcs, there = world.npcs, world.places[world.npcs[i].target]
    if there.queue == 0:
        there.first_waiting = i
    else:
        npcs[there.last_waiting].next_waiting = i
    there.last_waiting = i
    there.queue += 1
    npcs[i].queued, npcs[i].queued_at = STANDS, tick
    if npcs[i].why not in (ASKED, BY_MIND):
        npcs[i].until = tick + world.rules[0].queue
    emit(world.log, tick, QUEUED, i, NONE, int(npcs[i].target), PLAIN)


@loop
def leave_seat(world: World, i: int, tick: int) -> None:
    """Give up the seat or the place in line that the NPC has."""
    npcs = world.npcs
    if npcs[i].visiting:
        world.places[npcs[i].target].visitors -= 1
    elif npcs[i].queued == STANDS:
        _leave_line(world, i)
        emit(world.log, tick, GAVE_UP, i, NONE, int(npcs[i].target), PLAIN)
    npcs[i].visiting, npcs[i].queued = 0, 0


@loop
def book(world: World, i: int, place: int, tick: int, stays: int) -> None:
    """Take a seat in a place, or go and wait for one, and give up what the NPC had before. `stays` is in ticks."""
    if world.npcs[i].visiting and world.npcs[i].target == place:
        return
    leave_seat(world, i, tick)
    if resident(world, i, place):
        return
    if _has_room(world, place):
        world.npcs[i].visiting = 1
        world.places[place].visitors += 1
    else:
        world.npcs[i].queued, world.npcs[i].stays = COMES, stays


@loop
def wait(world: World, i: int, tick: int) -> None:
    """One tick of somebody who has no seat yet: it is let in, or joins the line when it has come."""
    npcs = world.npcs
    place = int(npcs[i].target)
    there = world.places[place]
    first = there.first_waiting == i if npcs[i].queued == STANDS else there.queue == 0
    if first and there.open and there.visitors < there.capacity:
        if npcs[i].queued == STANDS:
            _leave_line(world, i)
        npcs[i].queued, npcs[i].visiting = 0, 1
        there.visitors += 1
        if npcs[i].why not in (ASKED, BY_MIND):
            npcs[i].until = min(tick + npcs[i].stays, NEVER)
        if npcs[i].why == ERRAND:
            npcs[i].shopped_at = tick
    elif npcs[i].queued == COMES and npcs[i].settled:
        told = npcs[i].why in (ASKED, BY_MIND)
        if told or there.queue < world.rules[0].queue_longest:
            _join_line(world, i, tick)
        else:
            npcs[i].until = tick
