"""New rows of a run while it is written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter
from aitown.history.asking import selection, unknown
from aitown.history.source import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from aitown.history.asking import Ticks
    from aitown.history.reader import History


def follow(
    run: History, table: str, columns: Any, who: Any, every: Any, start: Ticks, seconds: float
) -> Iterator[pd.DataFrame]:
    """See `History.follow`. What is wrong with the question is said at once, not at the first row."""
    if table not in run.tables:
        raise unknown("table", table, run.tables)
    if isinstance(start, (slice, range)):
        raise BadParameter(f"start={start!r}.", "Expected one tick or time.")
    if seconds <= 0:
        raise BadParameter(f"seconds={seconds!r}.", "Expected more than 0.")
    look = run.look()
    if start is None:
        begin = look.stop
    elif isinstance(start, int):
        begin = start if start >= 0 else max(0, look.stop + start)
    else:
        begin = selection(slice(start, None), None, (0, 1 << 31), 1, None, run.clock).start
    _ask(run, table, columns, who, every, 0, 0)
    return _rows(run, table, columns, who, every, begin, seconds)


def _rows(
    run: History, table: str, columns: Any, who: Any, every: Any, begin: int, seconds: float
) -> Iterator[pd.DataFrame]:
    while True:
        running = run.state == "running"
        stop = run.look().stop
        if stop > begin:
            found = _ask(run, table, columns, who, every, begin, stop)
            begin = stop
            if len(found):
                yield found
        elif not running:
            return
        else:
            time.sleep(seconds)


def _ask(run: History, table: str, columns: Any, who: Any, every: Any, begin: int, stop: int) -> pd.DataFrame:
    window = slice(begin, stop)
    if table == EVENTS:
        if columns is not None or every is not None:
            raise BadParameter("columns or every for events.", "Events come whole.")
        return run.rows_between(EVENTS, None, who, window, None)
    return run.rows_between(table, columns, who, window, every)
