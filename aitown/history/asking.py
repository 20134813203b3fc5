"""What users write in a query → ids, ticks and columns; every mistake is answered with what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, TypeGuard

from aitown.errors import BadParameter, UnknownName
from aitown.history.store import Selection

Ticks = int | slice | range | None
Who = int | str | Iterable[int | str] | None

_SHOWN = 12


def some(names: Sequence[str]) -> str:
    """A few of the names, for a sentence."""
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def unknown(what: str, name: object, known: Sequence[str]) -> UnknownName:
    """The error for a name that isn't there, with the nearest ones that are."""
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"There is: {some(known) or 'none'}."
    return UnknownName(f"no {what} {name!r}.", remedy)


def names_of(what: str, given: str | Iterable[str] | None, known: Sequence[str]) -> list[str]:
    """The given names, each once; all for None.

    Raises:
        UnknownName: for one that isn't known.
    """
    if given is None:
        return list(known)
    asked = [given] if isinstance(given, str) else list(given)
    for name in asked:
        if name not in known:
            raise unknown(what, name, known)
    return list(dict.fromkeys(asked))


def ids_of(what: str, given: Who, names: Sequence[str]) -> tuple[int, ...] | None:
    """Row ids of names or ids, rising, each once; None for all.

    Raises:
        UnknownName: for one that isn't there.
    """
    if given is None:
        return None
    asked: list[Any] = list(given) if not isinstance(given, str) and isinstance(given, Iterable) else [given]
    ids = set()
    for one in asked:
        if isinstance(one, str):
            if one not in names:
                raise unknown(what, one, names)
            ids.add(names.index(one))
        elif _whole(one) and 0 <= one < len(names):
            ids.add(int(one))
        else:
            raise UnknownName(f"no {what} {one!r}.", f"Ids are 0 to {len(names) - 1}; names: {some(names)}.")
    return tuple(sorted(ids))


def selection(
    ticks: Ticks, every: int | None, bounds: tuple[int, int] | None, cadence: int, ids: tuple[int, ...] | None
) -> Selection:
    """The rows meant by `ticks` and `every`, in a run of ticks `bounds` (first, last), each `cadence`-th recorded.

    Raises:
        BadParameter: for ticks outside the run, and for what isn't ticks.
    """
    if every is not None and not (_whole(every) and every >= 1):
        raise BadParameter(f"every={every!r}.", "Expected a number of ticks, 1 or more.")
    step = int(every or 1)
    if ticks is None:
        first, last = bounds or (0, -1)
        return Selection(first, last + 1, 1, step, ids)
    if bounds is None:
        raise BadParameter(f"ticks {_say(ticks)}: the run has no ticks yet.", "Step the town first.")
    first, last = bounds
    there = f"The run has ticks {first} to {last}" + (f", every {cadence}th." if cadence > 1 else ".")
    if _whole(ticks):
        tick = int(ticks) + (last + 1 if ticks < 0 else 0)
        if not first <= tick <= last or (tick % cadence and tick != first):
            raise BadParameter(f"tick {ticks} is not in the run.", there)
        return Selection(tick, tick + 1, 1, step, ids)
    if not isinstance(ticks, (slice, range)):
        raise BadParameter(f"ticks={ticks!r}.", "Expected a slice such as slice(0, 8640), a range or one tick.")
    start, stop, stride = (_number(value, ticks) for value in (ticks.start, ticks.stop, ticks.step))
    start = first if start is None else start if start >= 0 else max(first, last + 1 + start)
    stop = last + 1 if stop is None else stop if stop >= 0 else last + 1 + stop
    if (stride or 1) < 1:
        raise BadParameter(f"ticks {_say(ticks)}.", "Expected a step of 1 or more.")
    if start < stop and (start > last or stop <= first):
        raise BadParameter(f"ticks {_say(ticks)} are not in the run.", there)
    return Selection(start, stop, stride or 1, step, ids)


def _whole(value: Any) -> TypeGuard[int]:
    """A whole number, of Python or NumPy."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _number(value: Any, ticks: slice | range) -> int | None:
    if value is None or _whole(value):
        return None if value is None else int(value)
    raise BadParameter(f"ticks {_say(ticks)}.", "Expected whole numbers.")


def _say(ticks: object) -> str:
    if isinstance(ticks, (slice, range)):
        ends = ["" if end is None else str(end) for end in (ticks.start, ticks.stop)]
        return ":".join([*ends, *([str(ticks.step)] if ticks.step not in (None, 1) else [])])
    return str(ticks)
