"""The HTTP calls of PROTOCOL.md and all routes."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING

from tornado.web import HTTPError

from aitown.errors import AitownError, NoAnswer, UnknownName
from aitown.server import metrics
from aitown.server.answers import TownHandler, call
from aitown.server.history import HistoryHandler
from aitown.server.orders import check_input, check_order
from aitown.server.registry import Wish
from aitown.server.sockets import TownSocket
from aitown.wire.dial import asked_form, form_for
from aitown.wire.position import Need
from aitown.wire.websocket import BINARY

if TYPE_CHECKING:
    from aitown.server.supervisor import Supervisor

FIRST_STATE_SECONDS = 60.0
"""How long `/state` waits for a town that is still starting."""
COMPILING_STATE_SECONDS = 5.0
"""How long it waits for one that is known to be compiled first: not longer than a page waits for an answer."""


class StateHandler(TownHandler):
    """`GET state`: the whole state, read in one step."""

    _etag = ""

    @call("read")
    async def get(self) -> None:
        name = self.get_query_argument("town", self.registry.default.name)
        asked = asked_form(self.get_query_argument("fmt", "rows"))
        town = await self.registry.get(name)
        try:
            await self._wait_shown(town)
        except NoAnswer as error:
            self.reply({**error.to_json(), "status": town.hub.stream.status.to_json()}, error.status)
            return
        town.hub.settle()
        stream = town.hub.stream
        form = form_for(asked, stream.npcs)
        state = stream.state()
        self._etag = f'"{state.position.epoch}-{state.position.seq}"'
        self.set_header("Cache-Control", "no-store")
        self.set_header("ETag", self._etag)
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.finish()
            return
        message = await town.hub.made(Need("full_state", form, status=stream.status), state)
        kind = "application/octet-stream" if message.opcode == BINARY else "application/json"
        self.finish(message.data, set_content_type=kind)

    @staticmethod
    async def _wait_shown(town: Supervisor) -> None:
        try:
            await town.wait_shown(COMPILING_STATE_SECONDS)
        except NoAnswer:
            if town.expects:
                raise
            await town.wait_shown(FIRST_STATE_SECONDS - COMPILING_STATE_SECONDS)

    def compute_etag(self) -> str | None:
        return self._etag or None


class TownsHandler(TownHandler):
    @call("read")
    async def get(self) -> None:
        self.reply({"towns": self.registry.all()})

    @call("execute")
    async def post(self) -> None:
        self.acted()
        town, new = await self.registry.open(Wish.from_json(self.body()))
        self.reply(town.info(), HTTPStatus.CREATED if new else HTTPStatus.OK)


class OneTownHandler(TownHandler):
    @call("read")
    async def get(self, name: str) -> None:
        self.reply(await self.registry.info(name))

    @call("execute")
    async def delete(self, name: str) -> None:
        self.acted()
        await self.registry.end(name)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class ControlHandler(TownHandler):
    @call("execute")
    async def post(self, name: str) -> None:
        self.acted()
        order = check_order(self.object())
        self.reply(await self.registry.control(await self.registry.get(name), order))


class InputHandler(TownHandler):
    @call("execute")
    async def post(self, name: str) -> None:
        self.acted()
        fields = check_input(self.object())
        town = await self.registry.get(name)
        try:
            done = await town.request("input", **fields)
        except AitownError:
            metrics.INPUTS.labels("rejected").inc()
            raise
        metrics.INPUTS.labels("accepted").inc()
        said = {name: done[name] for name in ("tick", "npc") if name in done}
        self.reply({"accepted": True, "id": done["input"], **said})


class NpcHandler(TownHandler):
    @call("read")
    async def get(self, name: str, number: str) -> None:
        town = await self.registry.get(name)
        npc, personas = int(number), town.personas
        if npc >= len(personas):
            raise UnknownName(f"no NPC {npc} in {name!r}.", f"Ids go from 0 to {len(personas) - 1}.")
        await town.wait_shown(FIRST_STATE_SECONDS)
        town.hub.settle()
        self.reply({"persona": personas[npc], "npc": town.hub.stream.state().npc(npc)})


class TiesHandler(TownHandler):
    """Whom somebody knows now: the town is asked, as a state has no ties."""

    @call("read")
    async def get(self, name: str, number: str) -> None:
        town = await self.registry.get(name)
        await town.wait_shown(FIRST_STATE_SECONDS)
        done = await town.request("ties", npc=int(number))
        self.reply({"tick": done["tick"], "ties": done["ties"]})


class ArtHandler(TownHandler):
    """The pictures of a town's map. The address names their content, so they may be kept for ever."""

    @call("read")
    async def get(self, name: str, wanted: str) -> None:
        hello = (await self.registry.get(name)).hello
        said = hello["map"].get("art", {}).get("hash")
        if wanted != said:
            raise UnknownName(
                f"no art {wanted!r} in {name!r}.", f"Its map says {said}." if said else "Its map has no pictures."
            )
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.finish(base64.b64decode(hello["art"]), set_content_type="application/vnd.aitown.art")


class LogHandler(TownHandler):
    @call("read")
    async def get(self, name: str) -> None:
        self.reply({"lines": (await self.registry.get(name)).lines.lines})


class NothingHandler(TownHandler):
    """Every other address below `aitown/`: an error like any other, to whoever is logged in."""

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare()
        raise HTTPError(HTTPStatus.FORBIDDEN if self.current_user is None else HTTPStatus.NOT_FOUND)


_TOWN = r"aitown/api/towns/([^/]+)"

HANDLERS = [
    (r"ws", TownSocket),
    (r"state", StateHandler),
    (r"aitown/ws", TownSocket),
    (r"aitown/state", StateHandler),
    (r"aitown/api/towns", TownsHandler),
    (_TOWN, OneTownHandler),
    (rf"{_TOWN}/control", ControlHandler),
    (rf"{_TOWN}/input", InputHandler),
    (rf"{_TOWN}/npcs/(\d{{1,9}})", NpcHandler),
    (rf"{_TOWN}/npcs/(\d{{1,9}})/ties", TiesHandler),
    (rf"{_TOWN}/art/([0-9a-f]{{1,64}})", ArtHandler),
    (rf"{_TOWN}/log", LogHandler),
    (rf"{_TOWN}/history", HistoryHandler),
    (r"aitown(?:/.*)?", NothingHandler),
]
