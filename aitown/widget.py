"""The notebook's view of a town that a Jupyter server hosts.

The kernel has no part in it: the page finds its own server and watches the town there, so that the view stays alive
while a cell runs, when the kernel restarts, and in a second tab. What goes through the comm is the name of the town.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from aitown.errors import AitownError

STATIC = Path(__file__).parent / "static"
MIN_HEIGHT = 260
MAX_HEIGHT = 4000


def bundled(name: str, folder: Path = STATIC) -> Path:
    """A file of the built front end.

    Raises:
        AitownError: when it was not built, as in a fresh checkout.
    """
    path = folder / name
    if not path.is_file():
        raise AitownError(f"aitown/static/{name} is missing.", "Run `make widget`, which builds it from widgets/.")
    return path


class TownView(anywidget.AnyWidget):
    """A live map of one town, with its controls.

    Args:
        town: name of a town of this server.
        run: id of the run that it was made for; the view says so when the town lives another run.
        height: pixels on the page, 260 to 4000.
    """

    _esm = bundled("widget.js")
    _css = bundled("widget.css")

    town = traitlets.Unicode("riverbend").tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(560, min=MIN_HEIGHT, max=MAX_HEIGHT).tag(sync=True)

    def __repr__(self) -> str:
        """What is seen where widgets are not, as in a terminal or on a code host."""
        run = f", run {self.run}" if self.run else ""
        return f"<town {self.town!r}{run}: live in JupyterLab, where aitown hosts it>"
