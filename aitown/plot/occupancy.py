"""Where people are: a heat map on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.patheffects import withStroke

from aitown.errors import BadParameter, NothingToDraw
from aitown.history import History
from aitown.plot import ground
from aitown.plot.names import above_one_another, set_apart
from aitown.plot.source import Run, axes, columns_of, history_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes

    from aitown.columns import Array

# Without its palest part, which can't be told from the ground.
_PALETTE = LinearSegmentedColormap.from_list("occupancy", mpl.colormaps["YlOrBr"](np.linspace(0.12, 1, 256)))


def occupancy(
    run: Run,
    ax: Axes | None = None,
    by: Literal["place", "tile"] = "place",
    labels: int = 6,
    **asked: Any,
) -> Axes:
    """How full each place is on average, or where on the ground people spend their time.

    Args:
        run: a History or a DataFrame from `npcs`; of a History only one column is read, part by part.
        ax: where to draw; None makes a figure.
        by: "place" colours places by the mean number of NPCs in them; "tile" each tile by NPC-hours, on a scale of
            powers.
        labels: so many of the fullest places are named.
        asked: further arguments of `History.npcs`: npcs, ticks, every.

    Raises:
        BadParameter: for another `by`, a run without a map, or nothing to draw.
    """
    if by not in ("place", "tile"):
        raise BadParameter(f"by={by!r}.", 'Expected "place" or "tile".')
    history = history_of(run)
    floor = ground.Ground.of(history)
    if floor is None:
        raise BadParameter(
            f"the run {history.run_id} was recorded without a map.", "Load it with one: aitown.load(folder, map=…)."
        )
    ax = axes(ax, 8.6, 8.6 * floor.height / floor.width + 0.6)
    ground.draw(ax, floor)
    heat = (_places if by == "place" else _tiles)(run, history, floor, asked)
    shown = np.ma.masked_less_equal(heat["grid"], 0)
    picture = ax.imshow(
        shown,
        cmap=_PALETTE,
        extent=(0, floor.width, floor.height, 0),
        interpolation="nearest",
        alpha=0.85,
        norm=LogNorm() if by == "tile" and shown.count() else None,
        vmin=0 if by == "place" else None,
        zorder=1,
    )
    plt.colorbar(picture, ax=ax, shrink=0.75, pad=0.02, label=heat["unit"])
    if by == "place":
        _name(ax, history, heat["mean"], labels)
    ax.set_title("where people are" if by == "tile" else "NPCs in each place, on average", loc="left")
    return ax


def _pieces(run: Run, columns: list[str], asked: dict[str, Any]) -> Iterator[pd.DataFrame]:
    if isinstance(run, History):
        yield from run.state_pieces(
            "npcs", columns, asked.pop("npcs", None), asked.pop("ticks", None), asked.pop("every", None)
        )
    else:
        yield columns_of(run, columns)


def _places(run: Run, _: History, floor: ground.Ground, asked: dict[str, Any]) -> dict[str, Any]:
    count = np.zeros(len(floor.places))
    ticks = 0
    for piece in _pieces(run, ["place"], dict(asked)):
        codes = piece["place"].cat.codes.to_numpy()
        count += np.bincount(codes[codes >= 0], minlength=len(count))[: len(count)]
        ticks += piece.index.get_level_values("tick").nunique()
    if not ticks:
        raise NothingToDraw("there is nothing to draw: no rows.", "Run the town first, or choose other ticks.")
    grid = np.zeros(floor.width * floor.height)
    for tiles, value in zip(floor.places, count / ticks, strict=True):
        grid[tiles] = value
    return {"grid": grid.reshape(floor.height, floor.width), "unit": "NPCs in the place (mean)", "mean": count / ticks}


def _tiles(run: Run, history: History, floor: ground.Ground, asked: dict[str, Any]) -> dict[str, Any]:
    grid = np.zeros((floor.height, floor.width))
    rows = ticks = 0
    first = last = 0
    for piece in _pieces(run, ["x", "y"], dict(asked)):
        if piece.empty:
            continue
        x, y = (np.floor(piece[name].to_numpy()).astype(int) for name in ("x", "y"))
        inside = (x >= 0) & (x < floor.width) & (y >= 0) & (y < floor.height)
        np.add.at(grid, (y[inside], x[inside]), 1)
        when = piece.index.get_level_values("tick")
        first, last = (when[0] if not rows else first), when[-1]
        rows, ticks = rows + len(piece), ticks + when.nunique()
    if not rows:
        raise NothingToDraw("there is nothing to draw: no rows.", "Run the town first, or choose other ticks.")
    between = (last - first) / (ticks - 1) if ticks > 1 else history.record_every
    hours = between * history.tick_seconds / 3600
    return {"grid": grid * hours, "unit": "NPC-hours on the tile"}


def _name(ax: Axes, history: History, mean: Array, labels: int) -> None:
    texts = []
    for place in np.argsort(-mean)[:labels]:
        facts = history.place_facts[place]
        if mean[place] <= 0 or "x" not in facts:
            continue
        texts.append(
            ax.annotate(
                f"{shortened(facts['name'].rpartition(': ')[2])}\n{mean[place]:.1f}",
                (facts["x"], facts["y"]),
                xytext=(0, 0),
                textcoords="offset points",
                fontsize=7,
                color="0.15",
                path_effects=[withStroke(linewidth=2.2, foreground="white")],
                zorder=3,
            )
        )
    set_apart(ax, texts, [above_one_another(9)] * len(texts))
