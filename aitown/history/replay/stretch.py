"""From a History to a recorded stretch: which ticks, which events, and how few bytes it has to fit in."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.columns import Array, schema_to_json
from aitown.errors import AitownError, BadParameter
from aitown.history import asking
from aitown.history.replay.close import close
from aitown.history.replay.encode import encode
from aitown.history.rows import EVENT_SCHEMA, KEYS, TICK, key_of
from aitown.history.source import EVENTS
from aitown.history.store import Selection, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aitown.history.asking import Ticks
    from aitown.history.reader import History
    from aitown.history.times import Span

NPC_STATES = 250_000
"""Rows of NPCs in a stretch that chooses its own rhythm: a day of 25 at every tick, and some."""
LIMIT = 220_000
"""Bytes that such a stretch takes at most: below 300 KB as base64."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440)
_MINUTE = 60
_MOST_PERSONAS = 500
_PRESENT = "alive"
_AREA = ("x", "y")


@dataclass(frozen=True)
class Stretch:
    """A recorded stretch of a run.

    Attributes:
        data: the bytes, as PROTOCOL.md has them.
        first, last: its ticks.
        every: ticks from one frame to the next.
        frames: how many.
        clock: at `last`, in words.
    """

    data: bytes
    first: int
    last: int
    every: int
    frames: int
    clock: str


def stretch(
    run: History,
    ticks: Ticks = None,
    every: Span | None = None,
    limit: int | None = LIMIT,
    *,
    art: bool = False,
    ties: bool = True,
) -> Stretch:
    """A stretch of a run as few bytes.

    Args:
        run: finished or being written.
        ticks: as for `History.npcs`; None for all.
        every: ticks, or a length of time, from one frame to the next; None for the finest rhythm with which the stretch
            fits. The newest frame is always there.
        limit: most bytes, for a rhythm that is chosen; None for as many as it takes.
        ties: whether it says who is close to whom, as far as that isn't too much (see `close.close`).
        art: whether the pictures of the map go along, beside these bytes: who watches the town itself has them.

    Raises:
        BadParameter: for ticks outside the run, and for a run without any.
    """
    bounds = run.look().bounds
    if bounds is None:
        raise BadParameter(f"the run {run.run_id} has no ticks yet.", "Step the town first.")
    chosen = asking.selection(ticks, None, bounds, run.record_every, None, run.clock)
    first, stop = max(chosen.start, bounds[0]), min(chosen.stop, bounds[1] + 1)
    pictures = _pictures(run) if art else b""
    near = close(run, first, stop) if ties else ([], {})
    if every is not None:
        return _made(run, first, stop, max(1, run.clock.ticks(every)), pictures, near)
    found = None
    for step in _rhythms(run, stop - first):
        found = _made(run, first, stop, step, pictures, near)
        if limit is None or len(found.data) - len(pictures) <= limit:
            break
    assert found is not None, "there is always a coarsest rhythm"
    return found


