"""The past of a fork: a run up to a tick, from a town that lives here or from a run's folder.

A fork is the same run until somebody changes something: the inputs that the run had after that tick come again at
theirs, decisions of minds among them, up to the tick that the run had reached. So no mind is missed before that.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter, DamagedRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aitown.columns import Array, Events
    from aitown.history import History
    from aitown.town.inbox import Record
    from aitown.town.minds import Held
    from aitown.town.town import Town

Line = tuple[int, int, int, str]
"""Something that was said: tick, speaker, hearer, text."""


@dataclass(frozen=True)
class Past:
    """What a fork begins with.

    Attributes:
        run: the id of the run that it comes from.
        tick: where they part.
        until: up to this tick the journal stands for minds that aren't there.
        records: the journal.
        state: a checkpoint at that tick or before it; None: replay from the beginning.
        log: all events up to that tick; None when they aren't known.
        heard: what was said to those with minds, where the log doesn't say it.
        minds: those of the town that it comes from, by name.
    """

    run: str
    tick: int
    until: int
    records: tuple[Record, ...]
    state: Mapping[str, Array] | None = None
    log: Events | None = None
    heard: tuple[Line, ...] = ()
    minds: Mapping[str, Held] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"run": self.run, "tick": self.tick, "until": self.until}

    def said(self) -> list[Line]:
        """What was said up to there, as far as it is known."""
        from aitown.sim.codes import SAID

        if self.log is None:
            return list(self.heard)
        log = self.log
        return [
            (int(log.tick[row]), int(log.npc[row]), int(log.other[row]), log.text[row])
            for row in (log.kind == SAID).nonzero()[0]
        ]


def of_town(town: Town, tick: Any, *, replay: bool) -> Past:
    """The past of a town that lives in this process; what is recorded of it is written first."""
    running, deciding = town._running, town._deciding  # noqa: SLF001 (the same room)
    running.model()
    if town.folder is not None:
        town.sync()
        past = of_run(town.history, tick, replay=replay, now=town.tick)
        records, state, log = past.records, past.state, past.log
        at, until = past.tick, past.until
        if at == town.tick:
            state = running.model().save()
    else:
        at = check_tick(tick, town.tick, 0, town.start.isoformat(), town.tick_seconds)
        until = town.tick if replay else at
        records = _records(running.inbox.records, at, replay=replay)
        state, log = (running.model().save() if at == town.tick else None), None
    heard = deciding.heard() if at == town.tick else ()
    minds = {**deciding.offered, **{held.name: held for held in deciding.minds.of.values()}}
    return Past(town.run_id, at, until, records, state, log, tuple(heard), minds)


def of_run(run: History, tick: Any, *, replay: bool, now: int | None = None) -> Past:
    """The past of a recorded run: its nearest checkpoint, its log and its journal.

    Args:
        run: the run; its folder has to be on this machine.
        tick: where; None takes the newest.
        replay: see `Town.fork`.
        now: the newest tick, if it is known better than from the folder.

    Raises:
        BadParameter: for a tick outside the run.
        DamagedRun: when the log or the journal is damaged.
    """
    from aitown.history import again

    first, last = run.first_tick, again.reached(run) if now is None else now
    if first is None:
        raise BadParameter(f"nothing is recorded in {run.folder} yet.", "Let it run first.")
    at = check_tick(tick, last, first, run.start, run.tick_seconds)
    records = _records(again.journal(run), at, replay=replay)
    found = again.checkpoint_at(run, at)
    return Past(run.run_id, at, last if replay else at, records, found and found[1], again.log_between(run, 0, at + 1))


def check_tick(tick: Any, last: int, first: int, start: str, tick_seconds: float) -> int:
    """The tick at which to fork, from a tick or a time of the town; None is the newest.

    Raises:
        BadParameter: for one outside the run.
    """
    from aitown.history.times import Clock, is_moment

    if tick is None:
        return last
    try:
        at = int(Clock(start, tick_seconds).tick(tick)) if is_moment(tick) else operator.index(tick)
    except TypeError:
        raise BadParameter(
            f"tick is {tick!r:.80}; expected a whole number or a time.", 'As in "day 2 08:00".'
        ) from None
    at = last + 1 + at if at < 0 else at
    if isinstance(tick, bool) or not first <= at <= last:
        raise BadParameter(f"tick {tick!r}: the run reaches from {first} to {last}.", "Fork at one of these.")
    return at


def check_replayed(emitted: int, past: Past) -> None:
    """Hold the replay of a past to its log.

    Raises:
        DamagedRun: if they differ.
    """
    if past.log is not None and emitted != len(past.log):
        raise DamagedRun(
            f"replaying the run {past.run} to tick {past.tick} gave {emitted} events; its history has {len(past.log)}.",
            "Fork it on the machine and with the versions that its manifest names; `aitown verify` says more.",
        )


def _records(records: Sequence[Record], at: int, *, replay: bool) -> tuple[Record, ...]:
    return tuple(record for record in records if replay or record["tick"] <= at)


def folder_of(run: History | str | Path) -> History:
    """The run that is meant."""
    from aitown.history import History

    return run if isinstance(run, History) else History.load(run)
