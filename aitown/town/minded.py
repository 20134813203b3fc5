"""What concerns the minds of a town, as the methods of `Town`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitown.town.deciding import Deciding
    from aitown.town.minds import Mode


class Minded:
    """Who decides in a town, and how those are reached."""

    _deciding: Deciding

    def _check_open(self) -> None:
        raise NotImplementedError

    def mind(self, npcs: Any, mind: Any, *, mode: Mode | None = None, seconds: float | None = None) -> tuple[int, ...]:
        """Have a mind decide for some NPCs from now on. Returns their ids.

        Args:
            npcs: an id or a name, a list of them, or "all".
            mind: an object with a method `decide`, see `aitown.mind`; its `"module:Class"`; or None for the default.
            mode: "lockstep" or "paced"; None takes the town's.
            seconds: how long it may give no sign while it has to decide; then the default does. 10 by default.

        Raises:
            BadParameter: for what is no mind.
            InputRejected: for an NPC that isn't there.
        """
        self._check_open()
        return self._deciding.give(npcs, mind, mode=mode, seconds=seconds)[0]

    def mind_outside(
        self,
        mind: int,
        npcs: Any,
        send: Callable[[dict[str, Any]], None],
        *,
        mode: Mode | None = None,
        seconds: float | None = None,
    ) -> tuple[int, ...]:
        """Have a mind decide that lives in another process. Returns the ids of those NPCs.

        Args:
            mind: its number.
            npcs: as for `mind`; all that it is to have. Others that it had go back to the default.
            send: is given `{ask, mind, npc, tick, seconds, observation}` for each decision; `answer` takes the answers.
            mode: as for `mind`.
            seconds: likewise.
        """
        self._check_open()
        return self._deciding.give_outside(mind, npcs, send, mode=mode, seconds=seconds)

    def call_on_answers(self, notify: Callable[[], None]) -> None:
        """Have somebody told, from any thread, whenever a mind has answered: it may be time to try a step."""
        self._deciding.minds.notify = notify

    def patience(self, now: float) -> float:
        """When to try a step again if no mind answers before, by `time.monotonic`; `now` if nobody is asked."""
        deadline = self._deciding.minds.deadline
        return now if deadline is None else deadline

    def answer(self, ask: Any, inputs: Any) -> None:
        """What a mind outside decided. One that comes too late, or to no question, is ignored. From any thread."""
        self._deciding.minds.reply(ask, inputs)

    @property
    def minded(self) -> bool:
        """Whether a mind may have to be asked, or waited for."""
        return self._deciding.any or self._deciding.resumed

    @property
    def minds(self) -> dict[str, str]:
        """Who has a mind, by name, and what it is called."""
        names = self._deciding.people
        return {names[npc]: name for npc, name in sorted(self._deciding.names.items())}
