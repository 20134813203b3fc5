# ruff: noqa: INP001, PLR0911 (beside a script that stands by itself)
"""The people of riverbend, who walk between its places by the clock; what they feel is made up."""

from __future__ import annotations

import json
import sys
from collections import deque
from pathlib import Path
from random import Random
from typing import Any

from aitown.persona import personas_from_file
from aitown.sim.map import TownMap

sys.path.insert(0, str(Path(__file__).parent))
from scripted import HEADINGS, NEEDS, STEPS, Scripted

ROOT = Path(__file__).resolve().parents[2]
TOWN = ROOT / "aitown/towns/riverbend"
STARTS = {"day": 11 * 60 + 58, "morning": 6 * 60 + 55, "dusk": 19 * 60 + 5, "night": 22 * 60 + 35}
LINES = (
    "Morning! The heron is back by the stone bridge.",
    "Did you try the plum tart? They sold out before ten.",
    "I heard they want to mend the mill wheel this summer.",
    "The market is quiet today.",
    "Come by for tea after work, will you?",
    "My tomatoes are finally turning red.",
    "Lovely light on the river this evening.",
)


def columns() -> list[dict[str, Any]]:
    return [
        {"name": name, "dtype": "i2", "unit": "1", "good": good, "doc": f"{name}, from 0 to 1"}
        for name, good in NEEDS.items()
    ]


