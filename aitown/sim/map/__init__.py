"""The map of a town: terrain, places, routes."""

from aitown.sim.map.fields import ARRIVED, DX, DY, UNREACHABLE
from aitown.sim.map.routes import HEADINGS, MapArrays, step_toward
from aitown.sim.map.townmap import PLACE_KINDS, TERRAIN, Area, Place, TownMap

__all__ = [
    "ARRIVED",
    "DX",
    "DY",
    "HEADINGS",
    "PLACE_KINDS",
    "TERRAIN",
    "UNREACHABLE",
    "Area",
    "MapArrays",
    "Place",
    "TownMap",
    "step_toward",
]
