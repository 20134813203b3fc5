"""Verifying: a run is made again from map, people, parameters, seed and journal, and held to its rows, bit for bit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aitown.errors import AitownError, BadParameter
from aitown.town import systems as own
from aitown.town.basis import PERSONAS_FILE, Basis
from aitown.town.past import Past, folder_of
from aitown.town.recording import joined, this_platform, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aitown.columns import Column, Events, FrameBlock, Schema
    from aitown.history import History
    from aitown.history.comparing import Comparison, Ticks
    from aitown.sim.model import Model
    from aitown.town.town import Town


@dataclass(frozen=True)
class Verdict:
    """What came of verifying a run.

    Attributes:
        state: "same": every row came out again; "differs": some did not; "not verified": it could not be made again.
        ticks, rows, events: how much was compared.
        comparison: where the stored run (a) and the new one (b) part; None where it is the manifest that is wrong.
        notes: what could not be verified, and what a difference may come from.
    """

    state: Literal["same", "differs", "not verified"]
    run: str
    ticks: int = 0
    rows: int = 0
    events: int = 0
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        done = f"{self.rows:,} rows and {self.events:,} events up to tick {self.ticks:,}"
        if self.state == "same":
            said = f"verified: {self.run} gives the same {done}"
        elif self.comparison is not None:
            said = f"{self.run} does not come out again (stored | made again):\n{self.comparison}"
        elif self.state == "differs":
            said = f"{self.run} is not what its manifest says"
        else:
            said = f"{self.run} could not be verified"
        return "\n".join([said, *(f"note: {note}" for note in self.notes)])

    __repr__ = __str__


class _Impossible(Exception):
    """Why a run can't be made again."""


def verify(run: History | str | Path, *, systems: Iterable[Any] = (), progress: bool = True) -> Verdict:
    """Run a run again and compare every row and event with its history.

    Minds are not needed: their decisions are in the journal. The manifest is held to both, too: how many people there
    are, what they, the places and the events are called, where the run ends.

    Args:
        run: a History, or the folder of a run; finished, interrupted or being written.
        systems: the systems of your own that it was made with, as far as they can't be made by their names.
        progress: whether to show a bar.

    Raises:
        UnknownRun: if there is none.
        DamagedRun: if its rows can't be read.
    """
    history = folder_of(run)
    notes = _differences(history)
    try:
        town = _again(history, systems)
    except _Impossible as reason:
        return Verdict("not verified", history.run_id, notes=(str(reason), *notes))
    notes += tuple(
        f"the source of the system {name} is not that which the run was made with"
        for name in own.changed(history.manifest.get("systems", ()), town.systems)
    )
    with town:
        wrong = _misnamed(history, town)
        if wrong:
            return Verdict("differs", history.run_id, notes=(*wrong, *notes))
        return _compared(history, town, notes, progress=progress)


def _again(run: History, systems: Iterable[Any]) -> Town:
    from aitown.history import again
    from aitown.town.forks import made

    said = run.manifest
    missing = [name for name in ("seed", "parameters", "map_hash") if said.get(name) is None]
    if missing:
        raise _Impossible(f"its manifest has no {', '.join(missing)}: it is no run of a Town.")
    try:
        basis = Basis.read(run.folder, said)
        digest = hashlib.sha256((run.folder / PERSONAS_FILE).read_bytes()).hexdigest()
        records = tuple(again.journal(run))
        past = Past(run.run_id, 0, again.reached(run), records)
        mine = own.again(said.get("systems", ()), systems, basis.tick_seconds)
        town = made(basis, mine, past)
    except AitownError as error:
        raise _Impossible(error.message) from error
    if said.get("personas_hash") not in (None, digest):
        raise _Impossible(f"{PERSONAS_FILE} is not the one that the run was made with.")
    return town


def _misnamed(run: History, town: Town) -> tuple[str, ...]:
    """What the manifest says that is not so. Rows have numbers only: with other names they are other rows."""
    from aitown.history import again
    from aitown.sim.codes import EVENT_KINDS

    said = run.manifest
    names = [persona.name for persona in town.personas]
    kinds = [str(kind) for kind in said.get("event_kinds", ())]
    told: tuple[tuple[str, list[Any], list[Any]], ...] = (
        ("npcs", [said.get("npcs", len(names))], [len(names)]),
        ("names", list(said.get("names", names)), names),
        ("places", [place["name"] for place in said.get("places", ())], [place.name for place in town.map.places]),
        ("event_kinds", kinds, list(EVENT_KINDS[: len(kinds)])),
    )
    wrong = [f"its manifest says {_apart(key, *pair)}" for key, *pair in told if pair[0] != pair[1]]
    end, reached = said.get("last_tick"), again.reached(run)
    if run.state == "finished" and end not in (None, reached):
        wrong.append(f"its manifest says that it ended at tick {end}; its rows end at tick {reached}")
    return tuple(wrong)


def _apart(key: str, said: list[Any], found: list[Any]) -> str:
    """The first of two lists' items that are not the same."""
    if len(said) != len(found):
        return f"{len(said)} {key}; the run has {len(found)}"
    number, first = next((n, one) for n, one in enumerate(said) if one != found[n])
    which = f"{key} {number}" if len(said) > 1 else key
    return f"{which}: {first}; the run has {found[number]}"