class Script(Scripted):
    """Twenty-five people who go where the clock says."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.map = TownMap.from_tiled(TOWN / "riverbend.tmj", art="tiles" in name)
        self.people = personas_from_file(TOWN / "personas.json")
        self.random = Random(7)
        self.minute0 = STARTS.get(name.split("-", maxsplit=1)[0], 700) - 60
        self.shut: set[int] = set()
        self.events: list[dict[str, Any]] = []
        self.event_id = 0
        self.width = self.map.width
        self.npcs = [self.newborn(i) for i in range(len(self.people))]
        for _ in range(360):
            self.step()

    def newborn(self, i: int) -> dict[str, Any]:
        home = self.map.place(self.people[i].home)
        tile = int(self.random.choice(list(home.tiles)))
        return {
            "tile": tile,
            "path": deque(),
            "goal": home.name,
            "heading": "south",
            "saying": "",
            "until": 0,
            "with": -1,
        }

    @property
    def day(self) -> int:
        return 1 + (self.minute0 * 60 + self.tick * 10) // 86400

    @property
    def now(self) -> str:
        rest = (self.minute0 * 60 + self.tick * 10) % 86400
        return f"2025-03-{2 + self.day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"

    def schema(self) -> dict[str, Any]:
        return {"npcs": columns()}

    def wish(self, i: int, minute: int) -> tuple[str, str, str]:
        person = self.people[i]
        late = (i * 37) % 50
        if minute < 370 + late or minute > 1315 + late:
            return person.home, "sleeping", "tired"
        if minute < 440 + late:
            return person.home, "eating", "breakfast time"
        if person.work and minute < 720 + late % 30:
            return person.work, "studying" if person.occupation == "pupil" else "working", "work hours"
        if minute < 790 + late:
            where = ("Mill Café", "Market Square", "The Ferryman", "Riverside")[i % 4]
            return where, "eating" if i % 4 != 1 else "talking", "hungry"
        if person.work and minute < 1010 + late:
            return person.work, "working", "work hours"
        if minute < 1230 + late:
            where = ("Market Square", "Willow Park", "Mill Café", "Corner Shop", "Riverside", person.home)[i % 6]
            what = ("talking", "relaxing", "eating", "shopping", "relaxing", "at home")[i % 6]
            return where, what, ("lonely", "bored", "hungry", "out of bread", "bored", "tired")[i % 6]
        return person.home, "relaxing", "tired"

    def route(self, start: int, goal: int) -> deque[int]:
        walkable, width = self.map.walkable, self.width
        came = {start: start}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            if here == goal:
                break
            x, y = here % width, here // width
            for dx, dy in STEPS:
                nx, ny = x + dx, y + dy
                if not (0 <= nx < width and 0 <= ny < self.map.height and walkable[ny, nx]):
                    continue
                if dx and dy and not (walkable[y, nx] and walkable[ny, x]):
                    continue
                there = ny * width + nx
                if there not in came:
                    came[there] = here
                    queue.append(there)
        path: deque[int] = deque()
        while goal != start and goal in came:
            path.appendleft(goal)
            goal = came[goal]
        return path

    def say(self, kind: str, npc: int, other: int = -1, text: str = "") -> None:
        place = next((p.id for p in self.map.places if p.name == self.npcs[npc]["goal"]), -1)
        self.event_id += 1
        self.events.append(
            {
                "id": self.event_id,
                "tick": self.tick,
                "kind": kind,
                "npc": npc,
                "other": other,
                "place": place,
                "text": text,
            }
        )

    def step(self) -> None:
        self.tick += 1
        minute = (self.minute0 + self.tick // 6) % 1440
        for i, npc in enumerate(self.npcs):
            place, npc["doing"], npc["why"] = self.wish(i, minute)
            if place != npc["goal"]:
                npc["goal"] = place
                goal = int(self.random.choice(list(self.map.place(place).tiles)))
                npc["path"] = self.route(npc["tile"], goal)
                self.say("decided", i)
            if npc["path"]:
                was, npc["tile"] = npc["tile"], npc["path"].popleft()
                step = (npc["tile"] % self.width - was % self.width, npc["tile"] // self.width - was // self.width)
                npc["heading"] = HEADINGS[STEPS.index(step)]
                if not npc["path"]:
                    self.say("arrived", i)
            if self.tick > npc["until"]:
                npc["saying"], npc["with"] = "", -1
        if self.tick % 9 == 0:
            self.talk()

    def talk(self) -> None:
        awake = [i for i, npc in enumerate(self.npcs) if not npc["path"] and npc["doing"] != "sleeping"]
        self.random.shuffle(awake)
        for i in awake:
            for j in awake:
                if i != j and self.npcs[i]["goal"] == self.npcs[j]["goal"] and self.npcs[i]["until"] < self.tick:
                    text = self.random.choice(LINES)
                    self.npcs[i].update({"saying": text, "until": self.tick + 24, "with": j})
                    self.npcs[j]["with"], self.npcs[j]["until"] = i, self.tick + 24
                    self.say("said", i, j, text)
                    return

    def payload(self, whole: bool) -> dict[str, Any]:
        rows = []
        for i, npc in enumerate(self.npcs):
            walking = bool(npc["path"])
            phase = (self.tick / 900 + i * 0.13) % 1
            rows.append(
                {
                    "id": i,
                    "name": self.people[i].name,
                    "x": npc["tile"] % self.width + 0.5,
                    "y": npc["tile"] // self.width + 0.5,
                    "heading": npc["heading"],
                    "place": None if walking else npc["goal"],
                    "activity": "walking" if walking else npc["doing"],
                    "why": npc["why"],
                    "target": npc["goal"],
                    "partner": npc["with"] if npc["with"] >= 0 else None,
                    "mood": round(0.5 + 0.4 * phase, 3),
                    "hunger": round(phase, 3),
                    "energy": round(1 - 0.8 * phase, 3),
                    "social": round((phase + 0.4) % 1, 3),
                    "fun": round((phase + 0.7) % 1, 3),
                    "saying": npc["saying"],
                }
            )
        places = [
            {
                "id": p.id,
                "name": p.name,
                "kind": p.kind,
                "x": p.x,
                "y": p.y,
                "open": p.id not in self.shut,
                "occupants": sum(row["place"] == p.name for row in rows),
            }
            for p in self.map.places
        ]
        out = {
            "town": "riverbend",
            "run": "20250303-060000-dev0",
            "tick": self.tick,
            "clock": self.now,
            "day": self.day,
            "tick_seconds": 10,
            "npcs": rows,
            "places": places,
        }
        return {**out, "map": self.map.payload()} if whole else out

    def full(self) -> dict[str, Any]:
        return {"type": "full_state", "payload": self.payload(whole=True), **self.stamp(), **self.about()}

    def whole(self) -> str:
        return json.dumps(self.full())

    def publish(self) -> None:
        self.seq += 1
        events, self.events = self.events, []
        update = {"type": "state_update", "payload": self.payload(whole=False), **self.stamp()}
        for viewer in list(self.viewers):
            if events:
                viewer.write_message(json.dumps({"type": "event", "events": events}))
            viewer.write_message(json.dumps(update))

    def receive(self, wish: dict[str, Any]) -> None:
        """Who is spoken to says it again, who is sent goes there, a closed place is closed."""
        if wish["kind"] == "say":
            self.npcs[wish.get("to", 0)].update({"saying": wish["text"], "until": self.tick + 60})
        elif wish["kind"] == "move":
            goal = self.map.places[wish["place"]]
            npc = self.npcs[wish["npc"]]
            npc["goal"], npc["path"] = goal.name, self.route(npc["tile"], int(goal.tiles[0]))
        elif wish["kind"] in ("open", "close", "hours"):
            (self.shut.add if wish["kind"] == "close" else self.shut.discard)(wish["place"])
        self.publish()
