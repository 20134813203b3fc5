"""How something that is said spreads through a town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter
from aitown.history import History
from aitown.plot.source import axes, colour_of, legend_outside, plain, time_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes


def diffusion(
    run: History, patterns: str | list[str] | Mapping[str, str], ax: Axes | None = None, ticks: Any = None
) -> Axes:
    """The share of NPCs that have said or been told something, over time: a step for each NPC.

    Full dots are those who were told, hollow ones those who said it without having been told before, as far as the
    record shows. Words are taken at their face: it is counted who heard them, not who believed them.

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
    whole = max(1, len(run.names))
    newest = run.at(-1, ["time"])["time"].iloc[0].to_numpy()
    handles = []
    for label, rows in found.items():
        x = rows["time"].to_numpy()
        y = 100 * np.arange(1, len(rows) + 1) / whole
        end = (np.append(x, max(newest, x[-1])), np.append(y, y[-1])) if len(x) else (x, y)
        handles += ax.step(*end, where="post", color=colours[label], linewidth=1.8, label=label)
        told = (rows["how"] == "told").to_numpy()
        ax.plot(x[told], y[told], "o", color=colours[label], markersize=5)
        ax.plot(x[~told], y[~told], "o", color=colours[label], markerfacecolor="white", markersize=5)
    ax.set_ylim(0, 100)
    ax.set_ylabel("NPCs (%)")
    ax.set_title("who has said it (hollow) or been told (full)", loc="left")
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    time_axis(ax)
    plain(ax)
    legend_outside(ax, handles)
    return ax
