"""`solara run benchmarks/solara_view.py`: SolaraViz on the model of `mesa_view.py`, as a Mesa user would set it up.

VIEW_NPCS people; VIEW_BACKEND matplotlib or altair.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mesa.visualization import SolaraViz
from mesa.visualization.components import make_altair_space, make_mpl_space_component
from mesa_view import Seen

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
EVERY_MS = 50


def portrayal(agent):
    return {"color": COLOURS[agent.number % len(COLOURS)], "size": 8}


make = {"matplotlib": make_mpl_space_component, "altair": make_altair_space}[os.environ["VIEW_BACKEND"]]
npcs = int(os.environ["VIEW_NPCS"])
page = SolaraViz(Seen(npcs), components=[make(portrayal)], model_params={"npcs": npcs}, play_interval=EVERY_MS)
