"""meeting: who talks with whom, and for how long; and how close they become.

Once a minute each NPC that is settled in a place and free looks around, by a chance that grows with its sociability,
its loneliness and how open it is in what it does. It turns to the one in the same place who is open too and draws it
most, by tie, sociability and addressed noise; if that one talks already, it joins. Each leaves when its time is over or
it has to go; with fewer than two the conversation is over. No more than `group_most` stand together: freely forming
groups seldom have more than four (Dunbar, Duncan and Nettle 1995). However many come and go, a conversation is over
after twice the longest time that two talk.

Those who stand together are a ring: each one's `partner` is the next, the last one's the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.attention import NOBODY, bit, first, without_first
from aitown.sim.codes import JOINED, LEFT, MET, PARTED, SLEEPING, constant
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.random import uniform
from aitown.sim.systems.bonds import grow, tie
from aitown.sim.systems.needs import social_at

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

SYSTEM = constant(4)
_SEEN = 64
_LOOK, _LENGTH, _QUIET, _NPCS = constant(0), constant(1), constant(2), constant(8)
"""Draws; from `_NPCS` on there is one for each other NPC."""
_STRANGER = 0.15
_READY, _LONELY = 0.3, 1.4
"""With them, the chance of a look is at most `meet_most`."""
_ROUNDS = 2
"""How many times the longest time of two a conversation lasts at most."""


@loop
def circle(world: World, i: int) -> int:
    """How many stand in the conversation of NPC `i`, which is in one."""
    count, j = 1, int(world.npcs[i].partner)
    while j != i:
        count, j = count + 1, int(world.npcs[j].partner)
    return count


@loop
def _must_go(world: World, i: int) -> bool:
    npcs = world.npcs
    return bool(npcs[i].target != npcs[i].place or npcs[i].intent == SLEEPING)


@loop
def _stir(world: World, i: int) -> None:
    """NPC `i` comes to a conversation or leaves it."""
    there = world.attention.sets[i >> 6]
    there.talking, there.stirring = there.talking | bit(i), there.stirring | bit(i)


@loop
def _rest(world: World, i: int, tick: int) -> None:
    npcs, rules = world.npcs, world.rules[0]
    share = uniform(rules.seed, SYSTEM, i, tick, _QUIET) * (1.3 - npcs[i].sociability)
    npcs[i].partner = -1
    _stir(world, i)
    npcs[i].rest_until = tick + int(rules.quiet_least + (rules.quiet_most - rules.quiet_least) * min(share, 1.0))


@loop
def leave_talk(world: World, i: int, tick: int) -> None:
    """NPC `i` leaves its conversation, which is over if one is left."""
    npcs = world.npcs
    before, j = i, int(npcs[i].partner)
    following = j
    while j != i:
        spent = tick - max(npcs[i].met_at, npcs[j].met_at)
        grow(world, i, j, spent, tick)
        grow(world, j, i, spent, tick)
        before, j = j, int(npcs[j].partner)
    place = int(npcs[i].place)
    _rest(world, i, tick)
    if before == following:
        _rest(world, before, tick)
        emit(world.log, tick, PARTED, i, before, place, PLAIN)
    else:
        npcs[before].partner = following
        emit(world.log, tick, LEFT, i, following, place, PLAIN)


@loop
def _part(world: World, tick: int) -> None:
    npcs, sets = world.npcs, world.attention.sets
    for w in range(len(sets)):
        word = sets[w].talking
        while word != NOBODY:
            i = first(w, word)
            if npcs[i].partner >= 0 and (tick >= npcs[i].talk_until or _must_go(world, i)):
                leave_talk(world, i, tick)
            word = without_first(word)


@inlined
def _openness(world: World, i: int, tick: int) -> float:
    """How open an NPC is to a conversation now; 0 while it walks, talks, sleeps or has just talked."""
    npcs = world.npcs
    if npcs[i].partner >= 0 or not npcs[i].settled or tick < npcs[i].rest_until or npcs[i].place != npcs[i].target:
        return 0.0
    return float(world.rules[0].open_to_talk[npcs[i].intent])


@loop
def _ends(world: World, i: int) -> int:
    """When the conversation of NPC `i` is over at the latest."""
    return int(world.npcs[i].begun_at + _ROUNDS * world.rules[0].talk_most)


@loop
def _welcome(world: World, i: int, tick: int) -> float:
    """How open one who talks is to somebody who joins."""
    rules = world.rules[0]
    if tick + rules.talk_least > _ends(world, i) or circle(world, i) >= rules.group_most:
        return 0.0
    return float(rules.join_ease * rules.open_to_talk[world.npcs[i].intent])


@loop
def _whom(world: World, i: int, tick: int) -> int:
    """The one in the same place who draws NPC `i` most; -1 if nobody is open. Looks at no more than 64."""
    npcs, rules = world.npcs, world.rules[0]
    best, most = -1, 0.0
    j = int(world.places[npcs[i].place].first_here)
    for _ in range(_SEEN):
        if j < 0:
            break
        openness = 0.0
        if j != i:
            openness = _welcome(world, j, tick) if npcs[j].partner >= 0 else _openness(world, j, tick)
        if openness > 0:
            draw = openness * (_STRANGER + tie(world, i, j, tick)) * (0.3 + npcs[j].sociability)
            draw *= 0.2 + uniform(rules.seed, SYSTEM, i, tick, _NPCS + j)
            if draw > most:
                best, most = j, draw
        j = int(npcs[j].next_here)
    return int(best)


@loop
def _length(world: World, i: int, j: int, tick: int) -> int:
    """How long NPC `i` means to talk with `j`, in ticks."""
    rules = world.rules[0]
    share = uniform(rules.seed, SYSTEM, i, tick, _LENGTH) * min(1.0, 0.4 + tie(world, i, j, tick))
    return max(2, int(rules.talk_least + (rules.talk_most - rules.talk_least) * share))


@loop
def _meet(world: World, i: int, j: int, tick: int) -> None:
    npcs = world.npcs
    until = tick + _length(world, i, j, tick)
    for a, b in ((i, j), (j, i)):
        npcs[a].partner, npcs[a].met_at, npcs[a].begun_at, npcs[a].talk_until = b, tick, tick, until
        npcs[a].opener = 1 if a == i else 0
        _stir(world, a)
    there = world.attention.sets[i >> 6]
    there.moving = there.moving | bit(i)
    emit(world.log, tick, MET, i, j, int(npcs[i].place), PLAIN)


@loop
def _join(world: World, i: int, j: int, tick: int) -> None:
    """NPC `i` joins the conversation of `j`, and stands behind it in the ring."""
    npcs = world.npcs
    npcs[i].met_at, npcs[i].begun_at, npcs[i].opener = tick, npcs[j].begun_at, 0
    npcs[i].talk_until = min(tick + _length(world, i, j, tick), _ends(world, j))
    npcs[i].partner, npcs[j].partner = npcs[j].partner, i
    _stir(world, i)
    emit(world.log, tick, JOINED, i, j, int(npcs[i].place), PLAIN)


@inlined
def _look_around(world: World, i: int, tick: int, draw: float) -> None:
    npcs, rules = world.npcs, world.rules[0]
    openness = _openness(world, i, tick)
    chance = rules.meet_chance * openness * (_READY + npcs[i].sociability) * (_LONELY - social_at(world, i, tick))
    if draw < chance:
        j = _whom(world, i, tick)
        if j >= 0 and npcs[j].partner >= 0:
            _join(world, i, j, tick)
        elif j >= 0:
            _meet(world, i, j, tick)


@inlined
def meeting(world: World, now: Now) -> None:
    rules, sets, tick = world.rules[0], world.attention.sets, now.tick
    _part(world, tick)
    step = rules.minute_ticks
    for i in range((step - tick % step) % step, len(world.npcs), step):
        if sets[i >> 6].moving & bit(i) == NOBODY:
            draw = uniform(rules.seed, SYSTEM, i, tick, _LOOK)
            if draw < rules.meet_most:
                _look_around(world, i, tick, draw)
