"""History: all frames, events and inputs of a run, in pandas. Read-only; the run may be finished or being written."""

from __future__ import annotations

import html
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter, RunError
from aitown.history.economy import Economy
from aitown.history.facts import Facts
from aitown.history.layout import near
from aitown.history.manifest import read_manifest
from aitown.history.society import Society
from aitown.history.source import EVENTS, FolderSource
from aitown.history.store import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aitown.history.asked import Columns
    from aitown.history.asking import Ticks, Who
    from aitown.history.metrics import Names
    from aitown.history.times import Span


class History(Society, Economy):
    """A run's history. `aitown.load` opens it.

    DataFrames are in real units: `x` and `y` in tiles, needs from 0 to 1; labels and names are categoricals; the id −1
    is nobody. `frame.attrs["units"]` has the unit of each column, and `frame.town` more ways to look at it.

    Wherever ticks are asked for, there may be a tick, a half-open slice, a range, or times of the town:
    `slice("day 2 08:00", "day 2 12:00")`. Negative ticks count from the end. NPCs and places go by name or id.
    """

    @classmethod
    def load(cls, folder: str | Path) -> History:
        """Open a run's folder, finished or being written; nothing is read yet but the manifest.

        Raises:
            UnknownRun: when there is no run.
            DamagedRun: when its manifest can't be understood.
        """
        path = Path(folder).expanduser().absolute()
        manifest = read_manifest(path)
        facts = Facts(manifest)
        return cls(FolderSource(path, facts.schema), manifest)

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self._source, FolderSource):
            return History.load, (self._source.folder,)
        return History, (self._source, self._manifest)

    @property
    def folder(self) -> Path:
        """Where the run lies.

        Raises:
            RunError: when it is not on this machine.
        """
        if isinstance(self._source, FolderSource):
            return self._source.folder
        raise RunError(f"the run {self.run_id} has no folder here.", "It is read from its server.")

    def npcs(
        self, columns: Columns = None, npcs: Who = None, ticks: Ticks = None, every: Span | None = None
    ) -> pd.DataFrame:
        """NPCs over time, one row an NPC and tick; index `(tick, npc)`.

        Args:
            columns: names of columns, "name" and "time" among them; None for all.
            npcs: ids or names; None for all.
            ticks: a half-open slice, a range, or one tick or time; a time between two recorded ticks is the earlier.
            every: only the ticks that this number divides; or a length of time, "1h".

        Raises:
            UnknownName: for a column or NPC that isn't there.
            BadParameter: for ticks outside the run.
            DamagedRun: for a part whose checksum is wrong.
        """
        return self._state("npcs", columns, npcs, ticks, every)

    def places(
        self, columns: Columns = None, places: Who = None, ticks: Ticks = None, every: Span | None = None
    ) -> pd.DataFrame:
        """Places over time, one row a place and tick; index `(tick, place)`. Arguments and errors as for `npcs`."""
        return self._state("places", columns, places, ticks, every)

    def table(
        self, name: str, columns: Columns = None, rows: Who = None, ticks: Ticks = None, every: Span | None = None
    ) -> pd.DataFrame:
        """Any table of state that was recorded, see `tables`: one row a row of it and tick.

        The index is `(tick, npc)` for npcs, `(tick, place)` for places, `(tick, row)` for others, whose rows have no
        names. `events` are asked by `events`. Arguments and errors as for `npcs`.

        Raises:
            UnknownName: for a table that the run doesn't have.
        """
        return self._state(name, columns, rows, ticks, every)

    def trajectory(
        self, npc: int | str, columns: Columns = None, ticks: Ticks = None, every: Span | None = None
    ) -> pd.DataFrame:
        """One NPC over time, one row a tick; index `tick`. Arguments and errors as for `npcs`."""
        return self.npcs(columns, [npc], ticks, every).droplevel("npc")

    def at(self, tick: Ticks, columns: Columns = None) -> pd.DataFrame:
        """All NPCs at one tick, or as they last were at a time; index `npc`. −1 is the newest tick."""
        if isinstance(tick, (slice, range)):
            raise BadParameter(f"at({tick!r}).", "`at` takes one tick or time; `npcs(ticks=…)` takes many.")
        return self.npcs(columns, ticks=tick).droplevel("tick")

    def events(self, kinds: str | Iterable[str] | None = None, npcs: Who = None, ticks: Ticks = None) -> pd.DataFrame:
        """What happened, one row an event; index `id`.

        Args:
            kinds: of events; None for all.
            npcs: ids or names of those who did it or with whom; None for all, the researcher's voice (−1) included.
            ticks: as for `npcs`.

        Raises:
            UnknownName: for a kind or NPC that isn't there.
            BadParameter: for ticks outside the run.
        """
        from aitown.history.frames import event_frame

        rows = joined(list(self._event_pieces(self._source.look(), kinds, npcs, ticks)))
        return self._named(event_frame(rows, self.kinds, self._categories(), self.clock), EVENTS)

    def talk(self, npcs: Who = None, ticks: Ticks = None) -> pd.DataFrame:
        """What was said, one row an utterance; index `id`, that of the event.

        `conversation` is the id of the event with which it began, −1 for words outside one (the researcher's voice and
        answers to it); `turn` counts the lines of a conversation from 0. Arguments and errors as for `events`.
        """
        from aitown.history import talk

        log = self._log(npcs, ticks)
        return self._named(talk.lines(log, *self._window(ticks), self._ids(npcs)), "talk")

    def conversations(self, npcs: Who = None, ticks: Ticks = None) -> pd.DataFrame:
        """Who talked with whom, one row a conversation that the ticks touch; index `conversation`.

        `npc` began it with `other`; `tick` and `until` are its first and last tick (`until` is −1 while it goes on),
        `lines` counts what was said, `people` those who took part (see `members`), `seconds` is its length in simulated
        time. Arguments and errors as for `events`.
        """
        from aitown.history import talk

        log = self._log(npcs, text=False)
        return self._named(talk.conversations(log, *self._window(ticks), self.clock, self._ids(npcs)), "conversations")

    def network(self, ticks: Ticks = None, npcs: Who = None) -> pd.DataFrame:
        """Who had to do with whom, one row a pair that talked; index `(npc, other)`, the lower id first.

        `meetings` counts conversations that both were in, `lines` what one said to the other, `seconds` the simulated
        time in which they talked together, all within `ticks`; `first` and `last` are ticks. `graph` gives it to
        networkx. Arguments and errors as for `events`.
        """
        from aitown.history import talk

        log = self._log(npcs, text=False)
        window = self._window(ticks)
        return self._named(
            talk.pairs(log, *window, self._source.look().stop, self.clock, self._categories(), self._ids(npcs)),
            "network",
        )

    def heard(self, pattern: str, ticks: Ticks = None) -> pd.DataFrame:
        """How words spread: for each NPC the first time that it said or was told something that matches.

        Index `npc`; `tick`, `time`, `name`, `how` ("said" or "told"), `source` (who told it, −1 for itself or a voice
        from outside) and `text`. Only those who did; in the order of time.

        Args:
            pattern: a regular expression, whatever the case of letters.
            ticks: as for `npcs`.
        """
        from aitown.history import talk

        return self._named(talk.spread(self.talk(ticks=ticks), pattern, self._categories()), "heard")

    def fork(self, tick: Ticks = None, **options: Any) -> Any:
        """A Town that has the past of this run up to a tick, in which something may be changed.

        Args:
            tick: a tick or a time of the town; None for the newest.
            options: `record`, `replay`, `systems`, `minds`, `mode` and `name`, see `aitown.Town.from_run`.
        """
        return importlib.import_module("aitown.town").Town.from_run(self, tick, **options)

    def verify(self, **options: Any) -> Any:
        """Run this run again and compare every row: an `aitown.town.Verdict`, see `aitown.town.verify`."""
        return importlib.import_module("aitown.town").verify(self, **options)

    def inputs(self) -> pd.DataFrame:
        """Everything that came from outside, one row an input, in the order of acceptance."""
        import pandas as pd

        return self._named(pd.DataFrame(self._source.inputs()), "inputs")

    def metrics(
        self,
        names: Names = None,
        ticks: Ticks = None,
        every: Span | None = None,
    ) -> pd.DataFrame:
        """Metrics over time, one row a tick; index `tick`, column `time`, then one column a metric.

        Args:
            names: of metrics (see `metric_list`), or functions of a DataFrame (see `aitown.metric`); None for all that
                are made of tables. One of somebody's own that was recorded (see `record_metrics`) and isn't declared
                here has NaN where it wasn't computed.
            ticks: as for `npcs`.
            every: as for `npcs`.

        Raises:
            UnknownName: for a metric that isn't there, or whose columns this run lacks.
            BadParameter: for one that doesn't give a number.
        """
        from aitown.history import metrics

        return self._named(metrics.over(self, metrics.chosen(self, names), ticks, every), "metrics")

    def record_metrics(self, names: Names = None, every: Span | None = None) -> pd.DataFrame:
        """Keep metrics of one's own with the run, so that whoever loads it sees their values, names and units.

        They are computed for what is recorded now. When the run has grown, or the function changed, call it again: it
        takes the place of what was kept. A process that has declared a metric of the name always computes it instead.

        Args:
            names: of metrics, or metrics; None for all declared here that fit this run.
            every: as for `npcs`; for metrics that take long.

        Returns:
            The values, as `metrics` gives them.

        Raises:
            UnknownName, BadParameter: as `metrics`.
            RunError: when the run's folder is not on this machine, or can't be written to.
        """
        from aitown.history import kept, metrics

        wanted = metrics.chosen(self, metrics.declared(self) if names is None else names)
        found = metrics.record(self, wanted, every)
        for one in found:
            kept.write(self.folder, one)
        return self._named(metrics.frame(found, self), "metrics")

    def recorded(self, ticks: Ticks = None) -> pd.DataFrame:
        """The metrics that were recorded with the run and nothing else, as `metrics` gives them, whoever asks.

        Args:
            ticks: as for `npcs`.
        """
        from aitown.history import metrics

        return self._named(metrics.over(self, self.kept(), ticks, None), "metrics")

    def sql(self, query: str, parameters: Any = None, **tables: Any) -> pd.DataFrame:
        """The answer of DuckDB to a query over this run; needs `pip install duckdb`.

        Its tables are `npcs`, `places`, `events`, `talk`, `conversations`, `metrics`, `people` and `inputs`, with the
        columns of the methods of these names, any other table of state by its name, and the ids `tick`, `npc` and
        `place` as columns (`place_id` in `places`). Names and labels compare and sort like texts; they come back as
        categoricals.

        Args:
            query: SQL.
            parameters: values for `?` or `$name` in it.
            tables: further tables by name: DataFrames, Arrow or polars tables.

        Raises:
            BadParameter: for a query that DuckDB refuses, with its reason.
            RunError: without DuckDB.
        """
        from aitown.history import sql

        return self._named(sql.answer(self, query, parameters, tables), "sql")

    def to_arrow(
        self,
        table: str = "npcs",
        columns: Columns = None,
        who: Who = None,
        ticks: Ticks = None,
        every: Span | None = None,
    ) -> pa.Table:
        """A table in real units as Arrow: one of `tables`. Ids are columns, nobody is −1, no place null.

        Each field's metadata has its `unit` and `doc`. Arguments and errors as for `npcs`.
        """
        import pyarrow as pa

        return pa.concat_tables(self.arrow_pieces(table, columns, who, ticks, every)).unify_dictionaries()

    def to_polars(
        self,
        table: str = "npcs",
        columns: Columns = None,
        who: Who = None,
        ticks: Ticks = None,
        every: Span | None = None,
    ) -> pl.DataFrame:
        """The same as a polars DataFrame; needs `pip install polars`.

        Raises:
            RunError: without polars.
        """
        from aitown.history.arrow import to_polars

        return to_polars(self.to_arrow(table, columns, who, ticks, every))

    def to_parquet(self, folder: str | Path, ticks: Ticks = None, every: Span | None = None) -> Path:
        """Write the run in real units, for any tool: Parquet tables, JSON documents, and a README that explains them.

        Args:
            folder: where; it must not exist, or be empty. It appears whole or not at all.
            ticks: as for `npcs`; events are those of the ticks, inputs all of them.
            every: of the frames, as for `npcs`.

        Raises:
            RunExists: when something is there.
            RunError: when it can't be written.
        """
        from aitown.history.export import export

        return export(self, Path(folder).expanduser().absolute(), ticks, every)

    def follow(
        self,
        table: str = "npcs",
        columns: Columns = None,
        who: Who = None,
        every: Span | None = None,
        start: Ticks = None,
        seconds: float = 0.25,
    ) -> Iterator[pd.DataFrame]:
        """New rows while the run is written: a DataFrame each time that there are some; ends when the run does.

        Args:
            table: one of `tables`.
            columns: as for `npcs`; events come whole.
            who: ids or names of NPCs or places; None for all.
            every: as for `npcs`.
            start: the first tick or time wanted; None for what is new from now on.
            seconds: how often to look.
        """
        from aitown.history.follow import follow

        return follow(self, table, columns, who, every, start, seconds)

    def __repr__(self) -> str:
        try:
            return f"History({near(str(self._source))!r}: {', '.join(self.summary().values())})"
        except RunError as error:
            return f"History({near(str(self._source))!r}: {error.message})"

    def _repr_html_(self) -> str | None:
        try:
            summary = {**self.summary(), "folder": near(str(self._source))}
        except RunError:
            return None  # notebooks then show the repr, which says so
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(key)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for key, value in summary.items()
        )
        return f"<table><caption style='text-align:left'>aitown run {html.escape(self.run_id)}</caption>{rows}</table>"
