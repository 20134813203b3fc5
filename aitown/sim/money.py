"""Money at tick 0, and how an amount is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aitown.sim.codes import ABOUT_MONEY, CAFE, HOME, SHOP
from aitown.sim.households import ADULT, set_pools
from aitown.sim.npcs import MOST_STOCK
from aitown.sim.random import uniforms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aitown.columns import Table
    from aitown.persona import Persona
    from aitown.sim.parameters import Parameters
    from aitown.sim.world import Array

SYSTEM = 18
OUTSIDE = 10**15
"""What the world beyond the town has at first, in cents: more than any town spends."""
_OLD = 65
_ALL = slice(None)


def written(cents: int) -> str:
    """An amount as an event's text says it: "12.50"."""
    return f"{cents // 100}.{cents % 100:02d}"


def amounts(kind: Array, detail: Array) -> Iterator[tuple[int, str]]:
    """The rows of events about money, with the amounts as their texts say them."""
    for row in np.flatnonzero(np.isin(kind, ABOUT_MONEY)):
        yield int(row), written(int(detail[row]))


def accounts(tables: Mapping[str, Table]) -> dict[str, int]:
    """What all NPCs, all places, the town and the world beyond it have, in cents."""
    gate = tables["gate"]
    return {
        "npcs": int(tables["npcs"]["money"].sum(dtype="i8")),
        "places": int(tables["places"]["till"].sum(dtype="i8")),
        "town": int(gate["town"][0]),
        "outside": int(gate["outside"][0]),
    }


def set_purses(
    npcs: Table, purses: Table, personas: Sequence[Persona], p: Parameters, seed: int, those: slice = _ALL
) -> None:
    """What some NPCs, whose personas are given, have at first, and get or pay each week."""
    age = np.array([persona.age for persona in personas])
    adult = age >= ADULT
    first = those.start or 0
    drawn = -np.log(1 - uniforms(first, len(age), seed, SYSTEM, 0, 0)) * p.savings * np.where(adult, 1, 0.1)
    npcs["money"][those] = np.minimum(np.round(drawn), 1_000_000_000)
    purses["tenant"][those] = adult
    purses["cushion"][those] = np.round(p.cushion * np.where(adult, 1, 0.1))
    idle = (npcs["work"][those] < 0) | (npcs["studies"][those] > 0)
    paid = np.where(idle, np.where(age >= _OLD, p.pension, p.allowance), 0)
    purses["benefit"][those] = np.round(np.where(adult, paid, p.pocket_money))


def set_money(tables: Mapping[str, Table], personas: Sequence[Persona], p: Parameters, seed: int, day: int) -> None:
    """What everybody and every place has at first, what things cost, and who gets or pays what each week.

    `day` is the day of the week at tick 0, 0 for Monday.
    """
    npcs, purses, places, gate = (tables[name] for name in ("npcs", "purses", "places", "gate"))
    set_purses(npcs, purses, personas, p, seed)
    kind = places["kind"]
    for code, cents in ((CAFE, p.meal_price), (SHOP, p.basket_price), (HOME, p.rent)):
        places["price"][kind == code] = round(cents)
    sells = (kind == CAFE) | (kind == SHOP)
    places["stock"][sells] = np.minimum(p.shelf * places["capacity"][sells], MOST_STOCK).astype(int)
    places["wage"][kind != HOME] = round(p.wage)
    places["till"][kind != HOME] = round(p.till)
    gate["town"][0] = gate["budget"][0] = round(p.funds) * len(personas)
    gate["outside"][0] = OUTSIDE
    gate["settled"][0] = day
    set_pools(purses, personas, p.pooling, seed)
