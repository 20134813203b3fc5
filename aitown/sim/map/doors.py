"""Where one comes into a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.sim.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def find_doors(
    width: int, free: NDArray[Any], tile_place: NDArray[Any], is_door: NDArray[Any], start: NDArray[Any],
    tiles: NDArray[Any], x: NDArray[Any], y: NDArray[Any],
) -> NDArray[Any]:  # fmt: skip
    """For each place the tile at which one comes in, i4[places]: at its edge, a door if there is one, near its middle.

    Args:
        width: of the map in tiles.
        free: u1[T], where NPCs walk.
        tile_place: i4[T], the place that a tile belongs to, or -1.
        is_door: u1[T], what is drawn as a door.
        start: i8[places + 1]; the tiles of place `p` are `tiles[start[p] : start[p + 1]]`.
        tiles: i4, rising within a place.
        x: f8[places], the middle of each place, in tiles.
        y: likewise.
    """
    found = np.empty(len(start) - 1, np.int32)
    for place in range(len(found)):
        best, rank, least = -1, 4, np.inf
        for tile in tiles[start[place] : start[place + 1]]:
            column, row = tile % width, tile // width
            edge = False
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
                u, v = column + dx, row + dy
                if 0 <= u < width and 0 <= v * width < len(free):
                    beside = v * width + u
                    edge |= free[beside] != 0 and tile_place[beside] != place
            mine = (0 if edge else 2) + (0 if is_door[tile] else 1)
            away = (column + 0.5 - x[place]) ** 2 + (row + 0.5 - y[place]) ** 2
            if mine < rank or (mine == rank and away < least):
                best, rank, least = tile, mine, away
        found[place] = best
    return found
