"""SQL over a run: DuckDB reads the sealed parts where they lie, and what is not sealed yet from memory.

A view turns frozen integers into real units and codes into names. Names are ENUMs whose values rise as texts do: they
compare, sort and join like texts, group twice as fast, and come back as categoricals. DuckDB knows nothing of our
checksums, so each part that it reads is checked as a whole beforehand, once in a process.
"""

from __future__ import annotations

import contextlib
import re
import threading
from concurrent.futures import Future, wait
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from aitown.errors import BadParameter, RunError
from aitown.history.names import distinct
from aitown.history.people import ALIVE
from aitown.history.rows import ROW, TICK, key_of
from aitown.history.source import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb
    import pandas as pd

    from aitown.columns import Column
    from aitown.history.reader import History

_MADE = ("talk", "conversations", "metrics", "inputs", "people")
_NAME = re.compile(r"[A-Za-z_]\w*")


def answer(run: History, query: str, parameters: Any, tables: Mapping[str, Any]) -> pd.DataFrame:
    """See `History.sql`."""
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise RunError(
            "DuckDB is not installed, which `sql` needs.", "pip install duckdb, or install aitown[notebook]."
        ) from error
    if not isinstance(query, str) or not query.strip():
        raise BadParameter(f"sql({query!r}).", f"Give a query as text. {_what_there_is(run, tables)}")
    with (
        TemporaryDirectory(prefix="aitown-sql-", ignore_cleanup_errors=True) as spilled,  # by default it is `.tmp` here
        duckdb.connect(config={"python_enable_replacements": False, "temp_directory": spilled}) as connection,
    ):
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout, among what a script prints
        try:
            _views(connection, run, {word.lower() for word in _NAME.findall(query)}, tables)
            return _interruptible(connection, lambda: _frame(connection.sql(query, params=parameters)))
        except duckdb.Error as error:
            first = str(error).strip()
            raise BadParameter(f"DuckDB can't answer: {first}", _what_there_is(run, tables)) from error


