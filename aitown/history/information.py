"""From the log of who was told what to who knew it when, and from whom.

A fact is a sentence. "told" names teller, hearer and place; the "believed" or "doubted" of the same hearer and teller
at the same tick is what came of it; with neither the hearer knew it and believed it already. "forgot" ends it.
Personas may know facts from the beginning. A fact that is told at a tick is known at that tick.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.errors import BadParameter, UnknownName
from aitown.history.frames import times
from aitown.history.people import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aitown.history.frames import Names
    from aitown.history.people import Stays
    from aitown.history.times import Clock

KINDS = ("told", "believed", "doubted", "forgot", "accepted", "declined")
HOW = ("believed", "doubted", "known")
OPEN = -1
"""A tick that has not come yet."""

FactsAsked = int | str | list[int | str] | None


@dataclass
class Spell:
    """One NPC's knowledge of one fact, from when it heard it until it forgot it."""

    npc: int
    fact: int
    since: int
    source: int
    believed: int  # since when; OPEN while it is doubted
    until: int = OPEN
    heard: int = 1
    answer: str = ""  # to an invitation: "accepted" or "declined"


class Information:
    """What a run's log and personas say about facts.

    Args:
        personas: as plain data, by id.
        stays: since when and until when each is there.
        log: events of the `KINDS`, from the beginning of the run.

    Attributes:
        texts: the facts by number: those of the personas whom the town began with, then all others in the order of
            their coming, told from outside or with somebody who moved in.
        brought: the numbers of those of personas.
        spells: who knew what from when to when.
        number: of the fact of each row of the log.
    """

    def __init__(self, personas: Sequence[Mapping[str, Any]], stays: Stays, log: pd.DataFrame) -> None:
        self.texts: list[str] = []
        self.spells: list[Spell] = []
        self.brought: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._open: dict[tuple[int, int], Spell] = {}
        comes = deque(sorted((int(stays.since[npc]), npc) for npc in range(len(personas)) if stays.since[npc] < NEVER))
        numbers = []
        for tick, text in zip(log["tick"].tolist(), log["text"], strict=True):
            while comes and comes[0][0] <= tick:
                self._bring(*comes.popleft(), personas)
            numbers.append(self._fact(text))
        while comes:
            self._bring(*comes.popleft(), personas)
        self.number = np.array(numbers, np.int64)
        columns = (log[name].tolist() for name in ("tick", "kind", "npc", "other"))
        for tick, kind, npc, other, fact in zip(*columns, self.number.tolist(), strict=True):
            self._follow(tick, kind, npc, other, fact)
        for spell in self.spells:
            if spell.until == OPEN and stays.until[spell.npc] < NEVER:
                spell.until = int(stays.until[spell.npc])

    def asked(self, facts: FactsAsked) -> list[int]:
        """The numbers of facts that are given by number or text; all for None.

        Raises:
            UnknownName: for one that isn't there.
        """
        if facts is None:
            return list(range(len(self.texts)))
        return [self._one(fact) for fact in ([facts] if isinstance(facts, int | str) else facts)]

    def known_at(self, tick: int, facts: Iterable[int]) -> list[Spell]:
        """The spells of these facts that hold at a tick."""
        wanted = set(facts)
        return [
            spell
            for spell in self.spells
            if spell.fact in wanted and spell.since <= tick and (spell.until == OPEN or tick < spell.until)
        ]

    def curve(self, fact: int, ticks: Any, believed: bool) -> Any:
        """How many know a fact at each of these ticks, or believe it."""
        those = [spell for spell in self.spells if spell.fact == fact and (not believed or spell.believed != OPEN)]
        begins = np.sort([spell.believed if believed else spell.since for spell in those])
        ends = np.sort([spell.until for spell in those if spell.until != OPEN])
        return np.searchsorted(begins, ticks, "right") - np.searchsorted(ends, ticks, "right")

    def changes(self, facts: Iterable[int]) -> list[int]:
        """The ticks at which knowledge of these facts changes."""
        wanted = set(facts)
        those = [spell for spell in self.spells if spell.fact in wanted]
        return sorted({tick for spell in those for tick in (spell.since, spell.believed, spell.until) if tick != OPEN})

    def _one(self, fact: Any) -> int:
        if isinstance(fact, str):
            if fact not in self._numbers:
                known = "; ".join(f"{number}: {text}" for number, text in list(enumerate(self.texts))[:5])
                raise UnknownName(f"no fact {fact!r:.80}.", f"See facts(). There is: {known or 'none.'}")
            return self._numbers[fact]
        if isinstance(fact, bool) or not hasattr(fact, "__index__") or not 0 <= int(fact) < len(self.texts):
            raise UnknownName(f"no fact {fact!r:.80}.", f"There are {len(self.texts)}, counted from 0. See facts().")
        return int(fact)

    def _fact(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return self._numbers[text]

    def _bring(self, tick: int, npc: int, personas: Sequence[Mapping[str, Any]]) -> None:
        """What somebody knows who comes at a tick."""
        for text in personas[npc].get("knows", ()):
            fact = self._fact(text)
            self.brought.add(fact)
            self._begin(Spell(npc, fact, tick, -1, tick))

    def _begin(self, spell: Spell) -> None:
        self.spells.append(spell)
        self._open[spell.npc, spell.fact] = spell

    def _follow(self, tick: int, kind: str, npc: int, other: int, fact: int) -> None:
        if kind == "told":
            spell = self._open.get((other, fact))
            if spell is None:
                self._begin(Spell(other, fact, tick, npc, OPEN))
            else:
                spell.heard += 1
        elif kind == "believed":
            self._open[npc, fact].believed = tick
        elif kind in ("accepted", "declined"):
            self._open[npc, fact].answer = kind
        elif kind == "forgot":
            self._open.pop((npc, fact)).until = tick


def facts(found: Information, tellings: pd.DataFrame, clock: Clock, last: int) -> pd.DataFrame:
    """One row a fact."""
    numbers = range(len(found.texts))
    first = [min(spell.since for spell in found.spells if spell.fact == fact) for fact in numbers]
    now = found.known_at(last, numbers)
    told = tellings["fact"].value_counts()
    out = pd.DataFrame(
        {
            "text": found.texts,
            "tick": np.array(first, np.int64),
            "time": times(clock, np.array(first, np.int64)),
            "origin": pd.Categorical(
                ["persona" if fact in found.brought else "told" for fact in numbers], categories=["persona", "told"]
            ),
            "know": np.array([sum(spell.fact == fact for spell in now) for fact in numbers], np.int64),
            "believe": np.array(
                [sum(spell.fact == fact and spell.believed != OPEN for spell in now) for fact in numbers], np.int64
            ),
            "tellings": np.array([int(told.get(fact, 0)) for fact in numbers], np.int64),
        },
        index=pd.RangeIndex(len(found.texts), name="fact"),
    )
    out.attrs["units"] = {
        "text": "text", "tick": "tick", "time": "clock", "origin": "label", "know": "NPCs", "believe": "NPCs",
        "tellings": "1",
    }  # fmt: skip
    return out


def tellings(found: Information, log: pd.DataFrame, conversation: pd.Series[Any]) -> pd.DataFrame:
    """One row a telling. `log` is that of the `KINDS`, which `found` is made of."""
    told = log[log["kind"] == "told"]
    keys = ["tick", "npc", "other", "text"]
    came = log[log["kind"].isin(["believed", "doubted"])].rename(columns={"npc": "other", "other": "npc"})
    came = came[[*keys, "kind"]].drop_duplicates(keys).rename(columns={"kind": "how"})
    how = told[keys].merge(came, on=keys, how="left")["how"].astype(object).fillna("known")
    out = told[["tick", "time", "npc", "name", "other", "other_name", "place", "text"]].copy()
    out.insert(2, "fact", found.number[(log["kind"] == "told").to_numpy()])
    out["how"] = pd.Categorical(how.to_numpy(), categories=list(HOW))
    out["conversation"] = conversation.reindex(out.index).fillna(-1).astype(np.int64)
    out.attrs["units"] = {**log.attrs.get("units", {}), "fact": "number", "how": "label", "conversation": "id"}
    return out


def knowledge(found: Information, tick: int, asked: list[int], names: Names, clock: Clock) -> pd.DataFrame:
    """One row an NPC and fact that it knows at a tick."""
    those = sorted(found.known_at(tick, asked), key=lambda spell: (spell.fact, spell.npc))

    def column(name: str) -> Any:
        return np.array([getattr(spell, name) for spell in those], np.int64)

    out = pd.DataFrame(
        {
            "name": names.of("npcs", column("npc")),
            "text": [found.texts[spell.fact] for spell in those],
            "tick": column("since"),
            "time": times(clock, column("since")),
            "source": column("source"),
            "source_name": names.of("npcs", column("source")),
            "believes": (column("believed") != OPEN) & (column("believed") <= tick),
        },
        index=pd.MultiIndex.from_arrays([column("fact"), column("npc")], names=["fact", "npc"]),
    )
    out.attrs["units"] = {
        "name": "label", "text": "text", "tick": "tick", "time": "clock", "source": "id", "source_name": "label",
        "believes": "1",
    }  # fmt: skip
    return out


def diffusion(
    found: Information, asked: list[int], ticks: Any, npcs: Any, clock: Clock, *, believed: bool
) -> pd.DataFrame:
    """The share of NPCs that know each fact, or believe it, at each of these ticks; `npcs` are there at each."""
    if not asked:
        raise BadParameter(
            "this run has no facts.", 'Give it one: town.tell("The mill closes in May", to="Ada Marsh").'
        )
    shares = {found.texts[fact]: found.curve(fact, ticks, believed) / np.maximum(npcs, 1) for fact in asked}
    out = pd.DataFrame({"time": times(clock, ticks), **shares}, index=pd.Index(ticks, name="tick"))
    out.attrs["units"] = {"time": "clock", **dict.fromkeys(shares, "1")}
    return out
