"""From the rows of said events to words. Which phrase is drawn depends on seed, NPC and tick alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aitown.sim import clock
from aitown.sim.codes import (
    ACTIVITIES,
    CLOSENESS,
    FAREWELL,
    GREETING_BACK,
    OPENING,
    REMARK,
    REPLY,
    SMALL_TALK,
    T_NEWS,
    TOPICS,
)
from aitown.sim.compiled import kernel
from aitown.sim.phrases import ANSWERS, FAREWELLS, GREETINGS, GREETINGS_BACK, REACTIONS, REMARKS, REPLIES, TELLINGS
from aitown.sim.random import bits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aitown.persona import Persona
    from aitown.sim.facts import Facts
    from aitown.sim.map import TownMap
    from aitown.sim.world import Array

SYSTEM = 6
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOON, _EVENING, _NIGHT, _DAWN = 12 * 60, 17 * 60, 22 * 60, 5 * 60


@kernel
def _draws(seed: int, npc: Array, tick: Array) -> Array:
    out = np.empty(len(npc), np.int64)
    for i in range(len(npc)):
        out[i] = bits(seed, SYSTEM, npc[i], tick[i], 0) >> np.uint64(2)
    return out


def part_of_day(minute: int) -> str:
    """Morning, afternoon, evening or night."""
    if minute < _DAWN or minute >= _NIGHT:
        return "night"
    return "morning" if minute < _NOON else "afternoon" if minute < _EVENING else "evening"


_GREETING = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "evening"}
_LATER = {"morning": "afternoon", "afternoon": "evening", "evening": "weekend", "night": "weekend"}


def first_name(name: str) -> str:
    """What others call somebody: the first word of the name that isn't a title."""
    words = name.split()
    return next((word for word in words if not word.endswith(".")), name)


class _Speaker(NamedTuple):
    """What lines say of somebody."""

    name: str
    job: str
    home: str

    @classmethod
    def of(cls, persona: Persona) -> _Speaker:
        return cls(
            first_name(persona.name),
            persona.occupation or "neighbour",
            f"live at {persona.home}" if persona.home else "live here",
        )


class Lines:
    """Finds the words of lines for one town."""

    def __init__(
        self,
        town_map: TownMap,
        personas: Sequence[Persona],
        seed: int,
        start: datetime,
        tick_seconds: int,
        facts: Facts,
    ) -> None:
        self._facts = facts
        self._seed = seed
        self._start = clock.start_second(start)
        self._tick_seconds = tick_seconds
        self._places = [place.name for place in town_map.places]
        self._personas = list(personas)
        self._speakers: dict[int, _Speaker] = {}
        self._friends: dict[int, list[str]] = {}

    def know(self, npc: int, persona: Persona) -> None:
        """Who an NPC is, whose id may be higher than all that came before."""
        self._personas += [persona] * (npc + 1 - len(self._personas))
        self._personas[npc] = persona
        self._speakers.pop(npc, None)
        self._friends.pop(npc, None)

    def words(self, said: Array, tick: Array, npc: Array, other: Array, place: Array, detail: Array) -> list[str]:
        """The text of each row, "" where `said` is false."""
        out = [""] * len(tick)
        rows = np.flatnonzero(said & (npc >= 0))
        if not len(rows):
            return out
        draws = _draws(self._seed, npc[rows], tick[rows]).tolist()
        columns = (tick[rows], npc[rows], other[rows], place[rows], detail[rows])
        for row, draw, *line in zip(rows.tolist(), draws, *(column.tolist() for column in columns), strict=True):
            out[row] = self._line(draw, *line)
        return out

    def _line(self, draw: int, tick: int, npc: int, other: int, place: int, detail: int) -> str:
        phrases = _phrases(detail & 15, detail >> 4 & 15, detail >> 8 & 15)
        phrase = phrases[draw % len(phrases)]
        if "{" not in phrase:
            return phrase
        return phrase.format_map(Said(self, draw, tick, npc, other, place, detail >> 12))

    def speaker(self, npc: int) -> _Speaker:
        """Made when somebody first speaks or is spoken to: not all at once."""
        found = self._speakers.get(npc)
        if found is None:
            found = self._speakers[npc] = _Speaker.of(self._personas[npc])
        return found

    def friends(self, npc: int) -> list[str]:
        """What somebody calls those it is close to, the closest first."""
        found = self._friends.get(npc)
        if found is None:
            ties = self._personas[npc].ties
            found = self._friends[npc] = [first_name(name) for name in sorted(ties, key=lambda name: -ties[name])]
        return found

    def second(self, tick: int) -> int:
        """Seconds since the first Monday began."""
        return clock.week_second(self._start, self._tick_seconds, tick)

    def place(self, place: int) -> str:
        return self._places[place] if place >= 0 else "this corner"

    def fact(self, number: int) -> str:
        return self._facts.sentence(number)


class Said:
    """What the phrase of a line may name in braces; most name one or two, so each is found when it is asked for."""

    def __init__(self, lines: Lines, draw: int, tick: int, npc: int, other: int, place: int, rest: int) -> None:
        self._lines, self._draw, self._tick, self._place = lines, draw, tick, place
        self._npc, self._other, self._rest = npc, other, rest

    def __getitem__(self, name: str) -> str:
        found: str = getattr(self, name)()
        return found

    def me(self) -> str:
        return self._lines.speaker(self._npc).name

    def other(self) -> str:
        return self._lines.speaker(self._other).name if self._other >= 0 else "friend"

    def friend(self) -> str:
        """A friend of who speaks, but for who hears it."""
        hearer = self.other()
        friends = [name for name in self._lines.friends(self._npc) if name != hearer] or ["my neighbour"]
        return friends[(self._draw >> 8) % len(friends)]

    def place(self) -> str:
        return self._lines.place(self._place)

    def part(self) -> str:
        return part_of_day(clock.minute_of_day(self._lines.second(self._tick)))

    def greeting(self) -> str:
        return _GREETING[self.part()]

    def later(self) -> str:
        return _LATER[self.part()]

    def weekday(self) -> str:
        return _WEEKDAYS[clock.day_number(self._lines.second(self._tick)) % 7]

    def job(self) -> str:
        return self._lines.speaker(self._npc).job

    def live(self) -> str:
        return self._lines.speaker(self._npc).home

    def doing(self) -> str:
        return ACTIVITIES[self._rest & 15].replace("at home", "resting at home")

    def fact(self) -> str:
        return self._lines.fact(self._rest >> 4)


_BY_CLOSENESS: dict[Any, Mapping[str, tuple[str, ...]]] = {
    OPENING: GREETINGS,
    GREETING_BACK: GREETINGS_BACK,
    FAREWELL: FAREWELLS,
}


def _phrases(part: int, topic: int, closeness: int) -> tuple[str, ...]:
    if part in _BY_CLOSENESS:
        return _BY_CLOSENESS[part][CLOSENESS[closeness]]
    if part == REPLY:
        return REPLIES
    if part == REMARK:
        return TELLINGS if topic == T_NEWS else REMARKS[TOPICS[topic]]
    return REACTIONS[TOPICS[topic]] if topic >= SMALL_TALK else ANSWERS[TOPICS[topic]]
