"""Arrow rows in frozen integers → Arrow in real units: labels and names as dictionaries, units in the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from aitown.errors import RunError
from aitown.history.names import distinct
from aitown.history.rows import TICK, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from aitown.columns import Array, Column
    from aitown.history.times import Clock

_MICRO = 1_000_000


def _coded(codes: Array, labels: Sequence[str]) -> pa.DictionaryArray:
    """Labels by code; a negative code is null."""
    codes = np.asarray(codes, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(labels, pa.utf8()))


def _times(clock: Clock, ticks: Array) -> pa.Array:
    start = np.datetime64(clock.start, "us").astype(np.int64)
    return pa.array(start + np.rint(ticks.astype(np.float64) * clock.tick_seconds * _MICRO).astype(np.int64)).cast(
        pa.timestamp("us")
    )


def _field(name: str, values: pa.Array, unit: str, doc: str) -> tuple[pa.Field, pa.Array]:
    return pa.field(name, values.type, metadata={"unit": unit, "doc": doc}), values


def _table(fields: Sequence[tuple[pa.Field, pa.Array]]) -> pa.Table:
    return pa.table([values for _, values in fields], schema=pa.schema([field for field, _ in fields]))


def _values(column: Column, quanta: Array, places: Sequence[str]) -> pa.Array:
    if column.labels:
        return _coded(quanta, column.labels)
    if column.refers == "places":
        return _coded(quanta, places)
    return pa.array(column.real(quanta))


def real_rows(
    table: str,
    rows: pa.Table,
    columns: Sequence[str],
    declared: Mapping[str, Column],
    names: Sequence[str],
    places: Sequence[str],
    clock: Clock,
) -> pa.Table:
    """Rows of a table of state with tick and row id first, then the columns asked for, "name" and "time" too."""
    key = key_of(table)
    who, where = distinct(names), distinct(places)
    ticks, ids = (rows.column(name).to_numpy() for name in (TICK, key))
    fields = [
        _field(TICK, pa.array(ticks), "tick", "When: the tick."),
        _field(key, pa.array(ids), "id", f"Which {key}: its row id."),
    ]
    for name in columns:
        if name == "name":
            made = _coded(ids, who if table == "npcs" else where)
            fields.append(_field(name, made, "label", f"The name of the {key}."))
        elif name == "time":
            fields.append(_field(name, _times(clock, ticks), "clock", "When: the town's clock."))
        else:
            column = declared[name]
            values = _values(column, rows.column(name).to_numpy(), where)
            fields.append(_field(name, values, column.unit, column.doc))
    return _table(fields)


def real_events(
    rows: pa.Table, kinds: Sequence[str], names: Sequence[str], places: Sequence[str], clock: Clock
) -> pa.Table:
    """Rows of the event log, with the columns of `History.events` and the id first."""
    who, where = distinct(names), distinct(places)
    column = {name: rows.column(name).to_numpy() for name in ("id", TICK, "kind", "npc", "other", "place")}
    return _table(
        [
            _field("id", pa.array(column["id"]), "id", "Which event: they count from 0 in a run."),
            _field(TICK, pa.array(column[TICK]), "tick", "When: the tick."),
            _field("time", _times(clock, column[TICK]), "clock", "When: the town's clock."),
            _field("kind", _coded(column["kind"], kinds), "label", "What happened."),
            _field("npc", pa.array(column["npc"]), "id", "Who did it; −1 is nobody, or the researcher's voice."),
            _field("name", _coded(column["npc"], who), "label", "Its name."),
            _field("other", pa.array(column["other"]), "id", "With whom or to whom; −1 is nobody."),
            _field("other_name", _coded(column["other"], who), "label", "Its name."),
            _field("place", _coded(column["place"], where), "label", "Where; null between places."),
            _field("text", rows.column("text").combine_chunks(), "text", "What was said; empty for other events."),
        ]
    )


def to_polars(table: pa.Table) -> pl.DataFrame:
    """The table as a polars DataFrame.

    Raises:
        RunError: without polars.
    """
    try:
        import polars as pl
    except ModuleNotFoundError as error:
        raise RunError("polars is not installed.", "pip install polars, or use to_arrow().") from error
    made: Any = pl.from_arrow(table)
    return made  # type: ignore[no-any-return]
