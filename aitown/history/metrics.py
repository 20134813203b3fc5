"""Metrics: one number a tick. The built-in ones and a researcher's own are asked, listed and plotted alike.

>>> @aitown.metric(columns=["social"])
... def lonely(npcs):
...     '''Share of NPCs that have had little company.'''
...     return (npcs["social"] < 0.2).mean()
>>> run.metrics(["mood", "lonely"], every="1h")
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Union, overload

from aitown.errors import BadParameter
from aitown.history.asking import unknown
from aitown.history.kept import Kept
from aitown.history.layout import EVENTS
from aitown.history.told import Told, told
from aitown.sources import source

if TYPE_CHECKING:
    import pandas as pd

    from aitown.history.asked import Rows
    from aitown.history.asking import Ticks
    from aitown.history.society import Society
    from aitown.history.times import Span

Function = Callable[[Any], Any]
Names = Union[str, "Metric", Function, "Iterable[str | Metric | Function]", None]


@dataclass(frozen=True)
class Metric:
    """A number that a town has at each tick. Calling it calls its function.

    Args:
        name: its name everywhere.
        function: of a DataFrame of one tick (index `npc` or `place`), giving a number; or, when `whole`, of a
            DataFrame of many ticks (index `(tick, npc)`), giving a Series with one number a tick.
        columns: the columns that it needs, the only ones that are read; empty for all.
        unit: of the number.
        doc: one sentence.
        table: that it is made of, "npcs", "places" or another of `History.tables`.
        whole: whether the function takes many ticks at once, which is much faster.
    """

    name: str
    function: Function
    columns: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""
    table: str = "npcs"
    whole: bool = False

    def __call__(self, frame: pd.DataFrame) -> Any:
        return self.function(frame)


_own: dict[str, Metric] = {}


@overload
def metric(function: Function) -> Metric: ...
@overload
def metric(
    *, columns: str | Iterable[str] = (), unit: str = "1", table: str = "npcs", name: str = "", whole: bool = False
) -> Callable[[Function], Metric]: ...
def metric(
    function: Function | None = None,
    *,
    columns: str | Iterable[str] = (),
    unit: str = "1",
    table: str = "npcs",
    name: str = "",
    whole: bool = False,
) -> Metric | Callable[[Function], Metric]:
    """Make a metric of a function, for `History.metrics` and `plot.metric`. Its docstring's first line is its sentence.

    The function gets the DataFrame of one tick, with index `npc`, and returns a number (NaN where there is none).
    Declared again, as when a notebook's cell runs again, the new one counts. It lives in this process;
    `History.record_metrics` keeps its values with the run, for others.

    Args:
        function: filled in by `@aitown.metric` without brackets.
        columns: the columns that it needs; empty reads all, which is slower.
        unit: of the number.
        table: "npcs", "places" or another table of state, see `History.tables`.
        name: another name than the function's.
        whole: the function gets many ticks at once, index `(tick, npc)`, and returns a Series indexed by tick.

    Raises:
        BadParameter: for events, or what isn't a function.
    """
    if not table or table == EVENTS:
        raise BadParameter(f"table={table!r}.", 'Expected "npcs", "places" or another table of state.')
    needed = (columns,) if isinstance(columns, str) else tuple(columns)

    def declare(given: Function) -> Metric:
        if not callable(given):
            raise BadParameter(f"a metric made of {given!r}.", "Put @aitown.metric above a function of a DataFrame.")
        made = _of(given, name, needed, unit, table, whole)
        _own[made.name] = made
        return made

    return declare if function is None else declare(function)


def _of(
    function: Function, name: str = "", columns: tuple[str, ...] = (), unit: str = "1", table: str = "npcs",
    whole: bool = False,
) -> Metric:  # fmt: skip
    doc = (getattr(function, "__doc__", None) or "").strip().partition("\n")[0]
    return Metric(name or getattr(function, "__name__", "metric"), function, columns, unit, doc, table, whole)


def declared(run: Rows) -> list[Metric]:
    """The metrics declared in this process that the run has the columns for."""
    return [made for made in _own.values() if not _lacking(run, made)]


def forget(name: str) -> None:
    """Take a metric of one's own off the list."""
    _own.pop(name, None)


def fitting(run: Rows) -> dict[str, Metric]:
    """The metrics that this run has the columns for, by name: the built-in ones, then one's own."""
    return {made.name: made for made in (*_built_in(run), *_own.values()) if not _lacking(run, made)}


