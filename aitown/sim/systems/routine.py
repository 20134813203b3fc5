"""routine: what an ordinary day of this persona asks for now: sleep, getting ready, a meal, work, or nothing.

A day begins at 4 in the morning. Each NPC's day is shifted by an addressed draw, so that a town doesn't get up at one
stroke; work keeps its hours, and one leaves home for it as early as the way needs. A shift belongs to the day on which
one leaves for it, also past midnight. Days off of those who work or go to school begin later, and end later the night
before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import BREAKFAST, DINNER, EATING, FREE, LUNCH, SLEEPING, STUDYING, WAKING, WORKING, constant
from aitown.sim.compiled import inlined, loop
from aitown.sim.random import uniform

if TYPE_CHECKING:
    from typing import Any

    from aitown.sim.world import Now, World

SYSTEM = constant(1)
_SHIFT = constant(0)
_DAWN = 4 * 60
_DAY = 24 * 60


@loop
def _within(minute: int, start: int, length: int) -> bool:
    """Whether `minute` lies in the `length` minutes from `start`, round the clock."""
    return (minute - start) % _DAY < length


@loop
def _meal(npc: Any, rules: Any, minute: int, breakfast: int) -> int:
    """The meal that falls into this minute, or -1."""
    if _within(minute, breakfast, rules.breakfast_minutes):
        return int(BREAKFAST)
    if _within(minute, int(npc.lunch), rules.lunch_minutes):
        return int(LUNCH)
    if _within(minute, int(npc.dinner), rules.dinner_minutes):
        return int(DINNER)
    return -1


@loop
def _works_on(npc: Any, day: int) -> bool:
    return bool((npc.workdays >> (day % 7)) & 1)


@loop
def _at_work(npc: Any, rules: Any, now: Any, minute: int) -> bool:
    """Whether it is time to be at work or on the way there; a shift is of the day on which one leaves for it."""
    if _within(minute, int(npc.lunch), rules.lunch_minutes):
        return False
    leave = (int(npc.work_from) - int(npc.commute)) % _DAY
    since = (now.minute - leave) % _DAY
    if since >= (int(npc.work_to) - leave) % _DAY:
        return False
    return _works_on(npc, now.day if now.minute >= leave else now.day - 1)


@loop
def _ask(world: World, i: int, now: Now, day: int) -> None:
    """What the routine asks of NPC `i`, and when it may ask for something else."""
    npc, rules = world.npcs[i], world.rules[0]
    employed = npc.work_from >= 0
    npc.off = 1 if employed and not _works_on(npc, day) else 0
    later = rules.lie_in if npc.off else 0
    wake, breakfast = int(npc.wake) + later, int(npc.breakfast) + later
    bed = int(npc.bed) + (rules.late_night if employed and not _works_on(npc, day + 1) else 0)
    if npc.today != day:
        npc.today = day
        npc.late = int((2 * uniform(rules.seed, SYSTEM, i, day, _SHIFT) - 1) * rules.routine_jitter)
    minute = (now.minute - int(npc.late)) % _DAY
    duty = FREE
    if employed and _at_work(npc, rules, now, minute):
        duty = STUDYING if npc.studies else WORKING
    elif _within(minute, bed, (wake - bed) % _DAY):
        duty = SLEEPING
    else:
        meal = _meal(npc, rules, minute, breakfast)
        if meal >= 0:
            duty, npc.meal = EATING, meal
        elif _within(minute, wake, rules.waking_minutes):
            duty = WAKING
    if npc.duty != duty:
        npc.duty = duty
        world.attention.decides_at[i] = 0
    changes = min(_until(minute, wake, rules.waking_minutes), _until(minute, breakfast, rules.breakfast_minutes))
    changes = min(changes, _until(minute, bed, 0), _until(now.minute, 0, _DAWN))
    changes = min(changes, _until(minute, int(npc.lunch), rules.lunch_minutes))
    changes = min(changes, _until(minute, int(npc.dinner), rules.dinner_minutes))
    if employed:
        leave = int(npc.work_from) - int(npc.commute)
        changes = min(changes, _until(now.minute, leave, int(npc.work_to) - leave))
    world.attention.routine_at[i] = now.tick + _ticks_to(rules, now.tick, changes)


@loop
def _until(minute: int, start: int, length: int) -> int:
    """Minutes until the next beginning or end of a span of the day, at least 1."""
    return min((start - 1 - minute) % _DAY, (start + length - 1 - minute) % _DAY) + 1


@loop
def _ticks_to(rules: Any, tick: int, minutes: int) -> int:
    """Ticks from `tick` until a minute begins, counted from the present one."""
    into = (rules.start_second + tick * rules.tick_seconds) % 60
    return -int((into - 60 * minutes) // rules.tick_seconds)


@inlined
def routine(world: World, now: Now) -> None:
    if now.fresh:
        routine_at = world.attention.routine_at
        day = now.day if now.minute >= _DAWN else now.day - 1
        for i in range(len(routine_at)):
            if routine_at[i] <= now.tick and world.npcs[i].alive:
                _ask(world, i, now, day)
