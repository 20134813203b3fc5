"""choosing: what an NPC wants to do, where, why, and until when.

Duties of the routine come first; hunger and exhaustion break into free time; what is left goes to the most useful of a
few options nearby: usefulness = what it would give to the needs − the way + addressed noise. Places that are closed or
full are no option for visitors. What somebody is asked from outside goes before everything, for a while. Nobody decides
while talking.
"""

from __future__ import annotations

import math

from aitown.sim.codes import (
    ASKED,
    AT_HOME,
    BORED,
    BREAKFAST,
    CAFE,
    DECIDED,
    EATING,
    ERRAND,
    FREE,
    HOME,
    HUNGRY,
    INVITED,
    LONELY,
    LUNCH,
    NEAR_CAFE,
    NEAR_PARK,
    NEAR_SHOP,
    NEAR_SQUARE,
    NONE,
    RELAXING,
    REST,
    ROUTINE,
    SHOP,
    SHOPPING,
    SLEEPING,
    SOCIALISING,
    STUDYING,
    TIRED,
    WORK,
    WORKING,
    constant,
)
from aitown.sim.compiled import loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.npcs import NEVER
from aitown.sim.random import uniform
from aitown.sim.world import NEAREST, Now, World

SYSTEM = constant(2)
_LENGTH, _OUT, _TIE, _PLACES = constant(0), constant(1), constant(2), constant(8)
"""Draws; from `_PLACES` on there is one for each place."""


@loop
def _decide(world: World, i: int, tick: int, intent: int, target: int, why: int, until: int) -> None:
    npcs, places = world.npcs, world.places
    if npcs[i].visiting:
        places[npcs[i].target].visitors -= 1
    resident = target == npcs[i].home or target == npcs[i].work
    npcs[i].visiting = 0 if resident else 1
    if not resident:
        places[target].visitors += 1
    changed = npcs[i].intent != intent or npcs[i].target != target
    npcs[i].intent, npcs[i].target, npcs[i].why, npcs[i].until = intent, target, why, until
    npcs[i].heeded = npcs[i].duty
    if changed:
        emit(world.log, tick, DECIDED, i, NONE, target, PLAIN)


@loop
def _lets_in(world: World, i: int, place: int) -> bool:
    """Whether a place has room for one more visitor and is open, or is the one that the NPC visits already."""
    if not world.places[place].open:
        return False
    if world.npcs[i].visiting and world.npcs[i].target == place:
        return True
    room: bool = world.places[place].visitors < world.places[place].capacity
    return room


@loop
def _way(world: World, i: int, place: int) -> float:
    """Tiles to a place as the crow flies; routes are longer by a third at most on an ordinary map."""
    return math.hypot(world.places[place].x - world.npcs[i].x, world.places[place].y - world.npcs[i].y)


@loop
def _noise(world: World, i: int, tick: int, place: int) -> float:
    return float(world.rules[0].noise) * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)


@loop
def _near(world: World, i: int, kind: int, tick: int, spread: float) -> int:
    """The best of the nearest places of a kind that let the NPC in, or -1; `spread` is the noise, in tiles."""
    here = int(world.npcs[i].place)
    if here < 0:
        here = int(world.npcs[i].home)
    best, least = -1, 1e9
    for k in range(NEAREST):
        place = int(world.links.near[here, kind, k])
        if place < 0:
            break
        if _lets_in(world, i, place):
            way = _way(world, i, place) + spread * uniform(world.rules[0].seed, SYSTEM, i, tick, _PLACES + place)
            if way < least:
                best, least = place, way
    return best


@loop
def _eat(world: World, i: int, tick: int, at_work: bool) -> None:
    """A meal of the routine: at the café by chance, else at work or at home."""
    npcs, rules = world.npcs, world.rules[0]
    meal = npcs[i].meal
    share = 0.0
    if meal != BREAKFAST and not (at_work and npcs[i].studies):
        share = rules.lunch_out if meal == LUNCH else rules.dinner_out
    place = -1
    if uniform(rules.seed, SYSTEM, i, tick, _OUT) < share:
        place = _near(world, i, NEAR_CAFE, tick, 10.0)
    if place < 0:
        place = int(npcs[i].work if at_work else npcs[i].home)
    _decide(world, i, tick, EATING, place, ROUTINE, NEVER)


@loop
def _friend(world: World, i: int, tick: int) -> int:
    """A friend of the NPC who is at home and up, drawn among its ties; -1 if that one isn't."""
    npcs, links = world.npcs, world.links
    first, last = links.tie_start[i], links.tie_start[i + 1]
    if first == last:
        return -1
    t = first + int(uniform(world.rules[0].seed, SYSTEM, i, tick, _TIE) * (last - first))
    j = int(links.ties[t].npc)
    home = int(npcs[j].home)
    awake = npcs[j].intent != SLEEPING and npcs[j].duty == FREE
    if home == npcs[i].home or npcs[j].place != home or npcs[j].target != home or not awake:
        return -1
    return int(j) if links.ties[t].strength > 0.25 else -1  # noqa: PLR2004