def known(run: Rows) -> dict[str, Metric | Kept]:
    """What is made of tables, by name. One's own go before recorded ones, and these before other built-in ones."""
    own = {made.name: made for made in declared(run)}
    built_in = fitting(run)
    recorded = {one.name: one for one in run.kept() if not _is(built_in.get(one.name), one)}
    return {**built_in, **recorded, **own}


def listed(run: Society) -> dict[str, Metric | Kept | Told]:
    """All that can be asked of a run by name, what is told from the log last."""
    there: dict[str, Metric | Kept | Told] = {**known(run)}
    for name, one in told(run).items():
        before = there.get(name)
        if before is None or (isinstance(before, Kept) and _is(one, before)):
            there[name] = one
    return there


def _is(one: Metric | Told | None, recorded: Kept) -> bool:
    """Whether a recorded metric is this built-in one, which can be computed and so never ends."""
    return one is not None and recorded.source != "" and source(one.function) == recorded.source


def chosen(run: Society, names: Names) -> list[Metric | Kept | Told]:
    """The metrics that are meant; for None all that are made of tables.

    Raises:
        UnknownName: for one that isn't there, or whose columns the run lacks.
    """
    there: dict[str, Metric | Kept | Told] = {**known(run)}
    if names is None:
        return list(there.values())
    asked: list[Any] = list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [names]
    for one in asked:
        if not isinstance(one, str) and not callable(one):
            raise unknown("metric", one, list(there))
    if any(isinstance(one, str) and not isinstance(there.get(one, _own.get(one)), Metric) for one in asked):
        there = listed(run)
    out = []
    for one in asked:
        found: Metric | Kept | Told | None
        found = there.get(one) if isinstance(one, str) else one if isinstance(one, Metric) else _of(one)
        if isinstance(one, str) and found is None and one in _own:
            found = _own[one]
        if found is None:
            raise unknown("metric", one, list(there))
        if isinstance(found, Metric) and (missing := _lacking(run, found)):
            raise unknown(f"column for the metric {found.name}:", missing[0], list(run.declared(found.table)))
        out.append(found)
    return out


def over(run: Rows, wanted: Sequence[Metric | Kept | Told], ticks: Ticks, every: Span | None) -> pd.DataFrame:
    """The metrics at each tick, as `History.metrics` gives them.

    Recorded ones have no number where they were not computed; where nothing else is asked, these ticks are left out.
    """
    import pandas as pd

    columns: dict[str, pd.Series[Any]] = {}
    times: pd.Series[Any] | None = None
    made = [one for one in wanted if isinstance(one, Metric)]
    recorded = [one for one in wanted if isinstance(one, Kept)]
    of_log = [one for one in wanted if isinstance(one, Told)]
    for table in dict.fromkeys(one.table for one in made) or ([] if recorded or of_log else ["npcs"]):
        mine = [one for one in made if one.table == table]
        needed = {name for one in mine for name in one.columns}
        every_column = any(not one.columns for one in mine)
        asked = None if every_column else [*sorted(needed - {"time"}), "time"]
        parts: dict[str, list[pd.Series[Any]]] = {one.name: [] for one in mine}
        clocks = []
        for piece in run.state_pieces(table, asked, None, ticks, every):
            clocks.append(piece["time"].groupby(level="tick").first())
            for one in mine:
                parts[one.name].append(_values(one, piece))
        clock = pd.concat(clocks)
        times = clock if times is None else times.combine_first(clock)
        columns |= {name: pd.concat(found) for name, found in parts.items()}
    if times is None:
        at = run.ticks if of_log else sorted({int(tick) for one in recorded for tick in one.ticks})
        times = run.moments(at, ticks, every)
    columns |= {one.name: pd.Series(one.values, one.ticks).reindex(times.index) for one in recorded}
    columns |= {one.name: pd.Series(one.function(run, times.index.to_numpy()), times.index) for one in of_log}
    out = pd.DataFrame({"time": times, **{one.name: columns[one.name] for one in wanted}})
    out.index.name = "tick"
    out.attrs["units"] = {"time": "clock", **{one.name: one.unit for one in wanted}}
    return out


def frame(found: Sequence[Kept], run: Rows) -> pd.DataFrame:
    """Recorded metrics alone, as `History.metrics` gives them."""
    return over(run, found, None, None)


