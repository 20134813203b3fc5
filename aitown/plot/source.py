"""What the pictures have in common: where the numbers come from, colours, axes of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.dates
import matplotlib.pyplot as plt
import pandas as pd

from aitown.errors import BadParameter, NothingToDraw
from aitown.history import History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

# The first seven are those of Okabe and Ito (2008), "Color Universal Design". The others were searched for: each as far
# from all others, from grey and from white as can be, for every kind of colour vision (tests/plot/test_colours.py).
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#92CE6D",
    "#490061",
    "#615561",
    "#6DF3AA",
    "#6D2400",
    "#AA5531",
    "#242431",
    "#79493D",
    "#243D92",
)

OTHER = "#d9d9d9"
_LONGEST = 34

Run = History | pd.DataFrame


def shortened(label: str, longest: int = _LONGEST) -> str:
    """A label that a legend has room for."""
    return label if len(label) <= longest else label[: longest - 1].rstrip() + "…"


def columns_of(run: Run, columns: Sequence[str], **asked: Any) -> pd.DataFrame:
    """The columns of a run, or of a DataFrame that it gave.

    Raises:
        BadParameter: for a DataFrame that lacks one, for an empty one, and for anything else.
    """
    if isinstance(run, History):
        frame = run.npcs(list(columns), **asked)
    elif isinstance(run, pd.DataFrame):
        missing = [name for name in columns if name not in run.columns and name != "time"]
        if missing or "tick" not in run.index.names:
            raise BadParameter(
                f"a DataFrame without {', '.join(missing) or 'the index level tick'}.",
                f"Give a History, or run.npcs({list(columns)}).",
            )
        frame = run[[name for name in columns if name in run.columns]]
        if "time" in columns and "time" not in run.columns:
            frame = frame.assign(time=run.town.time)
    else:
        raise BadParameter(f"a {type(run).__name__}.", "Give a History, or a DataFrame from its npcs().")
    if frame.empty:
        raise NothingToDraw("there is nothing to draw: no rows.", "Run the town first, or choose other ticks.")
    return frame


def history_of(run: Run) -> History:
    """The History itself, or the one that a DataFrame came from.

    Raises:
        BadParameter: for a DataFrame that has forgotten it, and for anything else.
    """
    if isinstance(run, History):
        return run
    source = run.attrs.get("source") if isinstance(run, pd.DataFrame) else None
    if source is None:
        raise BadParameter(f"a {type(run).__name__} that knows of no run.", "Give the History.")
    return History.load(source)


def unit_of(run: Run, column: str) -> str:
    """The unit of a column of NPCs, as an axis says it."""
    if isinstance(run, History):
        found = run.declared("npcs").get(column)
        unit = found.unit if found else ""
    else:
        unit = run.attrs.get("units", {}).get(column, "")
    return in_words(unit)


def in_words(unit: str) -> str:
    """A unit as an axis says it."""
    return {"1": "0 to 1", "tile": "tiles", "cent": "cents"}.get(unit, unit)


def people(run: Run, ids: Sequence[int]) -> list[str]:
    """The names of some NPCs."""
    names = history_of(run).names
    return [names[number] for number in ids]


def colour_of(labels: Sequence[str]) -> dict[str, str]:
    """A colour for each label; the same labels in the same order always get the same."""
    return {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(labels)}


def axes(ax: Axes | None, width: float = 9.0, height: float = 4.2) -> Axes:
    """The given Axes, or new ones."""
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made


def plain(ax: Axes) -> None:
    """Only the lines that are read."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def legend_outside(ax: Axes, handles: Sequence[Any] | None = None) -> None:
    """To the right of the picture, in the order of the picture from top to bottom."""
    found = list(handles) if handles is not None else list(reversed(ax.get_legend_handles_labels()[0]))
    ax.legend(handles=found, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, handlelength=1.2)


def hours_axis(ax: Axes) -> None:
    """The hours of a day, 0 to 24."""
    ax.set_xlim(0, 24)
    ax.set_xticks(range(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
    ax.set_xlabel("time of day (h)")


def time_axis(ax: Axes) -> None:
    """Dates and hours, in the shortest form that is clear."""
    dates: Any = matplotlib.dates
    locator = dates.AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    formats = ["%Y", "%b", "%a %d", "%H:%M", "%H:%M", "%S.%f"]
    ax.xaxis.set_major_formatter(
        dates.ConciseDateFormatter(locator, formats=formats, zero_formats=["", "%Y", "%b", "%a %d", "%H:%M", "%H:%M"])
    )
    ax.set_xlabel("time in the town")
