"""Names beside what they name: where they cover neither one another nor the dots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.transforms import Bbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from aitown.columns import Array

Side = tuple[float, float, str, str]
"""An offset in points, and how a text that stands there is aligned."""


def around(distance: float) -> list[Side]:
    """Sides of a dot, the best first: below, above, right, left, and the corners."""
    d, c = distance, 0.75 * distance
    return [
        (0, -d, "center", "top"), (0, d, "center", "bottom"), (d, 0, "left", "center"), (-d, 0, "right", "center"),
        (c, -c, "left", "top"), (-c, -c, "right", "top"), (c, c, "left", "bottom"), (-c, c, "right", "bottom"),
    ]  # fmt: skip


def above_one_another(height: float) -> list[Side]:
    """The place itself, and further and further above and below it."""
    return [(0, sign * step * height, "center", "center") for step in range(5) for sign in ((1, -1) if step else (1,))]


Dot = tuple[float, float, float]
"""x and y in data, diameter in points."""


def set_apart(ax: Axes, texts: Sequence[Annotation], sides: Sequence[Sequence[Side]], dots: Sequence[Dot] = ()) -> None:
    """Put each text to the first of its sides that is free, or to the one where it covers the least.

    Args:
        ax: with its final limits.
        texts: the more important first.
        sides: of each text.
        dots: what shouldn't be covered.
    """
    figure: Any = ax.figure.canvas.figure  # that of a figure within a figure is the outer one
    figure.draw_without_rendering()
    point = figure.dpi / 72
    taken = [_square(ax.transData.transform((x, y)), diameter * point) for x, y, diameter in dots]
    for text, places in zip(texts, sides, strict=True):
        found = []
        for number, side in enumerate(places):
            _put(text, side)
            box = text.get_window_extent()
            found.append((sum(_covered(other, box) for other in taken) + _outside(box, ax), number, box))
        _, number, box = min(found, key=lambda one: one[:2])
        _put(text, places[number])
        taken.append(box)


def _put(text: Annotation, side: Side) -> None:
    x, y, across, up = side
    text.set_position((x, y))
    text.set(ha=across, va=up)


def _square(middle: Array, size: float) -> Bbox:
    x, y = middle
    return Bbox.from_bounds(x - size / 2, y - size / 2, size, size)


def _covered(one: Bbox, other: Bbox) -> float:
    both = Bbox.intersection(one, other)
    return 0.0 if both is None else both.width * both.height


def _outside(box: Bbox, ax: Axes) -> float:
    return box.width * box.height - _covered(box, ax.bbox)
