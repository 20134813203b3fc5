"""Attention: whom the systems have to look at. Everybody else stays as they are, at no cost.

It is no state but an index over it: looking at somebody who has nothing to do changes nothing, so that `wake`, which
has everybody looked at once, is always right, after a checkpoint was loaded for example. Whoever changes what a system
heeds puts the NPC into the system's set; the system takes it out again. Sets are bits, 64 NPCs a word, and are gone
through in the order of ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from aitown.sim.compiled import loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitown.sim.world import Array

SETS = np.dtype([(name, "u8") for name in ("moving", "talking", "stirring", "feeling", "given")])
"""Whom `walking`, `talking` and `meeting`, `doing` and `needs` look at; and to whom something came from outside."""

ONE = np.uint64(1)
NOBODY = np.uint64(0)
_ALL = ~NOBODY
_WORD = 64


class Attention(NamedTuple):
    """The arrays of an index over some NPCs."""

    decides_at: Array  # i4[npcs]: at the earliest, `choosing` has something to do in this tick
    routine_at: Array  # i4[npcs]: likewise `routine`
    sets: Array  # SETS[words]


def make_attention(npcs: int) -> Attention:
    """An index that has everybody looked at."""
    made = Attention(np.zeros(npcs, np.int32), np.zeros(npcs, np.int32), np.zeros(-(-npcs // _WORD), SETS))
    wake(made)
    return made


def wake(attention: Attention) -> None:
    """Have every system look at everybody once."""
    attention.decides_at[:] = 0
    attention.routine_at[:] = 0
    for name in SETS.names or ():
        attention.sets[name] = _ALL
        if beyond := len(attention.decides_at) % _WORD:
            attention.sets[name][-1] = _ALL >> np.uint64(_WORD - beyond)


def concern(attention: Attention, npcs: Iterable[int]) -> None:
    """Something came from outside for some NPCs."""
    for i in npcs:
        attention.decides_at[i] = 0
        for name in ("talking", "feeling", "given"):
            attention.sets[name][i // _WORD] |= ONE << np.uint64(i % _WORD)


@intrinsic
def _trailing_zeros(_typing: Any, _word: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), code


@loop
def first(w: int, word: np.uint64) -> int:
    """The lowest id of those in word number `w` of a set, which isn't empty."""
    return w * _WORD + int(_trailing_zeros(word))  # type: ignore[call-arg]


@loop
def without_first(word: np.uint64) -> np.uint64:
    """The word without the lowest id."""
    return word & (word - ONE)


@loop
def bit(i: int) -> np.uint64:
    """NPC `i` in its word, which is number `i >> 6`."""
    return ONE << np.uint64(i & (_WORD - 1))
