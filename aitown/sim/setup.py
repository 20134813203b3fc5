"""From a map and personas to tables: what is constant, and how everybody is at tick 0."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from aitown.columns import Table
from aitown.errors import BadCount, BadPersona
from aitown.persona import DAYS, Persona, check_personas, minutes
from aitown.sim.events import GIFTS_A_TICK
from aitown.sim.households import ADULT, CLOSE
from aitown.sim.map import PLACE_KINDS, TownMap
from aitown.sim.npcs import (
    GATE_COLUMNS,
    GIFT_COLUMNS,
    NPC_COLUMNS,
    OUTSIDE_COLUMNS,
    PLACE_COLUMNS,
    PURSE_COLUMNS,
    TIE_COLUMNS,
    TILE_COLUMNS,
)
from aitown.sim.random import uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitown.columns import Array
    from aitown.sim.parameters import Parameters

SYSTEM = 0
_TIMES = ("wake", "bed", "breakfast", "lunch", "dinner")
_ALL = slice(None)
_DETOUR = 1.3
"""Ways are longer than the crow's flight by about so much (assumption, for leaving home in time)."""


def make_tables(town_map: TownMap, personas: Sequence[Persona]) -> dict[str, Table]:
    """The tables, with the columns of "setup" filled.

    Raises:
        BadCount: without personas.
        BadPersona: for a home or work place that isn't on the map, or a missing home.
    """
    people = check_people(town_map, personas)
    npcs = Table(NPC_COLUMNS, len(people))
    ids = {place.name: place.id for place in town_map.places}
    set_people(npcs, people, town_map, ids)
    _set_wards(npcs, people)
    places = Table(PLACE_COLUMNS, len(town_map.places))
    places["kind"][:] = [PLACE_KINDS.index(place.kind) for place in town_map.places]
    for name in ("capacity", "x", "y"):
        places[name][:] = [getattr(place, name) for place in town_map.places]
    npcs["x"][:], npcs["y"][:] = places["x"][npcs["home"]], places["y"][npcs["home"]]
    return {
        "npcs": npcs,
        "outside": Table(OUTSIDE_COLUMNS, len(people)),
        "gate": Table(GATE_COLUMNS, 1),
        "purses": Table(PURSE_COLUMNS, len(people)),
        "gifts": Table(GIFT_COLUMNS, GIFTS_A_TICK),
        "places": places,
        "tiles": Table(TILE_COLUMNS, town_map.width * town_map.height),
    }


def set_people(
    npcs: Table, people: Sequence[Persona], town_map: TownMap, ids: Mapping[str, int], those: slice = _ALL
) -> None:
    """What follows from the personas of some NPCs, one by one. `ids` are the places' by name."""
    npcs["home"][those] = [ids[persona.home] for persona in people]
    npcs["work"][those] = [ids[persona.work] if persona.work else -1 for persona in people]
    npcs["studies"][those] = [bool(persona.work) and _studies(persona, town_map) for persona in people]
    for name in _TIMES:
        npcs[name][those] = [minutes(getattr(persona.routine, name)) for persona in people]
    for name in ("work_from", "work_to"):
        times = (getattr(persona.routine, name) for persona in people)
        npcs[name][those] = [minutes(time) if time else -1 for time in times]
    npcs["workdays"][those] = [_days(persona.routine.workdays) for persona in people]
    npcs["sociability"][those] = [persona.sociability for persona in people]
    npcs["adult"][those] = [persona.age >= ADULT for persona in people]


def join_household(npcs: Table, people: Sequence[Persona | None], ids: Mapping[str, int], i: int) -> None:
    """The wards that follow from the ties of somebody who moves in: its own, or that it is one."""
    new = people[i]
    assert new is not None, "who moves in is among the people"
    for name, tie in new.ties.items():
        j = ids[name]
        other = people[j]
        if tie < CLOSE or other is None or not npcs["alive"][j] or npcs["home"][j] != npcs["home"][i]:
            continue
        adult, child = (i, j) if new.age >= other.age else (j, i)
        if npcs["adult"][child] or abs(new.age - other.age) < ADULT:
            continue
        ward = int(npcs["ward"][adult])
        now = people[ward] if ward >= 0 and npcs["alive"][ward] else None
        young = other if child == j else new
        if now is None or (young.age, child) < (now.age, ward):
            npcs["ward"][adult] = child


def check_people(town_map: TownMap, personas: Sequence[Persona]) -> tuple[Persona, ...]:
    """The same people, held to unique names, ties among each other, and homes and places of work that are on the map.

    Raises:
        BadCount: without personas.
        BadPersona: naming the first fault.
    """
    if not personas:
        raise BadCount("a town of 0 NPCs; expected 1 or more.", "Give at least one persona.")
    people = check_personas(personas)
    names = {place.name for place in town_map.places}
    for persona in people:
        if persona.home not in names or (persona.work and persona.work not in names):
            raise _nowhere(persona, list(names), "work" if persona.home in names else "home")
    return people


def _nowhere(persona: Persona, names: list[str], what: str) -> BadPersona:
    name = getattr(persona, what)
    if not name:
        return BadPersona(f"{persona.name} has no {what}.", "Name a place of the map, or let the town assign one.")
    near = difflib.get_close_matches(name, names, 3, 0.5) or names[:5]
    return BadPersona(
        f"{persona.name}'s {what} is {name!r}, which is no place of this map.", f"Did you mean {', '.join(near)}?"
    )


