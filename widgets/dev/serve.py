# ruff: noqa: INP001, PLR0911 (a script that stands by itself)
"""A page and a scripted town to look at the widget with: no simulation, no notebook, the wire as PROTOCOL.md says.

    python widgets/dev/serve.py [port]

then open http://localhost:8777/?town=dusk&theme=dark. Towns: day, morning, dusk, night; `dusk-2` is one more at that
hour, `day-tiles` shows the map's own tiles, nobody may act in one called `only-…`, and `crowd-20000` is a city with so
many people. The people walk between the places of riverbend by the clock; what they feel is made up. `/dev/drop` breaks
every connection for a minute, `/dev/close?town=day&code=4410` closes those of a town with a code, `/dev/viewers` counts
them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from pathlib import Path
from random import Random
from typing import Any

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
import tornado.websocket

from aitown.persona import personas_from_file
from aitown.sim.map import TownMap

sys.path.insert(0, str(Path(__file__).parent))
from crowd import Crowd

ROOT = Path(__file__).resolve().parents[2]
TOWN = ROOT / "aitown/towns/riverbend"
STARTS = {"day": 11 * 60 + 58, "morning": 6 * 60 + 55, "dusk": 19 * 60 + 5, "night": 22 * 60 + 35}
HB = 10
REFUSAL = {"message": "The town has ended.", "remedy": "Open it again."}
LINES = (
    "Morning! The heron is back by the stone bridge.",
    "Did you try the plum tart? They sold out before ten.",
    "I heard they want to mend the mill wheel this summer.",
    "The market is quiet today.",
    "Come by for tea after work, will you?",
    "My tomatoes are finally turning red.",
    "Lovely light on the river this evening.",
)
HEADINGS = ("east", "southeast", "south", "southwest", "west", "northwest", "north", "northeast")
STEPS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


def columns() -> list[dict[str, Any]]:
    needs = {"mood": "high", "hunger": "low", "energy": "high", "social": "high", "fun": "high"}
    return [
        {"name": name, "dtype": "i2", "unit": "1", "good": good, "doc": f"{name}, from 0 to 1"}
        for name, good in needs.items()
    ]


class Script:
    """Twenty-five people who go where the clock says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.map = TownMap.from_tiled(TOWN / "riverbend.tmj", art="tiles" in name)
        self.people = personas_from_file(TOWN / "personas.json")
        self.random = Random(7)
        self.minute0 = STARTS.get(name.split("-", maxsplit=1)[0], 700) - 60
        self.tick = 0
        self.seq = 0
        self.epoch = f"{time.time():.0f}"
        self.speed = 10.0
        self.paused = False
        self.viewers: set[Socket] = set()
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
    def clock(self) -> tuple[str, int]:
        seconds = self.minute0 * 60 + self.tick * 10
        day, rest = divmod(seconds, 86400)
        return f"2025-03-{3 + day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}", day + 1

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
        clock, day = self.clock
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
            "clock": clock,
            "day": day,
            "tick_seconds": 10,
            "npcs": rows,
            "places": places,
        }
        return {**out, "map": self.map.payload()} if whole else out

    def status(self) -> dict[str, Any]:
        phase = "paused" if self.paused else "running"
        if self.name.startswith("failed"):
            why = "its process was ended by SIGKILL"
            return {"state": "failed", "phase": phase, "speed": self.speed, "reason": why}
        return {"state": "running", "phase": phase, "speed": self.speed, "reason": None}

    def full(self) -> dict[str, Any]:
        more = {"hb": HB, "schema": {"npcs": columns()}, "start": "2025-03-03T06:00:00", "status": self.status()}
        return {"type": "full_state", "payload": self.payload(whole=True), "epoch": self.epoch, "seq": self.seq, **more}

    def whole(self) -> str:
        return json.dumps(self.full())

    def publish(self) -> None:
        self.seq += 1
        events, self.events = self.events, []
        update = {"type": "state_update", "payload": self.payload(whole=False), "epoch": self.epoch, "seq": self.seq}
        for viewer in list(self.viewers):
            if events:
                viewer.write_message(json.dumps({"type": "event", "events": events}))
            viewer.write_message(json.dumps(update))

    def tell(self) -> None:
        for viewer in list(self.viewers):
            viewer.write_message(json.dumps({"type": "status", **self.status()}))

    def take(self, wish: dict[str, Any]) -> dict[str, Any]:
        """An input: who is spoken to says it again, who is sent goes there, a closed place is closed."""
        if self.name.endswith("refused"):
            return {"type": "rejected", "error": "TownEnded", **REFUSAL}
        if wish["kind"] == "say":
            self.npcs[wish.get("to", 0)].update({"saying": wish["text"], "until": self.tick + 60})
        elif wish["kind"] == "move":
            goal = self.map.places[wish["place"]]
            npc = self.npcs[wish["npc"]]
            npc["goal"], npc["path"] = goal.name, self.route(npc["tile"], int(goal.tiles[0]))
        elif wish["kind"] in ("open", "close", "hours"):
            (self.shut.add if wish["kind"] == "close" else self.shut.discard)(wish["place"])
        self.publish()
        return {"type": "accepted", "input": 1, "tick": self.tick + 1}

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        if self.name.endswith("refused"):
            return {"type": "rejected", "error": "TownEnded", **REFUSAL}
        return {"type": "done", **self.control(order)}

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
        return {"tick": self.tick, "clock": self.clock[0], "phase": self.status()["phase"], "speed": self.speed}

    async def run(self) -> None:
        while True:
            speed = self.speed or 200
            await asyncio.sleep(max(0.05, 1 / speed))
            if not self.paused:
                for _ in range(max(1, round(speed / 20))):
                    self.step()
                self.publish()


