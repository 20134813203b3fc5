"""choosing: what an NPC wants to do, where, why, and until when.

Duties of the routine come first; hunger and exhaustion break into free time. In free time and at mealtimes it goes to
what it is invited to and has accepted. What is left goes to the most useful of a few options nearby: usefulness = what
it would give to the needs − the way − what paying costs + addressed noise. Places that are closed, full, sold out or
too dear are no option for visitors, but one waits for a meal and at a shop (`entering`); who was refused decides anew.
What somebody is asked from outside goes before everything, for a while; so does what its mind decides. Nobody decides
while talking.

Whoever has a mind outside doesn't decide here but waits, and goes on as before, from the tick at which it would have
decided; what it would have chosen is kept. The answer comes as an input, at the earliest in the next tick: a decision,
or that the default decides. An NPC that is left without an answer for `Parameters.mind_minutes` decides by itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aitown.sim.attention import bit
from aitown.sim.codes import (
    ASKED,
    AT_HOME,
    BORED,
    BREAKFAST,
    BY_MIND,
    CAFE,
    CARE,
    CHORES,
    CLOSED,
    DECIDED,
    DUTY,
    EATING,
    ERRAND,
    FREE,
    FULL,
    HEARD,
    HOME,
    HUNGRY,
    INVITED,
    LATE,
    LONELY,
    LUNCH,
    MIND_ERROR,
    NEAR_CAFE,
    NEAR_PARK,
    NEAR_SHOP,
    NEAR_SQUARE,
    NEED,
    NONE,
    OVER,
    RELAXING,
    ROUTINE,
    SHOP,
    SHOPPING,
    SHUT,
    SLEEPING,
    SOCIALISING,
    STUDYING,
    TIRED,
    WORK,
    WORKING,
    constant,
)
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.npcs import NEVER
from aitown.sim.random import uniform
from aitown.sim.systems.bonds import faded, known
from aitown.sim.systems.buying import refused, regret
from aitown.sim.systems.entering import book, lets_in, may_enter, wait, way
from aitown.sim.systems.home import lacking, use_of_home
from aitown.sim.systems.invited import invitation, invited
from aitown.sim.systems.nearby import SYSTEM, near, noise
from aitown.sim.systems.needs import energy_at, fun_at, hunger_at, social_at

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

_WITH_REASON = constant(1)
"""The detail of a decision whose words came with the input."""
_LENGTH, _OUT, _TIE, _DEAR = constant(0), constant(1), constant(2), constant(3)
"""Draws; those of `nearby` come after them."""


class Choice(NamedTuple):
    """What an NPC chooses; all 64-bit integers."""

    intent: int
    target: int
    why: int
    until: int


@loop
def _choice(intent: int, target: int, why: int, until: int) -> Choice:
    """A Choice of one type, whatever the widths of its parts."""
    return Choice(np.int64(intent), np.int64(target), np.int64(why), np.int64(until))  # type: ignore[arg-type]


@loop
def stir(world: World, i: int) -> None:
    """What NPC `i` does may change, or it may have to walk."""
    there = world.attention.sets[i >> 6]
    there.moving, there.stirring = there.moving | bit(i), there.stirring | bit(i)


@loop
def _decide(world: World, i: int, tick: int, choice: Choice) -> None:
    npcs = world.npcs
    intent, target, why = choice.intent, choice.target, choice.why
    book(world, i, target, tick, choice.until - tick)
    changed = npcs[i].intent != intent or npcs[i].target != target
    npcs[i].intent, npcs[i].target, npcs[i].why, npcs[i].until = intent, target, why, choice.until
    npcs[i].heeded = npcs[i].duty
    stir(world, i)
    if why == ERRAND and npcs[i].visiting:
        npcs[i].shopped_at = tick
    elif why == CHORES:
        npcs[i].kept_at = tick
    elif why == CARE:
        npcs[i].cared_at = tick
    if changed or why == BY_MIND:
        emit(world.log, tick, DECIDED, i, NONE, target, _WITH_REASON if why == BY_MIND else PLAIN)


@loop
def _eat(world: World, i: int, tick: int, at_work: bool) -> Choice:
    """A meal of the routine: at the café by chance, else at work or at home."""
    npcs, rules = world.npcs, world.rules[0]
    meal = npcs[i].meal
    share = 0.0
    if meal != BREAKFAST and not (at_work and npcs[i].studies):
        share = rules.lunch_out if meal == LUNCH else rules.dinner_out
    place = -1
    if uniform(rules.seed, SYSTEM, i, tick, _OUT) < share:
        place = near(world, i, NEAR_CAFE, EATING, tick, 10.0)
        if place >= 0 and uniform(rules.seed, SYSTEM, i, tick, _DEAR) >= math.exp(-regret(world, i, place, EATING)):
            place = -1
    if place < 0:
        place = int(npcs[i].work if at_work else npcs[i].home)
    return _choice(EATING, place, ROUTINE, NEVER)


@loop
def _friend(world: World, i: int, tick: int) -> int:
    """A friend of the NPC who is at home and up, drawn among its ties; -1 if that one isn't."""
    npcs, count = world.npcs, known(world, i)
    if count == 0:
        return -1
    at = int(uniform(world.rules[0].seed, SYSTEM, i, tick, _TIE) * count)
    j = int(world.links.ties[i, at].npc)
    home = int(npcs[j].home)
    awake = npcs[j].intent != SLEEPING and npcs[j].duty == FREE
    if home == npcs[i].home or npcs[j].place != home or npcs[j].target != home or not awake:
        return -1
    return int(j) if faded(world, i, at, tick) > 0.25 else -1  # noqa: PLR2004