def _set_wards(npcs: Table, people: Sequence[Persona]) -> None:
    """For each adult the youngest child to whom it is closely tied and with whom it lives."""
    ids = {persona.name: i for i, persona in enumerate(people)}
    wards = [-1] * len(people)
    for i, persona in enumerate(people):
        if persona.age >= ADULT:
            children = [
                (people[j].age, j)
                for j in (ids[name] for name, tie in persona.ties.items() if tie >= CLOSE)
                if people[j].age < ADULT and people[j].home == persona.home and persona.age - people[j].age >= ADULT
            ]
            if children:
                wards[i] = min(children)[1]
    npcs["ward"][:] = wards


@cache
def _days(names: tuple[str, ...]) -> int:
    """Days as bits, see `workdays`."""
    return sum(1 << DAYS.index(day) for day in set(names))


def _studies(persona: Persona, town_map: TownMap) -> bool:
    word = persona.occupation.lower()
    if "pupil" in word or "student" in word:
        return True
    return persona.age < ADULT and town_map.place(persona.work).kind == "school"


def acquaintances(npcs: int, most: int) -> int:
    """How many ties each NPC of a town can have."""
    return max(1, min(most, npcs - 1))


def make_ties(personas: Sequence[Persona], most: int) -> Table:
    """The ties that people begin with: those of the personas, each as strong as the stronger of the two directions.

    Who calls another kin is its kin. Of more than `most` ties those to kin, then the strongest are kept.
    """
    ids = {persona.name: i for i, persona in enumerate(personas)}
    found: list[dict[int, float]] = [{} for _ in personas]
    kin: list[set[int]] = [set() for _ in personas]
    for i, persona in enumerate(personas):
        for name in persona.kin:
            kin[i].add(ids[name])
            kin[ids[name]].add(i)
        for name, strength in persona.ties.items():
            j = ids[name]
            if i != j:
                found[i][j] = max(strength, found[i].get(j, 0.0))
                found[j][i] = max(strength, found[j].get(i, 0.0))
    room = acquaintances(len(personas), most)
    table = Table(TIE_COLUMNS, len(personas) * room)
    rows: list[int] = []
    others: list[int] = []
    for i, those in enumerate(found):
        kept = sorted(those)
        if len(those) > room:
            kept = sorted(sorted(those, key=lambda j: (j not in kin[i], -those[j], j))[:room])
        rows += range(i * room, i * room + len(kept))
        others += kept
    table["npc"][rows] = others
    table["strength"][rows] = [found[row // room][j] for row, j in zip(rows, others, strict=True)]
    table["kin"][rows] = [j in kin[row // room] for row, j in zip(rows, others, strict=True)]
    return table


def set_commutes(npcs: Table, town_map: TownMap, parameters: Parameters, those: slice = _ALL) -> None:
    """How long before work each of those NPCs has to leave home, in minutes."""
    x, y = town_map.arrays.centre_x, town_map.arrays.centre_y
    home, work = npcs["home"][those], npcs["work"][those]
    away = np.hypot(x[home] - x[work], y[home] - y[work])
    walk = np.ceil(away * _DETOUR / parameters.walking_speed) + 2
    npcs["commute"][those] = np.where(work >= 0, np.minimum(walk, 180), 0)


def set_needs(npcs: Table, parameters: Parameters, seed: int, minute: int, those: slice = _ALL, tick: int = 0) -> None:
    """Needs as an ordinary day would have left them at this minute, with addressed noise on company and fun."""
    p = parameters

    def hours_since(name: str) -> Array:
        found: Array = (minute - npcs[name][those].astype(np.int64)) % 1440 / 60
        return found

    def noise(draw: int) -> Array:
        return uniforms(those.start or 0, len(npcs["home"][those]), seed, SYSTEM, 0, draw)

    since_bed, since_wake = hours_since("bed"), hours_since("wake")
    fed = np.minimum(np.minimum(hours_since("breakfast"), hours_since("lunch")), hours_since("dinner"))
    asleep = since_bed < since_wake
    tired = 0.9 * np.exp(p.energy_awake * 16)
    rested = 1 - (1 - tired) * np.exp(-p.energy_asleep * since_bed)
    energy = np.where(asleep, rested, 0.9 * np.exp(p.energy_awake * since_wake))
    before, after = np.maximum(0.0, fed - np.where(asleep, since_bed, since_wake)), np.minimum(fed, since_wake)
    awake_since_meal = np.where(asleep, before, after)
    asleep_since_meal = np.where(asleep, np.minimum(fed, since_bed), before)
    hunger = 0.05 + p.hunger_awake * awake_since_meal + p.hunger_asleep * asleep_since_meal
    npcs["hunger"][those] = np.clip(hunger, 0.0, 0.75)
    npcs["energy"][those] = np.clip(energy, 0.05, 1.0)
    npcs["social"][those] = 0.35 + 0.4 * noise(0)
    npcs["fun"][those] = 0.35 + 0.4 * noise(1)
    npcs["comfort"][those] = np.where(asleep, 0.9, 0.6)
    npcs["shopped_at"][those] = tick - noise(2) * 1e4
    npcs["kept_at"][those] = tick - noise(3) * 3e3
    npcs["cared_at"][those] = tick - noise(4) * 2e3
    for need in ("hunger", "energy", "social", "fun", "comfort"):
        npcs[f"{need}_then"][those] = npcs[need][those]
    npcs["felt_at"][those] = max(tick - 1, 0)
