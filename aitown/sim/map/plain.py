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


def runs(tiles: NDArray[Any]) -> list[int]:
    """Ascending numbers as first, length, first, length …"""
    starts = [0, *(np.flatnonzero(tiles[1:] != tiles[:-1] + 1) + 1).tolist(), tiles.size][tiles.size == 0 :]
    firsts = tiles[starts[:-1]].tolist()
    return [number for i, first in enumerate(firsts) for number in (first, starts[i + 1] - starts[i])]


def from_runs(said: Sequence[int]) -> NDArray[np.int32]:
    """The numbers that `runs` wrote."""
    return np.concatenate(
        [np.arange(first, first + length, dtype=np.int32) for first, length in zip(said[::2], said[1::2], strict=True)]
    )
