"""talking: whose turn it is, and what about. The words are made of that later, in `sim/lines.py`.

Those who talk take turns, from a greeting to a farewell: two alternate, in a group it is drawn who speaks next, and who
has joined greets first. A remark and its answer share a topic, which is drawn among those that fit the speaker's state;
who has news may tell it instead, see `telling`. A line's `detail` packs part, topic, how
close the two are, what the speaker does and the fact that it tells: see `pack`. Who is spoken to from outside answers
with a word, unless it has a mind: that one may answer itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.attention import NOBODY, bit, first, without_first
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
from aitown.sim.systems.bonds import known, tie
from aitown.sim.systems.telling import pick

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

SYSTEM = constant(5)
_TOPIC, _PAUSE, _TABLE, _SPEAKER = constant(0), constant(1), constant(2), constant(3)
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
    if topic == T_PEOPLE and known(world, i) == 0:
        topic = T_FEELING
    return topic


@loop
def _closeness(world: World, i: int, j: int, tick: int) -> int:
    strength = tie(world, i, j, tick)
    return int(FRIENDS if strength >= _FRIEND else (ACQUAINTANCES if strength > 0 else STRANGERS))


@loop
def _reaction(world: World, i: int, teller: int) -> int:
    """What NPC `i` makes of the fact that it was told last."""
    told = world.npcs[teller]
    heard = world.knowledge[i, told.tells]
    if not heard.believes:
        return int(T_DOUBT)
    return int(T_BELIEF if heard.heard_at == told.tells_at else T_KNOWN)


@loop
def _begin(world: World, i: int, tick: int) -> None:
    """NPC `i` has come to a conversation: a new one, or one that goes on, which it will greet."""
    npcs = world.npcs
    npcs[i].turn, npcs[i].speaks_at, npcs[i].spoke, npcs[i].greets = 0, tick + 1, -1, 0
    j = int(npcs[i].partner)
    while npcs[j].met_at == tick and j != i:
        j = int(npcs[j].partner)
    if j != i:
        npcs[i].turn, npcs[i].speaks_at, npcs[i].spoke = npcs[j].turn, npcs[j].speaks_at, npcs[j].spoke
        npcs[i].topic, npcs[i].greets = npcs[j].topic, 1


@loop
def _first(world: World, i: int) -> bool:
    """Whether NPC `i` has the lowest id of those who talk together."""
    j = int(world.npcs[i].partner)
    while j != i:
        if j < i:
            return False
        j = int(world.npcs[j].partner)
    return True


@loop
def _speaker(world: World, i: int, tick: int) -> int:
    """Whose turn it is: who began, who has joined, who was greeted, else one of those who didn't speak last."""
    npcs, last = world.npcs, int(world.npcs[i].spoke)
    begins, joins, greeted, others = -1, -1, -1, 0
    j = i
    while True:
        if npcs[j].opener and npcs[j].turn == 0:
            begins = j
        if npcs[j].greets:
            joins = j
        if j == last and npcs[j].turn == 1:
            greeted = int(npcs[j].partner)
        others += j != last
        j = int(npcs[j].partner)
        if j == i:
            break
    for found in (joins, begins, greeted):
        if found >= 0:
            return int(found)
    skip = 0
    if others > 1:
        skip = int(below(others, world.rules[0].seed, SYSTEM, i, tick, _SPEAKER))
    while j == last or skip > 0:
        skip -= j != last
        j = int(npcs[j].partner)
    return j


@loop
def _hearer(world: World, i: int, last: int) -> int:
    """Whom NPC `i` speaks to: who spoke last, if that one is still there, else the next one."""
    j = int(world.npcs[i].partner)
    while j != i:
        if j == last:
            return last
        j = int(world.npcs[j].partner)
    return int(world.npcs[i].partner)


@loop
def _speak(world: World, i: int, tick: int) -> None:
    """The next line of the conversation in which NPC `i` has the lowest id."""
    npcs, rules = world.npcs, world.rules[0]
    last = int(npcs[i].spoke)
    speaker = _speaker(world, i, tick)
    hearer = _hearer(world, speaker, last)
    turn = 0 if npcs[speaker].greets else npcs[i].turn
    pause = rules.turn_least + (rules.turn_most - rules.turn_least) * uniform(rules.seed, SYSTEM, i, tick, _PAUSE)
    following = tick + max(1, int(pause))
    topic, fact = int(npcs[i].topic), -1
    if turn == 0:
        part = OPENING
    elif turn == 1:
        part = GREETING_BACK
    elif following >= npcs[speaker].talk_until:
        part = FAREWELL
    else:
        part = REMARK if turn % 2 == 0 else ANSWER
        if topic == T_NEWS and last >= 0:
            part, topic = ANSWER, _reaction(world, speaker, last)
        else:
            fact = pick(world, speaker, hearer, tick)
            if topic >= SMALL_TALK:
                part = REMARK
    if fact >= 0:
        part, topic = REMARK, int(T_NEWS)
        npcs[speaker].tells, npcs[speaker].tells_at = fact, tick
    elif part in (REMARK, OPENING):
        topic = _topic(world, speaker, tick)
    detail = pack(part, topic, _closeness(world, speaker, hearer, tick), int(npcs[speaker].intent), fact)
    emit(world.log, tick, SAID, speaker, hearer, int(npcs[speaker].place), detail)
    npcs[speaker].greets = 0
    j = i
    while True:
        npcs[j].turn, npcs[j].speaks_at, npcs[j].spoke, npcs[j].topic = turn + 1, following, speaker, topic
        j = int(npcs[j].partner)
        if j == i:
            break


@loop
def _reply(world: World, i: int, tick: int) -> None:
    """NPC `i` answers who spoke to it from outside, unless its mind may."""
    told, closeness = world.outside[i], int(STRANGERS)
    if told.minded_since >= 0:
        return
    if told.heard_from >= 0:
        closeness = _closeness(world, i, int(told.heard_from), tick)
    detail = pack(REPLY, T_DAY, closeness, int(world.npcs[i].intent), -1)
    emit(world.log, tick, SAID, i, int(told.heard_from), int(world.npcs[i].place), detail)


@inlined
def talking(world: World, now: Now) -> None:
    npcs, sets, tick = world.npcs, world.attention.sets, now.tick
    for w in range(len(sets)):
        word = sets[w].talking
        while word != NOBODY:
            i = first(w, word)
            word = without_first(word)
            if npcs[i].partner >= 0:
                if npcs[i].met_at == tick:
                    _begin(world, i, tick)
                elif tick >= npcs[i].speaks_at and _first(world, i):
                    _speak(world, i, tick)
            heard = npcs[i].heard_at
            if heard >= 0 and tick == heard + 1 and npcs[i].intent != SLEEPING and npcs[i].alive:
                _reply(world, i, tick)
            if npcs[i].partner < 0 and (heard < 0 or tick > heard):
                sets[w].talking = sets[w].talking & ~bit(i)
