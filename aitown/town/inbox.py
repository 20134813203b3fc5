"""What came into a town from outside: the journal in memory, and what of it waits for its tick."""

from __future__ import annotations

import bisect
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aitown.persona import Persona
    from aitown.sim.inputs import Input
    from aitown.sim.map import TownMap

Record = dict[str, Any]
"""An input as the journal keeps it, with its number and the tick at whose beginning it is applied."""

_ORDER = itemgetter("tick", "id")


class Inbox:
    """The inputs of one run.

    Attributes:
        records: the journal.
        roster: who was, is and will be in the town by what it says.
    """

    def __init__(self, town_map: TownMap, personas: Sequence[Persona], records: Iterable[Record]) -> None:
        from aitown.sim.roster import Roster

        self.roster = Roster(town_map, personas)
        self._places = tuple(place.name for place in town_map.places)
        self.records = list(records)
        self._waiting = sorted(self.records, key=_ORDER)
        self._facts = {fact for persona in personas for fact in persona.knows}
        for record in self.records:
            self._note(record)

    def parse(self, data: Mapping[str, Any], at: int) -> Input:
        """An input of this town from plain data, for a tick.

        Raises:
            InputRejected: for anything else.
        """
        from aitown.sim import facts, inputs
        from aitown.sim.roster import Add

        wish = inputs.parse(data, self.roster.names, self._places)
        if isinstance(wish, Add):
            wish = self.roster.complete(wish, at)
            facts.check(wish.persona.knows, self._facts)
        self.roster.check(wish, at)
        inputs.check(wish, self.roster.people)
        if isinstance(wish, inputs.Tell | inputs.Invite):
            facts.check((inputs.fact_of(wish),), self._facts)
        return wish

    def accept(self, wish: Input, tick: int, write: Callable[[Record], None] | None) -> Record:
        """Keep an input for a tick. `write` makes it durable first; if that fails, nothing has happened."""
        from aitown.sim import inputs

        record = {"id": len(self.records), "tick": tick, **inputs.to_json(wish)}
        if write:
            write(record)
        self.records.append(record)
        self._note(record)
        bisect.insort(self._waiting, record, key=_ORDER)
        return record

    def _note(self, record: Record) -> None:
        if record["kind"] in ("tell", "invite"):
            self._facts.add(record["fact" if record["kind"] == "tell" else "text"])
        elif record["kind"] == "add":
            self._facts.update(record["persona"]["knows"])
        self.roster.note(record)

    def due(self, tick: int) -> list[Input]:
        """The inputs for the ticks up to this one, in order; each comes once."""
        count = bisect.bisect_right(self._waiting, tick, key=itemgetter("tick"))
        those, self._waiting = self._waiting[:count], self._waiting[count:]
        return [self._read(record) for record in those]

    def coming(self, tick: int) -> list[Input]:
        """The inputs that wait for this tick, in order; they go on waiting."""
        those = [record for record in self._waiting if record["tick"] == tick]
        return [self._read(record) for record in those]

    def _read(self, record: Record) -> Input:
        from aitown.sim import inputs

        said = {name: record[name] for name in record if name not in {"id", "tick"}}
        return inputs.parse(said, self.roster.names, self._places)

    def next(self) -> int | None:
        """The tick of the next input, if one waits."""
        return self._waiting[0]["tick"] if self._waiting else None

    def forget(self, tick: int) -> None:
        """Those up to this tick are part of the state already."""
        self._waiting = [record for record in self._waiting if record["tick"] > tick]

    def waiting(self) -> Sequence[Record]:
        """The inputs whose tick is still to come."""
        return self._waiting
