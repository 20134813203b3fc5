"""What a mind is told: a slice of the newest Frame, seen by one NPC, and what was said to it."""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from aitown.mind import Observation
from aitown.sim.codes import SAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aitown.columns import Column, Events
    from aitown.sim.facts import Known
    from aitown.sim.knowing import Call
    from aitown.sim.model import Model
    from aitown.town.town import Town

NEAR_TILES = 5.0
NEAR_MOST = 12
HEARD_MOST = 20
ALL_PLACES = 64
"""On a map with no more places, everybody knows all of them."""
TIES_MOST = 8
SELLS = ("cafe", "shop")
SHOWN_MOST = 20

Row = dict[str, Any]


class Ears:
    """What was said to each NPC that has a mind: the newest lines of each."""

    def __init__(self) -> None:
        self._lines: dict[int, deque[tuple[int, int, str]]] = {}

    def follow(self, npcs: Iterable[int]) -> None:
        """From now on these are listened to; what they heard is kept."""
        self._lines = {npc: self._lines.get(npc) or deque(maxlen=HEARD_MOST) for npc in npcs}

    def listen(self, events: Events) -> None:
        """Keep what is said to those, and what the researcher says to the town."""
        rows = (events.kind == SAID).nonzero()[0] if self._lines else ()
        for row in rows:
            self._keep(int(events.other[row]), (int(events.tick[row]), int(events.npc[row]), events.text[row]))

    def keep(self, rows: Iterable[tuple[int, int, int, str]]) -> None:
        """Instead of what they heard: what was said earlier, as rows `(tick, npc, other, text)`."""
        self._lines = {npc: deque(maxlen=HEARD_MOST) for npc in self._lines}
        for tick, npc, other, text in rows:
            self._keep(other, (tick, npc, text))

    def heard(self, npc: int, after: int) -> list[tuple[int, int, str]]:
        """What an NPC heard after a tick, oldest first: `(tick, speaker, text)`."""
        return [line for line in self._lines.get(npc, ()) if line[0] > after]

    def lines(self) -> list[tuple[int, int, int, str]]:
        """All that is kept, as rows `(tick, npc, other, text)`, for `keep`; what the town heard is there for each."""
        rows = ((tick, by, npc, text) for npc, ear in self._lines.items() for tick, by, text in ear)
        return sorted(rows, key=itemgetter(0))

    def _keep(self, other: int, line: tuple[int, int, str]) -> None:
        if other in self._lines:
            self._lines[other].append(line)
        elif other < 0 and line[1] < 0:
            for ear in self._lines.values():
                ear.append(line)