@loop
def _spend(world: World, i: int, tick: int) -> Choice:
    """Free time: the most useful option."""
    npcs, rules = world.npcs, world.rules[0]
    cost = rules.walk_cost
    share = uniform(rules.seed, SYSTEM, i, tick, _LENGTH)
    stay = rules.stay_least + (rules.stay_most - rules.stay_least) * share
    until = tick + int(stay * rules.stay_off if npcs[i].off else stay)
    social, fun = social_at(world, i, tick), fun_at(world, i, tick)

    target = int(npcs[i].home)
    best, intent, why = use_of_home(world, i, tick)
    best += noise(world, i, tick, target) - cost * way(world, i, target)
    for kind in (NEAR_PARK, NEAR_SQUARE):
        place = near(world, i, kind, RELAXING, tick, 15.0)
        if place >= 0:
            use = 0.9 * lacking(rules, fun) + noise(world, i, tick, place) - cost * way(world, i, place)
            if use > best:
                best, intent, target, why = use, RELAXING, place, BORED
    place = near(world, i, NEAR_CAFE, SOCIALISING, tick, 15.0)
    if place >= 0:
        use = (0.3 + 0.7 * npcs[i].sociability) * lacking(rules, social)
        use += 0.2 * lacking(rules, 1 - hunger_at(world, i, tick))
        use -= regret(world, i, place, SOCIALISING)
        use += noise(world, i, tick, place) - cost * way(world, i, place)
        if use > best:
            best, intent, target, why = use, SOCIALISING, place, LONELY
    friend = _friend(world, i, tick)
    if friend >= 0 and lets_in(world, i, int(npcs[friend].home)):
        place = int(npcs[friend].home)
        use = 0.2 + 0.6 * lacking(rules, social) + noise(world, i, tick, place) - cost * way(world, i, place)
        if use > best:
            best, intent, target, why = use, SOCIALISING, place, INVITED
    place = near(world, i, NEAR_SHOP, SHOPPING, tick, 15.0)
    if place >= 0:
        waited = min(1.0, (tick - npcs[i].shopped_at) / rules.errand)
        use = 0.9 * waited - regret(world, i, place, SHOPPING)
        use += noise(world, i, tick, place) - cost * way(world, i, place)
        if use > best:
            best, intent, target, why = use, SHOPPING, place, ERRAND
            until = tick + rules.shop + int(way(world, i, place) / rules.speed)
    return _choice(intent, target, why, until)


