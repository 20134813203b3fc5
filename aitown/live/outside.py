"""A mind of this kernel that decides for a hosted town: asked over a socket of its own, in a thread of its own.

The town goes on if the kernel is busy or gone: the default decides then, marked. When the line is back, so is the mind.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from typing import TYPE_CHECKING, Any

from aitown.errors import NoAnswer
from aitown.mind import Observation
from aitown.mind.answers import wishes
from aitown.mind.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from aitown.client import Client
    from aitown.client.link import Link

OFFER_SECONDS = 90.0


class Outside:
    """One mind and the NPCs that it decides for.

    Args:
        client: of the server.
        town: its name there.
        mind: an object with a method `decide`, a coroutine function or not.
        options: `mode` and `seconds`, as far as they are given.
    """

    def __init__(self, client: Client, town: str, mind: Any, **options: Any) -> None:
        self.npcs: tuple[int, ...] = ()
        self._mind = mind
        self._options = options
        self._faults = Faults(type(mind).__name__)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name=f"aitown mind for {town}", daemon=True).start()
        self._link: Link = client.link(town, events="0", hidden="1")
        self._do(self._link.__aenter__())

    def offer(self, npcs: tuple[int, ...]) -> None:
        """Decide for these from now on, and for no others.

        Raises:
            AitownError: when the town refuses, or can't be reached.
        """
        self.npcs = tuple(self._do(self._link.mind(list(npcs), self._decide, **self._options)))

    def close(self) -> None:
        """Decide no more: the default does."""
        self._do(self._link.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _decide(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        seen = Observation.from_json(message["observation"])
        try:
            answer = await asyncio.to_thread(self._mind.decide, seen)
            if inspect.isawaitable(answer):
                answer = await answer
            return wishes(answer, seen.npc, seen.name)
        except Exception as error:
            self._faults.say(error)  # here too: the town tells its server's log, which who wrote the mind seldom sees
            raise

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have it done in the thread, and wait for it."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(OFFER_SECONDS)
        except concurrent.futures.TimeoutError:
            raise NoAnswer(f"the town did not answer within {OFFER_SECONDS:g} s.", "See the server's log.") from None
