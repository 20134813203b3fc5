"""What one does at home in free time, and how useful that is; a part of choosing.

Resting is the more useful the more energy and comfort lack; keeping house and caring for a child of the household, the
longer ago one did it. One cares only for somebody who is at home and awake. Needs weigh as `Parameters.heeding` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import AT_HOME, CARE, CARING, CHORES, HOUSEKEEPING, REST, SLEEPING, constant
from aitown.sim.compiled import loop
from aitown.sim.random import uniform
from aitown.sim.systems.needs import comfort_at, energy_at

if TYPE_CHECKING:
    from typing import Any

    from aitown.sim.world import World

_SYSTEM = constant(2)
_KEEP, _CARE = constant(4), constant(5)
"""Draws, of choosing's."""


@loop
def lacking(rules: Any, need: Any) -> float:
    """How much of a need lacks that is 1 when it is met, as choices heed it."""
    return float(0.5 + rules.heeding * (0.5 - need))


@loop
def use_of_home(world: World, i: int, tick: int) -> tuple[float, int, int]:
    """Usefulness, intent and reason of the best thing to do at home; without the way and the noise of the place."""
    npc, rules = world.npcs[i], world.rules[0]
    best, intent, why = float(rules.home_comfort), int(AT_HOME), int(REST)
    energy, comfort = energy_at(world, i, tick), comfort_at(world, i, tick)
    best += 0.3 * lacking(rules, energy) + rules.home_ease * lacking(rules, comfort)
    undone = min(1.0, (tick - npc.kept_at) / rules.chores)
    use = rules.chore_use * undone * (1.0 if npc.adult else rules.child_chores) + rules.noise * (
        uniform(rules.seed, _SYSTEM, i, tick, _KEEP) - 0.5
    )
    if use > best:
        best, intent, why = use, int(HOUSEKEEPING), int(CHORES)
    if npc.ward >= 0:
        ward = world.npcs[npc.ward]
        if ward.place == npc.home and ward.intent != SLEEPING:
            undone = min(1.0, (tick - npc.cared_at) / rules.care)
            use = rules.care_use * undone + rules.noise * (uniform(rules.seed, _SYSTEM, i, tick, _CARE) - 0.5)
            if use > best:
                best, intent, why = use, int(CARING), int(CARE)
    return best, intent, why