@loop
def _default(world: World, i: int, tick: int, urgent: bool) -> Choice:  # noqa: PLR0911 (a rule a line)
    """What the NPC would choose now."""
    npcs, rules = world.npcs, world.rules[0]
    duty = int(npcs[i].duty)
    home, work = int(npcs[i].home), int(npcs[i].work)
    if duty in (FREE, EATING) and world.gate[0].invitations > 0:
        fact = invitation(world, i, tick)
        if fact >= 0:
            return _choice(SOCIALISING, int(world.facts[fact].place), INVITED, int(world.facts[fact].ends))
    if duty == EATING:
        at_work = npcs[i].work >= 0 and npcs[i].place == npcs[i].work
        return _eat(world, i, tick, at_work)
    if duty in (WORKING, STUDYING):
        if urgent and hunger_at(world, i, tick) > rules.hungry:
            return _choice(EATING, work, HUNGRY, tick + rules.snack)
        return _choice(duty, work, ROUTINE, NEVER)
    if duty != FREE:
        return _choice(duty, home, ROUTINE, NEVER)
    if urgent and hunger_at(world, i, tick) > rules.hungry:
        place = near(world, i, NEAR_CAFE, EATING, tick, 10.0)
        if place < 0 or way(world, i, home) < way(world, i, place):
            place = home
        return _choice(EATING, place, HUNGRY, tick + rules.snack + int(way(world, i, place) / rules.speed))
    if urgent and energy_at(world, i, tick) < rules.tired:
        return _choice(SLEEPING, home, TIRED, tick + rules.nap)
    return _spend(world, i, tick)


@loop
def _urgent(world: World, i: int, tick: int) -> bool:
    """Whether hunger or exhaustion press so much that the NPC decides anew."""
    npcs, rules = world.npcs, world.rules[0]
    intent, duty = npcs[i].intent, npcs[i].duty
    if intent == SLEEPING or _told(world, i) or rules.heeding == 0:
        return False
    if intent != EATING and duty in (WORKING, STUDYING, FREE) and hunger_at(world, i, tick) > rules.hungry:
        return True
    return bool(duty == FREE and energy_at(world, i, tick) < rules.tired)


@loop
def _told(world: World, i: int) -> bool:
    """Whether the present decision came from outside; it holds until it is over."""
    why = world.npcs[i].why
    return bool(why in (ASKED, BY_MIND))


@loop
def _fitting(world: World, i: int, place: int) -> int:
    """What one does in such a place."""
    npcs = world.npcs
    kind = world.places[place].kind
    if place == npcs[i].home:
        return int(AT_HOME)
    if place == npcs[i].work:
        return int(STUDYING if npcs[i].studies else WORKING)
    if kind == SHOP:
        return int(SHOPPING)
    if kind in (CAFE, HOME, WORK):
        return int(SOCIALISING)
    return int(RELAXING)


@loop
def _obey(world: World, i: int, tick: int) -> None:
    """Somebody outside told the NPC what to do; a mind can't send it where visitors aren't let in."""
    told = world.outside[i]
    place = int(told.asked_place)
    if place < 0:
        place = int(world.npcs[i].target)
    told.waits = 0
    if told.asked_why == BY_MIND and not may_enter(world, i, place):
        fault = FULL if world.places[place].open else CLOSED
        emit(world.log, tick, MIND_ERROR, i, NONE, place, fault)
        _decide(world, i, tick, _default(world, i, tick, _urgent(world, i, tick)))
        return
    doing = int(told.asked_doing)
    if doing == FREE:
        doing = _fitting(world, i, place)
    _decide(world, i, tick, _choice(doing, place, told.asked_why, tick + told.asked_ticks))


@loop
def _call(world: World, i: int, tick: int, cause: int, choice: Choice) -> None:
    """From now on the NPC waits for its mind; `choice` is what it would choose."""
    told = world.outside[i]
    told.waits, told.cause = 1, cause
    told.called_before, told.called_at = told.called_at, tick
    told.would_do, told.would_go, told.would_why, told.would_until = (
        choice.intent,
        choice.target,
        choice.why,
        choice.until,
    )
    world.gate[0].called += 1