def _differences(run: History) -> tuple[str, ...]:
    """What may be a reason for differences."""
    theirs, here = run.manifest.get("versions", {}), versions()
    notes = [
        f"made with {name} {theirs.get(name, '?')}, verified with {here[name]}: rows may differ for that"
        for name in here
        if theirs.get(name) != here[name] and name != "python"
    ]
    machine = run.manifest.get("platform")
    if machine not in (None, this_platform()):
        notes.append(f"made on {machine}, verified on {this_platform()}: the last bits of a number may differ")
    return tuple(notes)


def _compared(run: History, town: Town, notes: tuple[str, ...], *, progress: bool) -> Verdict:
    from tqdm.auto import tqdm

    from aitown.history import again
    from aitown.history.comparing import Comparison, differing, parted, rows, windows
    from aitown.history.store import Selection

    more: list[str] = []
    columns = _shared_columns(run, town.schema, more)
    first, last = run.first_tick, again.reached(run)
    if first is None:
        return Verdict("not verified", run.run_id, notes=("nothing is recorded yet.", *notes))
    counted = [0, 0]
    replay = _Replay(town, run.record_every, first)
    made = Comparison(run.run_id, "made again", first, last)
    notes = (*notes, *more)
    with tqdm(total=last, unit="tick", unit_scale=True, desc=f"verifying {run.run_id}", disable=not progress) as bar:
        for start, stop in windows(first, last, run.record_every, len(run.names)):
            try:
                blocks, log = replay.until(stop)
            except BadParameter as error:
                return Verdict("not verified", run.run_id, notes=(error.message, *notes))
            stored = {table: rows(run, table, list(columns[table]), Selection(start, stop)) for table in columns}
            expected = again.log_between(run, 0 if start == first else start, stop)
            if start == first and len(log) and not _begins_with(expected, log):
                log, note = _since(log, first), f"its log begins at tick {first}; the events of before are not in it"
                notes = (*notes, note)
            again_made = {table: _rows(blocks, table, columns[table]) for table in columns}
            found = differing(stored, again_made, expected, log, columns, (run, run))
            if found:
                return Verdict(
                    "differs", run.run_id, found[0], counted[0], counted[1], parted(made, *found, run), notes
                )
            counted[0] += sum(len(table.ticks) for table in stored.values())
            counted[1] += len(expected)
            bar.update(town.tick - bar.n)
    return Verdict("same", run.run_id, last, counted[0], counted[1], made, notes)


class _Replay:
    """A run that is made again, stretch by stretch."""

    def __init__(self, town: Town, every: int, first: int) -> None:
        self._running = town._running  # noqa: SLF001 (the same room)
        self._every = every
        self._first = first
        self._begun = False

    def until(self, stop: int) -> tuple[list[FrameBlock], Events]:
        """The recorded frames and the events up to a tick, exclusive."""
        from aitown.town.recording import block_of

        model: Model = self._running.model()
        blocks: list[FrameBlock] = []
        logs: list[Events] = []
        while model.tick < self._first:
            self._running.advance(model, self._first, 0)
            logs.append(model.events())
        if not self._begun:
            self._begun = True
            blocks.append(block_of(model.freeze()))
        while model.tick < stop - 1:
            block = self._running.advance(model, stop - 1, self._every)
            blocks += [block] if len(block) else []
            logs.append(model.events())
        return blocks, joined(logs)


def _rows(blocks: list[FrameBlock], table: str, columns: Mapping[str, Column]) -> Ticks:
    from aitown.history.comparing import Ticks

    counts = [next(iter(block.tables[table].values())).shape[1] for block in blocks]  # rows become more
    sizes = list(zip(blocks, counts, strict=True))

    def joined_up(parts: Iterable[Any]) -> Any:
        return np.concatenate([np.empty(0, np.int32), *parts]) if blocks else np.empty(0, np.int32)

    return Ticks(
        joined_up(np.repeat(block.ticks, count) for block, count in sizes),
        joined_up(np.tile(np.arange(count), len(block)) for block, count in sizes),
        {name: joined_up(block.tables[table][name].reshape(-1) for block in blocks) for name in columns},
    )


def _shared_columns(run: History, schema: Schema, notes: list[str]) -> dict[str, Mapping[str, Column]]:
    from aitown.history.comparing import shared

    found: dict[str, Mapping[str, Column]] = {}
    for table, declared in run.schema.items():
        more: list[str] = []
        found[table] = shared(declared, schema.get(table, ()), table, more)
        notes += [
            note.replace("compared", "verified")
            .replace("the second", "this version's towns")
            .replace("the first", "its history")
            for note in more
        ]
    return found


def _begins_with(stored: Events, log: Events) -> bool:
    """Whether the stored log reaches back as far as the one made again."""
    return len(stored) > 0 and int(stored.tick[0]) <= int(log.tick[0])


def _since(log: Events, tick: int) -> Events:
    from aitown.history.rows import events_slice

    return events_slice(log, slice(int(np.searchsorted(log.tick, tick, side="right")), None))