def record(run: Rows, wanted: Sequence[Metric | Kept | Told], every: Span | None) -> list[Kept]:
    """Compute metrics over all that is recorded, as `History.record_metrics` keeps them.

    Raises:
        BadParameter: for one whose function isn't here.
    """
    for one in wanted:
        if isinstance(one, Kept):
            raise BadParameter(
                f"the metric {one.name}, whose function is not in this process.", "Declare it with @aitown.metric."
            )
    look = run.look()
    found = over(run, wanted, None if look.bounds is None else slice(look.bounds[0], look.stop), every)
    step = 1 if every is None else run.clock.ticks(every)
    return [
        Kept(
            one.name, one.unit, one.doc, one.table, one.columns, step, look.stop, source(one.function),
            found.index.to_numpy(), found[one.name].to_numpy(float),
        )
        for one in wanted
        if not isinstance(one, Kept)
    ]  # fmt: skip


def _values(made: Metric, piece: pd.DataFrame) -> pd.Series[Any]:
    """The metric at each tick of a piece."""
    import pandas as pd

    ticks = piece.index.get_level_values("tick").unique()
    if made.whole:
        found = made.function(piece)
        if not isinstance(found, pd.Series) or not found.index.isin(ticks).all():
            raise BadParameter(
                f"the metric {made.name} gave {_say(found)}.", "With whole=True it returns a Series indexed by tick."
            )
        return found.reindex(ticks).astype(float)
    values = [_number(made, one.droplevel("tick")) for _, one in piece.groupby(level="tick", sort=False, observed=True)]
    return pd.Series(values, index=ticks, dtype=float)


def _number(made: Metric, frame: pd.DataFrame) -> float:
    found = made.function(frame)
    if found is None or isinstance(found, Real) or (getattr(found, "ndim", None) == 0 and hasattr(found, "item")):
        return math.nan if found is None else float(found)
    raise BadParameter(
        f"the metric {made.name} gave {_say(found)}.", "It returns one number for the DataFrame of one tick."
    )


def _say(found: object) -> str:
    return f"a {type(found).__name__}" + (f" of length {len(found)}" if hasattr(found, "__len__") else "")


def _lacking(run: Rows, made: Metric) -> list[str]:
    there = {*run.declared(made.table), "name", "time"}
    return [name for name in made.columns if name not in there] if run.declared(made.table) else [made.table]


def _mean_of(column: str) -> Function:
    return lambda frame: frame[column].groupby(level="tick").mean()


def _share_of(column: str, label: str) -> Function:
    return lambda frame: (frame[column] == label).groupby(level="tick").mean()


def _talking(frame: pd.DataFrame) -> Any:
    return (frame["partner"] >= 0).groupby(level="tick").mean()


def _gini(frame: pd.DataFrame) -> Any:
    """Half the mean difference of any two, in means: 0 if all have the same, near 1 if one has all."""
    import numpy as np

    def of(money: pd.Series[Any]) -> float:
        sorted_, count = np.sort(money.to_numpy().astype(float)), len(money)
        total = sorted_.sum()
        return float(2 * (sorted_ @ np.arange(1, count + 1)) / (count * total) - (count + 1) / count) if total else 0.0

    return frame["money"].groupby(level="tick").agg(of)


def _total_of(column: str) -> Function:
    return lambda frame: frame[column].groupby(level="tick").sum()


def _crowd(frame: pd.DataFrame) -> Any:
    return frame["occupants"].groupby(level="tick").max()


def _built_in(run: Rows) -> list[Metric]:
    found = [
        Metric(name, _mean_of(name), (name,), "1", f"Mean of {name} over all NPCs.", whole=True)
        for name, column in run.declared("npcs").items()
        if column.unit == "1" and column.per_unit > 1
    ]
    activity = run.declared("npcs").get("activity")
    for label in ("sleeping", "walking", "working"):
        if activity and label in activity.labels:
            doc = f"Share of NPCs whose activity is {label}."
            found.append(Metric(label, _share_of("activity", label), ("activity",), "1", doc, whole=True))
    found.append(Metric("talking", _talking, ("partner",), "1", "Share of NPCs in a conversation.", whole=True))
    found.append(Metric("gini", _gini, ("money",), "1", "Gini coefficient of what NPCs have.", whole=True))
    for name, table in (("money", "npcs"), ("arrears", "npcs"), ("till", "places")):
        doc = f"Sum of {name} over all {table}."
        found.append(Metric(name, _total_of(name), (name,), "cent", doc, table=table, whole=True))
    crowd = "NPCs in the fullest place."
    found.append(Metric("crowd", _crowd, ("occupants",), "NPCs", crowd, table="places", whole=True))
    return found
