"""The notebook's view of a town: live where a Jupyter server hosts it, and of what was recorded.

Where the page can reach the town's server, the kernel has no part in the live view: the page watches the town there, so
that the view stays alive while a cell runs, when the kernel restarts, and in a second tab. What goes through the comm
is the name of the town, what is selected, and the recorded stretch. Elsewhere the kernel passes on what it hears.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget
import traitlets

from aitown import page
from aitown.cells import Cells
from aitown.errors import AitownError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable

STATIC = Path(__file__).parent / "static"
MIN_HEIGHT = 260
MAX_HEIGHT = 4000
KEEP_EVERY = 60.0
"""Seconds at least between two times that a live view brings up to date what it carries."""


_CELLS: Cells[TownView] = Cells()


def bundled(name: str, folder: Path = STATIC) -> Path:
    """A file of the built front end.

    Raises:
        AitownError: when it was not built, as in a fresh checkout.
    """
    path = folder / name
    if not path.is_file():
        raise AitownError(f"aitown/static/{name} is missing.", "Run `make widget`, which builds it from widgets/.")
    return path


class Recorded(NamedTuple):
    """What a view carries of a run.

    Args:
        replay: a recorded stretch of PROTOCOL.md.
        words: what it is, and when it is from.
        picture: a PNG of its last tick; empty for none.
    """

    replay: bytes
    words: str
    picture: bytes = b""


class TownView(anywidget.AnyWidget):
    """A map of one town, live or recorded, with its controls and its timeline.

    Its traits observe and set both ways, and compose with ipywidgets (`VBox`, `link`, `interactive_output`):
    `selected` (ids of NPCs, the last one is in the panel), `tick` (what is shown; set it to look at the past), `now`
    (set it to come back to now), `speed` (ticks a second at which the past plays, 0 stands still), `color` (a column,
    None for their own clothes) and `camera` (`{"x": …, "y": …, "zoom": …}` in tiles and pixels a tile, or
    `{"follow": id}`). A page tells what it shows four times a second.

    What was recorded travels in the widget's state, brought up to date when a live town is paused and at most once a
    minute; `carries = False` keeps it out.

    Traits that are given when it is made: `town` (name of a town of this server), `run` (id of the run that it was made
    for; the view says so when the town lives another run), `height` (pixels on the page, 260 to 4000), `live` (there is
    a town to be live with; False shows what was recorded), `kernel` (the town lives in this kernel, and its pages watch
    it over the comm), `relay` (the kernel passes on what the town's server says to pages that can't reach it).

    Args:
        record: called for what the view carries; None carries nothing.
        film: called with the path and what goes with it to write a moving picture.
        hear: called for what pages say over the comm, with a function that answers them.
    """

    _esm = bundled("widget.js")
    _css = bundled("widget.css")
    _replaced = False  # its cell has shown another since
    _seen = False  # by a page that counts its views

    town = traitlets.Unicode("riverbend").tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(560, min=MIN_HEIGHT, max=MAX_HEIGHT).tag(sync=True)
    live = traitlets.Bool(True).tag(sync=True)
    kernel = traitlets.Bool(False).tag(sync=True)
    relay = traitlets.Bool(False).tag(sync=True)
    carries = traitlets.Bool(True, help="Whether what was recorded travels with the notebook.")
    replay = traitlets.Bytes(b"").tag(sync=True)
    # Without echo: what comes back late would lead a page to where it was.
    selected = traitlets.List(traitlets.Int(min=0), help="Ids of the selected NPCs.").tag(sync=True, echo_update=False)
    tick = traitlets.Int(None, allow_none=True, min=0, help="The tick that is shown.").tag(sync=True, echo_update=False)
    now = traitlets.Bool(True, help="It is now that is shown; set it to come back to now.").tag(
        sync=True, echo_update=False
    )
    speed = traitlets.Float(0.0, min=0, help="Ticks a second at which the past plays; 0 stands still.").tag(
        sync=True, echo_update=False
    )
    color = traitlets.Unicode(None, allow_none=True, help="The column that people are coloured by.").tag(
        sync=True, echo_update=False
    )
    camera = traitlets.Dict(None, allow_none=True, help="x, y, zoom; or follow.").tag(sync=True, echo_update=False)

    def __init__(
        self,
        *,
        record: Callable[[], Recorded] | None = None,
        film: Callable[..., Path] | None = None,
        hear: Callable[..., None] | None = None,
        **traits: Any,
    ) -> None:
        super().__init__(_view_count=0, **traits)  # so that pages count theirs
        self._film = film
        self._hear = hear
        self._kept_at = -math.inf
        self.on_msg(self._said)
        self._record = record
        self._recorded: Recorded | None = None

    @traitlets.observe("tick")
    def _look_at(self, change: Any) -> None:
        """Who sets a tick wants to see it, also in a page that opens later, which by itself would begin with now."""
        if change["new"] is not None and "tick" not in self._property_lock:  # else a page told it
            self.now = False

    def open(self) -> None:
        """Open its comm where it has none, as when it was put away; then it can be shown."""
        self.__dict__.pop("_repr_mimebundle_", None)  # with which `close` hides that of the class
        super().open()

    def refresh(self) -> Recorded | None:
        """Bring what the view carries up to date; None when it carries nothing.

        Raises:
            AitownError: when nothing is recorded yet, or it can't be read.
        """
        if self._record is not None and self.carries:
            self._recorded = self._record()
            self._kept_at = time.monotonic()
            self.replay = self._recorded.replay
        return self._recorded

    def export_html(self, path: str | Path) -> Path:
        """Write one page with the recorded stretch, which plays and scrubs anywhere, without a network.

        Returns the path.

        Raises:
            RunError: when nothing is recorded, or the file can't be written.
        """
        target = Path(path).expanduser().absolute()
        _write(target, self._page().encode())
        return target

    def export_gif(self, path: str | Path, every: int | str = "5min", *, seconds: float = 0.1) -> Path:
        """Write the run as an animated GIF: a picture each `every` (ticks, or a length of time) that stands `seconds`.

        Returns the path.

        Raises:
            BadParameter: for more than 600 pictures.
            RunError: when nothing is recorded, or the file can't be written.
        """
        if self._film is None:
            raise RunError("there is nothing recorded to show.", "Let the town run first, and record it.")
        return self._film(path, every=every, seconds=seconds)

    def show_static(self) -> Any:
        """The same page as the output of a cell, for what is published without a kernel.

        Quarto, Jupyter Book and nbconvert show it as it is.

        Raises:
            RunError: when nothing is recorded.
        """
        from IPython.display import HTML

        inside = page.frame(self._page(), height=self.height, title=f"The town {self.town}")
        # Within a <div>, as IPython warns of what begins with a frame, and its warning has a path of this machine.
        return HTML(f"<div>{inside}</div>")  # type: ignore[no-untyped-call]

    @traitlets.observe("_view_count")
    def _counted(self, change: Any) -> None:
        if change.new:
            self._seen = True
        else:
            self._put_away()

    def replaced(self) -> None:
        """Its cell shows another now: it is put away once no page shows it, and opens again when it is shown."""
        self._replaced = True
        self._put_away()

    def _put_away(self) -> None:
        if not self._replaced or not self._seen or self._view_count:
            return
        self.close()
        self.__dict__.pop("_repr_mimebundle_", None)
        self._seen = False
        if self._record is not None:  # it can be had again
            self._recorded, self.replay = None, b""

    @traitlets.observe("carries")
    def _drop(self, change: Any) -> None:
        if not change.new:
            self._recorded, self.replay = None, b""

    def _said(self, _: Any, content: Any, __: Any) -> None:
        """A page says that now is a time to keep what there is, or something to the town of this kernel."""
        if isinstance(content, dict) and content.get("keep") is True:
            if time.monotonic() - self._kept_at >= KEEP_EVERY:
                with contextlib.suppress(AitownError):  # what it carries stays as it is
                    self.refresh()
        elif self._hear is not None:
            self._hear(content, self.send)

    def _page(self) -> str:
        recorded = self.refresh()
        if recorded is None:
            raise RunError("there is nothing recorded to show.", "Let the town run first, and record it.")
        return page.page(
            recorded.replay,
            title=self.town,
            words=recorded.words,
            js=bundled("widget.js").read_text(encoding="utf-8"),
            css=bundled("widget.css").read_text(encoding="utf-8"),
            traits=json.dumps({"town": self.town, "run": self.run, "height": self.height, "live": False}),
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        self.open()
        self._replaced = False
        for before in _CELLS.show(self):
            before.replaced()
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        with contextlib.suppress(AitownError):  # it is shown without a picture then
            self.refresh()
        recorded = self._recorded
        out = {**data, "text/plain": repr(self)}
        if recorded is not None and recorded.picture:
            import base64

            out["image/png"] = base64.b64encode(recorded.picture).decode("ascii")
        return out, metadata

    def __repr__(self) -> str:
        """What is seen where widgets are not, as in a terminal or on a code host."""
        if self._recorded is not None:
            return f"<{self._recorded.words}>"
        run = f", run {self.run}" if self.run else ""
        return f"<town {self.town!r}{run}: live in JupyterLab, where aitown hosts it>"


def _write(target: Path, data: bytes) -> None:
    """The file whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".aitown-", delete=False) as file:
            try:
                file.write(data)
                file.close()
                Path(file.name).chmod(0o644)
                os.replace(file.name, target)  # noqa: PTH105 (Path.replace would hide what is replaced)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise RunError(
            f"{target} can't be written: {error.strerror}.", "Give a path in a folder that is there."
        ) from error
