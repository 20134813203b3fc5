"""From personas, the log of conversations and a run's parameters to who felt how close to whom.

The same sums as in `aitown/sim/systems/bonds.py`, in the same order: when somebody leaves a conversation, its ties to
those who stay grow, along the ring in which they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.errors import RunError
from aitown.history.frames import times
from aitown.history.people import CAME, WENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import networkx as nx

    from aitown.history.frames import Names
    from aitown.history.times import Clock

Tie = tuple[float, int]
"""Strength when they last talked, and the tick of that."""

Snapshot = list[tuple[int, int, float, int]]
"""npc, other, strength now and tick of the last talk, of each direction of a tie, by npc and other."""

_NEEDED = ("tie_first", "tie_hours", "tie_half_life", "acquaintances")


@dataclass(frozen=True)
class Rules:
    """The parameters of ties; times in ticks."""

    first: float
    hours: float
    half_life: float
    kin_half_life: float
    most: int

    @classmethod
    def of(cls, parameters: Mapping[str, float], tick_seconds: float) -> Rules:
        """Those of a run.

        Raises:
            RunError: if it has none.
        """
        if not cls.known(parameters):
            raise RunError(
                "this run has no ties that change: it was made by an older version or another system.",
                "Use network(), which counts who talked with whom.",
            )
        hour = 60 * (60 / tick_seconds)
        first, hours, half_life, most = (parameters[name] for name in _NEEDED)
        kin = parameters.get("kin_half_life", half_life)
        return cls(first, hours * hour, half_life * 24 * hour, kin * 24 * hour, round(most))

    @staticmethod
    def known(parameters: Mapping[str, float]) -> bool:
        """Whether a run with these parameters has ties that change."""
        return set(_NEEDED) <= set(parameters)


class Ties:
    """The ties of a town while its log is followed."""

    def __init__(self, personas: Sequence[Mapping[str, Any]], begun: int, rules: Rules) -> None:
        self.rules = rules
        self._personas = personas
        self._kin = _kin(personas)
        self._ids = {persona["name"]: npc for npc, persona in enumerate(personas) if persona}
        self.here = set(range(begun))
        self._make_room(begun)
        self._of = [
            {j: (float(np.float32(strength)), 0) for j, strength in sorted(those)}
            for those in (
                _kept(*one, self.room) for one in zip(_given(personas[:begun]), _kin(personas[:begun]), strict=True)
            )
        ]
        self._next: dict[int, int] = {}
        self._came: dict[int, int] = {}

    def snapshot(self, tick: int) -> Snapshot:
        """All ties as they are at a tick."""
        return [
            (npc, other, self._faded(npc, other, tick), those[other][1])
            for npc, those in enumerate(self._of)
            for other in sorted(those)
            if npc in self.here and other in self.here
        ]

    def follow(self, tick: int, kind: str, npc: int, other: int) -> None:
        """What an event does to them."""
        if kind == "met":
            self._next[npc], self._next[other] = other, npc
            self._came[npc] = self._came[other] = tick
        elif kind == "joined":
            self._next[npc], self._next[other] = self._next[other], npc
            self._came[npc] = tick
        elif kind in ("left", "parted"):
            self._leave(npc, tick)
        elif kind == CAME:
            self._come(npc, tick)
        elif kind == WENT:
            self.here.discard(npc)

    def _make_room(self, npcs: int) -> None:
        self.room = max(1, min(self.rules.most, npcs - 1))

    def _come(self, npc: int, tick: int) -> None:
        """Somebody moves in, with the ties of its persona; of more than there is room for the strongest are kept."""
        self.here.add(npc)
        self._of += [{} for _ in range(npc + 1 - len(self._of))]
        self._make_room(len(self._of))
        for name, strength in self._personas[npc].get("ties", {}).items():
            for one, other in ((npc, self._ids[name]), (self._ids[name], npc)):
                those = self._of[one]
                if one != other:
                    those[other] = (float(np.float32(strength)), tick)
                    if len(those) > self.room:
                        del those[self._weakest(one, (those.keys() - self._kin[one]) or those.keys(), tick)]

    def _weakest(self, npc: int, those: Collection[int], tick: int) -> Any:
        """The one to whom an NPC's tie is the weakest; None for nobody."""
        return min(those, key=lambda one: (self._faded(npc, one, tick), one), default=None)

    def _leave(self, npc: int, tick: int) -> None:
        before, other = npc, self._next[npc]
        while other != npc:
            spent = tick - max(self._came[npc], self._came[other])
            self._grow(npc, other, spent, tick)
            self._grow(other, npc, spent, tick)
            before, other = other, self._next[other]
        following = self._next.pop(npc)
        if before == following:
            del self._next[before]
        else:
            self._next[before] = following

    def _grow(self, npc: int, other: int, spent: int, tick: int) -> None:
        those, rules = self._of[npc], self.rules
        if other in those:
            strength = self._faded(npc, other, tick)
        else:
            strength = rules.first
            if len(those) == self.room:
                weakest = self._weakest(npc, those.keys() - self._kin[npc], tick)
                if weakest is None:
                    return
                del those[weakest]
        grown = 1 - (1 - strength) * 0.5 ** (spent / rules.hours)
        those[other] = (float(np.float32(grown)), tick)

    def _faded(self, npc: int, other: int, tick: int) -> float:
        tie, kin = self._of[npc][other], other in self._kin[npc]
        half_life = self.rules.kin_half_life if kin else self.rules.half_life
        strength: float = tie[0] * 0.5 ** ((tick - tie[1]) / half_life)
        return strength


