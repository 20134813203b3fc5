"""Tiles as plain data: what a map's JSON is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def letters(codes: NDArray[np.uint8]) -> list[str]:
    """A string a row and a letter a tile, from "a" on."""
    return [row.tobytes().decode("ascii") for row in codes + np.uint8(ord("a"))]


def from_letters(rows: Sequence[str]) -> NDArray[Any]:
    """The codes that `letters` wrote."""
    return np.array([np.frombuffer(row.encode("ascii"), np.uint8) for row in rows]) - np.uint8(ord("a"))


def runs(groups: Sequence[NDArray[Any]]) -> list[list[int]]:
    """Each group of ascending numbers as first, length, first, length …"""
    sizes = np.array([group.size for group in groups], np.int64)
    numbers = np.concatenate([*groups, np.empty(0, np.int32)])
    begins = np.ones(numbers.size, bool)
    begins[1:] = numbers[1:] != numbers[:-1] + 1
    ends = np.cumsum(sizes)
    begins[(ends - sizes)[sizes > 0]] = True
    starts = np.flatnonzero(begins)
    pairs = np.stack([numbers[starts], np.diff(starts, append=numbers.size)], 1).reshape(-1).tolist()
    cuts = (2 * np.searchsorted(starts, ends)).tolist()
    return [pairs[first:stop] for first, stop in zip([0, *cuts], cuts, strict=False)]


def from_runs(said: Sequence[int]) -> NDArray[np.int32]:
    """The numbers that `runs` wrote."""
    return np.concatenate(
        [np.arange(first, first + length, dtype=np.int32) for first, length in zip(said[::2], said[1::2], strict=True)]
    )
