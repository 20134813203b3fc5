"""What people do through the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from aitown.errors import BadParameter
from aitown.plot.source import Run, axes, colour_of, columns_of, hours_axis, legend_outside, plain, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SECONDS = 86_400


def shares(
    run: Run, column: str = "activity", by: Literal["hour", "time"] = "hour", minutes: int = 15, **asked: Any
) -> pd.DataFrame:
    """The share of NPCs with each label, by time; rows add up to 1.

    Args:
        run: a History or a DataFrame from `npcs`.
        column: a labelled column.
        by: "hour" for the time of day, in hours, all days together; "time" for the clock.
        minutes: width of a step of time.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter: for a column without labels, another `by`, or nothing to draw.
    """
    if by not in ("hour", "time"):
        raise BadParameter(f"by={by!r}.", 'Expected "hour" or "time".')
    if not 1 <= minutes <= _SECONDS // 60:
        raise BadParameter(f"minutes={minutes!r}.", "Expected 1 to 1440.")
    frame = columns_of(run, [column, "time"], **asked)
    if not isinstance(frame[column].dtype, pd.CategoricalDtype):
        raise BadParameter(f"column {column!r} has numbers; expected labels.", "Choose activity, why or place.")
    when = frame["time"].dt.floor(f"{minutes}min") if by == "time" else _hour(frame["time"], minutes)
    grouped = frame.groupby([when.rename(by), frame[column]], observed=False)
    counts = grouped.size().unstack(column, fill_value=0)  # noqa: PD010 (counts of categories)
    return counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)


def _hour(time: pd.Series[Any], minutes: int) -> pd.Series[Any]:
    """The beginning of the step of the day that each time falls in, in hours."""
    seconds = (time - time.dt.normalize()).dt.total_seconds()
    hours: pd.Series[Any] = seconds // (60 * minutes) * (60 * minutes) / 3600
    return hours


def activity_shares(
    run: Run,
    ax: Axes | None = None,
    by: Literal["hour", "time"] = "hour",
    column: str = "activity",
    minutes: int = 15,
    **asked: Any,
) -> Axes:
    """A stacked area: the share of NPCs in each activity, over the time of day or over the whole run.

    Args:
        run: a History or a DataFrame from `npcs`.
        ax: where to draw; None makes a figure.
        by: "hour" puts all days together, "time" shows them one after the other.
        column: another labelled column instead, "why" or "place".
        minutes: width of a step of time.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter, UnknownName: as `shares` and `History.npcs`.
    """
    table = shares(run, column, by, minutes, **asked) * 100
    colours = colour_of([str(label) for label in table.columns])
    table = table.loc[:, (table > 0).any()]
    ax = axes(ax)
    x, values = (_whole_day if by == "hour" else _as_it_is)(table, minutes)
    names = [str(label) for label in table.columns]
    ax.stackplot(x, values, labels=names, colors=[colours[name] for name in names], edgecolor="white", linewidth=0.4)
    ax.set_ylim(0, 100)
    ax.set_ylabel("NPCs (%)")
    ax.set_title(f"{column} through the day" if by == "hour" else f"{column} over time", loc="left")
    (hours_axis if by == "hour" else time_axis)(ax)
    if by == "time":
        ax.set_xlim(x[0], x[-1])
    plain(ax)
    legend_outside(ax)
    return ax


def _whole_day(table: pd.DataFrame, minutes: int) -> tuple[Any, Any]:
    """Values at the middle of each step of the day, held to midnight on both sides; NaN where nothing is known."""
    starts = np.arange(-(-1440 // minutes)) * (60 * minutes) / 3600
    values = table.reindex(starts).to_numpy().T
    middles = starts + minutes / 120
    return np.concatenate([[0], middles, [24]]), np.column_stack([values[:, 0], values, values[:, -1]])


def _as_it_is(table: pd.DataFrame, minutes: int) -> tuple[Any, Any]:
    starts, values = table.index.to_numpy(), table.to_numpy().T
    end = starts[-1] + np.timedelta64(minutes, "m")
    return np.append(starts, end), np.column_stack([values, values[:, -1]])
