"""What a viewer asks of its town over the socket: inputs, controls, and to be the mind of NPCs.

Each message is authorised by itself, in the order in which they came; a step that takes long doesn't hold up the pause
that follows it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from aitown.errors import AitownError, BadParameter, NotAllowed, TooMany, TownError
from aitown.server import metrics
from aitown.server.orders import check_input, check_order
from aitown.wire.codes import TOO_SLOW
from aitown.wire.session import Decision, Request

if TYPE_CHECKING:
    from aitown.server.hub import Viewer
    from aitown.server.registry import Registry
    from aitown.server.supervisor import Supervisor

MOST_AT_ONCE = 100
"""Most requests of one viewer that are being carried out."""


class Door(Protocol):
    """The socket: who is behind it."""

    async def may(self, action: str) -> bool: ...
    def acted(self) -> None: ...


class Acts:
    """The requests of one viewer."""

    def __init__(self, door: Door, viewer: Viewer, town: Supervisor, registry: Registry) -> None:
        self._door = door
        self._viewer = viewer
        self._town = town
        self._registry = registry
        self._waiting: deque[Request | Decision] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def take(self, wish: Request | Decision) -> None:
        """Carry it out, after those that came before it."""
        if isinstance(wish, Request) and len(self._waiting) + len(self._running) >= MOST_AT_ONCE:
            error = TownError(f"{MOST_AT_ONCE} requests of this viewer wait.", "Wait for their answers.")
            self._answer("rejected", wish, **error.to_json())
            return
        self._waiting.append(wish)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.ensure_future(self._work())

    def close(self) -> None:
        """The viewer has gone; what was begun goes on, and its minds are released."""
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()
        self._town.minds.leave(self._viewer)

    async def _work(self) -> None:
        while self._waiting:
            wish = self._waiting.popleft()
            may = await self._door.may("execute")
            if isinstance(wish, Decision):
                if may:
                    self._town.minds.decide(self._viewer, wish)
                continue
            if not may:
                error = NotAllowed("this viewer may read and not act.", "Ask whoever runs the server for the right.")
                self._answer("rejected", wish, **error.to_json())
                continue
            self._door.acted()
            task = asyncio.ensure_future(self._carry_out(wish))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.sleep(0)  # it has sent its request on before the next one does

    async def _carry_out(self, wish: Request) -> None:
        try:
            kind, fields = await self._do(wish)
        except AitownError as error:
            if wish.kind == "input":
                metrics.INPUTS.labels("rejected").inc()
            kind, fields = "rejected", error.to_json()
        self._town.hub.settle()
        self._answer(kind, wish, **fields)

    async def _do(self, wish: Request) -> tuple[str, dict[str, Any]]:
        if wish.kind == "input":
            done = await self._town.request("input", **check_input(wish.fields))
            metrics.INPUTS.labels("accepted").inc()
            return "accepted", {name: done[name] for name in ("input", "tick", "npc") if name in done}
        if wish.kind == "control":
            return "done", await self._registry.control(self._town, check_order(wish.fields))
        if unknown := sorted(set(wish.fields) - {"npcs", "mode", "seconds"}):
            raise BadParameter(f"unknown fields {', '.join(unknown)}.", "Known fields: npcs, mode, seconds.")
        return "minding", {"npcs": await self._town.minds.take(self._viewer, wish.fields)}

    def _answer(self, kind: str, wish: Request, **fields: Any) -> None:
        try:
            self._viewer.session.answer(kind, id=wish.id, **fields)
        except TooMany as error:
            self._viewer.sink.close(TOO_SLOW, error.message)
            return
        self._town.hub.serve((self._viewer,))
