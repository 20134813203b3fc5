"""What keeps a live town alive, seen from its handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from aitown.history import History
    from aitown.widget import Recorded, TownView


class Host(Protocol):
    """What a `LiveTown` asks of whatever keeps its town alive. Each call raises `AitownError`."""

    def info(self) -> dict[str, Any]:
        """The `town` of PROTOCOL.md, as far as it applies."""

    def control(self, op: str, **fields: Any) -> dict[str, Any]:
        """Play, pause or step; returns `{tick, clock, phase, speed}` when it is done."""

    def input(self, given: dict[str, Any]) -> dict[str, int]:
        """Returns the id of an input and the tick at which it is applied; of "add" also the NPC's id, `npc`."""

    def mind(self, npcs: Any, mind: Any, mode: str | None, seconds: float | None) -> list[int]:
        """Returns the ids of those for whom the mind decides."""

    def fork(self, name: str, tick: Any, *, replay: bool, play: bool) -> Host:
        """Returns the host of the fork."""

    def npcs(self) -> pd.DataFrame: ...
    def history(self) -> History: ...
    def stop(self) -> None: ...
    def view(self, record: Callable[[], Recorded]) -> TownView:
        """A live map; `record` gives what it carries for who can't see it live."""
