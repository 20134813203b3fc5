"""The built-in towns, and how a town gets its map and its people."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from aitown.errors import BadCount, BadPersona, UnknownMap
from aitown.persona import Persona, check_personas, personas_from_file
from aitown.sim import people
from aitown.sim.map import TownMap
from aitown.sim.map.city import city

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
CITY_NPCS, FOREIGN_NPCS = 1000, 25
"""How many live in a city, and on a map that brings no people, when nobody says."""
_TILED = (".json", ".tmj", ".tmx")


def names() -> tuple[str, ...]:
    """Names of the built-in maps."""
    return ("riverbend", "city")


def load(
    spec: str | Path | TownMap,
    npcs: int | None = None,
    seed: int = 0,  # noqa: ARG001 (a caller may pass a run's)
) -> tuple[TownMap, tuple[Persona, ...]]:
    """A map and exactly `npcs` people who live on it.

    First come the people whom the map brings (riverbend has 25), then such as `people.draw` makes. "city" is a city for
    `npcs` people; it depends on that number alone.

    Args:
        spec: a name from `names`, the path of a Tiled map, or a map.
        npcs: None takes the map's own people; without any, 25, or as many as its homes hold; in a city 1,000.
        seed: changes nothing: runs of different seeds are about the same map and people, and differ in behaviour only.

    Raises:
        UnknownMap: if there is no such map.
        BadMap, BrokenMapFile: if it can't be lived on, or not be read.
        BadCount: for fewer than one, or more than the homes hold.
    """
    if npcs is not None:
        if isinstance(npcs, bool) or not hasattr(npcs, "__index__") or npcs < 1:
            raise BadCount(
                f"npcs is {npcs!r}; expected a whole number from 1 on.", "Say how many people live in the town."
            )
        npcs = int(npcs)
    if spec == "city":
        count = CITY_NPCS if npcs is None else npcs
        town_map = city(count)
        return town_map, people.draw(town_map, count)
    town_map, own = _map(spec)
    room = town_map.homes_capacity
    count = (len(own) or min(FOREIGN_NPCS, room)) if npcs is None else npcs
    if count > room:
        raise BadCount(
            f"{count} NPCs are more than the homes of {town_map.name!r} hold: {room}.",
            f'Take at most {room}, or map="city", which grows with the number.',
        )
    own = _without_strangers(own[:count])
    drawn = people.draw(town_map, count - len(own), beside=own)
    return town_map, check_personas(own + drawn)


def _map(spec: str | Path | TownMap) -> tuple[TownMap, tuple[Persona, ...]]:
    if isinstance(spec, TownMap):
        return spec, ()
    if spec == "riverbend":
        return _riverbend()
    if not isinstance(spec, str | PathLike):
        raise UnknownMap(
            f"{spec!r:.80} can't be a map; expected a name, a file or a TownMap.",
            f"Built-in maps: {', '.join(names())}. Or give the path of a Tiled map ({', '.join(_TILED)}).",
        )
    path = Path(spec)
    if path.suffix.lower() not in _TILED:
        raise UnknownMap(
            f"there is no map {str(spec)!r}.",
            f"Built-in maps: {', '.join(names())}. Or give the path of a Tiled map ({', '.join(_TILED)}).",
        )
    return TownMap.from_tiled(path), ()


@cache
def _riverbend() -> tuple[TownMap, tuple[Persona, ...]]:
    folder = FOLDER / "riverbend"
    return TownMap.from_tiled(folder / "riverbend.tmj", art=False), personas_from_file(folder / "personas.json")


def _without_strangers(personas: Sequence[Persona]) -> tuple[Persona, ...]:
    """The same people with their ties to each other only."""
    there = {persona.name for persona in personas}
    return tuple(
        replace(
            persona,
            ties={name: tie for name, tie in persona.ties.items() if name in there},
            kin=tuple(name for name in persona.kin if name in there),
        )
        for persona in personas
    )


def assign(town_map: TownMap, personas: Sequence[Persona]) -> tuple[Persona, ...]:
    """The same people, everyone with a home: those without get the homes that have room, one after another.

    Raises:
        BadPersona: for a home or place of work that isn't on the map, a home that is none, or is too full.
        BadCount: if there are none, or more than the homes hold.
    """
    people_ = check_personas(personas)
    if not 1 <= len(people_) <= town_map.homes_capacity:
        raise BadCount(
            f"{len(people_)} personas for the map {town_map.name!r}; expected 1 to {town_map.homes_capacity}, "
            "which is what its homes hold.",
            'Take another number of them, or a larger map: map="city" grows with `npcs`.',
        )
    kinds = {place.name: place.kind for place in town_map.places}
    room = {place.name: place.capacity for place in town_map.places if place.kind == "home"}
    living = Counter(persona.home for persona in people_ if persona.home)
    for persona in people_:
        for what, name in (("home", persona.home), ("work", persona.work)):
            if name and name not in kinds:
                raise BadPersona(
                    f"{persona.name}'s {what} is {name!r}, which is not on the map {town_map.name!r}.",
                    f"Its places: {_some(kinds)}.",
                )
        if persona.home and persona.home not in room:
            raise BadPersona(
                f"{persona.name}'s home {persona.home!r} is a place of the kind {kinds[persona.home]!r}.",
                f"Homes: {_some(room)}.",
            )
        if persona.home and living[persona.home] > room[persona.home]:
            raise BadPersona(
                f"{living[persona.home]} people live in {persona.home!r}, which holds {room[persona.home]}.",
                "Move some of them, or leave `home` empty to have it assigned.",
            )
    free = iter([home for home, capacity in room.items() for _ in range(capacity - living[home])])
    return tuple(persona if persona.home else replace(persona, home=next(free)) for persona in people_)


def _some(names_: dict[str, str] | dict[str, int]) -> str:
    shown = ", ".join(list(names_)[:12])
    return f"{shown} … ({len(names_)} in all)" if len(names_) > 12 else shown  # noqa: PLR2004
