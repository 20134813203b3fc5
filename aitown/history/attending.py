"""Invitations: what they are about, who knew of them, and who came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.history.information import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aitown.history.frames import Names
    from aitown.history.information import Information, Spell
    from aitown.history.people import Stays
    from aitown.history.times import Clock

_UNITS = {
    "text": "text", "host": "id", "host_name": "label", "place": "label", "tick": "tick", "starts": "tick",
    "ends": "tick", "knew": "NPCs", "believed": "NPCs", "accepted": "NPCs", "came": "NPCs",
    "kept": "NPCs",
}  # fmt: skip


@dataclass(frozen=True)
class Invitation:
    """An input of the kind "invite", with its times as ticks."""

    fact: int
    text: str
    host: int
    place: int
    tick: int
    starts: int
    ends: int


def read(
    inputs: Iterable[Mapping[str, Any]], found: Information, clock: Clock, tick_seconds: float, stays: Stays
) -> list[Invitation]:
    """The invitations of a journal, as far as they have been applied; of two with the same text the later one.

    One is over when its host moves out.
    """
    known = set(found.texts)
    made: dict[str, Invitation] = {}
    for given in inputs:
        if given["kind"] == "invite" and given["text"] in known:
            tick = int(given["tick"])
            hour, minute = map(int, given["at"].split(":"))
            midnight = clock.tick(f"day {clock.day(tick)} 00:00")
            starts = math.ceil(midnight + (hour * 60 + minute) * 60 / tick_seconds)
            day = round(86_400 / tick_seconds)
            starts += day * (starts < tick) + given.get("days", 0) * day
            ends = starts + max(1, math.floor(given["minutes"] * 60 / tick_seconds + 0.5))
            ends = min(ends, int(stays.until[given["by"]]))
            [fact] = found.asked(given["text"])
            made[given["text"]] = Invitation(fact, given["text"], given["by"], given["place"], tick, starts, ends)
    return sorted(made.values(), key=lambda one: one.fact)


def attendance(
    one: Invitation, found: Information, there: pd.DataFrame | None, names: Names, seconds: float
) -> pd.DataFrame:
    """One row an NPC that knew before the end, without the host; of one that forgot and heard of it again it says from
    whom it heard first, and how it answered last. `there` are the frames of those who were there.
    """
    spells: dict[int, list[Spell]] = {}
    for spell in found.spells:
        if spell.fact == one.fact and spell.since < one.ends and spell.npc != one.host:
            spells.setdefault(spell.npc, []).append(spell)
    rows = sorted((npc, sorted(those, key=lambda spell: spell.since)) for npc, those in spells.items())
    ids = np.array([npc for npc, _ in rows], np.int64)
    came, frames = {}, {}
    if there is not None and len(there):
        ticks = there.index.get_level_values("tick").to_series(index=there.index).groupby(level="npc")
        came, frames = ticks.min().to_dict(), ticks.size().to_dict()
    sources = np.array([those[0].source for _, those in rows], np.int64)
    answers = [next((spell.answer for spell in reversed(those) if spell.answer), None) for _, those in rows]
    out = pd.DataFrame(
        {
            "name": names.of("npcs", ids),
            "heard": np.array([those[0].since for _, those in rows], np.int64),
            "source": sources,
            "source_name": names.of("npcs", sources),
            "believed": np.array([any(OPEN < spell.believed < one.ends for spell in those) for _, those in rows], bool),
            "answer": pd.Categorical(answers, categories=["accepted", "declined"]),
            "came": np.array([came.get(npc, -1) for npc in ids], np.int64),
            "seconds": np.array([frames.get(npc, 0) * seconds for npc in ids], float),
        },
        index=pd.Index(ids, name="npc"),
    )
    out.attrs["units"] = {
        "name": "label", "heard": "tick", "source": "id", "source_name": "label", "believed": "1", "answer": "label",
        "came": "tick", "seconds": "s",
    }  # fmt: skip
    return out


def counted(one: Invitation, who: pd.DataFrame) -> dict[str, Any]:
    """An invitation with how many knew, believed, accepted and came."""
    return {
        **vars(one),
        "knew": len(who),
        "believed": int(who["believed"].sum()),
        "accepted": int((who["answer"] == "accepted").sum()),
        "came": int((who["came"] >= 0).sum()),
        "kept": int(((who["answer"] == "accepted") & (who["came"] >= 0)).sum()),
    }


def invitations(rows: Sequence[Mapping[str, Any]], names: Names) -> pd.DataFrame:
    """One row an invitation."""

    def column(name: str) -> Any:
        return np.array([row[name] for row in rows], np.int64)

    out = pd.DataFrame(
        {
            "text": [row["text"] for row in rows],
            "host": column("host"),
            "host_name": names.of("npcs", column("host")),
            "place": names.of("places", column("place")),
            **{
                name: column(name)
                for name in ("tick", "starts", "ends", "knew", "believed", "accepted", "came", "kept")
            },
        },
        index=pd.Index(column("fact"), name="fact"),
    )
    out.attrs["units"] = dict(_UNITS)
    return out
