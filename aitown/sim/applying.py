"""Inputs applied: what each kind writes into the columns that inputs own. The systems do the rest in the same tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aitown.errors import InputRejected
from aitown.persona import DAYS
from aitown.sim import clock, facts, giving, inputs
from aitown.sim.attention import concern
from aitown.sim.codes import (
    ACCEPTED,
    ACTIVITIES,
    ASKED,
    BELIEVED,
    BY_MIND,
    DECLINED,
    DOUBTED,
    FREE,
    HELD_CLOSED,
    HELD_OPEN,
    HOURS,
    MIND,
    MIND_ERROR,
    SAID,
    TOLD,
)
from aitown.sim.inputs import (
    AtPlace,
    Close,
    Decide,
    Default,
    Give,
    Hours,
    Input,
    Invite,
    Mind,
    Move,
    Need,
    Open,
    Price,
    Restock,
    Say,
    Schedule,
    Tell,
    Wage,
)
from aitown.sim.roster import Add

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitown.columns import Table
    from aitown.sim.attention import Attention
    from aitown.sim.facts import Facts
    from aitown.sim.parameters import Parameters
    from aitown.sim.roster import Roster

Row = tuple[int, int, int, int, str]
"""An event of an input: kind, npc, other, place, text."""


class Reactions(Protocol):
    """What NPCs make of what they are told, by the rules of `systems/telling.py`."""

    def convinced(self, npc: int, teller: int, at: int) -> bool:
        """Whether an NPC believes what another tells it."""

    def accepts(self, npc: int, host: int, at: int) -> bool:
        """Whether it accepts an invitation that it believes."""


class Applying:
    """Writes inputs into the tables of one model."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        roster: Roster,
        parameters: Parameters,
        tick_seconds: int,
        known: Facts,
        reactions: Reactions,
        attention: Attention,
        start: int,
    ) -> None:
        self._facts, self._react, self._start = known, reactions, start
        self._npcs, self._outside = tables["npcs"], tables["outside"]
        self._places, self._gate = tables["places"], tables["gate"]
        self.attention = attention
        self._giving = giving.Giving(tables)
        self._roster = roster
        self._asked_minutes = parameters.asked_minutes
        self._tick_seconds = tick_seconds

    def check(self, given: Input, at: int, waiting: Sequence[Input] = ()) -> None:
        """Hold an input to this town; `at` is the tick that would show it, `waiting` are accepted for it already.

        Raises:
            InputRejected: for ids that aren't there, and what `inputs.check` refuses.
        """
        if not isinstance(given, Input):
            raise InputRejected(f"{given!r:.80} is no input.", f"Known kinds: {', '.join(inputs.KINDS)}.")
        least = 0 if isinstance(given, Invite | Move | AtPlace) else -1
        for name, low in (("npc", 0), ("to", -1), ("by", -1)):
            if (isinstance(given, Invite) and name == "to") or isinstance(given, Add):
                continue
            self._check_id(getattr(given, name, 0), self._npcs.rows, "NPC", low)
        self._check_id(getattr(given, "place", 0), self._places.rows, "place", least)
        for npc in getattr(given, "npcs", None) or ():
            self._check_id(npc, self._npcs.rows, "NPC", 0)
        for npc in (given.to or ()) if isinstance(given, Invite) else ():
            self._check_id(npc, self._npcs.rows, "NPC", 0)
        if isinstance(given, Tell | Invite):
            facts.check((inputs.fact_of(given),), self._facts.texts)
        if isinstance(given, Add):
            facts.check(given.persona.knows, self._facts.texts)
        self._roster.check(given, at)
        inputs.check(given, self._roster.people)
        if isinstance(given, Give | Price | Wage | Restock):
            self._giving.check(given, at, waiting)

    def check_times(self, given: Schedule, waiting: Sequence[Input] = ()) -> None:
        """Hold new times of somebody's day to those that stay; `waiting` are accepted already.

        Raises:
            InputRejected: for a night or a shift that would have no length.
        """
        those = [one for one in waiting if isinstance(one, Schedule) and one.npc == given.npc]
        times = {name: int(self._npcs[name][given.npc]) for name in inputs.TIMES}
        for one in (*those, given):
            times |= {name: getattr(one, name) for name in times if getattr(one, name) is not None}
        for what, since, until in (("night", "bed", "wake"), ("shift", "work_from", "work_to")):
            new = getattr(given, since) is not None or getattr(given, until) is not None
            if new and times[since] == times[until]:
                raise InputRejected(
                    f"schedule: {since} and {until} would both be {inputs.clock(times[since])}: a {what} of no length.",
                    "Give two different times.",
                )

    def apply(self, given: Input, at: int) -> list[Row]:
        """Write an input that has been checked; `at` is the tick that shows it. Returns the events that it is."""
        if isinstance(given, Say):
            return self._say(given, at)
        if isinstance(given, Tell):
            return self._tell_fact(given, at)
        if isinstance(given, Invite):
            return self._invite(given, at)
        if isinstance(given, Mind):
            return self._mind(given, at)
        if isinstance(given, Move | Decide):
            self._ask(given, at)
        elif isinstance(given, Default):
            self._outside["passed_at"][given.npc] = at
            self._concern((given.npc,), at)
            return [(MIND_ERROR, given.npc, -1, -1, given.error)] if given.error else []
        elif isinstance(given, Need):
            self._set_need(given, at)
        elif isinstance(given, Schedule):
            self._schedule(given)
        elif isinstance(given, Give | Price | Wage | Restock):
            self._giving.apply(given, at)
        else:
            assert isinstance(given, Open | Close | Hours), "who moves is the model's"
            held = {Open: HELD_OPEN, Close: HELD_CLOSED, Hours: HOURS}[type(given)]
            self._places["held"][given.place] = held
            self._gate["places_at"][0] = at
        return []

    def _say(self, given: Say, at: int) -> list[Row]:
        if given.to >= 0:
            self._npcs["heard_at"][given.to] = at
            self._concern((given.to,), at)
            self._outside["heard_from"][given.to] = given.by
        place = int(self._npcs["place"][given.by]) if given.by >= 0 else -1
        return [(SAID, given.by, given.to, place, given.text)]

    def _tell_fact(self, given: Tell, at: int) -> list[Row]:
        by, to = given.by, given.to
        place = int(self._npcs["place"][by if by >= 0 else to])
        if by >= 0 and (given.fact not in self._facts.texts or not self._facts.knows(by, self._facts.add(given.fact))):
            return [(MIND_ERROR, by, to, place, f"doesn't know that: {given.fact}")]
        if by >= 0 and (place < 0 or place != self._npcs["place"][to]):
            return [(MIND_ERROR, by, to, place, f"{self._roster.names[to]} isn't here to be told: {given.fact}")]
        return self._hear(by, to, self._facts.add(given.fact), at)

    def _invite(self, given: Invite, at: int) -> list[Row]:
        fact = self._facts.add(given.text)
        about = self._facts.table
        second = clock.week_second(self._start, self._tick_seconds, at)
        ahead = (given.at * 60 - second) % clock.DAY_SECONDS + given.days * clock.DAY_SECONDS
        starts = at - -ahead // self._tick_seconds
        if about["host"][fact] < 0:
            self._gate["invitations"][0] += 1
        about["host"][fact], about["place"][fact], about["starts"][fact] = given.by, given.place, starts
        about["ends"][fact] = starts + inputs.ticks(given.minutes, self._tick_seconds)
        rows = self._hear(-1, given.by, fact, at)
        for npc in self._roster.those(at) if given.to is None else given.to:
            if npc != given.by:
                rows += self._hear(given.by, npc, fact, at)
        return rows

    def _hear(self, by: int, to: int, fact: int, at: int) -> list[Row]:
        """Somebody is told a fact from outside the conversations; what comes of it is settled at once."""
        text, host = self._facts.texts[fact], int(self._facts.table["host"][fact])
        place = int(self._npcs["place"][by if by >= 0 else to])
        knew = self._facts.knows(to, fact)
        believed = knew or by < 0 or self._react.convinced(to, by, at)
        row, known = self._facts.row(to, fact), self._facts.knowledge
        known["told_at"][row] = at
        self._concern((to,), at)
        known["told_by"][row], known["told_well"][row], known["told_gladly"][row] = by, believed, 0
        self._gate["facts"][0] = len(self._facts.texts)
        rows: list[Row] = [(TOLD, by, to, place, text)]
        if not knew:
            rows += [(BELIEVED if believed else DOUBTED, to, by, place, text)]
        if believed and not knew and host >= 0 and at < self._facts.table["ends"][fact]:
            gladly = self._react.accepts(to, host, at)
            known["told_gladly"][row] = gladly
            rows += [(ACCEPTED if gladly else DECLINED, to, host, place, text)]
        return rows

    def _ask(self, given: Move | Decide, at: int) -> None:
        told, npc = self._outside, given.npc
        minutes, doing = self._asked_minutes, FREE
        if isinstance(given, Decide):
            minutes = given.minutes or minutes
            doing = ACTIVITIES.index(given.doing) if given.doing else FREE
        told["asked_at"][npc] = at
        self._concern((npc,), at)
        told["asked_place"][npc] = given.place
        told["asked_doing"][npc] = doing
        told["asked_why"][npc] = BY_MIND if isinstance(given, Decide) else ASKED
        told["asked_ticks"][npc] = inputs.ticks(minutes, self._tick_seconds)

    def _set_need(self, given: Need, at: int) -> None:
        told, npc = self._outside, given.npc
        if told["needs_at"][npc] != at:
            for need in inputs.NEEDS:
                told[f"set_{need}"][npc] = -1
        told["needs_at"][npc] = at
        self._concern((npc,), at)
        told[f"set_{given.need}"][npc] = given.value

    def _schedule(self, given: Schedule) -> None:
        for name in inputs.TIMES:
            value = getattr(given, name)
            if value is not None:
                self._npcs[name][given.npc] = value
        if given.workdays is not None:
            self._npcs["workdays"][given.npc] = sum(1 << DAYS.index(day) for day in given.workdays)
        self.attention.routine_at[given.npc] = 0

    def _concern(self, npcs: Sequence[int], at: int) -> None:
        """Something comes from outside for these NPCs."""
        self._npcs["given_at"][list(npcs)] = at
        concern(self.attention, npcs)

    def _mind(self, given: Mind, at: int) -> list[Row]:
        those = list(self._roster.those(at) if given.npcs is None else given.npcs)
        self._outside["minded_since"][those] = at if given.mind else -1
        self._concern(those, at)
        text = ": ".join(part for part in (given.mind or "default", given.why) if part)
        return [(MIND, npc, -1, -1, text) for npc in (given.npcs or (-1,))]

    def _check_id(self, given: int, count: int, what: str, least: int) -> None:
        if not least <= given < count:
            raise InputRejected(f"there is no {what} {given}.", f"Ids run from 0 to {count - 1}.")
