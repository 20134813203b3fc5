"""needs: hunger, energy, company, fun and comfort drift by what the NPC does; the mood is their weighted mean.

mood = wₕ (1 − hunger) + wₑ energy + wₛ social + w_f fun + w_c comfort, with the weights of `Parameters` divided by
their sum.
Energy is one minus the sleep pressure of the two-process model: awake it loses a share of what is left, asleep it gains
a share of what is lacking; the other rates are constant.
Somebody who talks at table goes on eating: talk adds to what the NPC does meanwhile. What is set from outside is so at
the end of that tick.

As long as an NPC does the same, its needs follow from how they were when it began, so they are worked out where
somebody asks for them: `hunger_at` and so on. Only a change of what it does, or something from outside, is written
down, at the tick after the change. `feel` writes what a frame shows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.sim.attention import NOBODY, first, without_first
from aitown.sim.codes import TALKING
from aitown.sim.compiled import inlined, loop
from aitown.sim.npcs import NEVER

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


_LEAST, _MOST = np.float32(0), np.float32(1)
_FAR = 1e9


@loop
def _held(value: Any) -> np.float32:
    return min(max(np.float32(value), _LEAST), _MOST)


@loop
def hunger_at(world: World, i: int, tick: int) -> np.float32:
    npc = world.npcs[i]
    return _held(npc.hunger_then + world.rules[0].hunger[npc.felt_beneath] * np.float32(tick - npc.felt_at))


@loop
def energy_at(world: World, i: int, tick: int) -> np.float32:
    npc, rules = world.npcs[i], world.rules[0]
    left = math.exp(rules.energy_log[npc.felt_beneath] * (tick - npc.felt_at))
    if rules.energy[npc.felt_beneath] > 0:
        return np.float32(1 - (1 - npc.energy_then) * left)
    return np.float32(npc.energy_then * left)


@loop
def social_at(world: World, i: int, tick: int) -> np.float32:
    npc = world.npcs[i]
    return _held(npc.social_then + world.rules[0].social[npc.felt_doing] * np.float32(tick - npc.felt_at))


@loop
def fun_at(world: World, i: int, tick: int) -> np.float32:
    npc, rules = world.npcs[i], world.rules[0]
    rate = rules.fun[npc.felt_beneath]
    if npc.felt_doing == TALKING:
        rate += rules.fun[TALKING]
    return _held(npc.fun_then + rate * np.float32(tick - npc.felt_at))


@loop
def comfort_at(world: World, i: int, tick: int) -> np.float32:
    npc = world.npcs[i]
    return _held(npc.comfort_then + world.rules[0].comfort[npc.felt_beneath] * np.float32(tick - npc.felt_at))


@loop
def _settle(world: World, i: int, tick: int) -> None:
    """From now on the needs follow from how they are in this tick."""
    hunger, energy = hunger_at(world, i, tick), energy_at(world, i, tick)
    social, fun, comfort = social_at(world, i, tick), fun_at(world, i, tick), comfort_at(world, i, tick)
    npc = world.npcs[i]
    npc.hunger_then, npc.energy_then = hunger, energy
    npc.social_then, npc.fun_then, npc.comfort_then = social, fun, comfort
    npc.felt_at = tick


@loop
def _press(world: World, i: int) -> None:
    """Note from when on hunger and exhaustion may press if the NPC goes on as it does; not too late, rather early."""
    npc, rules = world.npcs[i], world.rules[0]
    npc.hungry_at, npc.tired_at = NEVER, NEVER
    gains, lacks = float(rules.hunger[npc.felt_beneath]), rules.hungry - npc.hunger_then
    if lacks < 0:
        npc.hungry_at = npc.felt_at
    elif gains > 0:
        npc.hungry_at = npc.felt_at + int(min(max(lacks / gains - 1, 0), _FAR))
    if npc.energy_then < rules.tired:
        npc.tired_at = npc.felt_at
    elif rules.energy[npc.felt_beneath] < 0 and rules.tired > 0:
        lasts = math.log(rules.tired / npc.energy_then) / rules.energy_log[npc.felt_beneath]
        npc.tired_at = npc.felt_at + int(min(max(lasts - 1, 0), _FAR))


@loop
def _given(value: np.float32, else_: np.float32) -> np.float32:
    """A need that was set from outside, or as it came."""
    return value if value >= 0 else else_


@loop
def _take(world: World, i: int, tick: int) -> None:
    """What came from outside changes needs at once."""
    npc, told = world.npcs[i], world.outside[i]
    _settle(world, i, tick)
    if npc.heard_at == tick:
        npc.social_then = _held(npc.social_then + world.rules[0].social_heard)
    if told.needs_at == tick:
        npc.hunger_then = _held(_given(told.set_hunger, npc.hunger_then))
        npc.energy_then = _held(_given(told.set_energy, npc.energy_then))
        npc.social_then = _held(_given(told.set_social, npc.social_then))
        npc.fun_then = _held(_given(told.set_fun, npc.fun_then))
        npc.comfort_then = _held(_given(told.set_comfort, npc.comfort_then))


@loop
def _turn(world: World, i: int, tick: int) -> None:
    """What NPC `i` does may have changed in the last tick, or something has come from outside."""
    npc = world.npcs[i]
    doing = npc.activity
    beneath = npc.intent if doing == TALKING else doing
    changed = npc.felt_doing != doing or npc.felt_beneath != beneath
    if changed:
        _settle(world, i, tick - 1)
        npc.felt_doing, npc.felt_beneath = doing, beneath
    taken = npc.given_at == tick
    if taken:
        _take(world, i, tick)
    if changed or taken:
        _press(world, i)
        world.attention.decides_at[i] = 0


@inlined
def needs(world: World, now: Now) -> None:
    sets = world.attention.sets
    for w in range(len(sets)):
        word = sets[w].feeling
        sets[w].feeling = NOBODY
        while word != NOBODY:
            _turn(world, first(w, word), now.tick)
            word = without_first(word)


@loop
def feel(world: World, tick: int) -> None:
    """Write the needs and the mood of everybody in this tick, which all systems have gone through."""
    rules = world.rules[0]
    w_hunger, w_energy = rules.mood_hunger, rules.mood_energy
    w_social, w_fun, w_comfort = rules.mood_social, rules.mood_fun, rules.mood_comfort
    for i in range(len(world.npcs)):
        npc = world.npcs[i]
        hunger, energy = hunger_at(world, i, tick), energy_at(world, i, tick)
        social, fun, comfort = social_at(world, i, tick), fun_at(world, i, tick), comfort_at(world, i, tick)
        npc.hunger, npc.energy, npc.social, npc.fun, npc.comfort = hunger, energy, social, fun, comfort
        mood = w_hunger * (_MOST - hunger) + w_energy * energy + w_social * social + w_fun * fun + w_comfort * comfort
        npc.mood = mood
