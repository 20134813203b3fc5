"""Inputs about money, held to what the town has and written where `paying` takes them up in the same tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.errors import InputRejected
from aitown.sim.codes import CAFE, HOME, SHOP
from aitown.sim.events import GIFTS_A_TICK
from aitown.sim.inputs import Give, Price, Restock, Wage
from aitown.sim.map import PLACE_KINDS
from aitown.sim.money import written
from aitown.sim.npcs import MOST_MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitown.columns import Table
    from aitown.sim.inputs import Input


class Giving:
    """Checks and writes the inputs about money of one model."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._npcs, self._places = tables["npcs"], tables["places"]
        self._gate, self._gifts = tables["gate"], tables["gifts"]

    def check(self, given: Give | Price | Wage | Restock, at: int, waiting: Sequence[Input] = ()) -> None:
        """Hold an input to this town; `waiting` are accepted for the same tick and not yet applied.

        Raises:
            InputRejected: for more than the giver has or the receiver can hold, a price, wage or delivery where none
                is, or more than `GIFTS_A_TICK` gifts in a tick.
        """
        more = [one for one in waiting if isinstance(one, Give | Restock)]
        if isinstance(given, Give | Restock) and self._filled(at) + len(more) >= GIFTS_A_TICK:
            raise InputRejected(f"{GIFTS_A_TICK} gifts and deliveries in one tick.", "Step before you give the next.")
        if isinstance(given, Give):
            self._check_give(given, at, [one for one in more if isinstance(one, Give)])
            return
        kind = self._places["kind"][given.place]
        label = PLACE_KINDS[kind]
        if isinstance(given, Price) and kind not in (CAFE, SHOP, HOME):
            raise InputRejected(f"a place of kind {label} has no price.", "Cafés, shops and homes have one.")
        if isinstance(given, Restock) and kind not in (CAFE, SHOP):
            raise InputRejected(f"a place of kind {label} has no stock.", "Cafés and shops have.")
        if isinstance(given, Wage) and kind == HOME:
            raise InputRejected("a home pays no wage.", "Name a place where people work.")

    def apply(self, given: Give | Price | Wage | Restock, at: int) -> None:
        """Write an input that has been checked."""
        if isinstance(given, Price):
            self._places["price"][given.place] = given.cents
        elif isinstance(given, Wage):
            self._places["wage"][given.place] = given.cents
        elif isinstance(given, Restock):
            self._add(at, -1, -1, given.place, 0, given.units)
        else:
            self._add(at, given.by, given.to, given.place, given.cents, 0)

    def _filled(self, at: int) -> int:
        return int(self._gate["gifts"][0]) if self._gate["gifts_at"][0] == at else 0

    def _add(self, at: int, *row: int) -> None:
        place = self._filled(at)
        for name, value in zip(("by", "to", "place", "cents", "units"), row, strict=True):
            self._gifts[name][place] = value
        self._gate["gifts"][0], self._gate["gifts_at"][0] = place + 1, at

    def _check_give(self, given: Give, at: int, more: Sequence[Give]) -> None:
        waiting = self._gifts.records[: self._filled(at)]
        if given.by >= 0:
            has = int(self._npcs["money"][given.by])
            has -= int(waiting["cents"][waiting["by"] == given.by].sum(dtype="i8"))
            has -= sum(one.cents for one in more if one.by == given.by)
            if given.cents > has:
                raise InputRejected(
                    f"NPC {given.by} has {written(has)} to give; {written(given.cents)} were asked for.", "Give less."
                )
        if given.to >= 0:
            holds = int(self._npcs["money"][given.to])
            holds += sum(one.cents for one in more if one.to == given.to)
            coming = waiting["to"] == given.to
        elif given.place >= 0:
            holds = int(self._places["till"][given.place])
            holds += sum(one.cents for one in more if one.to < 0 and one.place == given.place)
            coming = (waiting["to"] < 0) & (waiting["place"] == given.place)
        else:
            return
        if holds + int(waiting["cents"][coming].sum(dtype="i8")) + given.cents > MOST_MONEY:
            raise InputRejected(f"more than {written(int(MOST_MONEY))} would be in one hand.", "Give less.")
