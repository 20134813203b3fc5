"""Blocks and events as Arrow rows: one row is one NPC (or place) at one tick, in the frozen integers of the Frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from aitown.columns import Array, Column, Events, FrameBlock, Schema
from aitown.errors import BadParameter
from aitown.history.layout import CHECKPOINTS, EVENTS, METRICS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

TICK = "tick"
KEYS: Mapping[str, str] = {"npcs": "npc", "places": "place"}
"""What the row ids of these tables are called; those of any other are `ROW`."""
ROW = "row"


def key_of(table: str) -> str:
    """What the row ids of a table of state are called."""
    return KEYS.get(table, ROW)


TAKEN = (EVENTS, CHECKPOINTS, METRICS, "talk", "conversations", "inputs", "people", "kinds")
"""Names that a table of state can't have: folders of a run, and views of SQL."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ARROW = {"i4": pa.int32(), "i2": pa.int16(), "u1": pa.uint8()}

EVENT_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        (TICK, pa.int32()),
        ("kind", pa.uint8()),
        ("npc", pa.int32()),
        ("other", pa.int32()),
        ("place", pa.int32()),
        ("text", pa.utf8()),
    ]
)


def arrow_schema(table: str, columns: Sequence[Column]) -> pa.Schema:
    """`tick`, the row id, then the published columns.

    Raises:
        BadParameter: for a column that takes the name of the tick or the row id.
    """
    key = key_of(table)
    taken = [column.name for column in columns if column.name in (TICK, key)]
    if taken:
        raise BadParameter(f"table {table}: a column is called {taken[0]!r}, which the index uses.", "Rename it.")
    fields = [(column.name, _ARROW[column.frozen or column.dtype]) for column in columns]
    return pa.schema([(TICK, pa.int32()), (key, pa.int32()), *fields])


def arrow_schemas(schema: Schema) -> dict[str, pa.Schema]:
    """The Arrow schema of every table of a run, events last.

    Raises:
        BadParameter: for a schema without tables, and for a table whose name can't be that of a folder and a view.
    """
    wrong = [table for table in schema if not _NAME.fullmatch(table) or table in TAKEN]
    if wrong or not schema:
        raise BadParameter(
            f"a schema with tables {', '.join(schema) or '(none)'}.",
            f"Expected npcs, places, and others by plain lower-case names; {', '.join(TAKEN)} are taken.",
        )
    out = {table: arrow_schema(table, schema[table]) for table in (*KEYS, *schema) if table in schema}
    out[EVENTS] = EVENT_SCHEMA
    return out


def check_block(block: FrameBlock, schemas: Mapping[str, pa.Schema]) -> None:
    """Hold a block to the run's schema.

    Raises:
        BadParameter: naming the first difference.
    """
    for table, schema in schemas.items():
        if table == EVENTS:
            continue
        key = key_of(table)
        given = block.tables.get(table, {})
        expected = [field for field in schema if field.name not in (TICK, key)]
        if set(given) != {field.name for field in expected}:
            raise BadParameter(
                f"a block with columns {', '.join(given) or '(none)'} for table {table}.",
                f"Expected {', '.join(field.name for field in expected)}.",
            )
        rows = {values.shape[1:] for values in given.values()}
        for field in expected:
            values = given[field.name]
            if values.dtype != field.type.to_pandas_dtype() or len(rows) != 1 or values.shape[:-1] != (len(block),):
                raise BadParameter(
                    f"{table}.{field.name}: {values.dtype} of shape {values.shape} in a block of {len(block)} ticks.",
                    f"Expected {field.type} of shape (ticks, rows), the same rows for every column.",
                )


def frame_batch(table: str, schema: pa.Schema, blocks: Sequence[FrameBlock]) -> pa.RecordBatch:
    """The rows of some blocks, tick after tick."""
    key = key_of(table)
    columns: dict[str, list[Array]] = {name: [] for name in schema.names}
    for block in blocks:
        given = block.tables[table]
        rows = next((values.shape[1] for values in given.values()), 0)
        columns[TICK].append(np.repeat(block.ticks.astype(np.int32), rows))
        columns[key].append(np.tile(np.arange(rows, dtype=np.int32), len(block)))
        for name, values in given.items():
            columns[name].append(values.reshape(-1))
    arrays = [
        np.concatenate(parts) if parts else np.empty(0, field.type.to_pandas_dtype())
        for field, parts in zip(schema, columns.values(), strict=True)
    ]
    return pa.record_batch([pa.array(array) for array in arrays], schema=schema)


def event_batch(groups: Sequence[Events]) -> pa.RecordBatch:
    """The rows of some groups of events, in the order of their ids."""
    columns: list[Any] = []
    for field in EVENT_SCHEMA:
        if field.name == "text":
            columns.append(pa.array([text for events in groups for text in events.text], pa.utf8()))
        else:
            parts = [getattr(events, field.name) for events in groups] or [np.empty(0)]
            columns.append(pa.array(np.concatenate(parts).astype(field.type.to_pandas_dtype())))
    return pa.record_batch(columns, schema=EVENT_SCHEMA)


def events_slice(events: Events, rows: slice) -> Events:
    """Some of the events."""
    arrays = {name: getattr(events, name)[rows] for name in ("id", TICK, "kind", "npc", "other", "place")}
    return Events(kinds=events.kinds, text=events.text[rows], **arrays)


def events_after(events: Events, count: int) -> Events:
    """Those whose id is at least `count`."""
    first = int(np.searchsorted(events.id, count))
    return events if first == 0 else events_slice(events, slice(first, None))


def events_of(rows: pa.Table, kinds: Collection[int] | None, ids: Collection[int] | None) -> pa.Table:
    """The events of these kinds that one of these NPCs did or had done to it; None: all."""
    if kinds is None and ids is None:
        return rows
    mask = np.ones(len(rows), dtype=bool)
    if kinds is not None:
        mask &= np.isin(rows.column("kind").to_numpy(), list(kinds))
    if ids is not None:
        npc, other = (rows.column(name).to_numpy() for name in ("npc", "other"))
        mask &= np.isin(npc, list(ids)) | np.isin(other, list(ids))
    return rows.filter(pa.array(mask))
