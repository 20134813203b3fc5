"""Systems of a researcher, as a notebook or a module beside it has them."""

import numba
import numpy as np

from aitown.system import column


class Infection:
    """It spreads among those who share a place."""

    columns = (column("infected", "1 once the NPC has caught it."), column("caught_at", "When.", "tick", shown=False))

    def __init__(self, rate=2.0, first=0):
        self.rate, self.first = rate, first

    def begin(self, npcs, places, now):
        npcs.infected[self.first] = 1
        npcs.caught_at[self.first] = now.tick

    def step(self, npcs, places, now):
        inside = npcs.place >= 0
        sick = np.bincount(npcs.place[inside & (npcs.infected == 1)], minlength=len(places))
        risk = 1 - (1 - now.chance(self.rate)) ** sick[npcs.place]
        new = inside & (npcs.infected == 0) & (now.uniform() < risk)
        npcs.infected[new] = 1
        npcs.caught_at[new] = now.tick


class Crowd:
    """How full each place is, smoothed."""

    columns = (column("crowd", "Occupants, smoothed.", "number", per_unit=100, table="places"),)
    every = 1

    def step(self, npcs, places, now):
        places["crowd"] += 0.05 * (places["occupants"] - places["crowd"])


@numba.njit
def _tire(walked, x, y, before_x, before_y):
    for i in range(len(walked)):
        walked[i] += abs(x[i] - before_x[i]) + abs(y[i] - before_y[i])
        before_x[i], before_y[i] = x[i], y[i]


def walked(npcs, places, now):
    """How far everybody has walked, by compiled code."""
    _tire(npcs.walked, npcs.x, npcs.y, npcs.was_x, npcs.was_y)


walked.columns = (
    column("walked", "Tiles walked.", "number", unit="tile", per_unit=10),
    column("was_x", "x at the last step.", "number", shown=False),
    column("was_y", "y at the last step.", "number", shown=False),
)