TOWNS: dict[str, Script | Crowd] = {}
TASKS: list[asyncio.Task[None]] = []
DOWN_UNTIL = [0.0]


def town(name: str) -> Any:
    if name not in TOWNS:
        TOWNS[name] = Crowd(name) if name.startswith("crowd-") else Script(name)
        TASKS.append(asyncio.get_running_loop().create_task(TOWNS[name].run()))
    return TOWNS[name]


class Socket(tornado.websocket.WebSocketHandler):
    script: Any
    beat: tornado.ioloop.PeriodicCallback

    def prepare(self) -> None:
        if time.time() < DOWN_UNTIL[0]:
            raise tornado.web.HTTPError(503)

    def open(self, *_: str) -> None:
        self.script = town(self.get_argument("town"))
        rights = ["read"] if self.script.name.startswith("only") else ["read", "execute"]
        self.write_message(json.dumps({"type": "welcome", "protocol": 1, "rights": rights, "hb": HB}))
        self.show()
        self.script.viewers.add(self)
        self.beat = tornado.ioloop.PeriodicCallback(lambda: self.tell("hb"), HB * 1000)
        self.beat.start()

    def on_message(self, message: str | bytes) -> None:
        said = json.loads(message)
        if said["type"] == "ping":
            self.tell("pong")
        elif said["type"] == "resync":
            self.show()
        elif said["type"] == "input":
            self.write_message(json.dumps({"id": said["id"], **self.script.take(said)}))
        elif said["type"] == "control":
            self.write_message(json.dumps({"id": said["id"], **self.script.answer(said)}))
        elif said["type"] == "visibility":
            self.script.viewers.discard(self)
            if not said["hidden"]:
                self.show()
                self.script.viewers.add(self)

    def show(self) -> None:
        whole = self.script.whole()
        self.write_message(whole, binary=isinstance(whole, bytes))

    def tell(self, kind: str) -> None:
        self.write_message(json.dumps({"type": kind, "epoch": self.script.epoch, "seq": self.script.seq}))

    def on_close(self) -> None:
        self.beat.stop()
        self.script.viewers.discard(self)


class State(tornado.web.RequestHandler):
    def get(self) -> None:
        if time.time() < DOWN_UNTIL[0]:
            raise tornado.web.HTTPError(503)
        self.write(town(self.get_argument("town")).full())


class Control(tornado.web.RequestHandler):
    def post(self, name: str) -> None:
        self.write(town(name).control(json.loads(self.request.body)))


class Person(tornado.web.RequestHandler):
    def get(self, name: str, npc: str) -> None:
        script = town(name)
        self.write({"persona": script.people[int(npc)].to_json(), "npc": script.payload(whole=False)["npcs"][int(npc)]})


class Ties(tornado.web.RequestHandler):
    """Everybody is close to the next five, the next most."""

    def get(self, name: str, npc: str) -> None:
        count = len(town(name).people)
        if count == 0:
            self.write({"tick": 0, "ties": []})
            return
        ties = [{"other": (int(npc) + k) % count, "strength": 1 - 0.17 * k, "last": 0} for k in range(1, 6)]
        self.write({"tick": town(name).tick, "ties": ties})


class Art(tornado.web.RequestHandler):
    def get(self, name: str, _: str) -> None:
        self.write(town(name).map.art.data)


class Log(tornado.web.RequestHandler):
    def get(self, _: str) -> None:
        self.write({"lines": ["Traceback (most recent call last):", "ZeroDivisionError: division by zero"]})


class Viewers(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write({name: len(script.viewers) for name, script in TOWNS.items()})


class Drop(tornado.web.RequestHandler):
    def get(self) -> None:
        seconds = float(self.get_argument("seconds", "60"))
        DOWN_UNTIL[0] = time.time() + seconds
        for script in TOWNS.values():
            for viewer in list(script.viewers):
                viewer.close(1012)
        self.write({"down": seconds})


class Close(tornado.web.RequestHandler):
    def get(self) -> None:
        for viewer in list(town(self.get_argument("town")).viewers):
            viewer.close(int(self.get_argument("code")), self.get_argument("reason", ""))
        self.write({})


PAGE = Path(__file__).with_name("page.html")


class Page(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write(PAGE.read_text(encoding="utf-8"))


async def main(port: int) -> None:
    app = tornado.web.Application(
        [
            (r"/", Page),
            (r"/aitown/ws", Socket),
            (r"/aitown/state", State),
            (r"/aitown/api/towns/([^/]+)/control", Control),
            (r"/aitown/api/towns/([^/]+)/npcs/(\d+)", Person),
            (r"/aitown/api/towns/([^/]+)/npcs/(\d+)/ties", Ties),
            (r"/aitown/api/towns/([^/]+)/art/(\w+)", Art),
            (r"/aitown/api/towns/([^/]+)/log", Log),
            (r"/dev/drop", Drop),
            (r"/dev/close", Close),
            (r"/dev/viewers", Viewers),
            (r"/static/(.*)", tornado.web.StaticFileHandler, {"path": str(ROOT / "aitown/static")}),
        ]
    )
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    tornado.httpserver.HTTPServer(app).add_sockets(sockets)
    print(f"http://localhost:{sockets[0].getsockname()[1]}/", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8777))
