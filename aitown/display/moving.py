"""A run as a moving picture, for slides and messages: an animated GIF, drawn by matplotlib and written by Pillow."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aitown.display.picture import draw
from aitown.errors import BadParameter, RunError
from aitown.history.progress import bar

if TYPE_CHECKING:
    from aitown.history import History
    from aitown.history.asking import Ticks
    from aitown.history.times import Span

MOST_FRAMES = 600
_DPI = 72
_COLOURS = 128


def export_gif(
    run: History, path: str | Path, ticks: Ticks = None, every: Span = "5min", *, seconds: float = 0.1
) -> Path:
    """Write a run as an animated GIF, one picture each `every` of simulated time.

    Args:
        run: to be shown.
        path: of the file; it appears whole or not at all.
        ticks: as for `History.npcs`; None for all.
        every: ticks, or a length of time, from one picture to the next.
        seconds: for which a picture stands.

    Raises:
        BadParameter: for more than 600 pictures, or none.
        RunError: when the file can't be written.
    """
    from PIL import Image

    recorded = run.npcs(["x"], ticks=ticks, every=every).index.get_level_values("tick").unique()
    if not 0 < len(recorded) <= MOST_FRAMES:
        raise BadParameter(
            f"{len(recorded)} pictures; expected 1 to {MOST_FRAMES}.", "Give fewer ticks or a larger every."
        )
    pictures = []
    for tick in bar(list(recorded), "drawing"):
        out = io.BytesIO()
        draw(run, f"{run.town}: {run.clock.say(int(tick))}", int(tick)).savefig(out, format="png", dpi=_DPI)
        pictures.append(Image.open(out).convert("P", palette=Image.Palette.ADAPTIVE, colors=_COLOURS))
    target = Path(path).expanduser().absolute()
    part = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".aitown-", suffix=".gif")
        os.close(handle)
        part = Path(name)
        pictures[0].save(
            part, format="GIF", save_all=True, append_images=pictures[1:], duration=round(seconds * 1000), loop=0
        )
        part.chmod(0o644)
        part.replace(target)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise RunError(f"{target} can't be written: {error.strerror}.", "Give a path in a folder of yours.") from error
    return target
