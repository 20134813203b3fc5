"""Names that are used as labels have to be distinct."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def distinct(names: Sequence[str]) -> list[str]:
    """The names, those that occur again with their row number."""
    return list(_distinct(tuple(names)))


@lru_cache(maxsize=8)
def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    out: list[str] = []
    for number, name in enumerate(names):
        out.append(name if name not in seen else f"{name} #{number}")
        seen.add(out[-1])
    return tuple(out)
