"""The people of Generative Agents' The Ville become personas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import BadPersona
from aitown.persona import DAYS, Persona, Routine, check_personas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.sim.map import Place, TownMap

_TIME = re.compile(r"\b(?:(\d{1,2})(?::(\d\d))?\s*(am|pm)|(noon|midnight))", re.IGNORECASE)
_JOB = re.compile(r"\bis an? (.+?)(?: who\b| at\b| of\b| that\b| with\b| studying\b|[.,])")
_WORKING = re.compile(r"\b(opens?|teach(es)?|class(es)?|works? (at|in))\b", re.IGNORECASE)
_OPEN_HEARTED, _RESERVED = (
    {"friendly", "outgoing", "enthusiastic", "warm"},
    {"rude", "toxic", "reflective", "aggressive"},
)
_STUDY, _WORK = ("10:00", "15:00"), ("09:00", "17:00")


def people_from_ville(folder: str | Path, town_map: TownMap) -> tuple[Persona, ...]:
    """Personas from a folder of Generative Agents' people (`*/bootstrap_memory/scratch.json`).

    Read as they stand: name, age, traits (`innate`), background (`learned`), home (`living_area`), and the times of
    waking, dinner and bed (`lifestyle`).

    Inferred, because the files say it only in prose: the place of work or study is the first place named in `learned`,
    or in `daily_plan_req` where that speaks of opening, teaching or classes; its hours are the first two times there,
    else 10:00 to 15:00 at a school and 09:00 to 17:00 elsewhere, on every day if it says "everyday", else Monday to
    Friday. Breakfast is half an hour after waking, lunch at 12:30, dinner at 18:00 if not said. Sociability is .75 for
    friendly, outgoing, enthusiastic or warm people, .3 for rude, toxic, aggressive or reflective ones, else .5. Ties
    are .8 with those of the same home, .5 with others whom one's texts name.

    Raises:
        BadPersona: for a missing or malformed file, or a home that is not on the map.
    """
    files = sorted(Path(folder).glob("*/bootstrap_memory/scratch.json"))
    if not files:
        raise BadPersona(
            f"{folder} holds no */bootstrap_memory/scratch.json.", "Give the folder `personas` of a simulation's base."
        )
    people = []
    for path in files:
        try:
            people.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BadPersona(f"can't read {path}: {error}.", "Take the file that came with the town.") from error
    try:
        homes = {person["name"]: _home(person, town_map) for person in people}
        return check_personas(_persona(person, homes, people, town_map) for person in people)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadPersona(f"a scratch.json lacks what is needed: {error!r}.", "Take the files unchanged.") from error


def _home(person: Mapping[str, Any], town_map: TownMap) -> str:
    parts = [part.strip() for part in person["living_area"].split(":")][1:]
    homes = {place.name for place in town_map.places if place.kind == "home"}
    for name in (": ".join(parts), parts[0] if parts else ""):
        if name in homes:
            return name
    raise BadPersona(
        f"{person['name']} lives in {person['living_area']!r}, which is no home on the map {town_map.name!r}.",
        "Read the map with the tables of the same town: TownMap.from_tiled(path, names=folder).",
    )


def _persona(
    person: Mapping[str, Any], homes: Mapping[str, str], people: list[dict[str, Any]], town_map: TownMap
) -> Persona:
    name, learned, plan = person["name"], person["learned"], person["daily_plan_req"]
    life = person["lifestyle"]
    wake = _after(life, "awakes up around") or "07:00"
    work = _named(learned, town_map) or (_named(plan, town_map) if _WORKING.search(plan) else None)
    begin, end = _hours(plan, work) if work else ("", "")
    job = _JOB.search(learned)
    traits = tuple(trait.strip().lower() for trait in person["innate"].split(",") if trait.strip())
    texts = f"{learned} {person['currently']} {plan}"
    ties = {other["name"]: 0.5 for other in people if other["name"] != name and other["name"] in texts}
    ties |= {other: 0.8 for other, home in homes.items() if other != name and home == homes[name]}
    return Persona(
        name=name,
        age=int(person["age"]),
        traits=traits,
        background=learned,
        home=homes[name],
        work=work.name if work else "",
        occupation=job[1] if job else "",
        sociability=0.75 if _OPEN_HEARTED & set(traits) else 0.3 if _RESERVED & set(traits) else 0.5,
        routine=Routine(
            wake=wake,
            bed=_after(life, "to bed around") or "22:30",
            breakfast=_later(wake, 30),
            dinner=_after(life, "dinner around") or "18:00",
            work_from=begin,
            work_to=end,
            workdays=DAYS if "everyday" in plan else DAYS[:5],
        ),
        ties=ties,
        kin=tuple(other for other in ties if homes[other] == homes[name] and other.split()[-1] == name.split()[-1]),
    )


def _clock(found: re.Match[str]) -> str:
    hour, minute, half, word = found.groups()
    if word:
        return "12:00" if word.lower() == "noon" else "00:00"
    hours = int(hour)
    if hours <= 12:  # noqa: PLR2004 ("17:30pm" happens)
        hours = hours % 12 + 12 * (half.lower() == "pm")
    return f"{hours % 24:02d}:{minute or '00'}"


def _after(text: str, words: str) -> str:
    """The first time after some words, or nothing."""
    _, there, rest = text.partition(words)
    found = _TIME.search(rest.split(",")[0]) if there else None
    return _clock(found) if found else ""


def _later(time: str, minutes: int) -> str:
    whole = (int(time[:2]) * 60 + int(time[3:]) + minutes) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _hours(plan: str, work: Place) -> tuple[str, str]:
    begin, end = _STUDY if work.kind == "school" or "library" in work.name else _WORK
    said = [_clock(found) for found in _TIME.finditer(plan)]
    if said:
        begin = said[0]
        end = said[1] if len(said) > 1 else max(end, _later(begin, 60))
    return begin, end


def _named(text: str, town_map: TownMap) -> Place | None:
    """The place, other than a home, that a text names first; a room of a place before the whole of it."""
    words = _words(text)
    best: tuple[int, int, Place] | None = None
    for place in town_map.places:
        sector, _, arena = place.name.partition(": ")
        name = _words(sector)
        at = next((i for i in range(len(words)) if words[i : i + len(name)] == name), -1)
        if place.kind == "home" or not name or at < 0 or (arena and _words(arena)[0] not in words):
            continue
        if best is None or (at, -len(arena)) < best[:2]:
            best = (at, -len(arena), place)
    return best[2] if best else None


def _words(text: str) -> list[str]:
    """Words without case, "the" and the s of the plural: the files write Willow and Willows for one place."""
    return [word.rstrip("s") for word in re.findall(r"[a-zé']+", text.lower()) if word != "the"]
