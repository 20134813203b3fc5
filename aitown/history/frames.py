"""Arrow rows in frozen integers → DataFrames in real units, with names instead of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.history.names import distinct
from aitown.history.rows import TICK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from aitown.columns import Array, Column
    from aitown.history.times import Clock

NAME, TIME = "name", "time"
_EVENT_UNITS = {
    TICK: "tick", TIME: "clock", "kind": "label", "npc": "id", NAME: "label", "other": "id", "other_name": "label",
    "place": "label", "text": "text",
}  # fmt: skip


class Names:
    """The names of a run's NPCs and places, as categories; row ids are the codes, −1 is missing."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._types = {table: pd.CategoricalDtype(distinct(given)) for table, given in names.items()}

    def of(self, table: str, ids: Array) -> pd.Categorical:
        return pd.Categorical.from_codes(ids, dtype=self._types[table])


def labelled(codes: Array, labels: Sequence[str]) -> Any:
    return pd.Categorical.from_codes(
        codes.astype(np.int32 if len(labels) > 1 << 15 else np.int16), dtype=pd.CategoricalDtype(list(labels))
    )


def times(clock: Clock, ticks: Array) -> Array:
    """The town's clock at some ticks, as datetime64[us]."""
    microseconds = np.rint(np.asarray(ticks, dtype=np.float64) * clock.tick_seconds * 1e6).astype("timedelta64[us]")
    out: Array = np.datetime64(clock.start, "us") + microseconds
    return out


def _values(column: Column, quanta: Array, names: Names) -> Any:
    if column.labels:
        return labelled(quanta, column.labels)
    if column.refers == "places":
        return names.of("places", quanta)
    return column.real(quanta)


def _codes(values: Array) -> tuple[Array, Array]:
    """Levels and codes of an index level of small integers."""
    if len(values) == 0:
        return values.astype(np.int64), values.astype(np.int64)
    present = np.zeros(int(values.max()) + 1, dtype=bool)
    present[values] = True
    levels = np.flatnonzero(present)
    place = np.zeros(len(present), dtype=np.int32)
    place[levels] = np.arange(len(levels), dtype=np.int32)
    return levels, place[values]


def _sorted_codes(values: Array) -> tuple[Array, Array]:
    """The same for values that never fall."""
    new = np.diff(values, prepend=values[:1] - 1) != 0
    return values[new].astype(np.int64), (np.cumsum(new) - 1).astype(np.int32)


def state_frame(
    table: str,
    rows: pa.Table,
    columns: Sequence[str],
    declared: Mapping[str, Column],
    names: Names,
    clock: Clock,
) -> pd.DataFrame:
    """Rows of a table, as `(tick, id)` → columns.

    Args:
        table: "npcs", "places" or any other table of state.
        rows: tick, row id, then the stored columns, in the order of ticks.
        columns: what the frame shows, in order; "name" and "time" are made here.
        declared: the table's columns by name.
        names: for what refers to NPCs and places.
        clock: of the run.
    """
    key = rows.column_names[1]
    ticks, ids = rows.column(TICK).to_numpy(), rows.column(key).to_numpy()
    tick_levels, tick_codes = _sorted_codes(ticks)
    id_levels, id_codes = _codes(ids)
    levels: Any = [tick_levels, id_levels]
    codes: Any = [tick_codes, id_codes]
    index = pd.MultiIndex(levels=levels, codes=codes, names=[TICK, key], verify_integrity=False)
    data: dict[str, Any] = {}
    units: dict[str, str] = {}
    for name in columns:
        if name == NAME:
            data[name] = names.of(table, ids)
            units[name] = "label"
        elif name == TIME:
            data[name] = times(clock, tick_levels)[tick_codes]
            units[name] = "clock"
        else:
            data[name] = _values(declared[name], rows.column(name).to_numpy(), names)
            units[name] = declared[name].unit
    frame = pd.DataFrame(data, index=index, columns=list(columns))
    frame.attrs["units"] = units
    return frame


def event_frame(rows: pa.Table, kinds: Sequence[str], names: Names, clock: Clock) -> pd.DataFrame:
    """Rows of the event log: one line an event, its id as the index. Without a `text` when the rows have none."""
    column = {name: rows.column(name).to_numpy() for name in ("id", TICK, "kind", "npc", "other", "place")}
    data = {
        TICK: column[TICK].astype(np.int64),
        TIME: times(clock, column[TICK]),
        "kind": labelled(column["kind"], kinds),
        "npc": column["npc"],
        NAME: names.of("npcs", column["npc"]),
        "other": column["other"],
        "other_name": names.of("npcs", column["other"]),
        "place": names.of("places", column["place"]),
    }
    if "text" in rows.column_names:
        data["text"] = rows.column("text").to_pandas().to_numpy()
    frame = pd.DataFrame(data, index=pd.Index(column["id"], name="id"))
    frame.attrs["units"] = {name: _EVENT_UNITS[name] for name in data}
    return frame
