"""How something that is said spreads through a town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter
from aitown.history import History
from aitown.history.frames import times
from aitown.history.people import NEVER
from aitown.plot.source import axes, colour_of, legend_outside, plain, time_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from aitown.columns import Array
    from aitown.history.people import Stays


def diffusion(
    run: History, patterns: str | list[str] | Mapping[str, str], ax: Axes | None = None, ticks: Any = None
) -> Axes:
    """The share of NPCs that have said or been told something, over time.

    It is the share of those who are in the town at that time, so it also changes when people come and go. Full dots are
    those who were told, hollow ones those who said it without having been told before, as far as the record shows.
    Words are taken at their face: it is counted who heard them, not who believed them (see `knowledge` for facts).

    Args:
        run: a History.
        patterns: a regular expression, several, or several by label; see `History.heard`.
        ax: where to draw; None makes a figure.
        ticks: as for `History.npcs`.

    Raises:
        BadParameter: when nobody ever said such a thing, or for what is no regular expression.
    """
    if not isinstance(run, History):
        raise BadParameter(f"a {type(run).__name__}.", "Give a History: words are in its events.")
    named = {patterns: patterns} if isinstance(patterns, str) else patterns
    if not hasattr(named, "items"):
        named = {pattern: pattern for pattern in patterns}
    found = {label: run.heard(pattern, ticks) for label, pattern in named.items()}
    if not any(map(len, found.values())):
        raise BadParameter(f"nobody said {' or '.join(map(repr, found))}.", "Look at run.talk() for what was said.")
    ax = axes(ax)
    colours = colour_of(list(found))
    stays, shown = run.stays(), run.moments(run.ticks, ticks, None).index
    handles = []
    for label, rows in found.items():
        at, share = _curve(rows, stays, shown[[0, -1]] if len(shown) else shown)
        handles += ax.step(times(run.clock, at), share, where="post", color=colours[label], linewidth=1.8, label=label)
        heard = rows["tick"].to_numpy()
        x, y = rows["time"].to_numpy(), share[np.searchsorted(at, heard, "right") - 1]
        told = (rows["how"] == "told").to_numpy()
        dots: dict[str, Any] = {
            "color": colours[label],
            "markersize": 5,
            "linestyle": "",
            "marker": "o",
            "clip_on": False,
            "zorder": 3,
        }
        ax.plot(x[told], y[told], **dots)
        ax.plot(x[~told], y[~told], markerfacecolor="white", **dots)
    ax.set_ylim(0, 100)
    ax.set_ylabel("NPCs in the town (%)")
    ax.set_title("who has said it (hollow) or been told (full)", loc="left")
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    ax.margins(x=0)
    time_axis(ax)
    plain(ax)
    legend_outside(ax, handles)
    return ax


def _curve(rows: pd.DataFrame, stays: Stays, ends: Any) -> tuple[Array, Array]:
    """The ticks at which the share changes, and the two ends, and the share from there on in per cent."""
    heard, gone = rows["tick"].to_numpy(), stays.until[rows.index.to_numpy()]
    ends = np.concatenate([ends, heard])
    at = np.unique(np.concatenate([ends, stays.since, stays.until]))
    at = at[(ends.min(initial=NEVER) <= at) & (at <= ends.max(initial=0))]
    knowing = np.searchsorted(np.sort(heard), at, "right") - np.searchsorted(np.sort(gone), at, "right")
    return at, 100 * knowing / np.maximum(stays.count(at), 1)
