"""How many know a fact over time, in one run or in many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aitown.errors import BadParameter
from aitown.history import History
from aitown.plot.source import axes, colour_of, legend_outside, plain, shortened, time_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from aitown.history.times import Span

Runs = History | list[History]
TITLE = 70


def knowledge(
    runs: Runs | Mapping[str, Runs],
    fact: int | str = 0,
    ax: Axes | None = None,
    every: Span = "10min",
    *,
    believed: bool = False,
    share: float = 0.8,
) -> Axes:
    """The share of NPCs that know a fact, over time: a diffusion curve.

    Of several runs, of different seeds, the line is the mean and the band holds the middle 80 % of the runs.

    Args:
        runs: a History, several, or such by label, to compare treatments.
        fact: its number or text; see `History.facts`.
        ax: where to draw; None makes a figure.
        every: how often it is looked, in ticks or as a length of time.
        believed: count only those who believe it.
        share: of the runs that the band holds, 0 to 1.

    Raises:
        UnknownName: for a fact that a run doesn't have.
        BadParameter: for runs of which none is a History.
    """
    named = runs if hasattr(runs, "items") else {"": runs}
    groups = {label: _several(given) for label, given in named.items()}
    ax = axes(ax)
    colours = colour_of(list(groups))
    handles = []
    for label, those in groups.items():
        curves = [_curve(run, fact, every, believed) for run in those]
        together = pd.concat(curves, axis=1).dropna() * 100
        mean = together.mean(axis=1)
        colour = colours[label]
        if len(curves) > 1:
            low, high = (together.quantile(edge, axis=1) for edge in ((1 - share) / 2, (1 + share) / 2))
            ax.fill_between(mean.index, low, high, color=colour, alpha=0.2, linewidth=0)
        handles += ax.plot(mean.index, mean, color=colour, linewidth=1.8, label=label)
    ax.set_ylim(0, 100)
    ax.set_ylabel("NPCs in the town (%)")
    several = max(map(len, groups.values())) > 1
    text = fact if isinstance(fact, str) else next(iter(groups.values()))[0].facts()["text"].loc[int(fact)]
    title = f"who {'believes' if believed else 'knows'} “{shortened(text, TITLE)}”"
    ax.set_title(title + (f"\nmean of the runs, and {share:.0%} of them" if several else ""), loc="left")
    ax.margins(x=0)
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    time_axis(ax)
    plain(ax)
    if len(groups) > 1:
        legend_outside(ax, handles)
    return ax


def _several(given: Runs) -> Sequence[History]:
    runs = [given] if isinstance(given, History) else list(given)
    if not runs or not all(isinstance(run, History) for run in runs):
        raise BadParameter(f"{given!r:.80} is no History.", "Give one, a list of them, or such by label.")
    return runs


def _curve(run: History, fact: int | str, every: Span, believed: bool) -> pd.Series[float]:
    found = run.diffusion(fact, every=every, believed=believed)
    return pd.Series(found.iloc[:, -1].to_numpy(), index=np.asarray(found["time"]))
