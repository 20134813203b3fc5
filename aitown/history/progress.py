"""Progress bars on long reads: nothing is shown for those that take less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE = 1.0
"""Seconds before a bar appears."""

_T = TypeVar("_T")


def bar(work: Sequence[_T], doing: str, unit: str = "part") -> Iterator[_T]:
    """The items of `work`, with a progress bar on stderr or in the notebook once it takes longer than `PATIENCE`."""
    if len(work) < 2:  # noqa: PLR2004 (one item has no progress)
        yield from work
        return
    from tqdm.auto import tqdm

    yield from tqdm(work, desc=doing, unit=unit, delay=PATIENCE, leave=False, disable=None)
