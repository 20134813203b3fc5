"""A client's copy of a town: which messages it takes, and how long it waits before it dials again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.wire.stream import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_DELAY = 1.0
MAX_BACKOFF = 30.0
STABLE = 5.0
"""Seconds that a socket must live, in sync, before the next failure counts as the first."""


class Mirror:
    """Applies messages from the socket and from `/state` alike.

    Another epoch is taken up only with a `full_state`; a `seq` not above the one at hand is dropped.
    """

    def __init__(self) -> None:
        self.payload: dict[str, Any] | None = None
        self.position: Position | None = None

    def apply(self, message: Mapping[str, Any]) -> bool:
        """True when the message brought a newer state, which is then in `payload`."""
        if message.get("type") not in ("full_state", "state_update") or not isinstance(message.get("payload"), dict):
            return False
        payload: dict[str, Any] = message["payload"]
        if "epoch" not in message:
            self.payload = payload
            return True
        position = Position(message["epoch"], message["seq"])
        have = self.position
        if have is None or position.epoch != have.epoch:
            if message["type"] != "full_state":
                return False
        elif position.seq <= have.seq:
            return False
        self.payload = payload if "map" in payload or self.payload is None else {**payload, "map": self.payload["map"]}
        self.position = position
        return True


def delay(failures: int, uniform: float, longest: float = MAX_BACKOFF) -> float:
    """Seconds to wait before dial number `failures` + 1; `uniform` is a random number in [0, 1)."""
    ceiling: float = min(longest, FIRST_DELAY * 2 ** min(failures, 32))
    return ceiling * (0.1 + 0.9 * uniform)
