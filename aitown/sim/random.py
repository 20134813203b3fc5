"""Addressed randomness: a number is a pure function of (seed, system, npc, tick, draw).

There is no generator and no state. The same address gives the same number whatever else happens in the town, so two
runs that differ in one treatment share the noise of everybody whom it doesn't touch.

The mix is SplitMix64's finaliser (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"),
applied once for each part of the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.sim.compiled import kernel, loop

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11, _8 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11), np.uint64(8)
_UNIT = 1.0 / (1 << 53)


@loop
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@loop
def bits(seed: int, system: int, npc: int, tick: int, draw: int) -> np.uint64:
    """64 random bits at an address; each part is an integer of up to 64 bits, `system` below 256."""
    z = _mix(np.uint64(seed) + _GOLDEN)
    z = _mix((z ^ np.uint64(tick)) + _GOLDEN)
    z = _mix((z ^ ((np.uint64(npc) << _8) | np.uint64(system))) + _GOLDEN)
    return _mix((z ^ np.uint64(draw)) + _GOLDEN)


@loop
def uniform(seed: int, system: int, npc: int, tick: int, draw: int) -> float:
    """A number from [0, 1) at an address, a multiple of 2⁻⁵³."""
    return float(bits(seed, system, npc, tick, draw) >> _11) * _UNIT


@loop
def below(count: int, seed: int, system: int, npc: int, tick: int, draw: int) -> int:
    """A whole number from 0 to `count` - 1 at an address."""
    return int(uniform(seed, system, npc, tick, draw) * count)


@kernel
def uniforms(first: int, count: int, seed: int, system: int, tick: int, draw: int) -> NDArray[Any]:
    """`uniform` of `count` NPCs from `first` on, f8[count]."""
    found = np.empty(count)
    for at in range(count):
        found[at] = uniform(seed, system, first + at, tick, draw)
    return found
