"""Progress bars on long reads: nothing is shown for those that take less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aitown.history.rows import TICK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

PATIENCE = 1.0
"""Seconds before a bar appears."""
SHOWN = True
"""Whether there are bars at all: not where nobody looks, as in a process that answers another."""

_T = TypeVar("_T")


def bar(work: Sequence[_T], doing: str, unit: str = "part") -> Iterator[_T]:
    """The items of `work`, with a progress bar on stderr or in the notebook once it takes longer than `PATIENCE`."""
    if len(work) < 2:  # noqa: PLR2004 (one item has no progress)
        yield from work
        return
    from tqdm.auto import tqdm

    yield from tqdm(work, desc=doing, unit=unit, delay=PATIENCE, leave=False, disable=_hidden())


def reaching(pieces: Iterable[pa.Table], ticks: range, doing: str) -> Iterator[pa.Table]:
    """Pieces of a table in the order of ticks, with such a bar of the ticks that they have reached."""
    from tqdm.auto import tqdm

    at = ticks.start
    with tqdm(total=len(ticks), desc=doing, unit="tick", delay=PATIENCE, leave=False, disable=_hidden()) as shown:
        for piece in pieces:
            reached = piece.column(TICK)[-1].as_py() + 1 if len(piece) else at
            shown.update(max(0, reached - at))
            at = max(at, reached)
            yield piece


def _hidden() -> bool | None:
    """As tqdm has it: None where it looks for a terminal or a notebook itself."""
    return None if SHOWN else True
