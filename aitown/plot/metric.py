"""Numbers over time: of one run, with the spread of its NPCs, or of several runs beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.errors import BadParameter, NothingToDraw
from aitown.history import History, Metric
from aitown.plot.source import (
    Run,
    axes,
    colour_of,
    columns_of,
    history_of,
    in_words,
    legend_outside,
    plain,
    time_axis,
    unit_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Named = str | Metric | Any
Band = tuple[float, float] | None


def metric(
    run: Run,
    names: Named | Sequence[Named] = "mood",
    ax: Axes | None = None,
    minutes: int = 15,
    band: Band = (0.25, 0.75),
    **asked: Any,
) -> Axes:
    """Metrics over time. A column of NPCs is its mean, with the NPCs from one quantile to the other as a band.

    Args:
        run: a History or a DataFrame from `npcs`.
        names: columns with numbers, or, of a History, metrics: built-in ones, one's own, or functions.
        ax: where to draw; None makes a figure.
        minutes: width of a step of time.
        band: the quantiles; None draws none. Metrics are one number a tick and have none.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter: for columns without numbers, a band that is none, or nothing to draw.
        UnknownName: as `History.npcs` and `History.metrics`.
    """
    wanted = [names] if isinstance(names, (str, Metric)) or callable(names) else list(names)
    _check(band, minutes)
    labels = [_label(name) for name in wanted]
    colours = colour_of(labels)
    ax = axes(ax)
    handles, units = [], []
    for name, label in zip(wanted, labels, strict=True):
        line = _line(run, name, minutes, band, asked)
        handles.append(_draw(ax, line, colours[label], label))
        units.append(_unit(run, name))
    _finish(ax, units, labels, band if any(_is_column(run, name) for name in wanted) else None)
    if len(handles) > 1:
        legend_outside(ax, handles)
    return ax


def compare(
    runs: Mapping[str, Run | Sequence[Run]] | Sequence[Run],
    name: Named = "mood",
    ax: Axes | None = None,
    minutes: int = 30,
    band: Band = (0.25, 0.75),
    **asked: Any,
) -> Axes:
    """One metric of two or more runs, a line each.

    Args:
        runs: runs by label, or a list of runs, which are then called by town and seed. A label may have a list of
            runs, as of several seeds: its line is their mean and its band spans the runs, not the NPCs.
        name: a column with numbers or a metric.
        ax: where to draw; None makes a figure.
        minutes: width of a step of time.
        band: the quantiles of NPCs (of runs, where a label has several) between which the band lies; None draws none.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter, UnknownName: as `metric`, and for no run.
    """
    _check(band, minutes)
    named = dict(runs) if isinstance(runs, Mapping) else _called(runs)
    if not named:
        raise BadParameter("no run to compare.", "Give {label: run, …}.")
    colours = colour_of(list(named))
    ax = axes(ax)
    handles, of_runs = [], False
    for label, given in named.items():
        group = [given] if isinstance(given, (History, pd.DataFrame)) else list(given)
        lines = [_line(run, name, minutes, band, asked) for run in group]
        of_runs = of_runs or len(group) > 1
        handles.append(_draw(ax, lines[0] if len(lines) == 1 else _across(lines, band), colours[label], label))
    first = next(iter(named.values()))
    example = first if isinstance(first, (History, pd.DataFrame)) else next(iter(first))
    _finish(ax, [_unit(example, name)], [_label(name)], None)
    whose = "runs" if of_runs else "NPCs"
    shown = band is not None and (of_runs or _is_column(example, name))
    ax.set_title(_label(name) + (f": mean, and the {whose} {_between(band)}" if shown and band else ""), loc="left")
    legend_outside(ax, handles)
    return ax


def _called(runs: Sequence[Run]) -> dict[str, Run]:
    names = [f"{history_of(run).town}, seed {history_of(run).seed}" for run in runs]
    twice = len(set(names)) < len(names)
    return {
        f"{name} ({number})" if twice else name: run
        for number, (name, run) in enumerate(zip(names, runs, strict=True), 1)
    }


def _check(band: Band, minutes: int) -> None:
    if band is not None and not (len(band) == 2 and 0 <= band[0] < band[1] <= 1):  # noqa: PLR2004 (two quantiles)
        raise BadParameter(f"band={band!r}.", "Expected two quantiles such as (0.25, 0.75), or None.")
    if minutes < 1:
        raise BadParameter(f"minutes={minutes!r}.", "Expected 1 or more.")


def _label(name: Named) -> str:
    return name if isinstance(name, str) else str(getattr(name, "name", None) or getattr(name, "__name__", "metric"))


def _is_column(run: Run, name: Named) -> bool:
    if not isinstance(run, (History, pd.DataFrame)):
        raise BadParameter(f"a {type(run).__name__}.", "Give a History, or a DataFrame from its npcs().")
    if not isinstance(name, str):
        return False
    return name in (run.columns if isinstance(run, pd.DataFrame) else run.declared("npcs"))


def _unit(run: Run, name: Named) -> str:
    if _is_column(run, name):
        return unit_of(run, str(name))
    if isinstance(name, Metric):
        return in_words(name.unit)
    if isinstance(name, str) and isinstance(run, History):
        return in_words(str(run.metric_list.loc[name, "unit"]))
    return ""


def _line(run: Run, name: Named, minutes: int, band: Band, asked: dict[str, Any]) -> pd.DataFrame:
    """Columns mean, low and high by time; no low and high where there is no band."""
    if _is_column(run, name):
        frame = columns_of(run, [str(name), "time"], **asked)
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            raise BadParameter(f"column {name!r} has labels; expected numbers.", "Draw it with activity_shares.")
        grouped = frame[name].groupby(frame["time"].dt.floor(f"{minutes}min"))
        out = pd.DataFrame({"mean": grouped.mean()})
        if band is not None:
            out["low"], out["high"] = grouped.quantile(band[0]), grouped.quantile(band[1])
        return out
    if not isinstance(run, History):
        if isinstance(name, str):
            columns_of(run, [name])
        raise BadParameter("a metric of a DataFrame.", "Give the History.")
    if "npcs" in asked:
        raise BadParameter("npcs=… for a metric.", "A metric is a number of the whole town.")
    frame = run.metrics(name, **asked)
    if frame.empty:
        raise NothingToDraw("there is nothing to draw: no rows.", "Run the town first, or choose other ticks.")
    return pd.DataFrame({"mean": frame.iloc[:, 1].groupby(frame["time"].dt.floor(f"{minutes}min")).mean()})


def _across(lines: list[pd.DataFrame], band: Band) -> pd.DataFrame:
    means = pd.concat([line["mean"] for line in lines], axis=1)
    out = pd.DataFrame({"mean": means.mean(axis=1)})
    if band is not None:
        out["low"], out["high"] = means.quantile(band[0], axis=1), means.quantile(band[1], axis=1)
    return out


def _draw(ax: Axes, line: pd.DataFrame, colour: str, label: str) -> Any:
    x = line.index.to_numpy()
    if "low" in line:
        ax.fill_between(x, line["low"], line["high"], color=colour, alpha=0.15, linewidth=0)
    return ax.plot(x, line["mean"], color=colour, linewidth=1.8, label=label)[0]


def _between(band: tuple[float, float]) -> str:
    return f"from {band[0]:.0%} to {band[1]:.0%}"


def _finish(ax: Axes, units: Sequence[str], labels: Sequence[str], band: Band) -> None:
    unit = units[0] if len(set(units)) == 1 else ""
    what = labels[0] if len(labels) == 1 else "value"
    ax.set_ylabel(f"{what} ({unit})" if unit else what)
    if unit == "0 to 1" and np.array(ax.get_ylim()).min() >= -0.1:  # noqa: PLR2004 (the margin of a share)
        ax.set_ylim(0, 1)
    title = ", ".join(labels) if len(labels) <= 4 else "over time"  # noqa: PLR2004 (what a title has room for)
    ax.set_title(f"{title}: mean, and the NPCs {_between(band)}" if band else title, loc="left")
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    ax.margins(x=0)
    time_axis(ax)
    plain(ax)
