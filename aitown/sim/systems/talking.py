"""talking: whose turn it is, and what about. The words are made of that later, in `sim/lines.py`.

The two take turns, from a greeting to a farewell; a remark and its answer share a topic, which is drawn among those
that fit the speaker's state; who has news may tell it instead, see `telling`. A line's `detail` packs part, topic, how
close the two are, what the speaker does and the fact that it tells: see `pack`. Who is spoken to from outside answers
with a word, unless it has a mind: that one may answer itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import (
    ACQUAINTANCES,
    ANSWER,
    EATING,
    FAREWELL,
    FRIENDS,
    GREETING_BACK,
    OPENING,
    REMARK,
    REPLY,
    SAID,
    SLEEPING,
    SMALL_TALK,
    STRANGERS,
    T_BELIEF,
    T_DAY,
    T_DOUBT,
    T_FEELING,
    T_FOOD,
    T_KNOWN,
    T_NEWS,
    T_PEOPLE,
    T_WORK,
    constant,
)
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import emit
from aitown.sim.random import below, uniform
from aitown.sim.systems.meeting import tie
from aitown.sim.systems.telling import pick

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

SYSTEM = constant(5)
_TOPIC, _PAUSE, _TABLE = constant(0), constant(1), constant(2)
_FRIEND = 0.5


@loop
def pack(part: int, topic: int, closeness: int, intent: int, fact: int) -> int:
    """The detail of a line in one integer: four bits each, then the fact that it tells, if its topic is news."""
    return part | topic << 4 | closeness << 8 | intent << 12 | max(fact, 0) << 16


@loop
def _topic(world: World, i: int, tick: int) -> int:
    npcs, seed = world.npcs, world.rules[0].seed
    if npcs[i].intent == EATING and uniform(seed, SYSTEM, i, tick, _TABLE) < 0.4:  # noqa: PLR2004
        return int(T_FOOD)
    topic = int(below(SMALL_TALK, seed, SYSTEM, i, tick, _TOPIC))
    if topic == T_WORK and npcs[i].work < 0:
        topic = T_DAY
    if topic == T_PEOPLE and world.links.tie_start[i] == world.links.tie_start[i + 1]:
        topic = T_FEELING
    return topic


@loop
def _closeness(world: World, i: int, j: int) -> int:
    strength = tie(world.links, i, j)
    return int(FRIENDS if strength >= _FRIEND else (ACQUAINTANCES if strength > 0 else STRANGERS))


@loop
def _reaction(world: World, i: int, teller: int) -> int:
    """What NPC `i` makes of the fact that it was told last."""
    told = world.npcs[teller]
    known = world.knowledge[i, told.tells]
    if not known.believes:
        return int(T_DOUBT)
    return int(T_BELIEF if known.heard_at == told.tells_at else T_KNOWN)


@loop
def _speak(world: World, i: int, tick: int) -> None:
    """The next line of the conversation that is kept in the row of `i`, the lower id of the two."""
    npcs, rules = world.npcs, world.rules[0]
    j = int(npcs[i].partner)
    turn = npcs[i].turn
    opener_speaks = turn % 2 == 0
    speaker, hearer = (i, j) if opener_speaks == (npcs[i].opener == 1) else (j, i)
    pause = rules.turn_least + (rules.turn_most - rules.turn_least) * uniform(rules.seed, SYSTEM, i, tick, _PAUSE)
    following = tick + max(1, int(pause))
    if turn == 0:
        part = OPENING
    elif turn == 1:
        part = GREETING_BACK
    elif following >= npcs[i].talk_until:
        part = FAREWELL
    else:
        part = REMARK if opener_speaks else ANSWER
    fact = -1
    if part in (REMARK, ANSWER):
        if npcs[i].topic == T_NEWS:
            part, npcs[i].topic = ANSWER, _reaction(world, speaker, hearer)
        else:
            fact = pick(world, speaker, hearer, tick)
            if npcs[i].topic >= SMALL_TALK:
                part = REMARK
    if fact >= 0:
        part, npcs[i].topic = REMARK, T_NEWS
        npcs[speaker].tells, npcs[speaker].tells_at = fact, tick
    elif part in (REMARK, OPENING):
        npcs[i].topic = _topic(world, speaker, tick)
    topic = int(npcs[i].topic)
    detail = pack(part, topic, _closeness(world, speaker, hearer), int(npcs[speaker].intent), fact)
    emit(world.log, tick, SAID, speaker, hearer, int(npcs[speaker].place), detail)
    npcs[i].turn = turn + 1
    npcs[i].speaks_at = following


@inlined
def talking(world: World, now: Now) -> None:
    npcs, tick = world.npcs, now.tick
    for i in range(len(npcs)):
        if npcs[i].partner > i:
            if npcs[i].met_at == tick:
                npcs[i].turn, npcs[i].speaks_at = 0, tick + 1
            elif tick >= npcs[i].speaks_at:
                _speak(world, i, tick)
        if npcs[i].heard_at >= 0 and tick == npcs[i].heard_at + 1 and npcs[i].intent != SLEEPING:
            closeness = STRANGERS
            told = world.outside[i]
            if told.minded_since >= 0:
                continue
            if told.heard_from >= 0:
                closeness = _closeness(world, i, int(told.heard_from))
            detail = pack(REPLY, T_DAY, closeness, int(npcs[i].intent), -1)
            emit(world.log, tick, SAID, i, int(told.heard_from), int(npcs[i].place), detail)
