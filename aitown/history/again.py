"""What a run is made again from, when it is forked or verified: its journal, its log, its checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.columns import Events
from aitown.errors import RunError
from aitown.history import checkpoints, layout
from aitown.history.rows import EVENT_SCHEMA
from aitown.history.source import EVENTS, FolderSource
from aitown.history.store import Selection, joined
from aitown.history.unreadable import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.columns import Array
    from aitown.history.reader import History

_NUMBERS = [name for name in EVENT_SCHEMA.names if name != "text"]


def reached(run: History) -> int:
    """The newest tick that is wholly in the history; −1 when there is none."""
    return run.look().stop - 1


def journal(run: History) -> list[dict[str, Any]]:
    """The records of the journal, in the order of acceptance."""
    return run._source.inputs()  # noqa: SLF001 (the same room)


def log_between(run: History, start: int, stop: int) -> Events:
    """The events of the ticks `[start, stop)`, as the model gave them."""
    rows = joined(list(run.frozen_pieces(EVENTS, EVENT_SCHEMA.names, Selection(start, stop))))
    columns = {
        name: rows.column(name).to_numpy().astype(EVENT_SCHEMA.field(name).type.to_pandas_dtype()) for name in _NUMBERS
    }
    return Events(kinds=run.kinds, text=tuple(rows.column("text").to_pylist()), **columns)


def checkpoint_at(run: History, tick: int) -> tuple[int, Mapping[str, Array]] | None:
    """The newest readable checkpoint at a tick or before it.

    Raises:
        RunError: for a run whose folder is not on this machine.
        DamagedRun: when they can't be listed.
    """
    source = run._source  # noqa: SLF001 (the same room)
    if not isinstance(source, FolderSource):
        raise RunError(f"the run {run.run_id} has no folder here.", "Fork it where its folder is.")
    folder = source.folder / layout.CHECKPOINTS
    with told(source.folder, folder):
        return checkpoints.newest(folder, tick)