def _interruptible(connection: duckdb.DuckDBPyConnection, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What is asked, in another thread: in this one DuckDB 2.0 is deaf to Ctrl-C until it has the answer."""
    answer: Future[pd.DataFrame] = Future()
    ended = threading.Event()

    def work() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 (raised by `result`)
            answer.set_exception(error)
        ended.set()

    thread = threading.Thread(target=work, name="aitown-sql", daemon=True)
    try:
        thread.start()
        while not wait([answer], 0.1).done:  # Python hears a signal that another thread was given between two waits
            pass
        return answer.result()
    finally:
        if thread.ident is not None:
            _end(connection, answer, ended)
            thread.join()


def _end(connection: duckdb.DuckDBPyConnection, answer: Future[pd.DataFrame], ended: threading.Event) -> None:
    """Interrupt what isn't answered, and wait until the thread has let go of the connection, which is closed then.

    More than once, as it may be between two steps, where there is nothing to interrupt; and however often somebody
    presses Ctrl-C meanwhile. Not by joining the thread: Python 3.11 takes one whose join was interrupted for ended.
    """
    import duckdb

    while not ended.is_set():
        with contextlib.suppress(duckdb.Error, KeyboardInterrupt):
            if not answer.done():
                connection.interrupt()
            ended.wait(0.05)


def _frame(found: Any) -> pd.DataFrame:
    import pandas as pd

    if found is None:
        return pd.DataFrame()
    made: pd.DataFrame = found.to_arrow_table().to_pandas()
    return made


def _what_there_is(run: History, tables: Mapping[str, Any]) -> str:
    there = ", ".join([*run.schema, EVENTS, *_MADE, *tables])
    columns = ", ".join(["tick", "npc", "name", "time", *run.declared("npcs")])
    return f"The tables are {there}; npcs has {columns}."


def _views(connection: duckdb.DuckDBPyConnection, run: History, wanted: set[str], tables: Mapping[str, Any]) -> None:
    """Those of the tables that the query has the names of; a word too many does no harm."""
    for name, table in tables.items():
        if not _NAME.fullmatch(name) or name in (*run.schema, EVENTS, *_MADE):
            raise BadParameter(f"a table called {name!r}.", "Give it a plain name that no table of the run has.")
        connection.register(name, table)
    look = run.look()
    asked = [table for table in (*run.schema, EVENTS) if table in wanted]
    if asked:
        lists = {"npcs": distinct(run.names), "places": distinct(run.place_names), "kinds": run.kinds}
        labels = {_of(table, c): c.labels for table in asked for c in run.schema.get(table, ()) if c.labels}
        _lists(connection, {**lists, **labels})
    for table in asked:
        files, rest = run.raw(look, table)
        connection.register(f"_{table}_hot", rest)
        source = f"SELECT * FROM _{table}_hot"
        if files:
            paths = ", ".join(_text(str(path)) for path in files)
            source = f"SELECT * FROM read_parquet([{paths}]) UNION ALL {source}"
        source = f"SELECT * FROM ({source}){_there(run, table)}"
        columns = _event_columns(run) if table == EVENTS else _state_columns(run, table)
        connection.execute(f"CREATE VIEW {_quoted(table)} AS SELECT {', '.join(columns)} FROM ({source})")
    for table in _MADE:
        if table in wanted:
            frame = _plain(getattr(run, table)())
            if table == "inputs" and not len(frame):
                connection.execute("CREATE VIEW inputs AS SELECT 0 AS id, 0 AS tick, '' AS kind LIMIT 0")
                continue
            connection.register(f"_{table}", frame if table == "inputs" else frame.reset_index())
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM _{table}")


def _there(run: History, table: str) -> str:
    """Only rows of those who are there."""
    return f" WHERE {ALIVE} <> 0" if table == "npcs" and ALIVE in run.declared(table) else ""


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Personas of inputs as JSON, since their fields differ."""
    if "persona" in frame:
        frame["persona"] = [orjson.dumps(one).decode() if isinstance(one, dict) else None for one in frame["persona"]]
    return frame


def _lists(connection: duckdb.DuckDBPyConnection, lists: Mapping[str, Sequence[str]]) -> None:
    """For each list of names a variable `_list` of values of an ENUM of its own, with that of code −1, null, first."""
    for name, values in lists.items():
        kind = "VARCHAR"  # an ENUM has to have a value
        if values:
            kind = _quoted(f"{name} names")
            connection.execute("SET VARIABLE _sorted = $1::VARCHAR[]", [sorted(set(values))])
            connection.execute(f"CREATE TYPE {kind} AS ENUM (SELECT unnest(getvariable('_sorted')))")
        connection.execute(f"SET VARIABLE {_quoted('_' + name)} = $1::{kind}[]", [[None, *values]])


def _of(table: str, column: Column) -> str:
    """What the list of a column's labels is called."""
    return f"{table}.{column.name}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _label(code: str, names: str) -> str:
    """A name of a list by its code; null where there is none."""
    return f"list_extract(getvariable({_text('_' + names)}), {code}::INTEGER + 2)"


def _time(run: History) -> str:
    """The clock as an integer sum, where a tick is a whole number of microseconds: three times as fast as intervals."""
    start = int(np.datetime64(run.clock.start, "us").astype(np.int64))
    step = run.tick_seconds * 1e6
    passed = f"{TICK}::BIGINT * {int(step)}" if step == int(step) else f"round({TICK} * {step!r})::BIGINT"
    return f"make_timestamp({start} + {passed}) AS time"


def _state_columns(run: History, table: str) -> list[str]:
    key = key_of(table)
    if key == ROW:
        head = [TICK, _quoted(ROW), _time(run)]
    elif key == "place":
        head = [TICK, "place AS place_id", f"{_label('place', table)} AS place", _time(run)]
    else:
        head = [TICK, key, f"{_label(key, table)} AS name", _time(run)]
    return [*head, *(f"{_real(table, column)} AS {_quoted(column.name)}" for column in run.schema[table])]


def _real(table: str, column: Column) -> str:
    name = _quoted(column.name)
    if column.labels:
        return _label(name, _of(table, column))
    if column.refers == "places":
        return _label(name, "places")
    return f"{name} / {column.per_unit}.0::DOUBLE" if column.per_unit > 1 else name


def _event_columns(run: History) -> list[str]:
    npc, other, place, kind = (
        _label(name, of) for name, of in (("npc", "npcs"), ("other", "npcs"), ("place", "places"), ("kind", "kinds"))
    )
    return [
        "id", TICK, _time(run), f"{kind} AS kind", "npc", f"{npc} AS name", "other", f"{other} AS other_name",
        f"{place} AS place", "text",
    ]  # fmt: skip
