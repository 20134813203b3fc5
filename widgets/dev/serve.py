# ruff: noqa: INP001 (a script that stands by itself)
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
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
import tornado.websocket

sys.path.insert(0, str(Path(__file__).parent))
from crowd import Crowd
from scripted import HB
from walkers import Script

ROOT = Path(__file__).resolve().parents[2]

TOWNS: dict[str, Any] = {}
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
        self.write_message(json.dumps({"type": kind, **self.script.stamp()}))

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
