"""Who talks with whom, as a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from aitown.errors import BadParameter, NothingToDraw
from aitown.history import History
from aitown.plot.names import around, set_apart
from aitown.plot.source import COLOURS, axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from aitown.columns import Array

NAMED = 60
_WEIGHTS = {"seconds": 60.0, "lines": 1.0, "meetings": 1.0}
_UNITS = {"seconds": "minutes spent talking", "lines": "lines said", "meetings": "conversations"}


def network(run: History, ax: Axes | None = None, weight: str = "seconds", least: float = 0.0, **asked: Any) -> Axes:
    """NPCs as dots, larger the more they talk; lines wider the more two talk with one another. Near means together.

    Placed by the springs of Fruchterman and Reingold (1991), always the same for the same network.

    Args:
        run: a History, or a DataFrame from `History.network`.
        ax: where to draw; None makes a figure.
        weight: "seconds", "lines" or "meetings".
        least: pairs below it are left out.
        asked: further arguments of `History.network`: ticks, npcs.

    Raises:
        BadParameter: for another weight, or nobody who talked.
    """
    import networkx as nx

    if weight not in _WEIGHTS:
        raise BadParameter(f"weight={weight!r}.", f"Expected one of {', '.join(_WEIGHTS)}.")
    pairs: pd.DataFrame = run.network(**asked) if isinstance(run, History) else run
    if not {"name", "other_name", weight} <= set(getattr(pairs, "columns", ())):
        raise BadParameter(f"a {type(run).__name__}.", "Give a History, or a DataFrame from its network().")
    pairs = pairs[pairs[weight] >= max(least, 1e-9)]
    if pairs.empty:
        raise NothingToDraw("there is nothing to draw: nobody talked.", "Choose other ticks, or a smaller `least`.")
    graph = nx.Graph()
    strength = pairs[weight] / _WEIGHTS[weight]
    for (npc, other), amount in zip(pairs.index.tolist(), strength.tolist(), strict=True):
        graph.add_edge(npc, other, weight=amount, pull=np.sqrt(amount))
    names = dict(zip(pairs.index.get_level_values(0), pairs["name"].astype(str), strict=True))
    names |= dict(zip(pairs.index.get_level_values(1), pairs["other_name"].astype(str), strict=True))
    place = _placed(nx, graph)
    ax = axes(ax, 8.0, 6.6)
    widths = np.sqrt([data["weight"] for *_, data in graph.edges(data=True)])
    ax.add_collection(
        LineCollection(
            [[place[a], place[b]] for a, b in graph.edges],
            linewidths=0.4 + 3.6 * widths / widths.max(),
            colors="0.55",
            alpha=0.55,
            zorder=1,
        )
    )
    nodes = list(graph.nodes)
    total = np.array([graph.degree(node, weight="weight") for node in nodes])
    xy = np.array([place[node] for node in nodes])
    sizes = 30 + 320 * total / total.max()
    ax.scatter(xy[:, 0], xy[:, 1], s=sizes, color=COLOURS[0], edgecolor="white", linewidth=1, zorder=2)
    ax.set_axis_off()
    ax.margins(0.12)
    if len(nodes) <= NAMED:
        _name(ax, [names[node] for node in nodes], xy, np.sqrt(sizes))
    ax.set_title(f"who talks with whom: {_UNITS[weight]}, up to {strength.max():,.0f} for a pair", loc="left")
    return ax


def _name(ax: Axes, names: list[str], xy: Array, diameters: Array) -> None:
    """The names beside the dots, those of the largest first."""
    order = np.argsort(-diameters, kind="stable")
    texts = [
        ax.annotate(
            names[n], xy[n], xytext=(0, 0), textcoords="offset points", fontsize=7.5,
            path_effects=[withStroke(linewidth=2.2, foreground="white")], zorder=3,
        )
        for n in order
    ]  # fmt: skip
    sides = [around(diameters[n] / 2 + 2) for n in order]
    set_apart(ax, texts, sides, [(x, y, size) for (x, y), size in zip(xy, diameters, strict=True)])


def _placed(nx: Any, graph: Any) -> dict[Any, Any]:
    """Positions of the nodes; parts that hang together stand side by side instead of on top of one another."""
    groups = sorted(nx.connected_components(graph), key=len, reverse=True)
    out: dict[Any, Any] = {}
    left = 0.0
    for group in groups:
        radius = np.sqrt(len(group))
        part = graph.subgraph(sorted(group))
        found = _level(nx.spring_layout(part, weight="pull", seed=1, iterations=300, k=2.2 / np.sqrt(len(group))))
        for node, xy in found.items():
            out[node] = np.asarray(xy) * radius + (left + radius, 0)
        left += 2 * radius + 0.8
    return out


def _level(found: dict[Any, Any]) -> dict[Any, Any]:
    """The same turned so that it is wider than high, as names are."""
    xy = np.array(list(found.values()))
    _, _, turn = np.linalg.svd(xy - xy.mean(axis=0))
    return dict(zip(found, (xy - xy.mean(axis=0)) @ turn.T, strict=True)) if len(found) > 1 else found
