"""A town at one tick as a PNG, where no script runs: on a code host, in an unexecuted notebook, in print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from aitown.plot import ground
from aitown.plot.ground import Ground

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from aitown.columns import Array
    from aitown.history import History

_DPI = 96
_WIDE = 7.6
_NAMED = 60
_DOT = 34
_TITLE = 0.42
_LABELLED = ("cafe", "square", "park", "school", "work", "shop", "other")


def picture(run: History, words: str, tick: int | None = None) -> bytes:
    """The map of a run with its people at a tick, the newest for None, and `words` above it."""
    figure = draw(run, words, tick)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()


def draw(run: History, words: str, tick: int | None = None) -> Figure:
    """The same as a figure of matplotlib, which no interactive backend has to do with."""
    from matplotlib.figure import Figure

    floor = Ground.of(run)
    people = run.at(-1 if tick is None else tick)
    if "alive" in people:
        people = people[people["alive"] != 0]
    x, y = people["x"].to_numpy(), people["y"].to_numpy()
    width, height = (floor.width, floor.height) if floor else (max(1.0, x.max() + 1), max(1.0, y.max() + 1))
    tall = _WIDE * height / width
    figure = Figure(figsize=(_WIDE, tall + _TITLE))
    ax = figure.add_axes((0, 0, 1, tall / (tall + _TITLE)))
    ground.draw(ax, floor, (width, height))
    ax.set_axis_off()
    _places(ax, run)
    _people(ax, x, y, people)
    figure.text(0.012, 1 - 0.5 * _TITLE / (tall + _TITLE), words, va="center", fontsize=9.5, color="#26231f")
    return figure


def _places(ax: Any, run: History) -> None:
    known = [place for place in run.place_facts if place.get("kind") in _LABELLED and "x" in place]
    for place in known if len(known) <= _NAMED else ():
        ax.text(
            place["x"], place["y"], place["name"], fontsize=6.3, color="#4a4238", ha="center", va="center", zorder=3,
            bbox={"boxstyle": "round,pad=0.25", "fc": "#fffdf8", "ec": "#d8cfc2", "lw": 0.6},
        )  # fmt: skip


def _people(ax: Any, x: Array, y: Array, people: Any) -> None:
    """A dot each, coloured by what they do; their first names where there are few."""
    size = _DOT if len(x) <= _NAMED else max(1.0, _DOT * _NAMED / len(x))
    colours = people["activity"].cat.codes % 10 if "activity" in people else 0
    ax.scatter(x, y, s=size, c=colours, cmap="tab10", vmin=-0.5, vmax=9.5, edgecolors="white", linewidths=0.7, zorder=4)
