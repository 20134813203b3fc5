"""What users write in a query → ids, ticks and columns; every mistake is answered with what there is."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, TypeGuard

import numpy as np

from aitown.errors import BadParameter, UnknownName
from aitown.history.store import Selection
from aitown.history.times import Clock, Span, When, is_moment

Ticks = int | When | slice | range | None
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
    if not isinstance(given, Iterable):
        raise UnknownName(f"no {what} {given!r}.", f"Give names: {some(known)}.")
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


def rows_of(table: str, given: Who) -> tuple[int, ...] | None:
    """Row ids of a table whose rows have no names, rising, each once; None for all.

    Raises:
        UnknownName: for what is no row id.
    """
    if given is None:
        return None
    asked: list[Any] = list(given) if not isinstance(given, str) and isinstance(given, Iterable) else [given]
    for one in asked:
        if not _whole(one) or one < 0:
            raise UnknownName(f"no row {one!r} of {table}.", "Its rows have no names: give their ids, from 0 on.")
    return tuple(sorted({int(one) for one in asked}))


def selection(
    ticks: Ticks,
    every: Span | None,
    bounds: tuple[int, int] | None,
    cadence: int,
    ids: tuple[int, ...] | None,
    clock: Clock,
) -> Selection:
    """The rows meant by `ticks` and `every`, in a run of ticks `bounds` (first, last), each `cadence`-th recorded.

    Raises:
        BadParameter: for ticks outside the run, and for what isn't ticks.
    """
    step = _step(every, clock)
    if ticks is None:
        first, last = bounds or (0, -1)
        return Selection(first, last + 1, 1, step, ids)
    if bounds is None:
        raise BadParameter(f"ticks {_say(ticks)}: the run has no ticks yet.", "Step the town first.")
    first, last = bounds
    there = (
        f"The run has ticks {first} to {last} ({clock.say(first)} to {clock.say(last)})"
        f"{f', every {cadence}th' if cadence > 1 else ''}."
    )
    if _whole(ticks) or is_moment(ticks):
        tick = _one(ticks, first, last, cadence, clock)
        if not first <= tick <= last or (tick % cadence and tick != first):
            raise BadParameter(f"tick {ticks} is not in the run.", there)
        return Selection(tick, tick + 1, 1, step, ids)
    if not isinstance(ticks, (slice, range)):
        raise BadParameter(
            f"ticks={ticks!r}.", 'Expected a slice such as slice(0, 8640), a range, one tick, or times: "day 2 08:00".'
        )
    stride = _stride(ticks, clock)
    start, stop = (_end(value, ticks, last, clock) for value in (ticks.start, ticks.stop))
    backwards = start is not None and stop is not None and start >= stop
    if not backwards and ((start is not None and start > last) or (stop is not None and stop <= first)):
        raise BadParameter(f"ticks {_say(ticks)} are not in the run.", there)
    start = first if start is None else max(first, start)
    stop = last + 1 if stop is None else stop
    return Selection(start, stop, stride, step, ids)


def _step(every: Span | None, clock: Clock) -> int:
    if every is None:
        return 1
    span = isinstance(every, (str, dt.timedelta, np.timedelta64)) or _whole(every)
    step = clock.ticks(every) if span else 0
    if step < 1 or isinstance(every, bool):
        raise BadParameter(f"every={every!r}.", 'Expected a number of ticks, 1 or more, or a time such as "1h".')
    return step


def _one(given: Any, first: int, last: int, cadence: int, clock: Clock) -> int:
    """One tick; a moment means the newest recorded tick that is not after it."""
    if _whole(given):
        return int(given) + (last + 1 if given < 0 else 0)
    exact = math.floor(clock.tick(given))
    floor = exact // cadence * cadence
    return first if floor < first <= exact else floor


def _end(value: Any, ticks: slice | range, last: int, clock: Clock) -> int | None:
    """An end of a slice as a tick; negative numbers count from the end of the run, moments don't."""
    if value is None:
        return None
    if is_moment(value):
        return math.ceil(clock.tick(value))
    if not _whole(value):
        raise BadParameter(f"ticks {_say(ticks)}.", 'Expected whole numbers, or times such as "day 2 08:00".')
    return int(value) + (last + 1 if value < 0 else 0)


def _stride(ticks: slice | range, clock: Clock) -> int:
    if ticks.step is None:
        return 1
    if not _whole(ticks.step) and not isinstance(ticks.step, str):
        raise BadParameter(f"ticks {_say(ticks)}.", "Expected whole numbers.")
    stride = clock.ticks(ticks.step)
    if stride < 1:
        raise BadParameter(f"ticks {_say(ticks)}.", "Expected a step of 1 or more.")
    return stride


def _whole(value: Any) -> TypeGuard[int]:
    """A whole number, of Python or NumPy."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _say(ticks: object) -> str:
    if isinstance(ticks, (slice, range)):
        ends = ["" if end is None else str(end) for end in (ticks.start, ticks.stop)]
        return ":".join([*ends, *([str(ticks.step)] if ticks.step not in (None, 1) else [])])
    return str(ticks)
