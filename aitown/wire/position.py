"""Where a viewer stands, how a town is, and the form in which states are sent. Light: no numpy."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Form = Literal["rows", "cols", "bin"]

HEARTBEAT = 10
"""Seconds of quiet after which a viewer that asked is sent `hb`."""


class Position(NamedTuple):
    """A place in the stream: `seq` rises strictly within an `epoch`."""

    epoch: str
    seq: int


class Status(NamedTuple):
    """How a town is: `state` of its process, `phase` and `speed` of its loop, `reason` when it failed.

    `expects` is about how many seconds the phase takes, where that is worth waiting for; 0 where nobody would notice.
    """

    state: str = "starting"
    phase: str = "starting"
    speed: float = 0.0
    reason: str = ""
    expects: float = 0.0

    def to_json(self) -> dict[str, Any]:
        said = self._asdict()
        if not self.expects:
            del said["expects"]
        return said


class Need(NamedTuple):
    """One message with a state: what a viewer is owed, and the key under which it is made once for all.

    Args:
        kind: of the message; "plain" ones are for the simple client.
        form: of the rows.
        base: an update holds what changed after it; None is everything.
        status: what a `full_state` says beside the payload.
    """

    kind: Literal["full_state", "state_update", "plain full_state", "plain state_update"]
    form: Form = "rows"
    base: int | None = None
    status: Status | None = None
