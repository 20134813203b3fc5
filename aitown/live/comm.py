"""A town of this kernel, shown live by whatever page the notebook is on: joins its runner's news with the lanes."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, BadParameter
from aitown.live.asked import answer, is_question
from aitown.server.orders import check_input, check_order
from aitown.wire.lanes import Lane, Lanes
from aitown.wire.position import Status
from aitown.wire.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitown.columns import Events
    from aitown.live.asked import Reply
    from aitown.pace import Runner
    from aitown.town import Town
    from aitown.wire.lanes import Send
    from aitown.wire.session import Request

_GONE = 4410


class Comm:
    """What the pages of one town see, and what they ask of it.

    Args:
        town: not yet prepared.
        replay: gives a recorded stretch of its run, for the timeline.
    """

    def __init__(self, town: Town, replay: Callable[[int | None, int | None], bytes]) -> None:
        self._town = town
        self._stream = Stream()
        self._stream.begin(secrets.token_hex(4), town.hello())
        self._named = len(town.names)
        self._lanes = Lanes(self._stream)
        self._replay = replay
        self.runner: Runner | None = None

    # from the town's thread

    def frame(self, town: Town) -> None:
        with self._lanes.lock:
            self._stream.join(town.newcomers(self._named))
            self._named = len(town.names)
            self._stream.show(town.frame, town.clock.isoformat())
        self._lanes.flush(time.monotonic())

    def events(self, events: Events) -> None:
        with self._lanes.lock:
            self._stream.tell(events.rows())

    def status(self, state: str, phase: str, speed: float, reason: str = "", expects: float = 0.0) -> None:
        with self._lanes.lock:
            self._stream.set_status(Status(state, phase, speed, reason, expects))
        self._lanes.flush(time.monotonic())

    def beat(self) -> None:
        self._lanes.beat(time.monotonic())

    def close(self) -> None:
        self._lanes.close(_GONE, "the town has ended")

    # from the pages

    def receive(self, content: Any, send: Send) -> None:
        """Take a message of a page."""
        if is_question(content):
            answer(content, send, self._persona, self._replay, self._art, self._ties)
            return
        found = self._lanes.receive(content, send, time.monotonic())
        if found is not None:
            self._carry_out(*found)

    def _persona(self, npc: int) -> dict[str, Any]:
        people = self._town.people
        found = people[npc] if 0 <= npc < len(people) else None
        return {} if found is None else found.to_json()

    def _art(self, _: str) -> bytes:
        art = self._town.map.art
        return art.data if art else b""

    def _ties(self, npc: int, reply: Reply) -> None:
        """When the town has a moment."""
        assert self.runner is not None, "pages are heard once the town lives"
        look = {"look": lambda town: town.ties(npc)}
        self.runner.ask("look", look, lambda got: reply(got if isinstance(got, AitownError) else got["value"]))

    def _carry_out(self, lane: Lane, wish: Request) -> None:
        def reply(result: dict[str, Any] | AitownError) -> None:
            if isinstance(result, AitownError):
                self._lanes.answer(lane, "rejected", time.monotonic(), id=wish.id, **result.to_json())
            else:
                kind = "accepted" if wish.kind == "input" else "done"
                self._lanes.answer(lane, kind, time.monotonic(), id=wish.id, **result)

        assert self.runner is not None, "pages are heard once the town lives"
        try:
            if wish.kind == "input":
                op, fields = "input", check_input(wish.fields)
            elif wish.kind == "control":
                fields = check_order(wish.fields)
                op = fields.pop("op")
            else:
                raise BadParameter(f"a {wish.kind} over a comm.", "Minds of this kernel are given with live.mind.")
        except AitownError as error:
            reply(error)
        else:
            self.runner.ask(op, fields, reply)
