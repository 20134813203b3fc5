# ruff: noqa: INP001 (beside a script that stands by itself)
"""A city of any size whose people stroll: what a town says in the binary form, without a simulation."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

from aitown.sim.codes import ACTIVITIES
from aitown.sim.map.city import city

sys.path.insert(0, str(Path(__file__).parent))
from scripted import HEADINGS, NEEDS, STEPS, Scripted

QUANTA = 8
STEP = np.array(STEPS)
STROLLERS = 0.3
HOUR = 13
TURNS = 0.1


class Crowd(Scripted):
    """`crowd-20000`: as many people as its name says; a `-paused` behind it makes it wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        count = int(name.split("-")[1])
        self.map = city(count)
        self.random = np.random.default_rng(7)
        self.people: list[Any] = []
        self.settle(count)

    def settle(self, count: int) -> None:
        # A third is out where people meet, the others are at home or at work.
        places = self.map.places
        lively = [p.id for p in places if p.kind in {"park", "square", "cafe", "shop"}]
        quiet = [p.id for p in places if p.kind not in {"park", "square", "cafe", "shop"}]
        self.place = np.where(
            self.random.random(count) < STROLLERS + 0.05,
            self.random.choice(lively or quiet, count),
            self.random.choice(quiet or lively, count),
        )
        tiles = [np.asarray(places[i].tiles) for i in range(len(places))]
        at = np.array(
            [tiles[p][int(r * len(tiles[p]))] for p, r in zip(self.place, self.random.random(count), strict=True)]
        )
        self.x, self.y = at % self.map.width, at // self.map.width
        self.heading = self.random.integers(0, 8, count)
        kinds = np.array([p.kind for p in places])[self.place]
        by_kind = {"home": "at home", "work": "working", "school": "studying", "cafe": "eating", "shop": "shopping"}
        self.doing = np.array([ACTIVITIES.index(by_kind.get(kind, "relaxing")) for kind in kinds])
        self.strolls = self.random.random(count) < STROLLERS
        self.needs = self.random.beta(3, 2, (len(NEEDS), count))
        # Moods differ by district, so that a map of them shows something.
        self.needs[0] = np.clip(
            0.5 + 0.35 * np.sin(self.x / 90) * np.cos(self.y / 70) + 0.3 * (self.needs[0] - 0.6), 0, 1
        )

    @property
    def now(self) -> str:
        minutes, seconds = divmod(HOUR * 3600 + self.tick * 10, 60)
        return f"2025-03-03T{minutes // 60 % 24:02d}:{minutes % 60:02d}:{seconds:02d}"

    def step(self) -> None:
        self.tick += 1
        who = np.flatnonzero(self.strolls)
        turn = self.random.random(len(who)) < TURNS
        self.heading[who[turn]] = self.random.integers(0, 8, turn.sum())
        dx, dy = STEP[self.heading[who]].T
        x = np.clip(self.x[who] + dx, 0, self.map.width - 1)
        y = np.clip(self.y[who] + dy, 0, self.map.height - 1)
        free = self.map.walkable[y, x]
        self.x[who[free]], self.y[who[free]] = x[free], y[free]
        self.doing[who] = ACTIVITIES.index("walking")
        self.heading[who[~free]] = self.random.integers(0, 8, (~free).sum())

    def schema(self) -> dict[str, Any]:
        tile = {"unit": "tile", "dtype": "i2", "per_unit": QUANTA}
        return {
            "npcs": [
                {"name": "x", **tile},
                {"name": "y", **tile},
                {"name": "heading", "unit": "label", "dtype": "u1", "labels": HEADINGS},
                {"name": "place", "unit": "id", "dtype": "i4", "refers": "places"},
                {"name": "activity", "unit": "label", "dtype": "u1", "labels": ACTIVITIES},
                *(
                    {"name": name, "unit": "1", "dtype": "i2", "per_unit": 1000, "good": good}
                    for name, good in NEEDS.items()
                ),
            ],
            "places": [],
        }

    def columns(self, who: Any) -> dict[str, Any]:
        out = {
            "id": who.astype("<i4"),
            "x": (self.x[who] * QUANTA + QUANTA // 2).astype("<i2"),
            "y": (self.y[who] * QUANTA + QUANTA // 2).astype("<i2"),
            "heading": self.heading[who].astype("u1"),
            "place": np.where(self.strolls[who], -1, self.place[who]).astype("<i4"),
            "activity": self.doing[who].astype("u1"),
        }
        return out | {name: np.rint(self.needs[i][who] * 1000).astype("<i2") for i, name in enumerate(NEEDS)}

    def encode(self, message: dict[str, Any], who: Any) -> bytes:
        columns = self.columns(who)
        kinds = [[name, values.dtype.str[1:]] for name, values in columns.items()]
        payload = message["payload"] | {
            "tick": self.tick,
            "clock": self.now,
            "day": 1,
            "npcs": {"rows": len(who), "columns": kinds},
            "places": {"rows": 0, "columns": [["id", "i4"]]},
            "saying": {},
        }
        head = json.dumps({**message, "payload": payload, **self.stamp()}).encode()
        head += b" " * (-len(head) % 4)
        parts = [struct.pack("<I", len(head)), head]
        for values in columns.values():
            data = values.tobytes()
            parts.append(data + b"\0" * (-len(data) % 4))
        return b"".join(parts)

    def constants(self) -> dict[str, Any]:
        places = [{"id": p.id, "name": p.name, "kind": p.kind, "x": p.x, "y": p.y} for p in self.map.places]
        return {
            "town": self.name,
            "run": "20250303-060000-dev1",
            "tick_seconds": 10,
            "names": [f"Person {i:,}" for i in range(len(self.x))],
            "place_info": places,
            "map": self.map.payload(),
        }

    def whole(self) -> bytes:
        full = {"type": "full_state", "payload": self.constants(), **self.about()}
        return self.encode(full, np.arange(len(self.x)))

    def full(self) -> dict[str, Any]:
        columns = {name: values.tolist() for name, values in self.columns(np.arange(len(self.x))).items()}
        now = {"tick": self.tick, "clock": self.now, "day": 1, "npcs": columns, "places": {"id": []}, "saying": {}}
        return {"type": "full_state", "payload": self.constants() | now, **self.stamp(), **self.about()}

    def receive(self, wish: dict[str, Any]) -> None:
        """Whoever strolls doesn't listen."""

    @property
    def watched(self) -> bool:
        return bool(self.viewers)

    def publish(self) -> None:
        before, self.seq = self.seq, self.seq + 1
        update = {"type": "state_update", "payload": {"removed": []}, "base": before}
        data = self.encode(update, np.flatnonzero(self.strolls))
        for viewer in list(self.viewers):
            viewer.write_message(data, binary=True)