def _rhythms(run: History, span: int) -> list[int]:
    """Ticks between frames, finest first: those of the recording, else whole minutes."""
    minute = max(1, round(_MINUTE / run.tick_seconds))
    steps = sorted({run.record_every, *(n * minute for n in _STEPS)})
    people = max(1, len(run.names))
    fitting = [step for step in steps if step >= run.record_every and -(-span // step) * people <= NPC_STATES]
    return fitting or [max(steps[-1], run.record_every)]


def _made(
    run: History, first: int, stop: int, every: int, art: bytes, near: tuple[list[int], dict[str, Array]]
) -> Stretch:
    ticks, tables = np.empty(0, np.int64), {}
    for table in (table for table in KEYS if table in run.schema):
        rows = _rows(run, table, first, stop, every)
        if table == "npcs":
            ticks = np.unique(rows.column(TICK).to_numpy())
        tables[table] = _dense(rows, table, ticks)
    if not len(ticks):
        raise BadParameter(f"no recorded tick in {first}:{stop}.", f"One in {run.record_every} was recorded.")
    events, texts = _events(run, int(ticks[0]), int(ticks[-1]))
    header = {
        "town": run.town,
        "run": run.run_id,
        "start": run.start,
        "tick_seconds": run.tick_seconds,
        "every": every,
        "schema": schema_to_json({table: run.schema[table] for table in KEYS if table in run.schema}),
        "names": list(run.names),
        "place_info": _places(run),
        "map": _ground(run, tables),
        "personas": _personas(run),
        "kinds": list(run.kinds),
        "texts": texts,
    }
    moments, ties = near
    if moments:
        header["tie_ticks"], tables["ties"] = moments, ties
    data = encode(header, ticks, {**tables, EVENTS: events}, art)
    last = int(ticks[-1])
    return Stretch(data, int(ticks[0]), last, every, len(ticks), run.clock.say(last))


def _rows(run: History, table: str, first: int, stop: int, every: int) -> pa.Table:
    """Rows at the rhythm, and those of the newest tick."""
    columns = list(run.declared(table))
    pieces = list(run.frozen_pieces(table, columns, Selection(first, stop, 1, every)))
    newest = (stop - 1) // run.record_every * run.record_every
    if newest % every and newest >= first:
        pieces += run.frozen_pieces(table, columns, Selection(newest, newest + 1))
    return joined(pieces)


def _dense(rows: pa.Table, table: str, ticks: Array) -> dict[str, Array]:
    """Columns of shape (ticks, rows); who isn't there at a tick is marked as not alive."""
    at = np.searchsorted(ticks, rows.column(TICK).to_numpy())
    ids = rows.column(key_of(table)).to_numpy()
    shape = (len(ticks), int(ids.max()) + 1 if len(ids) else 0)
    out = {}
    for name in rows.column_names[2:]:
        values = np.zeros(shape, np.int32)
        values[at, ids] = rows.column(name).to_numpy()
        out[name] = values
    if table == "npcs" and len(rows) < shape[0] * shape[1] and _PRESENT not in out:
        present = np.zeros(shape, np.int32)
        present[at, ids] = 1
        out[_PRESENT] = present
    return out


def _events(run: History, first: int, last: int) -> tuple[dict[str, Array], list[str]]:
    """The events of some ticks as columns of one row, and the texts that they refer to."""
    rows = joined(list(run.frozen_pieces(EVENTS, EVENT_SCHEMA.names, Selection(first, last + 1))))
    columns = {
        name: rows.column(name).to_numpy().astype(np.int32)[:, None] for name in EVENT_SCHEMA.names if name != "text"
    }
    number: dict[str, int] = {}
    texts = [number.setdefault(text, len(number)) for text in rows.column("text").to_pylist()]
    columns["text"] = np.array(texts, np.int32)[:, None]
    return columns, list(number)


def _places(run: History) -> list[dict[str, Any]]:
    """The constants of places as a payload has them; one that lies nowhere is left where the map begins."""
    return [{"id": i, "kind": "other", "x": 0, "y": 0, **place} for i, place in enumerate(run.place_facts)]


def _personas(run: History) -> list[Any]:
    """Who they are, for the panel; none of a crowd, and none where the run has none."""
    if len(run.names) > _MOST_PERSONAS:
        return []
    try:
        found = run.personas
    except AitownError:
        return []
    return found


def _map(run: History) -> Any:
    try:
        return run.map
    except AitownError:
        return None


def _pictures(run: History) -> bytes:
    """The art of the map as it travels."""
    found = _map(run)
    return base64.b64decode(found["art"]["data"]) if isinstance(found, dict) and found.get("art") else b""


def _art_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the map of a payload says of its art."""
    return {"art": {name: found["art"][name] for name in ("hash", "bytes")}} if found.get("art") else {}


def _ground(run: History, tables: dict[str, dict[str, Array]]) -> dict[str, Any]:
    """The `map` of a payload; plain grass as far as anybody went for a run without a map."""
    found = _map(run)
    if isinstance(found, dict) and found.get("rows"):
        areas = [
            {"id": i, "rect": place["rect"]} for i, place in enumerate(found.get("places", ())) if place.get("rect")
        ]
        return {
            "name": found.get("name", ""),
            "width": len(found["rows"][0]),
            "height": len(found["rows"]),
            "terrain": found["terrain"],
            "rows": found["rows"],
            "areas": areas,
            **_art_of(found),
        }
    declared = run.declared("npcs")
    size = []
    for name in _AREA:
        values = tables["npcs"].get(name)
        most = int(values.max()) if values is not None and values.size else 0
        per_unit = declared[name].per_unit if name in declared else 1
        size.append(max(1, most // per_unit + 2))
    width, height = size
    return {
        "name": run.town, "width": width, "height": height, "terrain": ["grass"], "rows": ["a" * width] * height,
        "areas": [],
    }  # fmt: skip
