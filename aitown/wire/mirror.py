"""A client's copy of a town: which messages it takes, in all forms, and the rows that it then has.

One rule: a state is applied whole or not at all. What can't be applied is answered by `RESYNC`, never guessed at.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from aitown.columns import Schema, schema_from_json
from aitown.errors import BadMessage
from aitown.wire.position import Position
from aitown.wire.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.columns import Array

_LENGTH = struct.Struct("<I")
_ALIGN = 4
_CHANGING = ("tick", "clock", "day")


class Applied(Enum):
    """What became of a message: a newer state, nothing, or a hole that only a `resync` can mend."""

    NEW = "new"
    OLD = "old"
    RESYNC = "resync"


def read(data: str | bytes) -> dict[str, Any]:
    """A message as it came: JSON text, or the binary form, whose columns are then arrays in its payload.

    Raises:
        BadMessage: for anything else.
    """
    try:
        message = orjson.loads(data) if isinstance(data, str) else _read_binary(data)
    except (orjson.JSONDecodeError, struct.error, KeyError, TypeError, ValueError) as error:
        raise BadMessage(f"a message that can't be read: {error}.", "Is this an aitown server?") from error
    if not isinstance(message, dict):
        raise BadMessage(f"a message that is no object: {data[:40]!r}.", "Is this an aitown server?")
    return message


def _read_binary(data: bytes) -> dict[str, Any]:
    (length,) = _LENGTH.unpack_from(data)
    offset = _LENGTH.size + length
    message: dict[str, Any] = orjson.loads(data[_LENGTH.size : offset])
    payload = message["payload"]
    for table in ("npcs", "places"):
        columns = {}
        for name, kind in payload[table]["columns"]:
            columns[name] = np.frombuffer(data, np.dtype(f"<{kind}"), payload[table]["rows"], offset)
            offset += columns[name].nbytes + -columns[name].nbytes % _ALIGN
        payload[table] = columns
    if offset != len(data):
        raise ValueError(f"{len(data)} bytes, of which {offset} are described")
    return message


class Mirror:
    """The newest state that a client knows.

    Attributes:
        position: of it, None before the first one or where the server counts nothing.
        event: the id of the next event, to ask from after a break.
        lost: columns came on top of rows, so only a whole state helps.
    """

    def __init__(self) -> None:
        self.position: Position | None = None
        self.event: int | None = None
        self.lost = False
        self._payload: dict[str, Any] | None = None
        self._npcs: dict[int, dict[str, Any]] = {}
        self._places: dict[int, dict[str, Any]] = {}
        self._rows: Rows | None = None
        self._schema: Schema = {}

    @property
    def payload(self) -> dict[str, Any] | None:
        """The whole state in rows, as the simple client gets it; None before the first one."""
        if self._payload is None or "npcs" in self._payload:
            return self._payload
        rest = dict(self._payload)
        town_map = rest.pop("map", None)
        whole = rest | {
            "npcs": [self._npcs[npc] for npc in sorted(self._npcs)],
            "places": [self._places[place] for place in sorted(self._places)],
        }
        return whole if town_map is None else whole | {"map": town_map}

    def apply(self, message: Mapping[str, Any]) -> Applied:
        """Take in a message with a state, from the socket or from `/state`; others are `OLD`."""
        if message.get("type") not in ("full_state", "state_update") or not isinstance(message.get("payload"), dict):
            return Applied.OLD
        full = message["type"] == "full_state"
        if "epoch" not in message:
            self._payload = message["payload"]
            self.position = None
            return Applied.NEW
        position = Position(message["epoch"], message["seq"])
        if (verdict := self._judge(message, position, full=full)) is not Applied.NEW:
            return verdict
        self._take(message, full=full)
        self.position = position
        self.lost = self.lost and not full
        return Applied.NEW

    def _judge(self, message: Mapping[str, Any], position: Position, *, full: bool) -> Applied:
        have = self.position
        if have is None or position.epoch != have.epoch:
            return Applied.NEW if full else Applied.RESYNC
        if position.seq < have.seq or (position.seq == have.seq and not (full and self.lost)):
            return Applied.OLD
        if not full and message.get("base", 0) > have.seq:
            return Applied.RESYNC
        if not full and self._rows is None and "saying" in message["payload"]:
            self.lost = True
            return Applied.RESYNC
        return Applied.NEW

    def hear(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of an `event` message that are new."""
        known = self.event or 0
        new = [event for event in message["events"] if event["id"] >= known]
        self.event = message["next"]
        return new

    def _take(self, message: Mapping[str, Any], *, full: bool) -> None:
        payload = message["payload"]
        columnar = "saying" in payload
        if full:
            begins = self.position is None or self.position.epoch != message["epoch"]
            self._schema = schema_from_json(message.get("schema", {}))
            self._rows = Rows(self._schema, payload["names"], payload["place_info"]) if columnar else None
            if begins and self.event is not None:
                self.event = min(self.event, message.get("event", self.event))
        whole = "base" not in message
        if not full and self._rows is not None:
            self._rows.know({int(npc): name for npc, name in payload.get("names", {}).items()})
        npcs, places = self._in_rows(payload) if columnar else _by_id(payload)
        if not columnar and self._rows is not None:
            self._rows.know({npc: row["name"] for npc, row in npcs.items()})
        if whole:
            self._npcs, self._places = npcs, places
        else:
            self._npcs |= npcs
            self._places |= places
            for npc in payload["removed"]:
                self._npcs.pop(npc, None)
        if full:
            left_out = {"npcs", "places", "saying", "names", "place_info"}
            self._payload = {key: value for key, value in payload.items() if key not in left_out}
        else:
            assert self._payload is not None, "an update never comes first"
            self._payload = {**self._payload, **{key: payload[key] for key in _CHANGING}}

    def _in_rows(self, payload: Mapping[str, Any]) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
        assert self._rows is not None, "columns come after a full state in columns"
        npcs, places = (self._arrays(table, payload[table]) for table in ("npcs", "places"))
        saying = {int(npc): text for npc, text in payload["saying"].items()}
        ids, place_ids = npcs.pop("id").tolist(), places.pop("id").tolist()
        rows = self._rows.npcs(npcs, ids, saying), self._rows.places(places, place_ids)
        return dict(zip(ids, rows[0], strict=True)), dict(zip(place_ids, rows[1], strict=True))

    def _arrays(self, table: str, columns: Mapping[str, Any]) -> dict[str, Array]:
        kinds = {column.name: column.frozen for column in self._schema[table]} | {"id": "i4"}
        return {name: np.asarray(values, kinds[name]) for name, values in columns.items()}


def _by_id(payload: Mapping[str, Any]) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """The rows of a payload in rows: a list when it is whole, else an object."""
    npcs, places = (
        list(payload[table].values()) if isinstance(payload[table], dict) else payload[table]
        for table in ("npcs", "places")
    )
    return {row["id"]: row for row in npcs}, {row["id"]: row for row in places}
