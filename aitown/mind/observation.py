"""Observation: all that a mind is told when it has to decide; and Mind: who is told."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from aitown.errors import BadMessage

Wish = Mapping[str, Any]
"""An input as plain data, see `answers`."""

Answer = Wish | Sequence[Wish] | None
"""What a mind answers; None, or nothing, leaves the NPC to the default."""


@dataclass(frozen=True)
class Observation:
    """The town as one NPC knows it at the end of a tick. Plain data: `to_json` and `from_json` are exact.

    Args:
        tick: at which its mind was called.
        clock: date and time in the town.
        npc: the id of the NPC.
        name: its name.
        persona: who it is, as `Persona.to_json` gives it.
        cause: why it has to decide: "over" (what it did has run out), "duty" (its routine asks for something else),
            "need" (hunger or exhaustion press), "shut" (the place that it visits has closed) or "heard" (somebody
            outside, or another NPC's mind, spoke to it).
        me: its row: `place`, `activity`, `why`, `target`, `partner`, `x` and `y` in tiles, needs and mood from 0 to 1,
            `money` and `arrears` in cents.
        near: who is in the same place, or within five tiles between places; nearest first, at most 12:
            `{id, name, activity, tie}` with the tie from 0 to 1.
        heard: what was said to it since it was last called, oldest first, at most 20: `{tick, by, text}`; `by` is a
            name, or None for the researcher.
        places: the places that it knows:
            `{id, name, kind, open, occupants, capacity, lets_in, minutes, own, price, wage}`; `minutes` is the way on
            foot as the crow flies, `own` is "home", "work" or "". `price` is what a meal in a café, a basket in a shop
            or a week at home costs, `wage` what an hour at its own work pays, both in cents; None elsewhere. All places
            of a small map.
        default: what the default would do: `{place, doing, why, minutes}`; `minutes` is None for as long as the
            routine asks for it. After "heard" it is what the NPC does already.
        ties: whom it feels close to, the strongest first, at most 20: `{id, name, strength, last}` with the strength
            from 0 to 1 and the tick of their last talk.
        knows: the facts that it knows, the newest first, at most 20: `{fact, tick, by, believes, invitation}`; `by` is
            a name, or None for the researcher and for what it always knew; `invitation` is None, or
            `{host, place, starts, ends, accepted}` with times as "2025-03-04T17:00:00".
        seed: a number that depends on the run's seed, the NPC and the tick alone, for a mind's own `random.Random`.
    """

    tick: int
    clock: datetime
    npc: int
    name: str
    persona: Mapping[str, Any]
    cause: str
    me: Mapping[str, Any]
    near: Sequence[Mapping[str, Any]]
    heard: Sequence[Mapping[str, Any]]
    places: Sequence[Mapping[str, Any]]
    default: Mapping[str, Any]
    ties: Sequence[Mapping[str, Any]]
    knows: Sequence[Mapping[str, Any]]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """As it travels to a mind outside."""
        return {**asdict(self), "clock": self.clock.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Observation:
        """The observation that `to_json` wrote; fields of later versions are left out.

        Raises:
            BadMessage: for anything else.
        """
        try:
            known = {item.name: data[item.name] for item in fields(cls)}
            return cls(**{**known, "clock": datetime.fromisoformat(known["clock"])})
        except (KeyError, TypeError, ValueError) as error:
            raise BadMessage(f"this is no observation: {error!r}.", "See PROTOCOL.md.") from error


class Mind(Protocol):
    """Decides for NPCs. One object may decide for many; what it remembers is its own business."""

    def decide(self, seen: Observation) -> Answer | Awaitable[Answer]:
        """What the NPC does now, made by `go` and `say`; may be `async`.

        A mind that isn't async is asked for one NPC after the other, in the order of their ids, in a thread of its own.
        Calls of an async one that are due at the same tick run at the same time.
        """
