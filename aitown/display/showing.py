"""What a cell shows of a town or a history: a view, and a picture and words where no view can be."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter
from aitown.history import History, load
from aitown.history.replay import stretch

if TYPE_CHECKING:
    from aitown.history.asking import Ticks
    from aitown.history.times import Span
    from aitown.widget import Recorded, TownView

_PICTURED = 20_000
"""People of whom a picture is drawn; of more a dot each says nothing."""


def show(what: Any, ticks: Ticks = None, every: Span | None = None, *, height: int = 560) -> TownView:
    """A view of a run, or of a town: a widget with a timeline that plays, pauses and scrubs.

    Args:
        what: a `History`, a `Town`, what `aitown.open` gave, or a run's folder.
        ticks: what the view carries of the run, as for `History.npcs`; None for all.
        every: ticks, or a length of time, from one frame to the next; None for the finest that is small enough to
            travel in a notebook (below 300 KB).
        height: pixels.

    Raises:
        BadParameter: for what has no history, and for ticks that aren't in the run.
        UnknownRun: for a folder with no run.
    """
    from aitown.widget import TownView

    def history() -> History:
        return what.history  # type: ignore[no-any-return]

    def film(path: str | Path, **more: Any) -> Path:
        from aitown.display.moving import export_gif

        return export_gif(history(), path, ticks, **more)

    if hasattr(what, "history") and hasattr(what, "run_id"):  # a Town, or one that lives elsewhere
        town, run = what.name, what.run_id
    else:
        known = load(what) if isinstance(what, str | Path) else what
        if not isinstance(known, History):
            raise BadParameter(
                f"a {type(what).__name__} to show.", "Give a History, a Town, a live town or a run's folder."
            )
        town, run = known.town, known.run_id
        what = SimpleNamespace(history=known)
    view = TownView(
        town=town, run=run, height=height, live=False, record=lambda: recorded(history(), ticks, every), film=film
    )
    view.refresh()
    return view


def recorded(run: History, ticks: Ticks = None, every: Span | None = None) -> Recorded:
    """What a view carries of a run: the stretch, a sentence on it, a picture of its last tick.

    Raises:
        BadParameter: for a run without ticks.
    """
    from aitown.widget import Recorded

    found = stretch(run, ticks, every, art=True)
    people = len(run.names)
    words = f"{run.town}: {people:,} NPCs, recorded to {found.clock}, tick {found.last:,}"
    picture = b""
    if people <= _PICTURED:
        from aitown.display.picture import picture as drawn

        picture = drawn(run, words, found.last)
    return Recorded(found.data, words, picture)


def register() -> None:
    """Have IPython show a History as its view. Called when aitown is used in IPython; loads nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    formatters = shell.display_formatter
    home = History.__module__
    formatters.mimebundle_formatter.for_type_by_name(home, "History", _bundle)
    # Converters and code hosts prefer HTML to a picture, and a table says less.
    formatters.formatters["text/html"].for_type_by_name(home, "History", lambda _: None)


def _bundle(run: History, **kwargs: Any) -> Any:
    if run.last_tick is None:
        return None
    return show(run)._repr_mimebundle_(**kwargs)
