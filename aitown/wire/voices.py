"""What is heard now in a town: at most one utterance an NPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

HEARD_SECONDS = 300
"""Simulated seconds for which an utterance is in `saying`, unless the same NPC says something else."""


class Voices:
    """Takes note of what is said, and forgets it when it has faded."""

    def __init__(self, tick_seconds: int) -> None:
        self._ticks = max(1, HEARD_SECONDS // tick_seconds)
        self._said: dict[int, tuple[int, str]] = {}

    def hear(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take note of the utterances among rows of the event log."""
        for event in events:
            if event["kind"] == "said" and event["npc"] >= 0:
                self._said[event["npc"]] = (event["tick"], event["text"])

    def at(self, tick: int) -> dict[int, str]:
        """Utterances by NPC; those that have faded are forgotten."""
        self._said = {npc: said for npc, said in self._said.items() if tick < said[0] + self._ticks}
        return {npc: text for npc, (_, text) in self._said.items()}
