"""needs: hunger, energy, company, fun and comfort drift by what the NPC did in the last tick; the mood is their mean.

mood = wₕ (1 − hunger) + wₑ energy + wₛ social + w_f fun + w_c comfort, with the weights of `Parameters` divided by
their sum.
Energy is one minus the sleep pressure of the two-process model: awake it loses a share of what is left, asleep it gains
a share of what is lacking; the other rates are constant.
Somebody who talks at table goes on eating: talk adds to what the NPC does meanwhile. What is set from outside is so at
the end of that tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aitown.sim.codes import TALKING
from aitown.sim.compiled import inlined, loop

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


_LEAST, _MOST = np.float32(0), np.float32(1)


@loop
def _held(value: np.float32) -> np.float32:
    return min(max(value, _LEAST), _MOST)


@loop
def _given(value: np.float32, else_: np.float32) -> np.float32:
    """A need that was set from outside, or as it came."""
    return value if value >= 0 else else_


@inlined
def needs(world: World, now: Now) -> None:
    npcs, rules = world.npcs, world.rules[0]
    w_hunger, w_energy = rules.mood_hunger, rules.mood_energy
    w_social, w_fun, w_comfort = rules.mood_social, rules.mood_fun, rules.mood_comfort
    for i in range(len(npcs)):
        doing = npcs[i].activity
        beneath = npcs[i].intent if doing == TALKING else doing
        hunger = _held(npcs[i].hunger + rules.hunger[beneath])
        rate, energy = rules.energy[beneath], npcs[i].energy
        energy += rate * (_MOST - energy if rate > 0 else energy)
        social = npcs[i].social + rules.social[doing]
        fun = npcs[i].fun + rules.fun[beneath]
        comfort = _held(npcs[i].comfort + rules.comfort[beneath])
        if doing == TALKING:
            fun += rules.fun[TALKING]
        if npcs[i].given_at == now.tick:
            told = world.outside[i]
            if npcs[i].heard_at == now.tick:
                social += rules.social_heard
            if told.needs_at == now.tick:
                hunger, energy = _given(told.set_hunger, hunger), _given(told.set_energy, energy)
                social, fun = _given(told.set_social, social), _given(told.set_fun, fun)
                comfort = _given(told.set_comfort, comfort)
        social, fun = _held(social), _held(fun)
        npcs[i].hunger, npcs[i].energy, npcs[i].social, npcs[i].fun = hunger, energy, social, fun
        npcs[i].comfort = comfort
        mood = w_hunger * (_MOST - hunger) + w_energy * energy + w_social * social + w_fun * fun + w_comfort * comfort
        npcs[i].mood = mood
