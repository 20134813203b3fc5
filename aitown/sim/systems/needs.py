"""needs: hunger, energy, company and fun drift by what the NPC did in the last tick; the mood is their weighted mean.

mood = wₕ (1 − hunger) + wₑ energy + wₛ social + w_f fun, with the weights of `Parameters` divided by their sum.
Somebody who talks at table goes on eating: talk adds to what the NPC does meanwhile. What is set from outside is so at
the end of that tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import TALKING
from aitown.sim.compiled import loop

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@loop
def _held(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@loop
def _given(value: float, else_: float) -> float:
    """A need that was set from outside, or as it came."""
    return float(value) if value >= 0 else float(else_)


@loop
def needs(world: World, now: Now) -> None:
    npcs, rules = world.npcs, world.rules[0]
    weights = rules.mood_hunger + rules.mood_energy + rules.mood_social + rules.mood_fun
    scale = 1 / weights if weights > 0 else 0.0
    for i in range(len(npcs)):
        doing = npcs[i].activity
        beneath = npcs[i].intent if doing == TALKING else doing
        hunger = _held(float(npcs[i].hunger + rules.hunger[beneath]))
        energy = _held(float(npcs[i].energy + rules.energy[beneath]))
        social = npcs[i].social + rules.social[doing]
        fun = npcs[i].fun + rules.fun[beneath]
        if doing == TALKING:
            fun += rules.fun[TALKING]
        if npcs[i].given_at == now.tick:
            told = world.outside[i]
            if npcs[i].heard_at == now.tick:
                social += rules.social_heard
            if told.needs_at == now.tick:
                hunger, energy = _given(told.set_hunger, hunger), _given(told.set_energy, energy)
                social, fun = _given(told.set_social, social), _given(told.set_fun, fun)
        social, fun = _held(social), _held(fun)
        npcs[i].hunger, npcs[i].energy, npcs[i].social, npcs[i].fun = hunger, energy, social, fun
        npcs[i].mood = scale * (
            rules.mood_hunger * (1 - hunger)
            + rules.mood_energy * energy
            + rules.mood_social * social
            + rules.mood_fun * fun
        )
