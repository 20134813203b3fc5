"""Model: the pure core of a town: tables, systems, a tick. No I/O, no clock, no threads.

The same map, personas, parameters and seed, with the same inputs at the same ticks, give the same frames and events,
bit for bit, however the ticks are cut into calls.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from aitown.columns import Events, Frame, FrameBlock, Schema
from aitown.errors import BadParameter, DamagedRun
from aitown.sim import clock
from aitown.sim.applying import Applying
from aitown.sim.attention import make_attention, wake
from aitown.sim.codes import ABOUT_FACTS, ACTIVITIES, CAUSES, DECIDED, EVENT_KINDS, FAULTS, MIND_ERROR, SAID, WHYS
from aitown.sim.compiled import is_cached
from aitown.sim.events import EVENTS_A_PLACE, EVENTS_A_TICK, GIFTS_A_TICK
from aitown.sim.facts import Facts, Known
from aitown.sim.freezing import Freezing
from aitown.sim.inputs import Decide
from aitown.sim.lines import Lines
from aitown.sim.money import accounts, amounts, set_money
from aitown.sim.npcs import NEVER, NPC_COLUMNS, PLACE_COLUMNS
from aitown.sim.parameters import Parameters
from aitown.sim.random import bits
from aitown.sim.schedule import advance
from aitown.sim.setup import make_tables, make_ties, set_commutes, set_needs
from aitown.sim.systems.entering import may_enter
from aitown.sim.systems.telling import accepts, convinced
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

MINDS = 64
"""The system number under which minds get their draws."""


class Call(NamedTuple):
    """Why a mind has to decide."""

    cause: str
    after: int  # the tick up to which it has heard everything
    place: int  # what the default would do
    doing: str
    why: str
    minutes: float | None
    seed: int


class Model:
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
            make_log(LOG_ROWS + 2 * (EVENTS_A_TICK * rows + EVENTS_A_PLACE * self.places.rows + GIFTS_A_TICK)),
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
            self.personas,
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
        for kind, npc, other, place, text in self.applying.apply(given, at):
            self._empty_log()
            if text:
                self._texts[self._emitted] = text
            self._pending.append(np.array([(at, kind, npc, other, place, 0)], EVENT))
            self._emitted += 1
        self._use_facts()
        if isinstance(given, Decide) and given.why:
            self._reasons[at, given.npc] = given.why
        return at

    def call(self, npc: int) -> Call:
        """Why and since when the mind of an NPC has to decide, and what the default would do."""
        told = self._tables["outside"].records[npc]
        until, called = int(told["would_until"]), int(told["called_at"])
        return Call(
            cause=CAUSES[told["cause"]],
            after=max(int(told["called_before"]), int(told["minded_since"]) - 1),
            place=int(told["would_go"]),
            doing=ACTIVITIES[told["would_do"]],
            why=WHYS[told["would_why"]],
            minutes=None if until >= NEVER else round((until - called) * self.tick_seconds / 60, 1),
            seed=int(bits(self.seed, MINDS, npc, called, 0) >> np.uint64(11)),
        )

    def relationships(self) -> tuple[Array, Array, Array, Array]:
        """Who feels how close to whom now: ids, ids of the others, strengths and the ticks of the last talk."""
        ties = self._world.links.ties
        npc, slot = np.nonzero(ties["npc"] != NEVER)
        found = ties[npc, slot]
        return npc, found["npc"], self._faded(found), found["at"]

    def accounts(self) -> dict[str, int]:
        """What all NPCs, all places, the town and the world beyond it have now, in cents. Their sum never changes."""
        return accounts(self._tables)

    def convinced(self, npc: int, teller: int, at: int) -> bool:
        """Whether an NPC believes what another tells it at a tick."""
        return bool(convinced(self._world, npc, teller, at))

    def accepts(self, npc: int, host: int, at: int) -> bool:
        """Whether it accepts an invitation that it believes."""
        return bool(accepts(self._world, npc, host, at))

    def knows(self, npc: int) -> list[Known]:
        """The facts that an NPC knows, the newest first."""
        rows, facts = self._facts.records[npc], self._facts
        known = [fact for fact in range(len(facts.texts)) if rows[fact]["heard_at"] >= 0]
        return [
            Known(
                facts.texts[fact],
                int(rows[fact]["heard_at"]),
                int(rows[fact]["heard_from"]),
                bool(rows[fact]["believes"]),
                bool(rows[fact]["accepts"]),
                *(int(facts.table[name][fact]) for name in ("host", "place", "starts", "ends")),
            )
            for fact in sorted(known, key=lambda fact: -int(rows[fact]["heard_at"]))
        ]

    def ties(self, npc: int) -> list[tuple[int, float, int]]:
        """Whom an NPC feels close to, how much and when they last talked; the strongest first."""
        own = self._world.links.ties[npc]
        own = own[own["npc"] != NEVER]
        found = zip(own["npc"].tolist(), self._faded(own).tolist(), own["at"].tolist(), strict=True)
        return sorted(found, key=lambda tie: (-tie[1], tie[0]))

    def _faded(self, ties: Array) -> Array:
        rules = self._world.rules[0]
        half_life = np.where(ties["kin"], rules["kin_half_life"], rules["tie_half_life"])
        faded: Array = ties["strength"] * 0.5 ** ((self.tick - ties["at"]) / half_life)
        return faded

    def minded_since(self, npc: int) -> int:
        """Since which tick a mind decides for an NPC; -1 if none does."""
        return int(self._tables["outside"]["minded_since"][npc])

    def lets_in(self, npc: int, place: int) -> bool:
        """Whether an NPC may go into a place now: it is let in as a visitor, or lives or works there."""
        return bool(may_enter(self._world, npc, place))

    def near(self, npc: int) -> list[int]:
        """The nearest cafés, shops, parks and squares, of where an NPC is or else of its home."""
        here = int(self.npcs["place"][npc])
        row = self._world.links.near[here if here >= 0 else int(self.npcs["home"][npc])]
        return [int(place) for place in np.unique(row) if place >= 0]

    def called(self) -> Array:
        """Ids of the NPCs whose mind has to decide, rising."""
        return np.flatnonzero(self._tables["outside"]["waits"])

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
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take the state that `save` gave, of a model with the same map, personas and parameters.

        Raises:
            DamagedRun: if it is of another town or version; nothing has changed then.
        """
        facts = Facts(len(self.personas))
        if "facts" in state:
            facts.restore(state["facts"])
        arrays = _arrays({**self._tables, **facts.tables})
        wanted = {name: (values.shape, values.dtype) for name, values in arrays.items()}
        given = {name: (values.shape, values.dtype) for name, values in state.items() if "/" in name}
        if wanted != given or not {"tick", "events", "facts"} <= set(state):
            differ = sorted(name for name in set(wanted) | set(given) if wanted.get(name) != given.get(name))
            raise DamagedRun(
                f"a checkpoint that doesn't fit this town: {', '.join(differ[:5]) or 'no tick'}.",
                "Continue a run with the version of aitown that made it.",
            )
        for name, values in arrays.items():
            values[:] = state[name]
        self._facts.take(facts)
        self._use_facts()
        wake(self._world.attention)
        self.tick = int(state["tick"][0])
        self.count_events_anew()
        self._emitted = self._drained = int(state["events"][0])

    def _use_facts(self) -> None:
        """Let the systems have the tables of facts, which are others when there are more of them."""
        if self._world.facts is not self._facts.table.records:
            self._tables.update(self._facts.tables)
            self._world = self._world._replace(facts=self._facts.table.records, knowledge=self._facts.records)

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
