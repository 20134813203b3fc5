"""How people feel over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.plot.metric import metric
from aitown.plot.source import legend_outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from aitown.plot.source import Run

NEEDS = ("hunger", "energy", "social", "fun", "comfort")


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
    ax = metric(run, list(columns), ax, minutes, band, **asked)
    if len(columns) == 1:
        legend_outside(ax, ax.lines[-1:])
    ax.set_ylim(0, 1)
    ax.set_ylabel("need (0 to 1)")
    ax.set_title(f"needs: mean, and the NPCs from {band[0]:.0%} to {band[1]:.0%}", loc="left")
    return ax
