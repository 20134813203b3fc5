"""telling: who hears a fact, believes it or not, and forgets it.

`pick` says what somebody has to tell: `talking` asks it when somebody's turn comes. Among the facts that a speaker
knows and believes, the newest to it are drawn before others; it doesn't tell one to whom it has it from or has told it
last. The chance to tell falls with the time since it was heard, with each telling to somebody who knew it already, and
the less close the two are. All who stand in the conversation hear it. Who hears a fact for the first time, or has
doubted it, believes it by a chance that grows with the tie to the teller. Knowledge lasts for a time that is drawn from
an exponential distribution, anew whenever the fact is heard again.

An invitation is a fact with a host, a place and a time. Whoever believes it accepts it or not, by the tie to the host
and its sociability; `choosing` takes those there who have. One that is over isn't told any more.

What is told from outside is believed. A town without facts pays one comparison a tick.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aitown.sim.attention import NOBODY, first, without_first
from aitown.sim.codes import ACCEPTED, BELIEVED, DECLINED, DOUBTED, FORGOT, NONE, TOLD, constant
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import emit
from aitown.sim.npcs import NEVER
from aitown.sim.random import uniform
from aitown.sim.systems.bonds import tie

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

SYSTEM = constant(16)
_TELL, _FACTS, _LASTS, _HOSTS, _TELLERS = (
    constant(0),
    constant(1),
    constant(1 << 16),
    constant(1 << 20),
    constant(1 << 40),
)
"""Draws; from `_FACTS`, `_LASTS`, `_HOSTS` and `_TELLERS` on there is one for each fact, fact, host and teller."""
_CIRCLE = 64
"""More people than this never stand together."""
_MOST_STALE = 200


@loop
def _newness(world: World, i: int, fact: int, tick: int) -> float:
    known, rules = world.knowledge[i, fact], world.rules[0]
    if world.facts[fact].host == i:
        return float(rules.tell_stale ** float(known.stale))
    age = 0.5 ** ((tick - known.heard_at) / rules.tell_half_life)
    return float(age * rules.tell_stale ** float(known.stale))


@loop
def pick(world: World, i: int, j: int, tick: int) -> int:
    """The fact that NPC `i` tells `j` now; -1 if none."""
    if world.gate[0].facts == 0:
        return -1
    rules = world.rules[0]
    best, most, newness = -1, 0.0, 0.0
    for fact in range(world.gate[0].facts):
        known = world.knowledge[i, fact]
        if known.heard_at < 0 or not known.believes or j in (known.heard_from, known.told_last):
            continue
        about = world.facts[fact]
        if about.host >= 0 and (about.host == j or tick >= about.ends):
            continue
        new = _newness(world, i, fact, tick)
        draw = new * (0.2 + uniform(rules.seed, SYSTEM, i, tick, _FACTS + fact))
        if draw > most:
            best, most, newness = fact, draw, new
    if best < 0:
        return -1
    chance = rules.tell_chance * newness * (rules.tell_stranger + (1 - rules.tell_stranger) * tie(world, i, j, tick))
    return int(best) if uniform(rules.seed, SYSTEM, i, tick, _TELL) < chance else -1


@loop
def _lasts(world: World, i: int, fact: int, tick: int) -> int:
    """Until when a fact that is heard now is known."""
    rules = world.rules[0]
    share = uniform(rules.seed, SYSTEM, i, tick, _LASTS + fact)
    length = -math.log(1.0 - share) / math.log(2.0) * rules.forget_half_life
    return int(min(tick + 1 + length, float(NEVER - 1)))


@loop
def convinced(world: World, i: int, teller: int, tick: int) -> bool:
    """Whether NPC `i` believes what another tells it now."""
    rules = world.rules[0]
    closeness = tie(world, i, teller, tick)
    chance = rules.believe_stranger + (rules.believe_friend - rules.believe_stranger) * closeness
    return bool(uniform(rules.seed, SYSTEM, i, tick, _TELLERS + teller) < chance)


@loop
def accepts(world: World, i: int, host: int, tick: int) -> bool:
    """Whether NPC `i` accepts an invitation of another that it believes now."""
    rules = world.rules[0]
    if i == host:
        return True
    chance = rules.accept_stranger + (rules.accept_friend - rules.accept_stranger) * tie(world, i, host, tick)
    chance *= 0.5 + world.npcs[i].sociability
    return bool(uniform(rules.seed, SYSTEM, i, tick, _HOSTS + host) < chance)


@loop
def _answer(world: World, i: int, fact: int, tick: int) -> None:
    """NPC `i`, which believes a fact now, accepts it or not if it is an invitation."""
    about = world.facts[fact]
    if about.host >= 0 and tick < about.ends:
        gladly = accepts(world, i, about.host, tick)
        world.knowledge[i, fact].accepts = 1 if gladly else 0
        kind = ACCEPTED if gladly else DECLINED
        emit(world.log, tick, kind, i, int(about.host), int(world.npcs[i].place), fact + 1)


@loop
def _hear(world: World, teller: int, i: int, fact: int, tick: int) -> None:
    """NPC `i` hears a fact from another."""
    known = world.knowledge[i, fact]
    place = int(world.npcs[i].place)
    emit(world.log, tick, TOLD, teller, i, place, fact + 1)
    if known.heard_at >= 0 and known.believes:
        spoken = world.knowledge[teller, fact]
        spoken.stale = min(spoken.stale + 1, _MOST_STALE)
    else:
        if known.heard_at < 0:
            known.heard_at, known.stale, known.told_last = tick, 0, -1
        known.believes = 1 if convinced(world, i, teller, tick) else 0
        emit(world.log, tick, BELIEVED if known.believes else DOUBTED, i, teller, place, fact + 1)
        if known.believes:
            _answer(world, i, fact, tick)
    known.heard_from = teller
    if known.forgets_at != NEVER:
        known.forgets_at = _lasts(world, i, fact, tick)


@loop
def _pass_on(world: World, i: int, tick: int) -> None:
    """Everybody in the circle of NPC `i` hears what it tells."""
    npcs, fact = world.npcs, int(world.npcs[i].tells)
    j = int(npcs[i].partner)
    world.knowledge[i, fact].told_last = j
    for _ in range(_CIRCLE):
        if j < 0 or j == i:
            break
        _hear(world, i, j, fact, tick)
        j = int(npcs[j].partner)


@loop
def _take(world: World, i: int, tick: int) -> None:
    """What NPC `i` was told from outside."""
    if not world.npcs[i].alive:
        return
    for fact in range(world.gate[0].facts):
        known = world.knowledge[i, fact]
        if known.told_at == tick:
            if known.heard_at < 0:
                known.heard_at, known.stale, known.told_last, known.believes = tick, 0, -1, 0
            known.heard_from = known.told_by
            if not known.believes:
                known.believes, known.accepts = known.told_well, known.told_gladly
            if known.forgets_at != NEVER:
                known.forgets_at = _lasts(world, i, fact, tick)


@loop
def _forget(world: World, i: int, tick: int) -> None:
    """At most one fact at a time."""
    if not world.npcs[i].alive:
        return
    for fact in range(world.gate[0].facts):
        known = world.knowledge[i, fact]
        if known.heard_at >= 0 and tick >= known.forgets_at:
            known.heard_at, known.believes, known.heard_from, known.forgets_at = -1, 0, -1, -1
            known.accepts = 0
            emit(world.log, tick, FORGOT, i, NONE, int(world.npcs[i].place), fact + 1)
            return


@inlined
def telling(world: World, now: Now) -> None:
    sets = world.attention.sets
    if world.gate[0].facts > 0:
        npcs, tick = world.npcs, now.tick
        for w in range(len(sets)):
            word = sets[w].given
            while word != NOBODY:
                if npcs[first(w, word)].given_at == tick:
                    _take(world, first(w, word), tick)
                word = without_first(word)
        for w in range(len(sets)):
            word = sets[w].talking
            while word != NOBODY:
                if npcs[first(w, word)].tells_at == tick:
                    _pass_on(world, first(w, word), tick)
                word = without_first(word)
        step = world.rules[0].minute_ticks
        for i in range((step - tick % step) % step, len(npcs), step):
            _forget(world, i, tick)
    for w in range(len(sets)):
        sets[w].given = NOBODY
