"""`python benchmarks/mesa_page.py`: the page of aitown's widget on the model of `mesa_view.py`.

Prints its address, whose `?town=crowd-1000` has so many people.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "widgets/dev"))  # its crowd.py, not that of this folder

import crowd
import serve
from mesa_view import Seen

from aitown.sim.codes import ACTIVITIES


class MesaCrowd(crowd.Crowd):
    """The model as a page takes a town: the whole of it once, then those who changed."""

    def settle(self, count: int) -> None:
        self.model = Seen(count)
        self.look()

    def step(self) -> None:
        before = self.columns(self.everybody)
        self.tick += 1
        self.model.step()
        self.look()
        now = self.columns(self.everybody)
        self.strolls = np.any([before[name] != now[name] for name in now], axis=0)

    def look(self) -> None:
        def each(name: str) -> Any:
            return np.array([getattr(one, name) for one in self.model.residents])

        self.everybody = np.arange(len(self.model.residents))
        self.strolls = np.zeros(len(self.everybody), bool)
        self.x, self.y, self.place, self.heading = (each(name) for name in ("x", "y", "place", "heading"))
        self.doing = np.array([ACTIVITIES.index(one.activity) for one in self.model.residents])
        self.needs = np.array([each(name) for name in crowd.NEEDS])

    def columns(self, who: Any) -> dict[str, Any]:
        x, y = ((at[who] * crowd.QUANTA).astype("<i2") for at in (self.x, self.y))
        return super().columns(who) | {"x": x, "y": y, "place": self.place[who].astype("<i4")}


if __name__ == "__main__":
    serve.Crowd = MesaCrowd
    asyncio.run(serve.main(0))
