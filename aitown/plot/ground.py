"""The map of a run as a quiet ground to draw on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

from aitown.errors import AitownError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from aitown.columns import Array
    from aitown.history import History

_COLOURS = {
    "grass": "#eef3e7", "path": "#e6dfd1", "road": "#dedede", "plaza": "#e8e0d2", "water": "#d3e4f1",
    "bridge": "#d8ccbb", "floor": "#f5f1ea", "wall": "#bdb8b0", "door": "#d0c5b5", "tree": "#d3e2c8",
    "bush": "#dbe8d0", "flowers": "#eae4ee", "sand": "#f3ecd7", "field": "#efead2", "fence": "#d0c9bd",
    "furniture": "#e4dbcf",
}  # fmt: skip
_UNKNOWN = "#eeeeee"


@dataclass(frozen=True)
class Ground:
    """What a run's map says: its size in tiles, its terrain by tile (None: not known), and the tiles of each place."""

    width: int
    height: int
    terrain: Array | None
    kinds: tuple[str, ...]
    places: tuple[Array, ...]

    @classmethod
    def of(cls, run: History) -> Ground | None:
        """The ground of a run; None when it was recorded without a map."""
        try:
            data = run.map
        except AitownError:
            return None
        if not isinstance(data, dict) or not data.get("rows"):
            return None
        rows = [np.frombuffer(row.encode("ascii"), np.uint8) - ord("a") for row in data["rows"]]
        terrain = np.array(rows)
        places = tuple(_tiles(place.get("tiles", ())) for place in data.get("places", ()))
        return cls(terrain.shape[1], terrain.shape[0], terrain, tuple(data["terrain"]), places)


def _tiles(runs: Any) -> Array:
    """Tile numbers from first, length, first, length …"""
    pairs = zip(runs[::2], runs[1::2], strict=True)
    parts = [np.arange(first, first + length) for first, length in pairs]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def draw(ax: Axes, ground: Ground | None, extent: tuple[float, float] = (1.0, 1.0)) -> None:
    """Terrain in pale colours, tiles square, y downwards; without a ground an empty field of `extent` tiles."""
    width, height = (ground.width, ground.height) if ground else extent
    if ground is not None and ground.terrain is not None:
        colours = ListedColormap([to_rgb(_COLOURS.get(kind, _UNKNOWN)) for kind in ground.kinds])
        ax.imshow(
            ground.terrain,
            cmap=colours,
            vmin=-0.5,
            vmax=len(ground.kinds) - 0.5,
            extent=(0, width, height, 0),
            interpolation="nearest",
            zorder=0,
        )
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_xlabel("x (tiles)")
    ax.set_ylabel("y (tiles)")
