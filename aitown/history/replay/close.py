"""Who is close to whom in a recorded stretch: the closest ties of each, at a few moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aitown.errors import AitownError

if TYPE_CHECKING:
    from aitown.columns import Array
    from aitown.history.reader import History

MOST_PEOPLE = 500
MOST_STATES = 25_000_000
"""NPCs times ticks of the run, from whose beginning its talk is followed."""
CLOSEST = 8
PER_UNIT = 1000
_MOMENTS, _SNAPSHOTS = 24, 2_500


def close(run: History, first: int, stop: int) -> tuple[list[int], dict[str, Array]]:
    """The moments, and the columns `npc`, `other` and `strength` (in thousandths), each int32[moments, pairs].

    A pair is there that is among the `CLOSEST` of its NPC at one of the moments; 0 where it isn't known. Nothing for
    more than `MOST_PEOPLE` or `MOST_STATES`, and for a run that has no ties.
    """
    people = len(run.names)
    if not 0 < people <= MOST_PEOPLE or people * stop > MOST_STATES:
        return [], {}
    count = max(1, min(_MOMENTS, _SNAPSHOTS // people))
    moments = np.unique(np.linspace(stop - 1, first, count).astype(int)).tolist()
    try:
        snapshots = run._ties(moments)  # noqa: SLF001 (the same room)
    except AitownError:
        return [], {}
    strengths: dict[tuple[int, int], dict[int, float]] = {}
    for k, snapshot in enumerate(snapshots):
        for npc, other, strength, _ in snapshot:
            strengths.setdefault((npc, other), {})[k] = strength
    near: set[tuple[int, int]] = set()
    for snapshot in snapshots:
        of: dict[int, list[tuple[float, int]]] = {}
        for npc, other, strength, _ in snapshot:
            of.setdefault(npc, []).append((-strength, other))
        near.update((npc, other) for npc, those in of.items() for _, other in sorted(those)[:CLOSEST])
    pairs = sorted(near)
    values = np.zeros((len(moments), len(pairs)), np.int32)
    for i, pair in enumerate(pairs):
        for k, strength in strengths[pair].items():
            values[k, i] = round(strength * PER_UNIT)
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    columns = {name: np.tile(ends[:, k], (len(moments), 1)) for k, name in enumerate(("npc", "other"))}
    return moments, {**columns, "strength": values}
