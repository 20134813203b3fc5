"""Freezing: the published columns of all tables as integers, written by compiled code into blocks of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aitown.columns import FrameBlock
from aitown.sim.compiled import loop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.columns import Column, Table
    from aitown.sim.world import Array


_ROWS = 128


class Group(NamedTuple):
    """Published columns of one dtype and the blocks that they are frozen into, in the same order."""

    columns: tuple[Array, ...]  # longer than their rows
    per_unit: Array  # f4[columns]
    blocks: tuple[Array, ...]  # (frames, rows) each


class Frozen(NamedTuple):
    """The published columns of all tables by dtype. `ticks` (i4[frames]) says of which ticks the blocks are."""

    rows: int  # of the longest table
    ticks: Array
    floats: Group
    ids: Group
    codes: Group


@loop
def _freeze_floats(group: Group, frame: int, first: int) -> None:
    for c in range(len(group.columns)):
        column, scale = group.columns[c][first : first + _ROWS], group.per_unit[c]
        block = group.blocks[c][frame, first : first + _ROWS]
        for row in range(len(block)):
            block[row] = np.int16(np.floor(column[row] * scale + np.float32(0.5)))


@loop
def _freeze_integers(group: Group, frame: int, first: int) -> None:
    for c in range(len(group.columns)):
        column, block = group.columns[c][first : first + _ROWS], group.blocks[c][frame, first : first + _ROWS]
        for row in range(len(block)):
            block[row] = column[row]


@loop
def freeze(out: Frozen, frame: int, tick: int) -> None:
    """Write all published columns as frame number `frame` of the blocks, a few rows at a time for the cache."""
    out.ticks[frame] = tick
    for first in range(0, out.rows, _ROWS):
        _freeze_floats(out.floats, frame, first)
        _freeze_integers(out.ids, frame, first)
        _freeze_integers(out.codes, frame, first)


class Freezing:
    """Makes room for frames of some tables; what doesn't depend on their number is prepared once.

    Args:
        tables: by name, in the order of their columns in a frame.
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._groups = {dtype: self._group(dtype) for dtype in ("f4", "i4", "u1")}
        self._none = self._blocks(0)

    def _group(self, dtype: str) -> tuple[tuple[str, Column, Table], ...]:
        return tuple(
            (name, column, table)
            for name, table in self._tables.items()
            for column in table.published
            if column.dtype == dtype
        )

    def blocks(self, frames: int) -> Frozen:
        """Room for `frames` frames of all published columns."""
        return self._blocks(frames) if frames else self._none

    def _blocks(self, frames: int) -> Frozen:
        groups = (
            Group(
                tuple(table.roomy(column.name) for _, column, table in those),
                np.array([column.per_unit for _, column, _ in those], np.float32),
                tuple(np.empty((frames, table.rows), column.frozen) for _, column, table in those),
            )
            for those in self._groups.values()
        )
        return Frozen(max(table.rows for table in self._tables.values()), np.empty(frames, np.int32), *groups)

    def frames(self, out: Frozen, count: int) -> FrameBlock:
        """The first `count` frames of the blocks, by table and column."""
        columns: dict[str, Any] = {name: dict.fromkeys(c.name for c in t.published) for name, t in self._tables.items()}
        for those, group in zip(self._groups.values(), (out.floats, out.ids, out.codes), strict=True):
            for (name, column, _), block in zip(those, group.blocks, strict=True):
                columns[name][column.name] = block[:count]
        return FrameBlock(out.ticks[:count], columns)
