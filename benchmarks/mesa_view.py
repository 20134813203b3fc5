"""The model of `mesa_town.py` in a city, with a space, which is what SolaraViz draws. `view_peers.py` looks at it."""

from __future__ import annotations

from mesa.space import ContinuousSpace
from mesa_town import MesaTown

from aitown import towns

START = 13 * 60
SEED = 7
UNDER_WAY = 60
"""Ticks until people walk; nobody does in the first 17, and a plot of what stays the same is not drawn anew."""


class Seen(MesaTown):
    def __init__(self, npcs: int) -> None:
        self.map, personas = towns.load("city", npcs)
        super().__init__(self.map, personas, START, SEED, 0)
        self.space = ContinuousSpace(self.map.width, self.map.height, torus=False)
        for resident in self.residents:
            self.space.place_agent(resident, (resident.x, resident.y))
        for _ in range(UNDER_WAY):
            self.step()

    def step(self) -> None:
        super().step()
        for resident in self.residents:
            if resident.pos != (resident.x, resident.y):
                self.space.move_agent(resident, (resident.x, resident.y))
