"""What never changes within an epoch, prepared once from the hello: the map, names, constants of places, the schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson

from aitown.columns import Schema, schema_from_json
from aitown.errors import BadMessage
from aitown.wire.rows import Rows

Hello = Mapping[str, Any]


class Payload:
    """The constant part of the payloads of one epoch.

    Attributes:
        rows: makes rows in real units.
        town, cols: JSON members that a whole state begins with, in rows and in columns.
        map: the JSON of the map.
        joined: the names of those who moved in since the hello, by id, each with the `seq` from which on it counts.
    """

    def __init__(self, hello: Hello) -> None:
        """Prepare what the hello of a town's process says.

        Raises:
            BadMessage: when something that a payload needs is missing.
        """
        try:
            self.schema: Schema = schema_from_json(hello["schema"])
            self.schema_json = orjson.dumps(hello["schema"])
            self.map = orjson.dumps(hello["map"])
            self.start: str = hello["start"]
            self.tick_seconds: int = hello["tick_seconds"]
            self.npcs = len(hello["names"])
            self.joined: dict[int, tuple[str, int]] = {}
            self._hello = hello
            self.rows = Rows(self.schema, hello["names"], hello["places"])
            self._first_day = date.fromisoformat(self.start[:10])
            said = {"town": hello["town"], "run": hello["run"], "tick_seconds": self.tick_seconds}
            self.town = _members(said)
            self.cols = _members({**said, "names": list(map(str, hello["names"])), "place_info": hello["places"]})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadMessage(f"a hello that can't be used: {error!r}.", "Look at the process's log.") from error

    def with_more(self, people: Mapping[int, str], seq: int) -> Payload:
        """The same with the names of those who moved in; their ids are higher than all that came before."""
        names = list(self._hello["names"])
        names += [""] * (max(people) + 1 - len(names))
        for npc, name in people.items():
            names[npc] = name
        more = Payload({**self._hello, "names": names})
        more.joined = {**self.joined, **{npc: (name, seq) for npc, name in people.items()}}
        return more

    def moment(self, tick: int, clock: str) -> dict[str, Any]:
        """`tick`, `clock` and the `day` of the run, from 1."""
        day = (datetime.fromisoformat(clock).date() - self._first_day).days + 1
        return {"tick": tick, "clock": clock, "day": day}


def _members(data: Mapping[str, Any]) -> bytes:
    """The members of a JSON object, without its braces."""
    return orjson.dumps(data)[1:-1]