class Observer:
    """Makes observations of one town."""

    def __init__(self, town: Town, model: Model) -> None:
        self._town = town
        self._model = model
        self._roster = model.roster
        self._places = town.map.places
        self._speed = town.parameters.walking_speed
        self._personas: dict[int, Row] = {}

    @property
    def _names(self) -> tuple[str, ...]:
        return self._roster.names

    def _persona(self, npc: int) -> Row:
        persona = self._roster.people[npc]
        if npc not in self._personas and persona is not None:
            self._personas[npc] = persona.to_json()
        return self._personas[npc]

    def observe(self, npc: int, ears: Ears) -> Observation:
        """What an NPC whose mind has to decide knows now."""
        call = self._model.call(npc)
        tables = self._town.frame.tables
        return Observation(
            tick=self._model.tick,
            clock=self._town.clock,
            npc=npc,
            name=self._names[npc],
            persona=self._persona(npc),
            cause=call.cause,
            me=self._me(npc, tables["npcs"]),
            near=self._near(npc, tables["npcs"]),
            heard=[
                {"tick": tick, "by": self._names[by] if by >= 0 else None, "text": text}
                for tick, by, text in ears.heard(npc, call.after)
            ],
            places=[self._place(npc, place, tables) for place in self._known(npc, call)],
            default={
                "place": self._places[call.place].name,
                "doing": call.doing,
                "why": call.why,
                "minutes": call.minutes,
            },
            ties=self._close(npc),
            knows=self._knows(npc),
            seed=call.seed,
        )

    def _me(self, npc: int, frame: Mapping[str, Any]) -> Row:
        return {column.name: self._value(column, frame[column.name][npc]) for column in self._town.schema["npcs"]}

    def _value(self, column: Column, value: Any) -> Any:
        if column.labels:
            return column.labels[value]
        if column.refers:
            names = self._names if column.refers == "npcs" else [place.name for place in self._places]
            return names[value] if value >= 0 else None
        return column.real(value).item()

    def _near(self, npc: int, frame: Mapping[str, Any]) -> list[Row]:
        place = frame["place"][npc]
        away = ((frame["x"] - int(frame["x"][npc])) ** 2.0 + (frame["y"] - int(frame["y"][npc])) ** 2.0) ** 0.5
        activity, quanta = self._column("activity"), self._column("x").per_unit
        ties = {other: strength for other, strength, _ in self._model.ties(npc)}
        here = frame["place"] == place if place >= 0 else away <= NEAR_TILES * quanta
        there = (here & (frame["alive"] != 0)).nonzero()[0]
        those = sorted((float(away[other]), int(other)) for other in there if other != npc)[:NEAR_MOST]
        return [
            {
                "id": other,
                "name": self._names[other],
                "activity": activity.labels[frame["activity"][other]],
                "tie": ties.get(other, 0.0),
            }
            for _, other in those
        ]

    def _close(self, npc: int) -> list[Row]:
        return [
            {"id": other, "name": self._names[other], "strength": strength, "last": last}
            for other, strength, last in self._model.ties(npc)[:SHOWN_MOST]
        ]

    def _knows(self, npc: int) -> list[Row]:
        return [
            {
                "fact": known.text,
                "tick": known.heard_at,
                "by": self._names[known.heard_from] if known.heard_from >= 0 else None,
                "believes": known.believes,
                "invitation": self._invitation(known),
            }
            for known in self._model.knows(npc)[:SHOWN_MOST]
        ]

    def _invitation(self, known: Known) -> Row | None:
        if known.host < 0:
            return None
        clock, town = self._town.clock, self._town
        starts, ends = (
            (clock + timedelta(seconds=(tick - self._model.tick) * town.tick_seconds)).isoformat()
            for tick in (known.starts, known.ends)
        )
        place = self._places[known.place].name
        host = self._names[known.host]
        return {"host": host, "place": place, "starts": starts, "ends": ends, "accepted": known.accepts}

    def _column(self, name: str) -> Column:
        return next(column for column in self._town.schema["npcs"] if column.name == name)

    def _known(self, npc: int, call: Call) -> list[int]:
        if len(self._places) <= ALL_PLACES:
            return list(range(len(self._places)))
        npcs = self._model.npcs
        friends = [other for other, _, _ in self._model.ties(npc)[:TIES_MOST]]
        those = {int(npcs[name][npc]) for name in ("home", "work", "place", "target")} | {call.place}
        those |= {int(npcs["home"][other]) for other in friends} | set(self._model.near(npc))
        those |= {known.place for known in self._model.knows(npc)[:SHOWN_MOST]}
        return sorted(those - {-1})

    def _place(self, npc: int, place: int, tables: Mapping[str, Any]) -> Row:
        fact, now, npcs = self._places[place], tables["places"], self._model.npcs
        own = "home" if place == npcs["home"][npc] else "work" if place == npcs["work"][npc] else ""
        quanta = self._column("x").per_unit
        x, y = (int(tables["npcs"][name][npc]) / quanta for name in ("x", "y"))
        return {
            "id": place,
            "name": fact.name,
            "kind": fact.kind,
            "open": bool(now["open"][place]),
            "occupants": int(now["occupants"][place]),
            "capacity": fact.capacity,
            "lets_in": self._model.lets_in(npc, place),
            "minutes": round(math.hypot(fact.x - x, fact.y - y) / self._speed, 1),
            "own": own,
            "price": int(now["price"][place]) if fact.kind in SELLS or own == "home" else None,
            "wage": int(now["wage"][place]) if own == "work" and not npcs["studies"][npc] else None,
        }
