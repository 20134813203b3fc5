"""What people do through the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aitown.plot.source import (
    COLOURS,
    OTHER,
    Run,
    axes,
    colour_of,
    columns_of,
    hours_axis,
    legend_outside,
    plain,
    shortened,
    time_axis,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST = 12


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
        BadParameter: for a column without labels, another `by` or other minutes, or nothing to draw.
    """
    frame = columns_of(run, [column, "time"], **asked)
    found: pd.DataFrame = frame.town.activity_shares(column, by, minutes)
    return found


def _fewer(table: pd.DataFrame) -> pd.DataFrame:
    """The commonest labels, the others in one: more than that can't be told apart."""
    if len(table.columns) <= MOST:
        return table
    table = table.set_axis([str(label) for label in table.columns], axis=1)
    kept = set(table.sum().sort_values(ascending=False).index[: MOST - 1])
    out = table[[label for label in table.columns if label in kept]].copy()
    out["other"] = table[[label for label in table.columns if label not in kept]].sum(axis=1)
    return out


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
    whole = shares(run, column, by, minutes, **asked) * 100
    table = _fewer(whole)
    # As in other pictures, where there are colours for all labels.
    named = whole.columns if len(whole.columns) <= len(COLOURS) else table.columns
    colours = colour_of([str(label) for label in named])
    if len(table.columns) < len(whole.columns):
        colours["other"] = OTHER
    table = table.loc[:, (table > 0).any()]
    ax = axes(ax)
    x, values = (_whole_day if by == "hour" else _as_it_is)(table, minutes)
    names = [str(label) for label in table.columns]
    shown = [shortened(name) for name in names]
    paints = [colours[name] for name in names]
    ax.stackplot(x, values, labels=shown, colors=paints, edgecolor="white", linewidth=0.4)
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
