"""A figure that follows a running town in a notebook."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from aitown.errors import AitownError, BadParameter, NothingToDraw
from aitown.history import History
from aitown.plot.activity import activity_shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

_SHARE = 4
"""Drawing takes at most one part of so many plus one of the time."""


class LiveFigure:
    """One picture that is replaced in place, in the output of the cell that made it. `stop` ends it.

    Attributes:
        drawn: how often it was drawn.
        error: what ended it, if something went wrong.
    """

    def __init__(
        self, run: Any, draw: Callable[..., Axes], seconds: float, size: tuple[float, float], asked: dict[str, Any]
    ) -> None:
        self.drawn = 0
        self.error: AitownError | None = None
        self._run = run
        self._draw = draw
        self._seconds = seconds
        self._size = size
        self._asked = asked
        self._handle: Any = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="aitown-live-figure", daemon=True)

    def start(self) -> LiveFigure:
        """Show the first picture and follow from now on."""
        self._handle = _shown(self.png())
        self._thread.start()
        return self

    def stop(self) -> None:
        """Draw no more; the last picture stays."""
        self._ended.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def wait(self, seconds: float | None = None) -> bool:
        """Until the town has ended or `stop`; False if that takes longer than so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def png(self) -> bytes:
        """The picture of now; words on a blank one while the town has nothing to draw yet."""
        return self._picture(self._history())

    def _picture(self, history: History) -> bytes:
        if history.last_tick is None and history.state == "running":
            return self._words(f"{history.town} has no ticks yet")
        figure = self._figure()
        try:
            self._draw(history, ax=figure.add_subplot(), **self._asked)
        except NothingToDraw as error:
            if history.state != "running":
                raise
            return self._words(error.message)
        self.drawn += 1
        return _png(figure)

    def _figure(self) -> Figure:
        figure = Figure(figsize=self._size, layout="constrained")
        FigureCanvasAgg(figure)
        return figure

    def _words(self, words: str) -> bytes:
        figure = self._figure()
        figure.text(0.5, 0.5, words, ha="center", va="center", color="0.45")
        return _png(figure)

    def _history(self) -> History:
        found = self._run if isinstance(self._run, History) else self._run.history
        if not isinstance(found, History):
            raise BadParameter(f"a {type(self._run).__name__}.", "Give a live town or a History.")
        return found

    def _work(self) -> None:
        seen = -1
        pause = self._seconds
        try:
            while not self._ended.wait(pause):
                history = self._history()
                running = history.state == "running"
                tick = -1 if history.last_tick is None else history.last_tick
                if tick != seen:
                    began = time.monotonic()
                    picture = self._picture(history)
                    pause = max(self._seconds, _SHARE * (time.monotonic() - began))
                    if self._handle is not None:
                        self._handle.update({"image/png": picture}, raw=True)
                    seen = tick
                elif not running:
                    return
        except AitownError as error:
            self.error = error

    def __repr__(self) -> str:
        if self.error:
            return f"LiveFigure: ended by {self.error}"
        state = "following" if self._thread.is_alive() else "ended"
        return f"LiveFigure: {state}, drawn {self.drawn} times"


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return out.getvalue()


def _shown(picture: bytes) -> Any:
    """The handle of a picture in the output of this cell; None where there is no notebook."""
    from IPython import display

    show: Any = display.display
    return show({"image/png": picture}, raw=True, display_id=True)


def live(
    run: Any,
    draw: Callable[..., Axes] = activity_shares,
    seconds: float = 2.0,
    size: tuple[float, float] = (9.0, 4.2),
    **asked: Any,
) -> LiveFigure:
    """A figure that follows a running town: one picture, replaced in place, so that the notebook doesn't grow.

    Args:
        run: a live town of `aitown.open`, or the History of a run that is being written.
        draw: any function of this room, or one's own of `(history, ax=…)`.
        seconds: the shortest time between two pictures. Drawing takes at most a fifth of the time: what takes long is
            drawn less often. Nothing is drawn while the town stands still. Where there is nothing to draw yet, as
            before the first tick, the figure says so and waits.
        size: in inches.
        asked: further arguments of `draw`: `ticks=slice(-8640, None)` for the last day.

    Raises:
        BadParameter: for what is no town, or another number of seconds.
    """
    if seconds <= 0:
        raise BadParameter(f"seconds={seconds!r}.", "Expected more than 0.")
    if not isinstance(run, History) and not hasattr(run, "history"):
        raise BadParameter(f"a {type(run).__name__}.", "Give a live town or a History.")
    return LiveFigure(run, draw, seconds, size, asked).start()
