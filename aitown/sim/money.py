"""Money at tick 0, and how an amount is written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from aitown.sim.codes import ABOUT_MONEY, CAFE, HOME, SHOP
from aitown.sim.households import ADULT, set_pools
from aitown.sim.npcs import MOST_STOCK
from aitown.sim.random import uniform

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


def set_purse(npcs: Table, purses: Table, i: int, persona: Persona, p: Parameters, seed: int) -> None:
    """What somebody has at first, and gets or pays each week."""
    adult = persona.age >= ADULT
    drawn = -math.log(1 - uniform(seed, SYSTEM, i, 0, 0)) * p.savings * (1 if adult else 0.1)
    npcs["money"][i] = min(round(drawn), 1_000_000_000)
    purses["tenant"][i] = adult
    purses["cushion"][i] = round(p.cushion * (1 if adult else 0.1))
    if not adult:
        purses["benefit"][i] = round(p.pocket_money)
    elif npcs["work"][i] < 0 or npcs["studies"][i]:
        purses["benefit"][i] = round(p.pension if persona.age >= _OLD else p.allowance)


def set_money(tables: Mapping[str, Table], personas: Sequence[Persona], p: Parameters, seed: int, day: int) -> None:
    """What everybody and every place has at first, what things cost, and who gets or pays what each week.

    `day` is the day of the week at tick 0, 0 for Monday.
    """
    npcs, purses, places, gate = (tables[name] for name in ("npcs", "purses", "places", "gate"))
    for i, persona in enumerate(personas):
        set_purse(npcs, purses, i, persona, p, seed)
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
