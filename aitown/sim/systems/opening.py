"""opening: a place lets visitors in between its hours, unless somebody outside holds it open or closed.

Who lives or works there goes in at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import HELD_OPEN, HOURS
from aitown.sim.compiled import inlined

if TYPE_CHECKING:
    from aitown.sim.world import Now, World


@inlined
def opening(world: World, now: Now) -> None:
    if not now.fresh and world.gate[0].places_at != now.tick:
        return
    for p in range(len(world.places)):
        opens, closes = world.places[p].opens, world.places[p].closes
        if closes > opens:
            inside = opens <= now.minute < closes
        else:
            inside = now.minute >= opens or now.minute < closes
        held = world.places[p].held
        if held != HOURS:
            inside = held == HELD_OPEN
        world.places[p].open = 1 if inside else 0
