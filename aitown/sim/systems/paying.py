"""paying: what changes hands, in whole cents: gifts, sales (`buying`), wages, deliveries, rent (`settling`).

Every cent is somebody's: an NPC's, in a place's till, the town's or the world's beyond it; no rule makes or destroys
one. An NPC pays no more than it has. Minutes of work are counted where one works and stands at one's place. All but
gifts happens when a minute begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import GAVE, NONE, STOCKED, WORKING
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import emit
from aitown.sim.npcs import MOST_MONEY, MOST_STOCK
from aitown.sim.systems.buying import buy
from aitown.sim.systems.settling import settle

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@loop
def _hand_over(world: World, tick: int) -> None:
    """What was given and delivered from outside."""
    npcs, places, gate = world.npcs, world.places, world.gate[0]
    for g in range(gate.gifts):
        gift = world.gifts[g]
        by, to, place, cents = int(gift.by), int(gift.to), int(gift.place), int(gift.cents)
        if (by >= 0 and not npcs[by].alive) or (to >= 0 and not npcs[to].alive):
            continue
        if gift.units > 0:
            places[place].stock = min(int(places[place].stock) + int(gift.units), int(MOST_STOCK))
            emit(world.log, tick, STOCKED, NONE, NONE, place, 0)
            continue
        cents = min(cents, int(npcs[by].money) if by >= 0 else int(gate.outside))
        if to >= 0:
            cents = min(cents, MOST_MONEY - int(npcs[to].money))
        elif place >= 0:
            cents = min(cents, MOST_MONEY - int(places[place].till))
        if by >= 0:
            npcs[by].money -= cents
        else:
            gate.outside -= cents
        if to >= 0:
            npcs[to].money += cents
        elif place >= 0:
            places[place].till += cents
        else:
            gate.outside += cents
        emit(world.log, tick, GAVE, by, to, place, cents)


@loop
def _live(world: World, tick: int) -> None:
    """A minute of everybody: visitors buy, workers work."""
    npcs, rules = world.npcs, world.rules[0]
    seconds = rules.start_second + tick * rules.tick_seconds
    minutes = seconds // 60 - (seconds - rules.tick_seconds) // 60
    for i in range(len(npcs)):
        if not npcs[i].alive:
            continue
        if npcs[i].visiting:
            buy(world, i, tick)
            continue
        if npcs[i].intent == WORKING and npcs[i].settled and npcs[i].place == npcs[i].work:
            world.purses[i].worked += minutes
        world.purses[i].served = NONE


@inlined
def paying(world: World, now: Now) -> None:
    if world.gate[0].gifts_at == now.tick:
        _hand_over(world, now.tick)
    if now.fresh:
        _live(world, now.tick)
        if now.day != world.gate[0].settled:
            settle(world, now.tick, now.day)
