"""Facts: sentences that NPCs may know, and the tables that say who knows them. Texts never reach compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from aitown.columns import Table
from aitown.errors import InputRejected
from aitown.sim.npcs import FACT_COLUMNS, KNOWLEDGE_COLUMNS, NEVER

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aitown.persona import Persona
    from aitown.sim.world import Array

MOST = 256
_ROOM = 4


class Known(NamedTuple):
    """A fact as somebody knows it; of an invitation also who invites where and when, else −1."""

    text: str
    heard_at: int
    heard_from: int
    believes: bool
    accepts: bool
    host: int
    place: int
    starts: int
    ends: int


class Facts:
    """The facts of one model. The same text is the same fact.

    Attributes:
        texts: by number.
        table: one row a fact, and room for more.
        knowledge: one row an NPC and fact.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.texts: list[str] = []
        self.table, self.knowledge = self._room(0)

    @property
    def records(self) -> Array:
        """`knowledge` as compiled code gets it: [npcs, facts]."""
        found: Array = self.knowledge.records.reshape(self._rows, self.table.rows)
        return found

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by name."""
        return {"facts": self.table, "knowledge": self.knowledge}

    def grow(self, rows: int) -> None:
        """Have so many NPCs; new ones know nothing."""
        self._rows = rows
        self.knowledge.grow(rows * self.table.rows)

    def call_off(self, host: int, at: int) -> None:
        """What somebody has invited to is over at a tick."""
        late = (self.table["host"] == host) & (self.table["ends"] > at)
        self.table["ends"][late] = at

    def take(self, other: Facts) -> None:
        """Be what another is."""
        self.texts, self.table, self.knowledge = other.texts, other.table, other.knowledge

    def knows(self, npc: int, fact: int) -> bool:
        """Whether an NPC knows a fact and believes it."""
        row = self.row(npc, fact)
        return bool(self.knowledge["heard_at"][row] >= 0 and self.knowledge["believes"][row])

    def seed(self, personas: Sequence[Persona]) -> None:
        """What people know from the beginning, which they never forget."""
        for npc, persona in enumerate(personas):
            self.teach(npc, persona.knows, 0)

    def teach(self, npc: int, texts: Sequence[str], at: int) -> None:
        """What somebody has known since before it came, at tick `at`, and never forgets."""
        for text in texts:
            row = self.row(npc, self.add(text))
            self.knowledge["heard_at"][row] = at
            self.knowledge["believes"][row] = 1
            self.knowledge["forgets_at"][row] = NEVER

    def add(self, text: str) -> int:
        """The number of a fact, a new one or one that is there."""
        if text in self.texts:
            return self.texts.index(text)
        if len(self.texts) == self.table.rows:
            self._grow()
        self.texts.append(text)
        return len(self.texts) - 1

    def sentence(self, fact: int) -> str:
        """The text of a fact as somebody says it, with a full stop; "" for one that isn't there."""
        text = self.texts[fact] if fact < len(self.texts) else ""
        return text if not text or text[-1] in ".!?…" else f"{text}."

    def row(self, npc: int, fact: int) -> int:
        """The row of `knowledge` of an NPC and a fact."""
        return npc * self.table.rows + fact

    def save(self) -> Array:
        """The texts, as a checkpoint keeps them."""
        return np.frombuffer(orjson.dumps(self.texts), np.uint8).copy()

    def restore(self, texts: Array) -> None:
        """Room for the facts of a checkpoint; its arrays come after that."""
        self.texts = list(orjson.loads(texts.tobytes()))
        room = 0
        while room < len(self.texts):
            room = _more(room)
        self.table, self.knowledge = self._room(room)

    def _room(self, facts: int) -> tuple[Table, Table]:
        return Table(FACT_COLUMNS, facts), Table(KNOWLEDGE_COLUMNS, self._rows * facts)

    def _grow(self) -> None:
        facts, known, before = self.table.records, self.records, self.table.rows
        self.table, self.knowledge = self._room(_more(before))
        self.table.records[:before] = facts
        self.records[:, :before] = known


def check(texts: Collection[str], known: Collection[str]) -> None:
    """Whether there is room for these facts beside those that are known.

    Raises:
        InputRejected: when there would be more than `MOST`.
    """
    new = set(texts).difference(known)
    if new and len(known) + len(new) > MOST:
        raise InputRejected(
            f"the town has {len(known)} of at most {MOST} facts already.", "Tell one of them, or begin another run."
        )


def _more(room: int) -> int:
    return max(_ROOM, 2 * room)
