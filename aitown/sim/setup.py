"""From a map and personas to tables: what is constant, and how everybody is at tick 0."""

from __future__ import annotations

import difflib
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
from aitown.sim.random import uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    if not personas:
        raise BadCount("a town of 0 NPCs; expected 1 or more.", "Give at least one persona.")
    people = check_personas(personas)
    npcs = Table(NPC_COLUMNS, len(people))
    ids = {place.name: place.id for place in town_map.places}
    for i, persona in enumerate(people):
        set_person(npcs, i, persona, town_map, ids)
    _set_wards(npcs, people)
    places = Table(PLACE_COLUMNS, len(town_map.places))
    for place in town_map.places:
        places["kind"][place.id] = PLACE_KINDS.index(place.kind)
        for name in ("capacity", "x", "y"):
            places[name][place.id] = getattr(place, name)
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


def set_person(npcs: Table, i: int, persona: Persona, town_map: TownMap, places: dict[str, int]) -> None:
    """What follows from a persona alone. `places` are ids by name.

    Raises:
        BadPersona: for a home or work place that isn't on the map, or a missing home.
    """
    routine = persona.routine
    npcs["home"][i] = _place(places, persona, "home")
    if persona.work:
        npcs["work"][i] = _place(places, persona, "work")
        npcs["studies"][i] = _studies(persona, town_map)
    for name in _TIMES:
        npcs[name][i] = minutes(getattr(routine, name))
    if routine.work_from:
        npcs["work_from"][i], npcs["work_to"][i] = minutes(routine.work_from), minutes(routine.work_to)
    npcs["workdays"][i] = sum(1 << DAYS.index(day) for day in set(routine.workdays))
    npcs["sociability"][i] = persona.sociability
    npcs["adult"][i] = persona.age >= ADULT


def join_household(npcs: Table, people: Sequence[Persona | None], i: int) -> None:
    """The wards that follow from the ties of somebody who moves in: its own, or that it is one."""
    new, ids = people[i], {persona.name: j for j, persona in enumerate(people) if persona is not None}
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


def _set_wards(npcs: Table, people: Sequence[Persona]) -> None:
    """For each adult the youngest child to whom it is closely tied and with whom it lives."""
    ids = {persona.name: i for i, persona in enumerate(people)}
    for i, persona in enumerate(people):
        if persona.age >= ADULT:
            children = [
                (people[j].age, j)
                for j in (ids[name] for name, tie in persona.ties.items() if tie >= CLOSE)
                if people[j].age < ADULT and npcs["home"][j] == npcs["home"][i] and persona.age - people[j].age >= ADULT
            ]
            npcs["ward"][i] = min(children)[1] if children else -1


def _place(ids: dict[str, int], persona: Persona, what: str) -> int:
    name = getattr(persona, what)
    if not name:
        raise BadPersona(f"{persona.name} has no {what}.", "Name a place of the map, or let the town assign one.")
    if name not in ids:
        near = difflib.get_close_matches(name, list(ids), 3, 0.5) or list(ids)[:5]
        raise BadPersona(
            f"{persona.name}'s {what} is {name!r}, which is no place of this map.", f"Did you mean {', '.join(near)}?"
        )
    return ids[name]


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
    for i, those in enumerate(found):
        kept = sorted(sorted(those, key=lambda j: (j not in kin[i], -those[j], j))[:room])
        table["npc"][i * room : i * room + len(kept)] = kept
        table["strength"][i * room : i * room + len(kept)] = [those[j] for j in kept]
        table["kin"][i * room : i * room + len(kept)] = [j in kin[i] for j in kept]
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
    for i in range(npcs.rows)[those]:
        since_bed = (minute - int(npcs["bed"][i])) % 1440 / 60
        since_wake = (minute - int(npcs["wake"][i])) % 1440 / 60
        fed = min((minute - int(npcs[meal][i])) % 1440 / 60 for meal in ("breakfast", "lunch", "dinner"))
        asleep = since_bed < since_wake
        if asleep:
            tired = 0.9 * np.exp(p.energy_awake * 16)
            energy = 1 - (1 - tired) * np.exp(-p.energy_asleep * since_bed)
            awake_since_meal, asleep_since_meal = max(0.0, fed - since_bed), min(fed, since_bed)
        else:
            energy = 0.9 * np.exp(p.energy_awake * since_wake)
            awake_since_meal, asleep_since_meal = min(fed, since_wake), max(0.0, fed - since_wake)
        hunger = 0.05 + p.hunger_awake * awake_since_meal + p.hunger_asleep * asleep_since_meal
        npcs["hunger"][i] = min(max(hunger, 0.0), 0.75)
        npcs["energy"][i] = min(max(energy, 0.05), 1.0)
        npcs["social"][i] = 0.35 + 0.4 * uniform(seed, SYSTEM, i, 0, 0)
        npcs["fun"][i] = 0.35 + 0.4 * uniform(seed, SYSTEM, i, 0, 1)
        npcs["comfort"][i] = 0.9 if asleep else 0.6
        npcs["shopped_at"][i] = tick - uniform(seed, SYSTEM, i, 0, 2) * 1e4
        npcs["kept_at"][i] = tick - uniform(seed, SYSTEM, i, 0, 3) * 3e3
        npcs["cared_at"][i] = tick - uniform(seed, SYSTEM, i, 0, 4) * 2e3
    for need in ("hunger", "energy", "social", "fun", "comfort"):
        npcs[f"{need}_then"][those] = npcs[need][those]
    npcs["felt_at"][those] = max(tick - 1, 0)
