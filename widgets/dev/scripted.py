# ruff: noqa: INP001 (beside a script that stands by itself)
"""What every scripted town has: viewers, a pace, and the controls of PROTOCOL.md. What happens in it is its own."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from typing import Any

HEADINGS = ("east", "southeast", "south", "southwest", "west", "northwest", "north", "northeast")
STEPS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
NEEDS = {"mood": "high", "hunger": "low", "energy": "high", "social": "high", "fun": "high"}
"""Each with the end that is pleasant."""
HB = 10
START = "2025-03-03T06:00:00"
FASTEST = 20
"""Updates a second."""
REFUSAL = {"message": "The town has ended.", "remedy": "Open it again."}


class Scripted(ABC):
    """A town without a simulation. `…-paused` begins standing still, `…-refused` refuses whatever is asked of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tick = self.seq = 0
        self.epoch = f"{time.time():.0f}"
        self.speed, self.paused = 10.0, name.endswith("paused")
        self.viewers: set[Any] = set()

    # what it is

    @property
    @abstractmethod
    def now(self) -> str:
        """Date and time in the town."""

    @abstractmethod
    def step(self) -> None:
        """One tick."""

    @abstractmethod
    def publish(self) -> None:
        """Send every viewer what is new."""

    @abstractmethod
    def whole(self) -> str | bytes:
        """The first message of a viewer."""

    @abstractmethod
    def full(self) -> dict[str, Any]:
        """The answer to `/state`."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The columns of its tables."""

    @abstractmethod
    def receive(self, wish: dict[str, Any]) -> None:
        """An input that was accepted."""

    # what is said of it

    def status(self) -> dict[str, Any]:
        phase = "paused" if self.paused else "running"
        if self.name.startswith("failed"):
            why = "its process was ended by SIGKILL"
            return {"state": "failed", "phase": phase, "speed": self.speed, "reason": why}
        return {"state": "running", "phase": phase, "speed": self.speed, "reason": None}

    def stamp(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "seq": self.seq}

    def about(self) -> dict[str, Any]:
        """What a full state has beside its payload."""
        return {"hb": HB, "schema": self.schema(), "start": START, "status": self.status()}

    def tell(self) -> None:
        for viewer in list(self.viewers):
            viewer.write_message(json.dumps({"type": "status", **self.status()}))

    # what is done to it

    @property
    def refuses(self) -> dict[str, Any] | None:
        return {"type": "rejected", "error": "TownEnded", **REFUSAL} if self.name.endswith("refused") else None

    def take(self, wish: dict[str, Any]) -> dict[str, Any]:
        if self.refuses:
            return self.refuses
        self.receive(wish)
        return {"type": "accepted", "input": 1, "tick": self.tick + 1}

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.refuses or {"type": "done", **self.control(order)}

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        if order["op"] == "play":
            self.paused, self.speed = False, order.get("speed", self.speed)
        elif order["op"] == "pause":
            self.paused = True
        else:
            for _ in range(order["ticks"]):
                self.step()
            self.publish()
        self.tell()
        return {"tick": self.tick, "clock": self.now, "phase": self.status()["phase"], "speed": self.speed}

    async def run(self) -> None:
        """Goes on for ever, at its pace; `max` is as fast as it is told."""
        while True:
            speed = self.speed or 10 * FASTEST
            await asyncio.sleep(max(1 / FASTEST, 1 / speed))
            if not self.paused and self.watched:
                for _ in range(max(1, round(speed / FASTEST))):
                    self.step()
                self.publish()

    @property
    def watched(self) -> bool:
        """It goes on; a large one only while somebody looks."""
        return True
