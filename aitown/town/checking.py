"""`check_system`: what is wrong with a system of one's own, found by running it."""

from __future__ import annotations

import copy
import resource
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import AitownError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.columns import FrameBlock
    from aitown.sim.model import Model
    from aitown.sim.own import Declared
    from aitown.town.town import Town

TICKS = 2_160
WATCHED = 90
SLOW = 1.0
"""A system that takes more seconds for a simulated day is called slow: 25 NPCs take less for all the rest."""

_HERE = str(Path(__file__).parents[1])
Frames = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Check:
    """What `check_system` found.

    Attributes:
        name: of the system.
        faults: what is wrong, in sentences; none when it is fit to be used.
        notes: what may be meant, but should be known.
        numbers: `step_us` (CPU time of a step), `steps`, `day_s` (CPU seconds for a simulated day), `town_day_s` (those
            of the town without it).
    """

    name: str
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def __str__(self) -> str:
        lines = [f"{self.name}: {'fit to be used' if self.ok else 'not fit to be used'}"]
        lines += [f"  wrong: {fault}" for fault in self.faults]
        lines += [f"  note: {note}" for note in self.notes]
        if self.numbers:
            lines.append(
                f"  {self.numbers['step_us']:.0f} µs a step; a simulated day costs {self.numbers['day_s']:.2f} s, "
                f"and {self.numbers['town_day_s']:.2f} s without it"
            )
        return "\n".join(lines)

    __repr__ = __str__


def check_system(system: Any, town: Town | None = None, *, ticks: int = TICKS, beside: tuple[Any, ...] = ()) -> Check:
    """Run a system in several ways and say what is wrong with it.

    It is held to what a run rests on: it writes nothing but its own columns, gives the same values when it is run
    again, however the ticks are cut, and when it goes on from a checkpoint. And it is timed.

    Args:
        system: as for `Town(systems=…)`; its parameters are those to be checked.
        town: in what kind of town, which is left alone; None: riverbend with 25 NPCs.
        ticks: for how long; 6 hours by default.
        beside: other systems of yours that run with it; whether their order matters is noted.
    """
    from aitown.sim.own.declaring import declare
    from aitown.town.town import Town

    basis = town or Town("riverbend", 25, 7)
    try:
        name = declare(system, basis.tick_seconds).name
    except AitownError as error:
        return Check(f"{system!r:.80}", (str(error).replace("\n", " "),))
    trial = _Trial(basis, (system, *beside), ticks)
    try:
        return _check(trial, name, beside)
    except Exception as error:  # noqa: BLE001 (a system may raise anything)
        return Check(name, (_fault(error),))


