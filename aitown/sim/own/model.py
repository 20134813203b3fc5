"""OwnModel: a Model with systems of one's own, which run after all others, before the tick's frame is frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.columns import Column, Frame, FrameBlock, Schema
from aitown.errors import BadParameter
from aitown.sim.model import Model
from aitown.sim.npcs import NPC_COLUMNS, PLACE_COLUMNS
from aitown.sim.own.declaring import Declared, check_together
from aitown.sim.own.rows import Moment, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aitown.columns import Table
    from aitown.persona import Persona
    from aitown.sim.map import TownMap
    from aitown.sim.world import Array

_BUILT_IN = {"npcs": NPC_COLUMNS, "places": PLACE_COLUMNS}
_I2 = 32_767


def schema_with(systems: Iterable[Declared]) -> Schema:
    """The published columns of each table, those of the systems last."""
    own = list(systems)
    return {
        table: (*columns, *(c for system in own for c in system.columns[table] if c.frozen))
        for table, columns in Model.schema.items()
    }


class OwnModel(Model):
    """A model in which systems of one's own run too, in the order given.

    Args:
        systems: what they are; all else as for `Model`.

    Raises:
        BadParameter: for systems that don't fit together.
    """

    def __init__(
        self, town_map: TownMap, personas: Sequence[Persona], *, systems: Sequence[Declared], **more: Any
    ) -> None:
        check_together(systems)
        super().__init__(town_map, personas, **more)
        self._systems = tuple(systems)
        rows = {"npcs": len(self.personas), "places": len(town_map.places)}
        self._own: dict[str, Table] = {
            f"{system.name}.{table}": system.table(table, count) for system in systems for table, count in rows.items()
        }
        self._watcher: Callable[[str], None] | None = None
        self._look_anew()
        self._begin()

    def _look_anew(self) -> None:
        """Find the arrays of all tables, which are others once a table has grown."""
        rows = self.npcs.rows
        self._shown: list[tuple[str, Column, Array]] = [
            (name.rpartition(".")[2], column, table[column.name])
            for name, table in self._own.items()
            for column in table.published
        ]
        self._moments = {
            s.name: Moment(s.name, s.every, self.seed, self.start, self.tick_seconds, rows) for s in self._systems
        }
        self._views = {system.name: self._view(system) for system in self._systems}

    def _grow(self, npcs: int) -> None:
        super()._grow(npcs)
        for system in self._systems:
            self._own[f"{system.name}.npcs"].grow(npcs)
        self._look_anew()

    def watch(self, told: Callable[[str], None]) -> None:
        """Have somebody told of each column that a system changes and doesn't own. Slow."""
        self._watcher = told

    def _view(self, system: Declared) -> tuple[Rows, Rows]:
        def rows(table: str) -> Rows:
            built_in = self._tables[table]
            mine = {column.name for column in system.columns[table]}
            own = {
                name: values
                for key, t in self._own.items()
                if key.endswith(f".{table}")
                for name, values in t.arrays.items()
            }
            columns = {c.name: c for c in _BUILT_IN[table]} | {
                c.name: c for other in self._systems for c in other.columns[table]
            }
            return Rows(table, {**built_in.arrays, **own}, columns, mine)

        return rows("npcs"), rows("places")

    def advance(self, ticks: int, every: int = 1, *, heed: bool = False) -> FrameBlock:
        """As `Model.advance`; comes out of the compiled schedule wherever one of the systems runs."""
        until = self.tick + ticks
        blocks = [self._with_own(super().advance(0, every))] if not ticks else []
        while self.tick < until:
            goal = min([until, *(self._next(system) for system in self._systems)])
            block = super().advance(goal - self.tick, every, heed=heed)
            at_goal = len(block) and int(block.ticks[-1]) == goal
            before = self._with_own(block, len(block) - 1 if at_goal else len(block))
            if self.tick == goal:
                self._run()
            blocks.append(self._with_own(block, len(block), before))
            if heed and self._world.gate[0]["called"]:
                break
        return _joined(blocks)

    def freeze(self) -> Frame:
        frame = super().freeze()
        tables = {name: dict(columns) for name, columns in frame.tables.items()}
        for table, column, values in self._shown:
            tables[table][column.name] = column.freeze(values)
        return Frame(frame.tick, tables)

    def save(self) -> dict[str, Array]:
        own = {f"own.{key}/{name}": v.copy() for key, table in self._own.items() for name, v in table.arrays.items()}
        return super().save() | own

    def restore(self, state: Mapping[str, Array]) -> None:
        """As `Model.restore`; the columns of a system that begins later needn't be there.

        Raises:
            DamagedRun: likewise.
        """
        tick = int(state["tick"][0]) if "tick" in state else 0
        arrays = {f"own.{key}/{name}": v for key, table in self._own.items() for name, v in table.arrays.items()}
        new = {
            system.name
            for system in self._systems
            if system.since >= tick and not any(name.startswith(f"own.{system.name}.") for name in state)
        }
        missing = [name for name in arrays if name not in state and name.split(".")[1] not in new]
        others = {name: values for name, values in state.items() if name not in arrays}
        super().restore({**others, **dict.fromkeys(missing, np.empty(0))})
        for key, table in self._own.items():
            for column in table.columns.values():
                name = f"own.{key}/{column.name}"
                table[column.name][:] = state.get(name, column.initial)
        self._begin(new)

    def _next(self, system: Declared) -> int:
        """The next tick at which a system begins or runs."""
        if self.tick < system.since:
            return system.since
        return (self.tick // system.every + 1) * system.every

    def _begin(self, those: Iterable[str] | None = None) -> None:
        for system in self._systems:
            if system.since == self.tick and (those is None or system.name in those) and system.begin:
                self._call(system, system.begin)

    def _run(self) -> None:
        for system in self._systems:
            if self.tick > system.since and self.tick % system.every == 0:
                self._call(system, system.step)
            elif self.tick == system.since and system.begin:
                self._call(system, system.begin)

    def _call(self, system: Declared, what: Any) -> None:
        moment = self._moments[system.name]
        moment.tick = self.tick
        before = None if self._watcher is None else self.save()
        try:
            what(*self._views[system.name], moment)
            for table, columns in system.columns.items():
                for column in columns:
                    _check(column, self._own[f"{system.name}.{table}"][column.name])
        except Exception as error:
            error.add_note(f"in the system {system.name} at tick {self.tick}")
            if isinstance(error, ValueError) and "read-only" in str(error):
                error.add_note("A system writes its own columns alone; others are changed by inputs.")
            raise
        if self._watcher is not None and before is not None:
            for name, values in self.save().items():
                if not name.startswith(f"own.{system.name}.") and not np.array_equal(values, before[name]):
                    self._watcher(name.replace("/", "."))

    def _with_own(self, block: FrameBlock, count: int | None = None, before: FrameBlock | None = None) -> FrameBlock:
        """The block with the systems' columns as they are now in its first `count` frames or those after `before`."""
        frames = len(block) if count is None else count
        done = before.tables if before else {}
        start = len(before.ticks) if before else 0
        tables: dict[str, dict[str, Array]] = {name: dict(columns) for name, columns in block.tables.items()}
        for table, column, values in self._shown:
            now = np.tile(column.freeze(values), (frames - start, 1))
            tables[table][column.name] = np.concatenate([done[table][column.name], now]) if start else now
        if before is None:
            return FrameBlock(
                block.ticks[:frames], {t: {n: v[:frames] for n, v in c.items()} for t, c in tables.items()}
            )
        return FrameBlock(block.ticks, tables)


def _check(column: Column, values: Array) -> None:
    """Hold the values of a column to what a frame can show.

    Raises:
        BadParameter: naming the first row that doesn't fit.
    """
    if column.dtype == "f4":
        wrong = ~(np.abs(values * column.per_unit) <= _I2) if column.frozen else ~np.isfinite(values)
        allowed = f"a number up to ±{_I2 / column.per_unit:g}" if column.frozen else "a finite number"
    elif column.labels:
        wrong, allowed = values >= len(column.labels), f"a code below {len(column.labels)}"
    else:
        return
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadParameter(
            f"{column.name} of row {row} is {values[row]}; expected {allowed}.",
            "Mend the system, or take another `per_unit`.",
        )


def _joined(blocks: list[FrameBlock]) -> FrameBlock:
    if len(blocks) == 1:
        return blocks[0]
    tables = {
        table: {name: np.concatenate([block.tables[table][name] for block in blocks]) for name in columns}
        for table, columns in blocks[0].tables.items()
    }
    return FrameBlock(np.concatenate([block.ticks for block in blocks]), tables)
