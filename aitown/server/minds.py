"""The minds of a town that live in viewers: what the town asks goes to the socket that offered itself, and back.

The town knows a mind by a number; a number is given out once in a life of this server and never again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, TooMany
from aitown.wire.codes import TOO_SLOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import Logger

    from aitown.server.hub import Viewer
    from aitown.wire.session import Decision

MOST_ASKED = 10_000
"""Most questions that wait for a decision; the oldest are given up, as the town has long gone on without them."""

_numbers = itertools.count(1)


class Minds:
    """Who decides for whom in one town.

    Args:
        request: asks the town's process.
        send: tells it something that has no answer.
        serve: has a viewer sent what waits for it.
    """

    def __init__(
        self,
        request: Callable[..., Any],
        send: Callable[[dict[str, Any]], None],
        serve: Callable[[Viewer], None],
        log: Logger,
    ) -> None:
        self._request = request
        self._send = send
        self._serve = serve
        self._log = log
        self._numbers: dict[Viewer, int] = {}
        self._offers: dict[int, Mapping[str, Any]] = {}
        self._asked: dict[int, Viewer] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self.late = 0

    async def take(self, viewer: Viewer, offer: Mapping[str, Any]) -> list[int]:
        """From now on this viewer is asked for these NPCs; returns their ids.

        Raises:
            AitownError: what the town says to it.
        """
        number = self._numbers.setdefault(viewer, next(_numbers))
        done = await self._request("minds", mind=number, **offer)
        self._offers[number] = offer
        npcs: list[int] = done["npcs"]
        return npcs

    def observe(self, message: Mapping[str, Any]) -> None:
        """The town wants a decision."""
        viewer = next((one for one, number in self._numbers.items() if number == message["mind"]), None)
        if viewer is None:
            return  # it has just left, and the town is being told so
        fields = {key: value for key, value in message.items() if key != "type"}
        try:
            viewer.session.answer("observe", **fields)
        except TooMany as error:
            viewer.sink.close(TOO_SLOW, error.message)
            return
        self._asked[message["ask"]] = viewer
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._serve(viewer)

    def decide(self, viewer: Viewer, decision: Decision) -> None:
        """A viewer's answer; one that was never asked, or not of this viewer, is dropped."""
        if self._asked.get(decision.ask) is not viewer:
            self.late += 1
            return
        del self._asked[decision.ask]
        fault = {} if decision.error is None else {"error": decision.error}
        self._send({"type": "decide", "ask": decision.ask, "inputs": decision.inputs, **fault})

    def leave(self, viewer: Viewer) -> None:
        """This viewer has gone: the default decides again for whom it decided."""
        number = self._numbers.pop(viewer, None)
        self._asked = {ask: one for ask, one in self._asked.items() if one is not viewer}
        if number is not None and self._offers.pop(number, None) is not None:
            self._spawn(self._release(number))

    def again(self) -> None:
        """The town's process is a new one: it is told who decides for whom."""
        self._asked.clear()
        for viewer, number in self._numbers.items():
            if number in self._offers:
                self._spawn(self._renew(viewer, self._offers[number]))

    async def _renew(self, viewer: Viewer, offer: Mapping[str, Any]) -> None:
        try:
            await self.take(viewer, offer)
        except AitownError as error:
            self._log.warning("aitown | a mind could not be taken up again: %s", error.message)

    async def _release(self, number: int) -> None:
        with contextlib.suppress(AitownError):  # one that has ended asks nobody
            await self._request("minds", mind=number, npcs=[])

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
