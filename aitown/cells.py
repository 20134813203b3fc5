"""Which view which cell of a notebook shows, so that those of an earlier run of it can be put away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

View = TypeVar("View")


class Running(NamedTuple):
    """A run of a cell.

    Args:
        cell: its id, which a notebook keeps.
        run: the id of the request that runs it.
    """

    cell: str
    run: str


def running() -> Running | None:
    """The cell that this kernel runs; None where there is none, or its host doesn't say which."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    request: dict[str, Any] = getattr(shell, "get_parent", dict)()
    cell = request.get("metadata", {}).get("cellId")
    return Running(cell, request["header"]["msg_id"]) if isinstance(cell, str) and cell else None


class Cells(Generic[View]):
    """What the cells of a kernel show.

    Args:
        running: says which one runs.
    """

    def __init__(self, running: Callable[[], Running | None] = running) -> None:
        self._running = running
        self._shown: dict[str, tuple[str, list[View]]] = {}

    def show(self, view: View) -> list[View]:
        """Note that the cell that runs shows a view; returns those that it showed when it ran before."""
        now = self._running()
        if now is None:
            return []
        run, views = self._shown.get(now.cell, (now.run, []))
        if run == now.run:
            self._shown[now.cell] = run, [*(one for one in views if one is not view), view]
            return []
        self._shown[now.cell] = now.run, [view]
        return [one for one in views if one is not view]