@loop
def _fall_back(world: World, i: int, tick: int) -> None:
    """The default decides: what it would have chosen when the mind was called, if that still goes."""
    told = world.outside[i]
    told.waits = 0
    if told.cause == HEARD:
        return
    place = int(told.would_go)
    if tick == told.called_at + 1 and may_enter(world, i, place):
        choice = _choice(told.would_do, place, told.would_why, told.would_until)
    else:
        choice = _default(world, i, tick, _urgent(world, i, tick))
    _decide(world, i, tick, choice)


@loop
def _given(world: World, i: int, tick: int) -> bool:
    """Whether what came from outside in this tick settles what the NPC does."""
    npcs, told = world.npcs, world.outside[i]
    if told.asked_at == tick:
        _obey(world, i, tick)
    elif told.waits and (told.passed_at == tick or told.minded_since < 0):
        _fall_back(world, i, tick)
    elif npcs[i].heard_at == tick and told.minded_since >= 0 and not told.waits and npcs[i].intent != SLEEPING:
        present = _choice(npcs[i].intent, npcs[i].target, npcs[i].why, npcs[i].until)
        _call(world, i, tick, HEARD, present)
    else:
        return False
    return True


@inlined
def _look(world: World, i: int, now: Now) -> None:
    """NPC `i` decides anew if something asks for it."""
    npcs, tick = world.npcs, now.tick
    if not npcs[i].alive or (npcs[i].given_at == tick and _given(world, i, tick)):
        return
    if npcs[i].queued:
        wait(world, i, tick)
        stir(world, i)
    due = tick >= npcs[i].until or refused(world, i, tick)
    called = npcs[i].duty != npcs[i].heeded and not _told(world, i)
    if not (due or called or now.fresh) or npcs[i].partner >= 0:
        return
    urgent = shut = False
    if now.fresh or due:
        urgent = _urgent(world, i, tick)
        shut = (npcs[i].visiting or npcs[i].queued) and not world.places[npcs[i].target].open
        due = due or (not _told(world, i) and invited(world, i, tick))
        if not (due or called or urgent or shut):
            return
    told = world.outside[i]
    if told.minded_since >= 0:
        if not told.waits:
            cause = NEED if urgent else (SHUT if shut else (DUTY if called else OVER))
            _call(world, i, tick, cause, _default(world, i, tick, urgent))
            return
        if tick < told.called_at + world.rules[0].patience:
            return
        emit(world.log, tick, MIND_ERROR, i, NONE, int(npcs[i].target), LATE)
        told.waits = 0
    _decide(world, i, tick, _default(world, i, tick, urgent))


@loop
def _next(world: World, i: int) -> int:
    """The tick before which looking at NPC `i` again is idle, unless a place closes or somebody is invited."""
    npcs = world.npcs
    duty, intent = npcs[i].duty, npcs[i].intent
    if npcs[i].queued or duty != npcs[i].heeded:
        return 0
    if npcs[i].visiting and not world.places[npcs[i].target].open:
        return 0
    soonest = int(npcs[i].until)
    if intent != SLEEPING and not _told(world, i) and world.rules[0].heeding != 0:
        if intent != EATING and duty in (WORKING, STUDYING, FREE):
            soonest = min(soonest, int(npcs[i].hungry_at))
        if duty == FREE:
            soonest = min(soonest, int(npcs[i].tired_at))
    return soonest


@inlined
def choosing(world: World, now: Now) -> None:
    gate, decides_at = world.gate[0], world.attention.decides_at
    gate.called = 0
    closed = gate.shut_at >= now.tick - world.rules[0].minute_ticks
    everybody = now.fresh and (closed or gate.invitations > 0)
    for i in range(len(decides_at)):
        if everybody or decides_at[i] <= now.tick:
            _look(world, i, now)
            decides_at[i] = _next(world, i)
