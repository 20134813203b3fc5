"""aitown: simulated towns of NPCs for research, alive in a notebook, with their whole history in pandas.

>>> import aitown
>>> town = aitown.Town(map="riverbend", npcs=25, seed=7)  # in this process
>>> run = town.run(days=1)  # a History
>>> run.npcs(columns=["activity"], every=60)  # a DataFrame

In a notebook on a Jupyter server, `aitown.open("riverbend", npcs=25, seed=7)` shows a town that lives beside the server
and stays alive when the kernel restarts. Names are loaded when they are first used: `import aitown` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aitown.display import show
    from aitown.errors import AitownError
    from aitown.history import History, compare, load, metric, runs
    from aitown.live import LiveTown, open  # noqa: A004 (aitown.open is its public name)
    from aitown.persona import Persona
    from aitown.sim.map import TownMap
    from aitown.town import Town

__version__ = "0.1.0"

_HOME = {
    "AitownError": "aitown.errors",
    "History": "aitown.history",
    "LiveTown": "aitown.live",
    "Persona": "aitown.persona",
    "Town": "aitown.town",
    "TownMap": "aitown.sim.map",
    "compare": "aitown.history",
    "load": "aitown.history",
    "metric": "aitown.history",
    "open": "aitown.live",
    "runs": "aitown.history",
    "show": "aitown.display",
}

__all__ = [
    "AitownError",
    "History",
    "LiveTown",
    "Persona",
    "Town",
    "TownMap",
    "compare",
    "load",
    "metric",
    "open",
    "runs",
    "show",
]


_PLAIN = ("AitownError", "Persona", "Routine", "TownMap")


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        if "IPython" in sys.modules and name not in _PLAIN:
            importlib.import_module("aitown.display").register()
        return value
    raise AttributeError(f"module 'aitown' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from aitown.server.app import AitownApp

    return [{"module": "aitown.server.app", "app": AitownApp}]