def _given(personas: Sequence[Mapping[str, Any]]) -> list[dict[int, float]]:
    ids = {persona["name"]: i for i, persona in enumerate(personas)}
    found: list[dict[int, float]] = [{} for _ in personas]
    for i, persona in enumerate(personas):
        for name, strength in persona.get("ties", {}).items():
            j = ids[name]
            if i != j:
                found[i][j] = max(strength, found[i].get(j, 0.0))
                found[j][i] = max(strength, found[j].get(i, 0.0))
    return found


def _kin(personas: Sequence[Mapping[str, Any]]) -> list[set[int]]:
    ids = {persona["name"]: i for i, persona in enumerate(personas) if persona}
    found: list[set[int]] = [set() for _ in personas]
    for i, persona in enumerate(personas):
        for name in persona.get("kin", ()):
            found[i].add(ids[name])
            found[ids[name]].add(i)
    return found


def _kept(those: Mapping[int, float], kin: set[int], room: int) -> list[tuple[int, float]]:
    return sorted(those.items(), key=lambda tie: (tie[0] not in kin, -tie[1], tie[0]))[:room]


def follow(
    personas: Sequence[Mapping[str, Any]], begun: int, log: pd.DataFrame, rules: Rules, ticks: Sequence[int]
) -> Iterator[Snapshot]:
    """The ties at each of some rising ticks, between those who are there.

    Args:
        personas: by id.
        begun: how many of them the town began with.
        log: of conversations and of who came and went, from the beginning of the run.
        rules: of the run.
        ticks: rising.
    """
    ties = Ties(personas, begun, rules)
    log = log[log["kind"] != "said"]
    columns = (log[name].tolist() for name in ("tick", "kind", "npc", "other"))
    events = zip(*columns, strict=True)
    event = next(events, None)
    for at in ticks:
        while event is not None and event[0] <= at:
            ties.follow(*event)
            event = next(events, None)
        yield ties.snapshot(at)


def frame(ties: Snapshot, names: Names) -> pd.DataFrame:
    """A snapshot as a DataFrame."""
    npc, other = (np.array([tie[k] for tie in ties], np.int64) for k in (0, 1))
    out = pd.DataFrame(
        {
            "name": names.of("npcs", npc),
            "other_name": names.of("npcs", other),
            "strength": np.array([tie[2] for tie in ties], float),
            "last": np.array([tie[3] for tie in ties], np.int64),
        },
        index=pd.MultiIndex.from_arrays([npc, other], names=["npc", "other"]),
    )
    out.attrs["units"] = {"name": "label", "other_name": "label", "strength": "1", "last": "tick"}
    return out


def graph(edges: pd.DataFrame, names: Mapping[int, str], of: str) -> nx.Graph:
    """Edges as a graph: "ties" of both directions, "talk" without one, "tellings" of both and many."""
    import networkx as nx

    made = {"ties": nx.DiGraph, "talk": nx.Graph, "tellings": nx.MultiDiGraph}[of]()
    made.add_nodes_from((npc, {"name": name}) for npc, name in names.items())
    given = edges.drop(columns=["name", "other_name"])
    for row in given.to_dict("records"):
        npc, other = int(row.pop("npc")), int(row.pop("other"))
        made.add_edge(npc, other, **{str(key): value for key, value in row.items()})
    return made


def density(snapshots: Sequence[Snapshot], ticks: Sequence[int], present: Any, clock: Clock) -> pd.DataFrame:
    """How many of all pairs of those `present` at each tick know one another, and how well."""
    rows = []
    for ties, npcs in zip(snapshots, present, strict=True):
        pairs = npcs * (npcs - 1) / 2
        known = {(npc, other) for npc, other, _, _ in ties}
        mutual = sum((other, npc) in known for npc, other in known) / 2
        strength = sum(tie[2] for tie in ties) / 2
        rows.append((*(found / pairs if pairs else np.nan for found in (mutual, strength)), len(ties) / max(npcs, 1)))
    out = pd.DataFrame(rows, columns=["density", "mean_tie", "ties"], index=pd.Index(ticks, name="tick"), dtype=float)
    out.insert(0, "time", times(clock, np.array(ticks, np.int64)))
    out.attrs["units"] = {"time": "clock", "density": "1", "mean_tie": "1", "ties": "NPCs"}
    return out
