"""Buying: what a stay costs, who can pay it, how much it is felt, and the sale at the counter.

A café sells meals to those who come to eat and drinks, at `Parameters.drink_share` of a meal, to those who come for
company; a shop sells baskets. One pays on arrival, once for each stay and purpose. Who lives or works there pays
nothing; no other kind of place sells anything. Paying is felt as −`Parameters.thrift` × ln(1 − price / money), so that
the same price weighs more with the poor (Bernoulli 1738).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aitown.sim.codes import CAFE, EATING, NONE, REFUSED, SHOP, SHOPPING, SOCIALISING, SOLD, SOLD_OUT
from aitown.sim.compiled import loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.npcs import MOST_MONEY

if TYPE_CHECKING:
    from aitown.sim.world import World


@loop
def price(world: World, place: int, doing: int) -> int:
    """What one pays, in cents, for doing something in a place; -1 where nothing is sold for it."""
    there = world.places[place]
    if there.kind == CAFE and doing == EATING:
        return int(there.price)
    if there.kind == CAFE and doing == SOCIALISING:
        return int(world.rules[0].drink_share * there.price)
    if there.kind == SHOP and doing == SHOPPING:
        return int(there.price)
    return -1


@loop
def can_buy(world: World, i: int, place: int, doing: int) -> bool:
    """Whether there is something left that the NPC can pay, or nothing has to be paid."""
    cost = price(world, place, doing)
    if cost < 0 or place == world.npcs[i].work or place == world.npcs[i].home:
        return True
    return bool(world.places[place].stock > 0 and world.npcs[i].money >= cost)


@loop
def regret(world: World, i: int, place: int, doing: int) -> float:
    """Usefulness lost by paying, at least 0; endless for all that one has."""
    cost = price(world, place, doing)
    if cost <= 0 or place == world.npcs[i].work or place == world.npcs[i].home:
        return 0.0
    left = 1.0 - cost / max(float(world.npcs[i].money), 1.0)
    return -float(world.rules[0].thrift) * math.log(left) if left > 0 else 1e9


@loop
def refused(world: World, i: int, tick: int) -> bool:
    """Whether the NPC has just been refused where it came to buy."""
    return bool(world.npcs[i].visiting and world.purses[i].refused_at == tick - 1)


@loop
def buy(world: World, i: int, tick: int) -> None:
    """A visitor who stands in a café or shop is served or refused."""
    npcs, purse = world.npcs, world.purses[i]
    place, doing = int(npcs[i].place), int(npcs[i].intent)
    if place != npcs[i].target or not npcs[i].settled:
        purse.served = NONE
        return
    cost = price(world, place, doing)
    if cost < 0:
        return
    again = purse.served == place and purse.served_for == doing
    if again and purse.got:
        return
    there = world.places[place]
    purse.served, purse.served_for = place, doing
    if there.stock > 0 and npcs[i].money >= cost and there.till + cost <= MOST_MONEY:
        there.stock -= 1
        npcs[i].money -= cost
        there.till += cost
        purse.got = 1
        emit(world.log, tick, SOLD, i, NONE, place, cost)
        return
    purse.got, purse.refused_at = 0, tick
    world.attention.decides_at[i] = 0
    if not again and there.stock <= 0:
        emit(world.log, tick, SOLD_OUT, i, NONE, place, PLAIN)
    elif not again:
        emit(world.log, tick, REFUSED, i, NONE, place, cost)