@loop
def _spend(world: World, i: int, tick: int) -> None:
    """Free time: the most useful option."""
    npcs, rules = world.npcs, world.rules[0]
    cost = rules.walk_cost
    share = uniform(rules.seed, SYSTEM, i, tick, _LENGTH)
    until = tick + int(rules.stay_least + (rules.stay_most - rules.stay_least) * share)

    intent, target, why = AT_HOME, int(npcs[i].home), REST
    best = rules.home_comfort + 0.3 * (1 - npcs[i].energy)
    best += _noise(world, i, tick, int(npcs[i].home)) - cost * _way(world, i, int(npcs[i].home))
    for kind in (NEAR_PARK, NEAR_SQUARE):
        place = _near(world, i, kind, tick, 15.0)
        if place >= 0:
            use = 0.9 * (1 - npcs[i].fun) + _noise(world, i, tick, place) - cost * _way(world, i, place)
            if use > best:
                best, intent, target, why = use, RELAXING, place, BORED
    place = _near(world, i, NEAR_CAFE, tick, 15.0)
    if place >= 0:
        use = (0.3 + 0.7 * npcs[i].sociability) * (1 - npcs[i].social) + 0.2 * npcs[i].hunger
        use += _noise(world, i, tick, place) - cost * _way(world, i, place)
        if use > best:
            best, intent, target, why = use, SOCIALISING, place, LONELY
    friend = _friend(world, i, tick)
    if friend >= 0 and _lets_in(world, i, int(npcs[friend].home)):
        place = int(npcs[friend].home)
        use = 0.2 + 0.6 * (1 - npcs[i].social) + _noise(world, i, tick, place) - cost * _way(world, i, place)
        if use > best:
            best, intent, target, why = use, SOCIALISING, place, INVITED
    place = _near(world, i, NEAR_SHOP, tick, 15.0)
    if place >= 0:
        waited = min(1.0, (tick - npcs[i].shopped_at) / rules.errand)
        use = 0.9 * waited + _noise(world, i, tick, place) - cost * _way(world, i, place)
        if use > best:
            best, intent, target, why = use, SHOPPING, place, ERRAND
            until = tick + rules.snack + int(cost * _way(world, i, place) * rules.minute)
            npcs[i].shopped_at = tick
    _decide(world, i, tick, intent, target, why, until)


@loop
def _obey(world: World, i: int, tick: int) -> None:
    """Somebody outside asked the NPC to go to a place; what it does there is what one does in such a place."""
    npcs = world.npcs
    place = int(npcs[i].asked_place)
    kind = world.places[place].kind
    if place == npcs[i].home:
        intent = AT_HOME
    elif place == npcs[i].work:
        intent = STUDYING if npcs[i].studies else WORKING
    elif kind == SHOP:
        intent = SHOPPING
    elif kind in (CAFE, HOME, WORK):
        intent = SOCIALISING
    else:
        intent = RELAXING
    _decide(world, i, tick, intent, place, ASKED, tick + world.rules[0].asked)


@loop
def _heed(world: World, i: int, tick: int, urgent: bool) -> None:
    """Decide now."""
    npcs, rules = world.npcs, world.rules[0]
    duty = int(npcs[i].duty)
    if duty == EATING:
        at_work = npcs[i].work >= 0 and npcs[i].place == npcs[i].work
        _eat(world, i, tick, at_work)
    elif duty in (WORKING, STUDYING):
        if urgent and npcs[i].hunger > rules.hungry:
            _decide(world, i, tick, EATING, int(npcs[i].work), HUNGRY, tick + rules.snack)
        else:
            _decide(world, i, tick, duty, int(npcs[i].work), ROUTINE, NEVER)
    elif duty != FREE:
        _decide(world, i, tick, duty, int(npcs[i].home), ROUTINE, NEVER)
    elif urgent and npcs[i].hunger > rules.hungry:
        place = _near(world, i, NEAR_CAFE, tick, 10.0)
        if place < 0 or _way(world, i, int(npcs[i].home)) < _way(world, i, place):
            place = int(npcs[i].home)
        _decide(world, i, tick, EATING, place, HUNGRY, tick + rules.snack + int(_way(world, i, place) / rules.speed))
    elif urgent and npcs[i].energy < rules.tired:
        _decide(world, i, tick, SLEEPING, int(npcs[i].home), TIRED, tick + rules.nap)
    else:
        _spend(world, i, tick)


@loop
def choosing(world: World, now: Now) -> None:
    npcs, rules, tick = world.npcs, world.rules[0], now.tick
    for i in range(len(npcs)):
        if npcs[i].asked_at == tick:
            _obey(world, i, tick)
            continue
        due = tick >= npcs[i].until
        called = npcs[i].duty != npcs[i].heeded and npcs[i].why != ASKED
        if not (due or called or now.fresh) or npcs[i].partner >= 0:
            continue
        urgent = False
        if now.fresh or due:
            intent = npcs[i].intent
            hungry = npcs[i].hunger > rules.hungry and intent != EATING
            tired = npcs[i].energy < rules.tired
            works = npcs[i].duty == WORKING or npcs[i].duty == STUDYING
            if intent != SLEEPING and npcs[i].why != ASKED:
                urgent = (hungry and (works or npcs[i].duty == FREE)) or (tired and npcs[i].duty == FREE)
            shut = npcs[i].visiting and not world.places[npcs[i].target].open
            if not (due or called or urgent or shut):
                continue
        _heed(world, i, tick, urgent)
