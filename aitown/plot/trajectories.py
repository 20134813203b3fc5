"""The ways that people take, on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import Normal, withStroke

from aitown.errors import BadParameter
from aitown.plot import ground
from aitown.plot.source import Run, axes, colour_of, columns_of, history_of, legend_outside, people

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from aitown.columns import Array

MOST = 16
_SHIFT = 0.09
_JUMP = 3.0
"""Steps longer than this many tiles from one recorded tick to the next are no walk, and no line is drawn."""


def trajectories(run: Run, npcs: Any = None, ax: Axes | None = None, **asked: Any) -> Axes:
    """A line for each NPC; a dot where it begins, a square where it ends. Lines are set apart by a tenth of a tile.

    Args:
        run: a History or a DataFrame from `npcs` with x and y.
        npcs: ids or names, up to 16; None for all.
        ax: where to draw; None makes a figure.
        asked: further arguments of `History.npcs`: ticks, every.

    Raises:
        BadParameter: for more than 16 NPCs, or nothing to draw.
    """
    wanted = {**asked, "npcs": npcs} if npcs is not None else asked
    history = history_of(run)
    if npcs is None and run is history and len(history.names) > MOST:
        raise BadParameter(f"the ways of {len(history.names)} NPCs; expected up to {MOST}.", "Choose some: npcs=[…].")
    frame = columns_of(run, ["x", "y"], **wanted)
    ids = frame.index.get_level_values("npc").unique().sort_values()
    if len(ids) > MOST:
        raise BadParameter(f"the ways of {len(ids)} NPCs; expected up to {MOST}.", "Choose some: npcs=[…].")
    floor = ground.Ground.of(history)
    size = (floor.width, floor.height) if floor else (frame["x"].max() + 1, frame["y"].max() + 1)
    ax = axes(ax, 8.6, 8.6 * size[1] / size[0] + 0.6)
    ground.draw(ax, floor, size)
    names = people(run, [int(npc) for npc in ids])
    colours = colour_of(names)
    handles = []
    for number, (npc, name) in enumerate(zip(ids, names, strict=True)):
        one = frame.xs(npc, level="npc")
        shift = (number - (len(ids) - 1) / 2) * _SHIFT
        x, y = one["x"].to_numpy() + shift, one["y"].to_numpy() + shift
        handles += _way(ax, x, y, colours[name], name)
    ax.set_title("the ways that they took, from dot to square", loc="left")
    legend_outside(ax, handles)
    return ax


def _way(ax: Axes, x: Array, y: Array, colour: str, name: str) -> list[Any]:
    jump = np.hypot(np.diff(x), np.diff(y)) > _JUMP
    breaks = np.flatnonzero(jump) + 1
    line = ax.plot(
        np.insert(x.astype(float), breaks, np.nan),
        np.insert(y.astype(float), breaks, np.nan),
        color=colour,
        linewidth=1.4,
        label=name,
        solid_joinstyle="round",
        path_effects=[withStroke(linewidth=2.6, foreground="white"), Normal()],
        zorder=2,
    )
    for where, marker in ((0, "o"), (-1, "s")):
        ax.plot(x[where], y[where], marker, color=colour, markeredgecolor="white", markersize=6, zorder=3)
    return line
