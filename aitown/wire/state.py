"""One state of a town as its viewers see it, and its encodings, each made once.

A State never changes, so an encoding may be made on any thread. What changed since any earlier state is one mask over
`changed`, which holds for each row the `seq` that last changed it: a viewer of any age is brought up to date without
a log of what was sent.
"""

from __future__ import annotations

import struct
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import orjson

from aitown.wire.position import HEARTBEAT, Form, Need, Position, Status
from aitown.wire.rows import shown
from aitown.wire.websocket import BINARY, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from aitown.columns import Array, Frame
    from aitown.wire.payload import Payload

T = TypeVar("T")

_LENGTH = struct.Struct("<I")
_ALIGN = 4
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Part(NamedTuple):
    """Some rows of a table: their ids and their columns; `removed` are those that are no longer shown."""

    ids: Array
    columns: dict[str, Array]
    removed: list[int]


class State:
    """The newest state at some moment.

    Args:
        payload: what never changes.
        position: where it stands in the stream.
        frame, clock: the town.
        saying: utterances by NPC.
        changed: for each table, the `seq` that last changed each row.
        first_event: the id of the first event of this epoch.
    """

    def __init__(
        self,
        payload: Payload,
        position: Position,
        frame: Frame,
        clock: str,
        saying: Mapping[int, str],
        changed: Mapping[str, Array],
        first_event: int = 0,
    ) -> None:
        self.position = position
        self.frame = frame
        self.clock = clock
        self.saying = saying
        self.changed = changed
        self._payload = payload
        self._first_event = first_event
        self._columns = {table: [column.name for column in columns] for table, columns in shown(payload.schema).items()}
        self._moment = payload.moment(frame.tick, clock)
        self._place = b'"epoch":"%b","seq":%d' % (position.epoch.encode(), position.seq)
        self._made: dict[Hashable, Any] = {}

    def get(self, need: Need) -> Prepared:
        """A message with this state, made when it is first asked for."""
        return self._once(need, lambda: self._make(need))

    def has(self, need: Need) -> bool:
        """Whether that message is made already."""
        return need in self._made

    def npc(self, npc: int) -> dict[str, Any] | None:
        """The row of one NPC, or None when it isn't shown."""
        if not 0 <= npc < len(self.changed["npcs"]):
            return None
        rows = self._npc_rows(self._pick("npcs", np.array([npc])))
        return rows[0] if rows else None

    # messages

    def _make(self, need: Need) -> Prepared:
        if need.kind == "full_state":
            return self._full(need.form, need.status or Status())
        if need.kind == "state_update":
            return self._update(need.form, need.base)
        kind = need.kind.removeprefix("plain ").encode()
        return Prepared(b'{"type":"%b","payload":%b}' % (kind, self._rows_and_map()))

    def _full(self, form: Form, status: Status) -> Prepared:
        payload = self._payload
        tail = b',%b,"hb":%d,"event":%d,"schema":%b,"start":%b,"status":%b}' % (
            self._place,
            HEARTBEAT,
            self._first_event,
            payload.schema_json,
            orjson.dumps(payload.start),
            orjson.dumps(status.to_json()),
        )
        if form == "rows":
            return Prepared(b'{"type":"full_state","payload":' + self._rows_and_map() + tail)
        npcs, places = self._pick("npcs"), self._pick("places")
        head = b'{"type":"full_state","payload":{%b,"map":%b,' % (payload.cols, payload.map)
        return self._in_columns(form, head, npcs, places, tail)

    def _update(self, form: Form, base: int | None) -> Prepared:
        tail = b",%b}" % self._place
        if base is not None:
            tail = b',%b,"base":%d}' % (self._place, base)
        if form == "rows" and base is None:
            return Prepared(b'{"type":"state_update","payload":' + self._rows() + tail)
        npcs, places = self._pick("npcs", self._after("npcs", base)), self._pick("places", self._after("places", base))
        head = b'{"type":"state_update","payload":{'
        if form != "rows":
            more = {} if base is None else {"removed": npcs.removed}
            names = {str(npc): name for npc, (name, seq) in self._payload.joined.items() if base is None or seq > base}
            return self._in_columns(form, head, npcs, places, tail, more | ({"names": names} if names else {}))
        keyed = {
            **self._moment,
            "npcs": {str(row["id"]): row for row in self._npc_rows(npcs)},
            "places": {str(row["id"]): row for row in self._place_rows(places)},
            "removed": npcs.removed,
        }
        return Prepared(b'{"type":"state_update","payload":' + orjson.dumps(keyed) + tail)

    def _in_columns(
        self, form: Form, head: bytes, npcs: _Part, places: _Part, tail: bytes, more: Mapping[str, Any] = _NOTHING
    ) -> Prepared:
        """A message in columns: inside the JSON, or after it."""
        parts = [_with_ids(npcs), _with_ids(places)]
        ids = set(npcs.ids.tolist()) if len(npcs.ids) < len(self.changed["npcs"]) else None
        saying = {str(npc): text for npc, text in self.saying.items() if ids is None or npc in ids}
        said: dict[str, Any] = {**self._moment, "saying": saying, **more}
        if form == "cols":
            said |= dict(zip(("npcs", "places"), parts, strict=True))
            return Prepared(head + orjson.dumps(said, option=orjson.OPT_SERIALIZE_NUMPY)[1:] + tail)
        said |= {name: _described(part) for name, part in zip(("npcs", "places"), parts, strict=True)}
        header = head + orjson.dumps(said)[1:] + tail
        header += b" " * (-(len(header) + _LENGTH.size) % _ALIGN)
        return Prepared(b"".join((_LENGTH.pack(len(header)), header, *map(_bytes, parts))), BINARY)

    # payloads

    def _rows(self) -> bytes:
        """The whole state in rows, without the map."""
        return self._once("rows", self._make_rows)

    def _make_rows(self) -> bytes:
        said = {
            **self._moment,
            "npcs": self._npc_rows(self._pick("npcs")),
            "places": self._place_rows(self._pick("places")),
        }
        return b"{%b,%b" % (self._payload.town, orjson.dumps(said)[1:])

    def _rows_and_map(self) -> bytes:
        return self._once("rows and map", lambda: self._rows()[:-1] + b',"map":' + self._payload.map + b"}")

    def _npc_rows(self, part: _Part) -> list[dict[str, Any]]:
        return self._payload.rows.npcs(part.columns, part.ids.tolist(), self.saying)

    def _place_rows(self, part: _Part) -> list[dict[str, Any]]:
        return self._payload.rows.places(part.columns, part.ids.tolist())

    # rows

    def _after(self, table: str, base: int | None) -> Array | None:
        return None if base is None else np.flatnonzero(self.changed[table] > base)

    def _pick(self, table: str, ids: Array | None = None) -> _Part:
        """The rows `ids`, or all, as far as they are shown."""
        values = self.frame.tables[table]
        alive = values.get("alive")
        removed: list[int] = []
        if alive is not None and not alive.all():
            if ids is None:
                ids = np.flatnonzero(alive)
            else:
                here = alive[ids] != 0
                removed, ids = ids[~here].tolist(), ids[here]
        picked = {name: values[name] if ids is None else values[name][ids] for name in self._columns[table]}
        if ids is None:
            ids = np.arange(len(self.changed[table]))
        return _Part(ids.astype(np.int32), picked, removed)

    def _once(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


def _with_ids(part: _Part) -> dict[str, Array]:
    return {"id": part.ids, **part.columns}


def _described(columns: Mapping[str, Array]) -> dict[str, Any]:
    kinds = [[name, values.dtype.str[1:]] for name, values in columns.items()]
    return {"rows": len(columns["id"]), "columns": kinds}


def _bytes(columns: Mapping[str, Array]) -> bytes:
    """The columns one after another, little endian, each padded."""
    parts = []
    for values in columns.values():
        data = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        parts += [data, bytes(-len(data) % _ALIGN)]
    return b"".join(parts)