def _check(trial: _Trial, name: str, beside: tuple[Any, ...]) -> Check:
    faults, notes = [], []
    trial.run(())  # what is loaded when it is first needed is in no number
    _, plain_seconds = trial.run(())
    plain_waits = trial.waits
    if written := trial.written():
        return Check(name, (f"it writes what it doesn't own: {', '.join(written)}",))
    first, seconds = trial.run(trial.fresh())
    own = trial.own(name)
    second, again = trial.run(trial.fresh())
    seconds, waits = min(seconds, again), trial.waits
    if where := _differ(first, second):
        faults.append(
            f"run again it gives other values, first in {where}: it draws numbers of its own, looks at a clock, "
            "or goes through a set. Take `now.uniform()`, `now.clock` and sorted things."
        )
    else:
        if where := _differ(first, trial.run(trial.fresh(), pieces=7)[0]):
            faults.append(f"how the ticks are cut changes its values, first in {where}")
        if where := _differ(first, trial.resumed()):
            faults.append(
                f"going on from a checkpoint it gives other values, first in {where}: it keeps state outside its "
                "columns. Put it into a column, with shown=False if nobody is to see it."
            )
        if beside and _differ(first, trial.run(trial.fresh()[::-1])[0]):
            notes.append("the order of these systems changes their values")
    still = [c for table, c in own if (first[table][c] == first[table][c][0]).all()]
    if still:
        notes.append(f"in {trial.ticks} ticks nothing happened in {', '.join(still)}")
    if not own:
        notes.append("it has no column that anybody sees")
    steps = max(1, trial.ticks // trial.declared(name).every)
    more, days = max(0.0, seconds - plain_seconds), trial.days
    if waits - plain_waits >= steps:
        notes.append(
            "it waits in its steps, for a file, a network or a clock: the whole town waits with it, and its cost below "
            "is without that. Read before the town begins; what has to be asked of others is for a mind"
        )
    numbers = {"step_us": more / steps * 1e6, "steps": steps, "day_s": more / days, "town_day_s": plain_seconds / days}
    if numbers["day_s"] > SLOW:
        notes.append(
            f"slow: {numbers['day_s']:.1f} s for a simulated day; "
            "a larger `every`, whole arrays instead of loops, or numba help"
        )
    return Check(name, tuple(faults), tuple(notes), numbers)


class _Trial:
    """Runs of one kind of town with some systems."""

    def __init__(self, basis: Town, systems: tuple[Any, ...], ticks: int) -> None:
        self._basis = basis
        self._systems = copy.deepcopy(systems)
        self.ticks = ticks
        self.waits = 0
        """How often the last run gave the processor away because it had nothing to do."""
        self.days = ticks * basis.tick_seconds / 86_400

    def fresh(self) -> tuple[Any, ...]:
        return copy.deepcopy(self._systems)

    def declared(self, name: str) -> Declared:
        return next(system for system in self._declare(self.fresh()) if system.name == name)

    def own(self, name: str) -> list[tuple[str, str]]:
        return [(table, c.name) for table, columns in self.declared(name).columns.items() for c in columns if c.frozen]

    def run(self, systems: tuple[Any, ...], pieces: int = 0) -> tuple[Frames, float]:
        model, until = self._model(systems), self.ticks
        since, waited = time.process_time(), _waits()
        blocks = []
        while model.tick < until:
            blocks.append(_advance(model, until, pieces))
        self.waits = _waits() - waited
        return _joined(blocks), time.process_time() - since

    def written(self) -> list[str]:
        """The columns of others that are another after a step than before."""
        from aitown.sim.own import OwnModel

        model = self._model(self.fresh())
        assert isinstance(model, OwnModel)
        found: set[str] = set()
        model.watch(found.add)
        while model.tick < self.ticks and not found:
            _advance(model, self.ticks, WATCHED)
        return sorted(found)

    def resumed(self) -> Frames:
        """A run that is broken off at its middle and taken up by other objects."""
        model, middle = self._model(self.fresh()), self.ticks * 3 // 7 + 1
        blocks = []
        while model.tick < middle:
            blocks.append(_advance(model, middle, 0))
        state = model.save()
        model = self._model(self.fresh())
        model.restore(state)
        while model.tick < self.ticks:
            blocks.append(_advance(model, self.ticks, 0))
        return _joined(blocks)

    def _declare(self, systems: tuple[Any, ...]) -> tuple[Declared, ...]:
        from aitown.town.systems import declared

        return declared(systems, self._basis.tick_seconds)

    def _model(self, systems: tuple[Any, ...]) -> Model:
        from aitown.sim.model import Model
        from aitown.sim.own import OwnModel

        of = self._basis
        facts: dict[str, Any] = {
            "seed": of.seed,
            "parameters": of.parameters,
            "start": of.start,
            "tick_seconds": of.tick_seconds,
        }
        if not systems:
            return Model(of.map, of.personas, **facts)
        return OwnModel(of.map, of.personas, systems=self._declare(systems), **facts)


def _waits() -> int:
    """How often this thread, or process where threads aren't told apart, has waited so far."""
    return resource.getrusage(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)).ru_nvcsw


def _advance(model: Model, until: int, pieces: int) -> FrameBlock:
    from aitown.sim.model import BLOCK

    block = model.advance(min(until - model.tick, pieces or BLOCK))
    model.events()
    return block


def _joined(blocks: list[FrameBlock]) -> Frames:
    return {
        table: {name: np.concatenate([block.tables[table][name] for block in blocks]) for name in columns}
        for table, columns in blocks[0].tables.items()
    }


def _differ(one: Frames, other: Frames) -> str:
    """Where two runs part first; "" when they don't."""
    found = [
        (int(np.flatnonzero((values != other[table][name]).any(axis=1))[0]) + 1, f"{table}.{name}")
        for table, columns in one.items()
        for name, values in columns.items()
        if not np.array_equal(values, other[table][name])
    ]
    return f"{min(found)[1]} at tick {min(found)[0]}" if found else ""


def _fault(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = next((frame for frame in reversed(frames) if not frame.filename.startswith(_HERE)), None)
    if isinstance(error, ValueError) and "read-only" in str(error):
        said = "it writes a column that it doesn't own"
    elif isinstance(error, AitownError):
        said = f"{error.message} {error.remedy}"
    else:
        said = f"it raises {type(error).__name__}: {error}"
    line = [f"{where.filename.rpartition('/')[2]}:{where.lineno} `{where.line}`"] if where else []
    return f"{said} ({'; '.join(line + list(getattr(error, '__notes__', ())))})"
