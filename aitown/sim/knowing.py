"""What a model tells of one NPC: what its mind needs, whom and what it knows, where it may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aitown.sim.codes import ACTIVITIES, CAUSES, WHYS
from aitown.sim.facts import Facts, Known
from aitown.sim.money import accounts
from aitown.sim.npcs import NEVER
from aitown.sim.random import bits
from aitown.sim.systems.entering import may_enter
from aitown.sim.systems.telling import accepts, convinced

if TYPE_CHECKING:
    from aitown.columns import Table
    from aitown.sim.world import Array, World

MINDS = 64
"""The system number under which minds get their draws."""


class Call(NamedTuple):
    """Why a mind has to decide."""

    cause: str
    after: int  # the tick up to which it has heard everything
    place: int  # what the default would do
    doing: str
    why: str
    minutes: float | None
    seed: int


class Knowing:
    """The questions that a `Model` answers. None of them changes anything."""

    seed: int
    tick: int
    tick_seconds: int
    npcs: Table
    _tables: dict[str, Table]
    _world: World
    _facts: Facts

    def call(self, npc: int) -> Call:
        """Why and since when the mind of an NPC has to decide, and what the default would do."""
        told = self._tables["outside"].records[npc]
        until, called = int(told["would_until"]), int(told["called_at"])
        return Call(
            cause=CAUSES[told["cause"]],
            after=max(int(told["called_before"]), int(told["minded_since"]) - 1),
            place=int(told["would_go"]),
            doing=ACTIVITIES[told["would_do"]],
            why=WHYS[told["would_why"]],
            minutes=None if until >= NEVER else round((until - called) * self.tick_seconds / 60, 1),
            seed=int(bits(self.seed, MINDS, npc, called, 0) >> np.uint64(11)),
        )

    def relationships(self) -> tuple[Array, Array, Array, Array]:
        """Who feels how close to whom now: ids, ids of the others, strengths and the ticks of the last talk."""
        ties = self._world.links.ties
        there = self.npcs["alive"] != 0
        npc, slot = np.nonzero((ties["npc"] != NEVER) & there[:, None])
        mutual = there[ties["npc"][npc, slot]]
        npc, slot = npc[mutual], slot[mutual]
        found = ties[npc, slot]
        return npc, found["npc"], self._faded(found), found["at"]

    def accounts(self) -> dict[str, int]:
        """What all NPCs, all places, the town and the world beyond it have now, in cents. Their sum never changes."""
        return accounts(self._tables)

    def convinced(self, npc: int, teller: int, at: int) -> bool:
        """Whether an NPC believes what another tells it at a tick."""
        return bool(convinced(self._world, npc, teller, at))

    def accepts(self, npc: int, host: int, at: int) -> bool:
        """Whether it accepts an invitation that it believes."""
        return bool(accepts(self._world, npc, host, at))

    def knows(self, npc: int) -> list[Known]:
        """The facts that an NPC knows, the newest first."""
        rows, facts = self._facts.records[npc], self._facts
        known = [fact for fact in range(len(facts.texts)) if rows[fact]["heard_at"] >= 0]
        return [
            Known(
                facts.texts[fact],
                int(rows[fact]["heard_at"]),
                int(rows[fact]["heard_from"]),
                bool(rows[fact]["believes"]),
                bool(rows[fact]["accepts"]),
                *(int(facts.table[name][fact]) for name in ("host", "place", "starts", "ends")),
            )
            for fact in sorted(known, key=lambda fact: -int(rows[fact]["heard_at"]))
        ]

    def ties(self, npc: int) -> list[tuple[int, float, int]]:
        """Whom of those in town an NPC feels close to, how much and when they last talked; the strongest first."""
        own = self._world.links.ties[npc]
        own = own[own["npc"] != NEVER]
        own = own[self.npcs["alive"][own["npc"]] != 0]
        found = zip(own["npc"].tolist(), self._faded(own).tolist(), own["at"].tolist(), strict=True)
        return sorted(found, key=lambda tie: (-tie[1], tie[0]))

    def _faded(self, ties: Array) -> Array:
        rules = self._world.rules[0]
        half_life = np.where(ties["kin"], rules["kin_half_life"], rules["tie_half_life"])
        faded: Array = ties["strength"] * 0.5 ** ((self.tick - ties["at"]) / half_life)
        return faded

    def minded_since(self, npc: int) -> int:
        """Since which tick a mind decides for an NPC; -1 if none does."""
        return int(self._tables["outside"]["minded_since"][npc])

    def lets_in(self, npc: int, place: int) -> bool:
        """Whether an NPC may go into a place now: it is let in as a visitor, or lives or works there."""
        return bool(may_enter(self._world, npc, place))

    def near(self, npc: int) -> list[int]:
        """The nearest cafés, shops, parks and squares, of where an NPC is or else of its home."""
        here = int(self.npcs["place"][npc])
        row = self._world.links.near[here if here >= 0 else int(self.npcs["home"][npc])]
        return [int(place) for place in np.unique(row) if place >= 0]

    def called(self) -> Array:
        """Ids of the NPCs whose mind has to decide, rising."""
        return np.flatnonzero(self._tables["outside"]["waits"])
