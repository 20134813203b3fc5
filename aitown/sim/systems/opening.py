"""opening: a place lets visitors in between its hours of the day, unless somebody outside holds it open or closed.

Who lives or works there goes in at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.codes import HELD_OPEN, HOURS
from aitown.sim.compiled import inlined, loop

if TYPE_CHECKING:
    from aitown.sim.map import MapArrays
    from aitown.sim.world import Now, World


@loop
def open_at(town: MapArrays, place: int, day: int, minute: int) -> bool:
    """Whether a place's hours include a minute of a weekday (0 is Monday); hours may reach into the next day."""
    opens, closes = town.hours[place, day, 0], town.hours[place, day, 1]
    if opens >= 0 and minute >= opens and (minute < closes or closes <= opens):
        return True
    opens, closes = town.hours[place, day - 1, 0], town.hours[place, day - 1, 1]
    return bool(opens >= 0 and closes <= opens and minute < closes)


@inlined
def opening(world: World, town: MapArrays, now: Now) -> None:
    if not now.fresh and world.gate[0].places_at != now.tick:
        return
    for p in range(len(world.places)):
        inside = open_at(town, p, now.day % 7, now.minute)
        held = world.places[p].held
        if held != HOURS:
            inside = held == HELD_OPEN
        if world.places[p].open and not inside:
            world.gate[0].shut_at = now.tick
        world.places[p].open = 1 if inside else 0
