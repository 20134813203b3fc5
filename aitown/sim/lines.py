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
    friends: tuple[str, ...]  # the closest first

    @classmethod
    def of(cls, persona: Persona) -> _Speaker:
        friends = sorted(persona.ties.items(), key=lambda tie: -tie[1])
        return cls(
            first_name(persona.name),
            persona.occupation or "neighbour",
            f"live at {persona.home}" if persona.home else "live here",
            tuple(first_name(name) for name, _ in friends),
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

    def know(self, npc: int, persona: Persona) -> None:
        """Who an NPC is, whose id may be higher than all that came before."""
        self._personas += [persona] * (npc + 1 - len(self._personas))
        self._personas[npc] = persona
        self._speakers.pop(npc, None)

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
        return phrase.format_map(self._fields(draw, tick, npc, other, place, detail >> 12))

    def _speaker(self, npc: int) -> _Speaker:
        """Made when somebody first speaks or is spoken to: not all at once."""
        found = self._speakers.get(npc)
        if found is None:
            found = self._speakers[npc] = _Speaker.of(self._personas[npc])
        return found

    def _fields(self, draw: int, tick: int, npc: int, other: int, place: int, rest: int) -> dict[str, Any]:
        seconds = clock.week_second(self._start, self._tick_seconds, tick)
        part = part_of_day(clock.minute_of_day(seconds))
        speaker = self._speaker(npc)
        hearer = self._speaker(other).name if other >= 0 else "friend"
        friends = [name for name in speaker.friends if name != hearer] or ["my neighbour"]
        return {
            "me": speaker.name,
            "other": hearer,
            "friend": friends[(draw >> 8) % len(friends)],
            "place": self._places[place] if place >= 0 else "this corner",
            "part": part,
            "greeting": _GREETING[part],
            "later": _LATER[part],
            "weekday": _WEEKDAYS[clock.day_number(seconds) % 7],
            "job": speaker.job,
            "live": speaker.home,
            "doing": ACTIVITIES[rest & 15].replace("at home", "resting at home"),
            "fact": self._facts.sentence(rest >> 4),
        }


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
