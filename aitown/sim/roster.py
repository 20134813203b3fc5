"""Who is in a town, by id: those that it began with, those who moved in, and those who have moved out again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from aitown.errors import InputRejected
from aitown.persona import Persona

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aitown.sim.map import TownMap

MAX_ID = 2**31 - 2
NEVER = MAX_ID + 1
"""A tick that doesn't come: somebody stays."""
_SHOWN = 8


@dataclass(frozen=True)
class Add:
    """Somebody moves in, and is at home at that tick.

    Args:
        persona: who; read from plain data with the fields of `aitown.Persona`. Without a home it gets the first that
            has room. Its name is one that nobody in the run has had; its ties are to people who are in the town.
        npc: the id that it gets: the town gives out the next one, and nobody else may.
    """

    kind: ClassVar[str] = "add"
    persona: Persona
    npc: int = -1


@dataclass(frozen=True)
class Remove:
    """An NPC moves out: it is gone at that tick, wherever it was, and takes its money along."""

    kind: ClassVar[str] = "remove"
    npc: int


class Roster:
    """Who was, is and will be in a town.

    Args:
        town_map: gives the homes and their room.
        personas: those who are there from tick 0 on, in the order of their ids.

    Attributes:
        people: by id; None for an id that is kept for somebody who didn't come.
        ids: by name.
        since, until: the ticks at which each is first there and no longer; `NEVER` while it stays.
    """

    def __init__(self, town_map: TownMap, personas: Sequence[Persona]) -> None:
        self._places = {place.name: place for place in town_map.places}
        self._homes_on_map = tuple(place for place in town_map.places if place.kind == "home")
        self.people: list[Persona | None] = list(personas)
        self.since: list[int] = [0] * len(personas)
        self.until: list[int] = [NEVER] * len(personas)
        self._begun = len(personas)
        self._names: tuple[str, ...] | None = None
        self.ids = {persona.name: npc for npc, persona in enumerate(personas)}
        self._homes = Counter(persona.home for persona in personas)
        self._moved: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.people)

    @property
    def names(self) -> tuple[str, ...]:
        """By id; "" for an id that nobody has."""
        if self._names is None:
            self._names = tuple(["" if persona is None else persona.name for persona in self.people])
        return self._names

    def here(self, npc: int, at: int) -> bool:
        """Whether somebody is in the town at a tick."""
        return 0 <= npc < len(self.people) and self.since[npc] <= at < self.until[npc]

    def those(self, at: int) -> tuple[int, ...]:
        """The ids of those who are in the town at a tick."""
        return tuple(npc for npc in range(len(self.people)) if self.since[npc] <= at < self.until[npc])

    def add(self, npc: int, persona: Persona, at: int) -> None:
        """Somebody is there from a tick on."""
        more = npc + 1 - len(self.people)
        self.people += [None] * more
        self.since += [NEVER] * more
        self.until += [NEVER] * more
        self.people[npc], self.since[npc] = persona, at
        if self._names is not None:
            self._names = (*self._names, *[""] * (more - 1), persona.name) if more > 0 else None
        self.ids[persona.name] = npc
        self._moved.setdefault(persona.home, []).append(npc)

    def remove(self, npc: int, at: int) -> None:
        """Somebody is gone at a tick, unless it is gone already."""
        persona = self.people[npc]
        if persona is not None and self.until[npc] == NEVER and npc < self._begun:
            self._moved.setdefault(persona.home, []).append(npc)
        self.until[npc] = min(self.until[npc], at)

    def note(self, record: Mapping[str, Any]) -> None:
        """What a record of the journal says."""
        if record["kind"] == "add":
            self.add(record["npc"], Persona.from_json(record["persona"]), record["tick"])
        elif record["kind"] == "remove":
            self.remove(record["npc"], record["tick"])

    def complete(self, given: Add, at: int) -> Add:
        """An input to move in with the id and the home that somebody gets.

        Raises:
            InputRejected: for an id that isn't the next one, or when no home has room.
        """
        if given.npc not in (-1, len(self.people)):
            raise InputRejected(f"add: the id {given.npc}; the next one is {len(self.people)}.", "Leave `npc` out.")
        persona = given.persona
        if not persona.home:
            home = next(self._free(at), None)
            if home is None:
                raise InputRejected(f"no home has room for {persona.name}.", "Remove somebody first.")
            persona = replace(persona, home=home)
        return Add(persona, len(self.people))

    def check(self, given: Any, at: int) -> None:
        """Hold an input to who is there at the tick at which it is applied.

        Raises:
            InputRejected: for what concerns somebody who isn't, and for somebody who can't move in.
        """
        if isinstance(given, Add):
            self._check_newcomer(given.persona, at)
            return
        for npc in _concerned(given):
            if npc >= 0 and not self.here(npc, at):
                self._refuse(npc, at)

    def _refuse(self, npc: int, at: int) -> None:
        if not 0 <= npc < len(self.people) or self.people[npc] is None:
            raise InputRejected(f"there is no NPC {npc}.", f"Ids run from 0 to {len(self.people) - 1}.")
        if self.until[npc] <= at:
            raise InputRejected(
                f"{self.names[npc]} (NPC {npc}) moved out at tick {self.until[npc]}.", "Name somebody who is there."
            )
        raise InputRejected(f"{self.names[npc]} (NPC {npc}) isn't there yet.", f"It comes at tick {self.since[npc]}.")

    def _living(self, home: str, at: int) -> int:
        """How many live in a home."""
        moved = self._moved.get(home, ())
        came = sum(npc >= self._begun and self.since[npc] <= at for npc in moved)
        return self._homes[home] + came - sum(self.since[npc] <= at and self.until[npc] <= at for npc in moved)

    def _has_room(self, home: str, at: int) -> bool:
        return self._living(home, at) < self._places[home].capacity

    def _free(self, at: int) -> Iterator[str]:
        """The homes that have room."""
        return (place.name for place in self._homes_on_map if self._has_room(place.name, at))

    def _check_newcomer(self, new: Persona, at: int) -> None:
        if new.name in self.ids:
            other = "" if self.here(self.ids[new.name], at) else ", by somebody who was or will be here"
            raise InputRejected(f"the name {new.name!r} is taken{other}.", "Names are unique in a run.")
        if len(self.people) > MAX_ID:
            raise InputRejected(f"the town has had {MAX_ID} people.", "Begin another run.")
        places = self._places
        if new.home not in places or places[new.home].kind != "home":
            homes = [place.name for place in self._homes_on_map]
            said = f"a place of the kind {places[new.home].kind!r}" if new.home in places else "not on the map"
            raise InputRejected(f"{new.name}'s home {new.home!r} is {said}.", f"Homes: {_some(homes)}.")
        if new.work and new.work not in places:
            raise InputRejected(
                f"{new.name}'s place of work {new.work!r} is not on the map.", f"Places: {_some(list(places))}."
            )
        if not self._has_room(new.home, at):
            free = list(self._free(at))
            raise InputRejected(
                f"{new.home!r} is full: it has room for {places[new.home].capacity}.",
                f"There is room in: {_some(free)}." if free else "All homes are full: remove somebody first.",
            )
        strangers = sorted(name for name in new.ties if not self.here(self.ids.get(name, -1), at))
        if strangers:
            raise InputRejected(
                f"{new.name} has a tie to {strangers[0]!r}, who is not in the town.",
                "Drop that tie, or add them first.",
            )

    # checkpoints

    def save(self) -> bytes:
        """Who came and who went."""
        came = [
            (npc, self.since[npc], persona.to_json())
            for npc, persona in enumerate(self.people[self._begun :], self._begun)
            if persona is not None
        ]
        went = [(npc, tick) for npc, tick in enumerate(self.until) if tick != NEVER]
        return orjson.dumps({"came": came, "went": went})

    def restore(self, data: bytes) -> None:
        """Take what `save` gave, of a town that began with the same people."""
        said = orjson.loads(data)
        del self.people[self._begun :], self.since[self._begun :], self.until[self._begun :]
        self.until[:] = [NEVER] * self._begun
        self.ids = {name: npc for name, npc in self.ids.items() if npc < self._begun}
        self._names = None
        self._moved.clear()
        for npc, since, persona in said["came"]:
            self.add(npc, Persona.from_json(persona), since)
        for npc, tick in said["went"]:
            self.remove(npc, tick)


def _concerned(given: Any) -> Iterable[int]:
    """The NPCs that an input names."""
    for name in ("npc", "to", "by", "npcs"):
        value = getattr(given, name, None)
        if isinstance(value, int):
            yield value
        elif value is not None:
            yield from value


def _some(names: Sequence[str]) -> str:
    more = f" … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
