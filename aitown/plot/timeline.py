"""The days of one NPC, or of a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from aitown.errors import BadParameter
from aitown.plot.source import OTHER, Run, axes, colour_of, columns_of, legend_outside, plain, shortened, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 60


MANY = 14


def _colours(labels: pd.Series[Any], names: list[str]) -> dict[str, str]:
    """A colour for each label; where there are too many to tell apart, for the commonest, and grey for the others."""
    if len(names) <= MANY:
        return colour_of(names)
    common = [str(label) for label in labels.value_counts().index[: MANY - 1]]
    return dict.fromkeys(names, OTHER) | colour_of(common)


def timeline(run: Run, npcs: Any = None, ax: Axes | None = None, column: str = "activity", **asked: Any) -> Axes:
    """A bar for each NPC, coloured by what it does; time runs to the right.

    Args:
        run: a History or a DataFrame from `npcs`.
        npcs: ids or names; None for all, up to 60. A DataFrame shows the NPCs that it has.
        ax: where to draw; None makes a figure.
        column: another labelled column instead, "why" or "place".
        asked: further arguments of `History.npcs`: ticks, every.

    Raises:
        BadParameter: for a column without labels, more than 60 NPCs, or nothing to draw.
    """
    wanted = {**asked, "npcs": npcs} if npcs is not None else asked
    frame = columns_of(run, ["name", "time", column], **wanted)
    labels = frame[column]
    if not isinstance(labels.dtype, pd.CategoricalDtype):
        raise BadParameter(f"column {column!r} has numbers; expected labels.", "Choose activity, why or place.")
    ids = frame.index.get_level_values("npc").unique().sort_values()
    if len(ids) > MOST:
        raise BadParameter(f"a timeline of {len(ids)} NPCs; expected up to {MOST}.", "Choose some: npcs=[…].")
    names = [str(label) for label in labels.cat.categories]
    colours = _colours(labels, names)
    entries = len({colours[str(label)] for label in labels.dropna().unique()})
    ax = axes(ax, height=max(1.4 + 0.28 * len(ids), 0.9 + 0.21 * entries))
    seen: set[str] = set()
    people = []
    for row, npc in enumerate(ids):
        one = frame.xs(npc, level="npc")
        people.append(str(one["name"].iloc[0]))
        codes = one[column].cat.codes.to_numpy()
        starts = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
        times = one["time"].to_numpy()
        step = times[1] - times[0] if len(times) > 1 else np.timedelta64(1, "s")
        ends = np.append(times[starts[1:]], times[-1] + step)
        for code in np.unique(codes[codes >= 0]):
            hit = codes[starts] == code
            bars = list(zip(times[starts][hit], ends[hit] - times[starts][hit], strict=True))
            ax.broken_barh(bars, (row - 0.4, 0.8), facecolors=colours[names[code]], linewidth=0)
            seen.add(names[code])
    ax.set_yticks(range(len(people)), people)
    ax.set_ylim(len(people) - 0.5, -0.5)
    ax.set_title(column, loc="left")
    ax.margins(x=0)
    time_axis(ax)
    plain(ax)
    legend_outside(ax, _legend(colours, [name for name in names if name in seen]))
    return ax


def _legend(colours: dict[str, str], names: list[str]) -> list[Patch]:
    found = [Patch(color=colours[name], label=shortened(name)) for name in names if colours[name] != OTHER]
    return [*found, Patch(color=OTHER, label="other")] if len(found) < len(names) else found
