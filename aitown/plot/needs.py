"""How people feel over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.plot.source import Run, axes, colour_of, columns_of, legend_outside, plain, time_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

NEEDS = ("hunger", "energy", "social", "fun")


def needs(
    run: Run,
    ax: Axes | None = None,
    columns: Sequence[str] = NEEDS,
    minutes: int = 15,
    band: tuple[float, float] = (0.25, 0.75),
    **asked: Any,
) -> Axes:
    """Needs over time: the mean of all NPCs as a line, the middle half of them as a band.

    Args:
        run: a History or a DataFrame from `npcs`.
        ax: where to draw; None makes a figure.
        columns: of a scale from 0 to 1.
        minutes: width of a step of time.
        band: the quantiles between which the band lies.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter, UnknownName: as `History.npcs`, and for nothing to draw.
    """
    frame = columns_of(run, [*columns, "time"], **asked)
    steps = frame["time"].dt.floor(f"{minutes}min")
    grouped = frame[list(columns)].groupby(steps)
    mean, low, high = grouped.mean(), grouped.quantile(band[0]), grouped.quantile(band[1])
    ax = axes(ax)
    colours = colour_of(list(columns))
    handles = []
    for name in columns:
        x = mean.index.to_numpy()
        ax.fill_between(x, low[name], high[name], color=colours[name], alpha=0.15, linewidth=0)
        handles += ax.plot(x, mean[name], color=colours[name], linewidth=1.8, label=name)
    ax.set_ylim(0, 1)
    ax.set_ylabel("need (0 to 1)")
    ax.set_title(f"needs: mean, and the NPCs from {band[0]:.0%} to {band[1]:.0%}", loc="left")
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    ax.margins(x=0)
    time_axis(ax)
    plain(ax)
    legend_outside(ax, handles)
    return ax
