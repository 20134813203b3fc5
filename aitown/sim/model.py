"""Model: the pure core of a town: tables, systems, a tick. No I/O, no clock, no threads.

The same map, personas, parameters and seed, with the same inputs at the same ticks, give the same frames and events,
bit for bit, however the ticks are cut into calls.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from aitown.columns import Events, Frame, FrameBlock, Schema
from aitown.errors import BadParameter, DamagedRun
from aitown.sim import clock, growing
from aitown.sim.applying import Applying
from aitown.sim.attention import make_attention, wake
from aitown.sim.codes import ABOUT_FACTS, DECIDED, EVENT_KINDS, FAULTS, MIND_ERROR, SAID
from aitown.sim.compiled import is_cached
from aitown.sim.events import EVENTS_A_PLACE, EVENTS_A_TICK, GIFTS_A_TICK
from aitown.sim.facts import Facts
from aitown.sim.freezing import Freezing
from aitown.sim.inputs import Decide
from aitown.sim.knowing import Knowing
from aitown.sim.lines import Lines
from aitown.sim.money import amounts, set_money
from aitown.sim.npcs import NPC_COLUMNS, PLACE_COLUMNS
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Add, Remove, Roster
from aitown.sim.schedule import advance
from aitown.sim.setup import make_tables, make_ties, set_commutes, set_needs
from aitown.sim.systems.coming import come, go
from aitown.sim.world import EVENT, Array, World, make_links, make_log, make_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aitown.columns import Table
    from aitown.persona import Persona
    from aitown.sim.inputs import Input
    from aitown.sim.map import TownMap

BLOCK = 1024
LOG_ROWS = 16_384
KEPT_EVENTS = 65_536
MAX_SEED = 2**63 - 1
DEFAULT_START = "2025-03-03T06:00"


class Model(Knowing):
    """A town's state and how it goes on.

    Args:
        town_map: where.
        personas: who, in the order of their ids; each with a home on the map.
        seed: 0 to 2⁶³ − 1.
        parameters: the rates and times of the systems.
        start: the clock at tick 0.
        tick_seconds: simulated seconds in a tick.

    Attributes:
        tick: the tick that the tables show.
        personas: those who were there at tick 0; `roster` has the others too.
        npcs, places: the tables. Read them; what changes them are the systems and `apply`.
        schema: the published columns of each table.

    Raises:
        BadCount, BadPersona, BadParameter: see `setup.make_tables` and `Parameters`.
    """

    schema: ClassVar[Schema] = {
        "npcs": tuple(column for column in NPC_COLUMNS if column.frozen),
        "places": tuple(column for column in PLACE_COLUMNS if column.frozen),
    }

    def __init__(
        self,
        town_map: TownMap,
        personas: Sequence[Persona],
        *,
        seed: int,
        parameters: Parameters | None = None,
        start: str | datetime = DEFAULT_START,
        tick_seconds: int = 10,
    ) -> None:
        self.seed = check_seed(seed)
        self.map = town_map
        self.personas = tuple(personas)
        self.roster = Roster(town_map, self.personas)
        self.parameters = parameters or Parameters()
        self.start = clock.parse_start(start)
        self.tick_seconds = clock.check_tick_seconds(tick_seconds)
        self.tick = 0
        self._tables = make_tables(town_map, self.personas)
        self.npcs, self.places = self._tables["npcs"], self._tables["places"]
        self._published = {"npcs": self.npcs, "places": self.places}
        set_commutes(self.npcs, town_map, self.parameters)
        set_needs(self.npcs, self.parameters, self.seed, self.start.hour * 60 + self.start.minute)
        set_money(self._tables, self.personas, self.parameters, self.seed, self.start.weekday())
        rows = len(self.personas)
        self._facts = Facts(rows)
        self._facts.seed(self.personas)
        ties = make_ties(self.personas, round(self.parameters.acquaintances))
        self._tables.update({"ties": ties, **self._facts.tables})
        self._tables["gate"]["facts"][0] = len(self._facts.texts)
        self._world = World(
            self.npcs.records,
            self._tables["outside"].records,
            self._tables["gate"].records,
            self.places.records,
            self._tables["tiles"].records,
            make_links(town_map.arrays, ties, rows),
            make_rules(self.parameters, self.seed, self.start, self.tick_seconds),
            make_log(self._log_rows()),
            self._facts.table.records,
            self._facts.records,
            self._tables["purses"].records,
            self._tables["gifts"].records,
            make_attention(rows),
        )
        self._lines = Lines(town_map, self.personas, self.seed, self.start, self.tick_seconds, self._facts)
        self._emitted = 0
        self._drained = 0
        self._pending: deque[Array] = deque()
        self._texts: dict[int, str] = {}
        self._reasons: dict[tuple[int, int], str] = {}
        self.applying = Applying(
            self._tables,
            self.roster,
            self.parameters,
            self.tick_seconds,
            self._facts,
            weakref.proxy(self),
            self._world.attention,
            clock.start_second(self.start),
        )
        self._freezing = Freezing(self._published)
        advance(self._world, town_map.arrays, self._freezing.blocks(0), 0, -1, 0, 0, False)

    def advance(self, ticks: int, every: int = 1, *, heed: bool = False) -> FrameBlock:
        """Run some ticks, at most `BLOCK`, and hand out the frames of those divisible by `every` (0: none).

        With `heed` it comes back after the first tick in which a mind has to decide, see `called`.

        Events pile up until `events` is called; before a call that starts with more than `KEPT_EVENTS` of them the
        oldest are dropped.

        Raises:
            BadParameter: for a count outside 0 to `BLOCK` or a negative `every`.
        """
        if not 0 <= ticks <= BLOCK:
            raise BadParameter(f"advance by {ticks} ticks; expected 0 to {BLOCK}.", "Call it several times.")
        if every < 0:
            raise BadParameter(f"every is {every}; expected 0 or more.", "1 gives every tick, 0 no frames.")
        self._forget_old_events()
        until = self.tick + ticks
        frames = until // every - self.tick // every if every else 0
        out = self._freezing.blocks(frames)
        since = self.tick
        while self.tick < until:
            done = self.tick // every - since // every if every else 0
            self.tick = advance(self._world, self.map.arrays, out, done, self.tick, until, every, heed)
            if self.tick < until:
                self._empty_log()
                if heed and self._world.gate[0]["called"]:
                    frames = self.tick // every - since // every if every else 0
                    break
        return self._freezing.frames(out, frames)

    def freeze(self) -> Frame:
        """The town now."""
        return Frame(self.tick, {name: table.freeze() for name, table in self._published.items()})

    def apply(self, given: Input) -> int:
        """Take an input at the beginning of the next tick, whose number is returned; the frame of that tick shows it.

        Raises:
            InputRejected: for what isn't in this town; nothing has changed then.
        """
        at = self.tick + 1
        self.applying.check(given, at)
        moves = isinstance(given, Add | Remove)
        for kind, npc, other, place, text in () if moves else self.applying.apply(given, at):
            self._empty_log()
            if text:
                self._texts[self._emitted] = text
            self._pending.append(np.array([(at, kind, npc, other, place, 0)], EVENT))
            self._emitted += 1
        if isinstance(given, Add):
            self._move_in(given, at)
        elif isinstance(given, Remove):
            go(self._world, given.npc, at)
            self._facts.call_off(given.npc, at)
            self.roster.remove(given.npc, at)
            self._empty_log()
        self._use_tables()
        if isinstance(given, Decide) and given.why:
            self._reasons[at, given.npc] = given.why
        return at

    @property
    def emitted(self) -> int:
        """How many events there have been since tick 0; the id of the next one."""
        return self._emitted + int(self._world.log.filled[0])

    def events(self) -> Events:
        """What happened since the last call, with the words; in the order in which it happened."""
        self._empty_log()
        rows = np.concatenate(self._pending) if self._pending else np.empty(0, EVENT)
        ids = np.arange(self._drained, self._emitted, dtype=np.int64)
        self._pending.clear()
        self._drained = self._emitted
        texts, self._texts = self._texts, {}
        tick, kind, npc, other, place, detail = (np.ascontiguousarray(rows[name]) for name in EVENT.names or ())
        words = self._lines.words(kind == SAID, tick, npc, other, place, detail)
        for row in np.flatnonzero((detail > 0) & np.isin(kind, ABOUT_FACTS)):
            words[row] = self._facts.texts[detail[row] - 1]
        for line, amount in amounts(kind, detail):
            words[line] = amount
        for number, text in texts.items():
            words[number - int(ids[0])] = text
        for row in np.flatnonzero((detail > 0) & np.isin(kind, (DECIDED, MIND_ERROR))):
            decided = kind[row] == DECIDED
            words[row] = self._reasons.get((int(tick[row]), int(npc[row])), "") if decided else FAULTS[detail[row]]
        self._reasons = {at: text for at, text in self._reasons.items() if at[0] > self.tick}
        return Events(EVENT_KINDS, ids, tick, kind.astype(np.uint8), npc, other, place, tuple(words))

    def count_events_anew(self) -> None:
        """The next event has the id 0; those that were not drained are dropped."""
        self._world.log.filled[0] = 0
        self._pending.clear()
        self._texts.clear()
        self._reasons.clear()
        self._emitted = self._drained = 0

    def save(self) -> dict[str, Array]:
        """All state as arrays; events that weren't drained aren't part of it, but count."""
        self._empty_log()
        state = {name: values.copy() for name, values in _arrays(self._tables).items()}
        return state | {
            "tick": np.array([self.tick], np.int64),
            "events": np.array([self._emitted], np.int64),
            "facts": self._facts.save(),
            "people": np.frombuffer(self.roster.save(), np.uint8).copy(),
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take the state that `save` gave, of a model with the same map, personas and parameters.

        Raises:
            DamagedRun: if it is of another town or version; nothing has changed then.
        """
        npcs = max(len(state.get("npcs/alive", ())), self.npcs.rows)
        facts = Facts(npcs)
        if "facts" in state:
            facts.restore(state["facts"])
        tables = {**self._tables, **facts.tables}
        rows = growing.rows_of(tables, npcs, facts.table.rows, self._most)
        wanted = {
            f"{name}/{column}": ((rows[name],), values.dtype)
            for name, table in tables.items()
            for column, values in table.arrays.items()
        }
        given = {name: (values.shape, values.dtype) for name, values in state.items() if "/" in name}
        if wanted != given or not {"tick", "events", "facts", "people"} <= set(state):
            differ = sorted(name for name in set(wanted) | set(given) if wanted.get(name) != given.get(name))
            raise DamagedRun(
                f"a checkpoint that doesn't fit this town: {', '.join(differ[:5]) or 'no tick'}.",
                "Continue a run with the version of aitown that made it.",
            )
        self.roster.restore(state["people"].tobytes())
        self._facts.take(facts)
        self._grow(npcs)
        for npc, persona in enumerate(self.roster.people):
            if npc >= len(self.personas) and persona is not None:
                self._lines.know(npc, persona)
        for name, values in _arrays(self._tables).items():
            values[:] = state[name]
        wake(self._world.attention)
        self.tick = int(state["tick"][0])
        self.count_events_anew()
        self._emitted = self._drained = int(state["events"][0])

    def _move_in(self, given: Add, at: int) -> None:
        """Somebody comes; others' rows stay where they are."""
        npc, start = given.npc, clock.start_second(self.start)
        self.roster.add(npc, given.persona, at)
        if npc >= self.npcs.rows:
            self._grow(npc + 1)
        minute = clock.minute_of_day(clock.week_second(start, self.tick_seconds, at))
        growing.furnish(self._tables, self.roster, npc, at, self.map, self.parameters, self.seed, minute)
        rules = self._world.rules[0]
        growing.befriend(self._world.links.ties, npc, given.persona, self.roster.ids, at, rules)
        self._lines.know(npc, given.persona)
        self._facts.teach(npc, given.persona.knows, at)
        self._tables["gate"]["facts"][0] = len(self._facts.texts)
        self._use_tables()
        wake(self._world.attention)
        come(self._world, self.map.arrays, npc, at, growing.next_minute(start, self.tick_seconds, at))
        self._empty_log()

    def _grow(self, npcs: int) -> None:
        """Room for so many NPCs in all that has a row for each."""
        growing.grow(self._tables, self._facts, npcs, self._most)
        self._world = self._world._replace(attention=make_attention(npcs))
        self.applying.attention = self._world.attention
        self._use_tables()
        self._freezing = Freezing(self._published)

    @property
    def _most(self) -> int:
        return round(self.parameters.acquaintances)

    def _log_rows(self) -> int:
        """Room for what can happen in two ticks, and some."""
        return LOG_ROWS + 2 * (EVENTS_A_TICK * self.npcs.rows + EVENTS_A_PLACE * self.places.rows + GIFTS_A_TICK)

    def _use_tables(self) -> None:
        """Let the systems have the tables that grow, whose arrays are others then."""
        world, tables = self._world, self._tables
        if world.npcs is tables["npcs"].records and world.facts is self._facts.table.records:
            return
        tables.update(self._facts.tables)
        log = world.log
        if len(log.rows) < self._log_rows() - LOG_ROWS // 2:
            self._empty_log()
            log = make_log(self._log_rows())
        self._world = world._replace(
            npcs=tables["npcs"].records,
            outside=tables["outside"].records,
            purses=tables["purses"].records,
            links=world.links._replace(ties=tables["ties"].records.reshape(self.npcs.rows, -1)),
            log=log,
            facts=self._facts.table.records,
            knowledge=self._facts.records,
        )

    def _empty_log(self) -> None:
        log = self._world.log
        count = int(log.filled[0])
        if count:
            self._pending.append(log.rows[:count].copy())
            self._emitted += count
            log.filled[0] = 0

    def _forget_old_events(self) -> None:
        while self._emitted + int(self._world.log.filled[0]) - self._drained > KEPT_EVENTS and self._pending:
            self._drained += len(self._pending.popleft())
            self._texts = {number: text for number, text in self._texts.items() if number >= self._drained}
            self._reasons = {at: text for at, text in self._reasons.items() if at[0] > self.tick - BLOCK}


def _arrays(tables: Mapping[str, Table]) -> dict[str, Array]:
    return {f"{name}/{column}": values for name, table in tables.items() for column, values in table.arrays.items()}


def check_seed(seed: Any) -> int:
    """A seed from 0 to 2⁶³ − 1.

    Raises:
        BadParameter: for anything else.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= int(seed) <= MAX_SEED:
        raise BadParameter(f"seed is {seed!r}; expected a whole number from 0 to 2**63 - 1.", "Give one, or None.")
    return int(seed)


def compiles() -> bool:
    """Whether the next Model has to be compiled first, since no earlier process left its machine code."""
    return not advance.signatures and not is_cached(advance)  # type: ignore[attr-defined]
