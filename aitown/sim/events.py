"""Events on their way out: rows that compiled code wrote, then `Events` with the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import constant
from aitown.sim.compiled import loop

if TYPE_CHECKING:
    from aitown.sim.world import Log

EVENTS_A_TICK = 19
"""At most so many rows does an NPC cause in a tick: mind_error, decided, arrived, met or parted, two lines, told,
believed or doubted, accepted or declined, forgot, woke or slept, wage, owed, shared, rent, arrears, benefit, spent, and
sold, sold_out or refused."""
EVENTS_A_PLACE = 4
"""And a place: export or funded, stocked, surplus or funded; the last is its part of the rows of grant or levy."""
GIFTS_A_TICK = 64
"""So many gifts and deliveries from outside are taken in one tick."""


PLAIN = constant(0)
"""The detail of events without words."""


@loop
def emit(log: Log, tick: int, kind: int, npc: int, other: int, place: int, detail: int) -> None:
    """Append a row. The schedule leaves room before it starts a tick."""
    row = log.rows[log.filled[0]]
    row.tick = tick
    row.kind = kind
    row.npc = npc
    row.other = other
    row.place = place
    row.detail = detail
    log.filled[0] += 1
