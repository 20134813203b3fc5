"""The schedule: one compiled function that runs many ticks, calls the systems in order and freezes frames between them.

Python is entered again only at the end of the span, or when the event log could overflow in the next tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim import clock
from aitown.sim.compiled import loop
from aitown.sim.events import EVENTS_A_PLACE, EVENTS_A_TICK, GIFTS_A_TICK
from aitown.sim.freezing import Frozen, freeze
from aitown.sim.systems.choosing import choosing
from aitown.sim.systems.doing import doing
from aitown.sim.systems.meeting import meeting
from aitown.sim.systems.needs import feel, needs
from aitown.sim.systems.opening import opening
from aitown.sim.systems.paying import paying
from aitown.sim.systems.routine import routine
from aitown.sim.systems.talking import talking
from aitown.sim.systems.telling import telling
from aitown.sim.systems.walking import enter, find_spot, stand, take_spot, walking
from aitown.sim.world import Now, World

if TYPE_CHECKING:
    from aitown.sim.map import MapArrays

SYSTEMS = (opening, routine, needs, choosing, walking, meeting, talking, telling, doing, paying)

_week_second = loop(clock.week_second)
_minute_of_day = loop(clock.minute_of_day)
_day_number = loop(clock.day_number)


@loop
def moment(world: World, tick: int, fresh: bool) -> Now:
    """When a tick is."""
    rules = world.rules[0]
    seconds = _week_second(rules.start_second, rules.tick_seconds, tick)
    minute = _minute_of_day(seconds)
    new = fresh or seconds // 60 != (seconds - rules.tick_seconds) // 60
    return Now(tick, minute, _day_number(seconds), new)


@loop
def _settle_in(world: World, town: MapArrays) -> None:
    """Tick 0: everybody is where it has chosen to be, or at home if there is a line before that."""
    npcs = world.npcs
    for i in range(len(npcs)):
        target = int(npcs[i].home if npcs[i].queued else npcs[i].target)
        npcs[i].tile = find_spot(world, town, i, int(town.door[target]), target)
        enter(world, i, target)
        take_spot(world, i, int(npcs[i].tile))
        npcs[i].settled = 0 if npcs[i].queued else 1
        stand(world, town.width, i)


@loop
def advance(
    world: World, town: MapArrays, out: Frozen, frame: int, since: int, until: int, every: int, heed: bool
) -> int:
    """Run the ticks after `since` up to `until` and freeze those divisible by `every` (0: none), from `frame` on.

    In tick 0, which is not frozen, everybody is where the routine has them at this hour, and does what it asks for.

    Returns the last tick that ran: less than `until` when the event log has to be emptied first, or, with `heed`, when
    minds have to decide.
    """
    room = len(world.log.rows) - GIFTS_A_TICK
    room -= EVENTS_A_TICK * len(world.npcs) + EVENTS_A_PLACE * len(world.places)
    last = until
    for tick in range(since + 1, until + 1):
        if tick > 0 and world.log.filled[0] > room:
            last = tick - 1
            break
        now = moment(world, tick, tick == 0)
        opening(world, town, now)
        routine(world, now)
        needs(world, now)
        choosing(world, now)
        if tick == 0:
            _settle_in(world, town)
        else:
            walking(world, town, now)
            meeting(world, now)
            talking(world, now)
            telling(world, now)
        doing(world, now)
        if tick > 0:
            paying(world, now)
        else:
            world.log.filled[0] = 0
        if every > 0 and tick > 0 and tick % every == 0:
            feel(world, tick)
            freeze(out, frame, tick)
            frame += 1
        if heed and world.gate[0].called:
            last = tick
            break
    if every == 0 or last % every > 0 or last == 0:
        feel(world, last)
    return last
