"""Who keeps house together, and who of them share what they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.random import uniform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitown.columns import Table
    from aitown.persona import Persona

SYSTEM = 19
ADULT = 18
CLOSE = 0.7
"""Ties of those who keep house together are this strong or stronger."""


def households(personas: Sequence[Persona]) -> list[list[int]]:
    """Everybody's ids by household: those in one home whom strong ties link, also by way of others, in rising order."""
    ids = {persona.name: i for i, persona in enumerate(personas)}
    first = list(range(len(personas)))

    def root(i: int) -> int:
        while first[i] != i:
            first[i] = i = first[first[i]]
        return i

    for i, persona in enumerate(personas):
        for name, tie in persona.ties.items():
            j = ids[name]
            if tie >= CLOSE and personas[j].home == persona.home:
                one, other = sorted((root(i), root(j)))
                first[other] = one
    found: dict[int, list[int]] = {}
    for i in range(len(personas)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())


def set_pools(purses: Table, personas: Sequence[Persona], share: float, seed: int) -> None:
    """The adults of a household share their money in `share` of the households of several, drawn for each."""
    for household in households(personas):
        adults = [i for i in household if personas[i].age >= ADULT]
        if len(adults) > 1 and uniform(seed, SYSTEM, adults[0], 0, 0) < share:
            purses["pool"][adults] = adults[0]
            purses["pool_next"][adults[:-1]] = adults[1:]


def join_pool(npcs: Table, purses: Table, persona: Persona, ids: Mapping[str, int], new: int) -> None:
    """An adult who moves in shares money with an adult of its home to whom it is close, if that one shares already."""
    for name, tie in persona.ties.items():
        i = ids[name]
        shares = npcs["alive"][i] and npcs["home"][i] == npcs["home"][new] and purses["pool"][i] >= 0
        if tie >= CLOSE and npcs["adult"][new] and shares:
            while purses["pool_next"][i] >= 0:
                i = int(purses["pool_next"][i])
            purses["pool_next"][i], purses["pool"][new] = new, purses["pool"][i]
            return
