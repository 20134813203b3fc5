"""meeting: who talks with whom, and for how long.

Once a minute each NPC that is settled in a place and free looks around, by a chance that grows with its sociability,
its loneliness and how open it is in what it does. It turns to the one in the same place who is open too and draws it
most, by tie, sociability and addressed noise. They part when the time is over or one of them has to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import MET, PARTED, SLEEPING, constant
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.random import uniform

if TYPE_CHECKING:
    from aitown.sim.world import Links, Now, World

SYSTEM = constant(4)
_SEEN = 64
_LOOK, _LENGTH, _QUIET, _NPCS = constant(0), constant(1), constant(2), constant(8)
"""Draws; from `_NPCS` on there is one for each other NPC."""
_STRANGER = 0.15


@loop
def tie(links: Links, i: int, j: int) -> float:
    """How close two NPCs are, 0 to 1."""
    low, high = links.tie_start[i], links.tie_start[i + 1]
    while low < high:
        middle = (low + high) // 2
        if links.ties[middle].npc < j:
            low = middle + 1
        else:
            high = middle
    if low < links.tie_start[i + 1] and links.ties[low].npc == j:
        return float(links.ties[low].strength)
    return 0.0


@loop
def _must_go(world: World, i: int) -> bool:
    npcs = world.npcs
    return bool(npcs[i].target != npcs[i].place or npcs[i].intent == SLEEPING)


@loop
def _rest(world: World, i: int, tick: int) -> None:
    npcs, rules = world.npcs, world.rules[0]
    share = uniform(rules.seed, SYSTEM, i, tick, _QUIET) * (1.3 - npcs[i].sociability)
    npcs[i].partner = -1
    npcs[i].rest_until = tick + int(rules.quiet_least + (rules.quiet_most - rules.quiet_least) * min(share, 1.0))


@loop
def _part(world: World, tick: int) -> None:
    npcs = world.npcs
    for i in range(len(npcs)):
        j = int(npcs[i].partner)
        if j > i and (tick >= npcs[i].talk_until or _must_go(world, i) or _must_go(world, j)):
            _rest(world, i, tick)
            _rest(world, j, tick)
            emit(world.log, tick, PARTED, i, j, int(npcs[i].place), PLAIN)


@loop
def _openness(world: World, i: int, tick: int) -> float:
    """How open an NPC is to a conversation now; 0 while it walks, talks, sleeps or has just talked."""
    npcs = world.npcs
    if npcs[i].partner >= 0 or not npcs[i].settled or tick < npcs[i].rest_until or npcs[i].place != npcs[i].target:
        return 0.0
    return float(world.rules[0].open_to_talk[npcs[i].intent])


@loop
def _whom(world: World, i: int, tick: int) -> int:
    """The one in the same place who draws NPC `i` most; -1 if nobody is open. Looks at no more than 64."""
    npcs, rules = world.npcs, world.rules[0]
    best, most = -1, 0.0
    j = int(world.places[npcs[i].place].first_here)
    for _ in range(_SEEN):
        if j < 0:
            break
        openness = _openness(world, j, tick) if j != i else 0.0
        if openness > 0:
            draw = openness * (_STRANGER + tie(world.links, i, j)) * (0.3 + npcs[j].sociability)
            draw *= 0.2 + uniform(rules.seed, SYSTEM, i, tick, _NPCS + j)
            if draw > most:
                best, most = j, draw
        j = int(npcs[j].next_here)
    return int(best)


@loop
def _meet(world: World, i: int, j: int, tick: int) -> None:
    npcs, rules = world.npcs, world.rules[0]
    share = uniform(rules.seed, SYSTEM, i, tick, _LENGTH) * min(1.0, 0.4 + tie(world.links, i, j))
    until = tick + max(2, int(rules.talk_least + (rules.talk_most - rules.talk_least) * share))
    for a, b in ((i, j), (j, i)):
        npcs[a].partner, npcs[a].met_at, npcs[a].talk_until = b, tick, until
        npcs[a].opener = 1 if a == i else 0
    emit(world.log, tick, MET, i, j, int(npcs[i].place), PLAIN)


@inlined
def meeting(world: World, now: Now) -> None:
    npcs, rules, tick = world.npcs, world.rules[0], now.tick
    _part(world, tick)
    step = rules.minute_ticks
    for i in range((step - tick % step) % step, len(npcs), step):
        openness = _openness(world, i, tick)
        if openness == 0:
            continue
        chance = rules.meet_chance * openness * (0.3 + npcs[i].sociability) * (1.4 - npcs[i].social)
        if uniform(rules.seed, SYSTEM, i, tick, _LOOK) < chance:
            j = _whom(world, i, tick)
            if j >= 0:
                _meet(world, i, j, tick)
