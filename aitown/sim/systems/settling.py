"""Settling: what is reckoned when a day has ended: wages, deliveries, what households share, once a week the rest.

1. Wages, for the minutes worked since the last time and what is still owed. Employers of kind "work" sell their product
   to the world beyond for the wages and a margin; cafés and shops live on their tills; for all others the town pays
   what they lack. A till that is too small pays NPCs in the order of their ids, and owes the rest.
2. Cafés and shops fill their shelves from the world beyond, as far as their tills go, at cost.
3. On `Parameters.rent_day`: what a till has above its first sum goes to the town, which owns the firms and adds what a
   till has less; the town pays pensions, allowances and pocket money; all as long as the town has money.
4. Adults of a household who pool their money have the same of it (`sharing`).
5. On the day of the rent: adults pay rent to the town, which owns the homes. What somebody can't pay is added to the
   arrears. Nobody is evicted, since the town would have nowhere else for them. Then everybody spends
   `Parameters.spending` of what is above its cushion on what no place of the town sells, in the world beyond: a buffer
   stock of savings (Carroll 1997).
6. Then the world beyond, of which the town is a part, brings the town's account back to its first sum, by a grant or a
   levy. So money goes round: no account fills up or runs dry, and what the town can't earn itself is seen as a flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import (
    ARREARS,
    BENEFIT,
    CAFE,
    EXPORT,
    FUNDED,
    GRANT,
    HOME,
    LEVY,
    NONE,
    OWED,
    RENT,
    SHOP,
    SPENT,
    STOCKED,
    SURPLUS,
    WAGE,
    WORK,
)
from aitown.sim.compiled import loop
from aitown.sim.events import emit
from aitown.sim.npcs import MOST_MONEY, MOST_STOCK
from aitown.sim.systems.sharing import share

if TYPE_CHECKING:
    from aitown.sim.world import World


@loop
def _due(world: World, i: int) -> int:
    """Wages due to an NPC, in cents, a part of a cent in its employer's favour."""
    work, purse = int(world.npcs[i].work), world.purses[i]
    earned = int(purse.worked) * int(world.places[work].wage) // 60
    return min(earned + int(purse.owed), int(MOST_MONEY))


@loop
def _bills(world: World) -> None:
    """What each place has to pay in wages."""
    for p in range(len(world.places)):
        world.places[p].bill = 0
    for i in range(len(world.npcs)):
        if world.npcs[i].alive and world.npcs[i].work >= 0:
            world.places[world.npcs[i].work].bill += _due(world, i)


@loop
def _income(world: World, tick: int) -> None:
    """Places that sell nothing in town get what they live on."""
    gate = world.gate[0]
    for p in range(len(world.places)):
        there = world.places[p]
        bill, till = int(there.bill), int(there.till)
        if bill == 0 or there.kind in (CAFE, SHOP):
            continue
        if there.kind == WORK:
            cents = min(int(bill * (1 + world.rules[0].margin)), int(gate.outside), MOST_MONEY - till)
            kind = EXPORT
            gate.outside -= max(cents, 0)
        else:
            cents = min(max(bill - till, 0), int(gate.town), MOST_MONEY - till)
            kind = FUNDED
            gate.town -= max(cents, 0)
        if cents > 0:
            there.till += cents
            emit(world.log, tick, kind, NONE, NONE, p, cents)


@loop
def _wages(world: World, tick: int) -> None:
    for i in range(len(world.npcs)):
        npc, purse = world.npcs[i], world.purses[i]
        if not npc.alive or npc.work < 0:
            continue
        due, there = _due(world, i), world.places[npc.work]
        paid = min(due, int(there.till), MOST_MONEY - int(npc.money))
        npc.money += paid
        there.till -= paid
        purse.worked, purse.owed = 0, due - paid
        if paid > 0:
            emit(world.log, tick, WAGE, i, NONE, int(npc.work), paid)
        if due > paid:
            emit(world.log, tick, OWED, i, NONE, int(npc.work), due - paid)


@loop
def _deliveries(world: World, tick: int) -> None:
    rules, gate = world.rules[0], world.gate[0]
    for p in range(len(world.places)):
        there = world.places[p]
        if there.kind not in (CAFE, SHOP):
            continue
        cost = int(rules.meal_cost if there.kind == CAFE else rules.basket_cost)
        shelf = min(int(rules.shelf * there.capacity), int(MOST_STOCK))
        units = max(0, shelf - int(there.stock))
        if cost > 0:
            units = min(units, int(there.till) // cost)
        if units > 0:
            there.till -= units * cost
            gate.outside += units * cost
            there.stock += units
            emit(world.log, tick, STOCKED, NONE, NONE, p, units * cost)


@loop
def _surplus(world: World, tick: int) -> None:
    for p in range(len(world.places)):
        if world.places[p].kind == HOME:
            continue
        cents = int(world.places[p].till) - world.rules[0].reserve
        if cents < 0:
            cents = -min(-cents, int(world.gate[0].town))
        world.places[p].till -= cents
        world.gate[0].town += cents
        if cents > 0:
            emit(world.log, tick, SURPLUS, NONE, NONE, p, cents)
        elif cents < 0:
            emit(world.log, tick, FUNDED, NONE, NONE, p, -cents)


@loop
def _benefits(world: World, tick: int) -> None:
    gate = world.gate[0]
    for i in range(len(world.npcs)):
        if not world.npcs[i].alive:
            continue
        cents = min(int(world.purses[i].benefit), int(gate.town), MOST_MONEY - int(world.npcs[i].money))
        if cents > 0:
            gate.town -= cents
            world.npcs[i].money += cents
            emit(world.log, tick, BENEFIT, i, NONE, NONE, cents)


@loop
def _rents(world: World, tick: int) -> None:
    for i in range(len(world.npcs)):
        npc = world.npcs[i]
        if not npc.alive or not world.purses[i].tenant:
            continue
        home = int(npc.home)
        due = min(int(world.places[home].price) + int(npc.arrears), int(MOST_MONEY))
        paid = min(due, int(npc.money))
        npc.money -= paid
        world.gate[0].town += paid
        npc.arrears = due - paid
        if paid > 0:
            emit(world.log, tick, RENT, i, NONE, home, paid)
        if due > paid:
            emit(world.log, tick, ARREARS, i, NONE, home, due - paid)


@loop
def _spend(world: World, tick: int) -> None:
    for i in range(len(world.npcs)):
        above = int(world.npcs[i].money) - int(world.purses[i].cushion)
        cents = int(above * world.rules[0].spending)
        if cents > 0:
            world.npcs[i].money -= cents
            world.gate[0].outside += cents
            emit(world.log, tick, SPENT, i, NONE, NONE, cents)


@loop
def _balance(world: World, tick: int) -> None:
    """The town's account back to its first sum; in several rows if one can't hold the amount."""
    gate = world.gate[0]
    for _ in range(len(world.places)):
        lacks = int(gate.budget) - int(gate.town)
        cents = min(abs(lacks), int(MOST_MONEY))
        if lacks > 0:
            cents = min(cents, int(gate.outside))
        if cents <= 0:
            break
        gate.town += cents if lacks > 0 else -cents
        gate.outside -= cents if lacks > 0 else -cents
        emit(world.log, tick, GRANT if lacks > 0 else LEVY, NONE, NONE, NONE, cents)


@loop
def settle(world: World, tick: int, day: int) -> None:
    """All that is reckoned with the first minute of a day."""
    _bills(world)
    _income(world, tick)
    _wages(world, tick)
    _deliveries(world, tick)
    pays = day % 7 == world.rules[0].rent_day
    if pays:
        _surplus(world, tick)
        _benefits(world, tick)
    share(world, tick)
    if pays:
        _rents(world, tick)
        _spend(world, tick)
        _balance(world, tick)
    world.gate[0].settled = day
