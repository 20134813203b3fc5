"""What all questions to a run rest on: where its rows are, how far they reach, and which of them are meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter
from aitown.history import asking, layout
from aitown.history.people import ALIVE, People, present
from aitown.history.rows import EVENT_SCHEMA, KEYS, events_of, key_of
from aitown.history.source import EVENTS, EVERYTHING, Look, Source
from aitown.history.store import Selection, joined

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from aitown.history.asking import Ticks, Who
    from aitown.history.frames import Names
    from aitown.history.kept import Kept
    from aitown.history.times import Span

_DAY = 86_400
_MADE = ("name", "time")
Columns = str | Iterable[str] | None


class Rows(People):
    """A run's rows as a source gives them, with names and times. `History` is made of it."""

    def __init__(self, source: Source, manifest: Mapping[str, Any]) -> None:
        super().__init__(source, manifest)
        self._names: tuple[tuple[str, ...], Names] | None = None
        self.keeps: object = None
        """Whatever must live as long as this History: the owner of a temporary folder."""

    @property
    def run_id(self) -> str:
        return super().run_id or str(self._source).rpartition("/")[2]

    @property
    def state(self) -> str:
        """One of "running" (being written now), "finished", "interrupted" (the writer died; `Town.resume` goes on)."""
        return self._source.state()

    @property
    def damage(self) -> str:
        """What is wrong with the stored rows, as a sentence; "" when nothing was found.

        Rows behind a damaged batch are never shown.
        """
        look = self._source.look()
        if not look.damaged and look.stop > self._source.expected_tick():
            return ""
        broken = ", ".join(look.damaged) or "a table"
        return f"{broken} can't be read after tick {look.stop - 1}: the rest of the run is not shown"

    @property
    def ticks(self) -> range:
        """The recorded ticks; more while the run is being written.

        A town that was recorded from its middle on has one more, `first_tick`, when that doesn't fall on the rhythm.
        """
        bounds = self._source.look().bounds
        if bounds is None:
            return range(0)
        first, last = bounds
        on_time = -(-first // self.record_every) * self.record_every
        return range(first if on_time > last else on_time, last + 1, self.record_every)

    @property
    def first_tick(self) -> int | None:
        """The first recorded tick; None when there is none yet."""
        bounds = self._source.look().bounds
        return bounds[0] if bounds else None

    @property
    def last_tick(self) -> int | None:
        """The newest recorded tick; None when there is none yet."""
        bounds = self._source.look().bounds
        return bounds[1] if bounds else None

    @property
    def nbytes(self) -> int:
        """The size of the folder."""
        return self._source.nbytes

    @property
    def map(self) -> Any:
        """The map, as plain data."""
        return self._source.document(layout.MAP)

    def summary(self) -> dict[str, str]:
        """What the run is, in words, by topic."""
        last = self.last_tick or 0
        cadence = "" if self.record_every == 1 else f", every {self.record_every}th recorded"
        out = {
            "town": self.town,
            "npcs": f"{len(self.names):,} NPCs",
            "ticks": f"{last:,} ticks{cadence}",
            "time": f"{last * self.tick_seconds / _DAY:.2f} days",
            "seed": f"seed {self._manifest.get('seed', 'unknown')}",
            "state": self.state,
            "size": f"{self.nbytes / 1e6:,.1f} MB",
        }
        return {**out, "damage": self.damage} if self.damage else out

    def kept(self) -> list[Kept]:
        """The metrics that were recorded with the run, with their values and the text of their functions."""
        return self._source.kept()

    def moments(self, ticks: Sequence[int], asked: Ticks, every: Span | None) -> pd.Series[Any]:
        """Those of some rising ticks that are asked for, with the clock."""
        import pandas as pd

        from aitown.history.frames import times

        chosen = asking.selection(asked, every, self._source.look().bounds, self.record_every, None, self.clock)
        at = np.array(ticks, np.int64)
        mask = chosen.ticks(at)
        at = at if mask is None else at[mask]
        return pd.Series(times(self.clock, at), index=pd.Index(at, name="tick"), name="time")

    def look(self) -> Look:
        """How far the run reaches now."""
        return self._source.look()

    def raw(self, look: Look, table: str) -> tuple[list[Path], pa.Table]:
        """A table in frozen integers: the sealed files, verified, and the rows that are not sealed yet."""
        return self._source.raw(look, table)

    def frozen_pieces(self, table: str, columns: list[str], chosen: Selection) -> Iterator[pa.Table]:
        """Rows as they are stored, tick and row id first; at least one piece.

        Raises:
            UnknownName: for a table or column that isn't there.
        """
        if table not in self.tables:
            raise asking.unknown("table", table, self.tables)
        names = EVENT_SCHEMA.names if table == EVENTS else ["tick", key_of(table), *self.declared(table)]
        wanted = asking.names_of("column", columns, names)
        return self._source.pieces(self._source.look(), table, wanted, chosen)

    def rows_between(self, table: str, columns: Columns, who: Who, window: slice, every: Span | None) -> pd.DataFrame:
        """The rows of ticks `[window.start, window.stop)`, none where the run has none."""
        from aitown.history.frames import event_frame, state_frame

        look = self._source.look()
        step = 1 if every is None else self.clock.ticks(every)
        ids = self._rows_of(table, who)
        chosen = Selection(window.start, window.stop, 1, step, None if table == EVENTS else ids)
        if table == EVENTS:
            rows = [
                events_of(piece, None, ids) for piece in self._source.pieces(look, table, EVENT_SCHEMA.names, chosen)
            ]
            return self._named(event_frame(joined(rows), self.kinds, self._categories(), self.clock), table)
        declared = self.declared(table)
        wanted = self._columns_of(table, columns)
        stored = [name for name in wanted if name in declared]
        found = joined(list(self._present(look, table, stored, chosen)))
        return self._named(state_frame(table, found, wanted, declared, self._categories(), self.clock), table)

    def state_pieces(
        self, table: str, columns: Columns, who: Who, ticks: Ticks, every: Span | None
    ) -> Iterator[pd.DataFrame]:
        """A table of state in pieces of about a million rows, for what is too large to hold; at least one piece."""
        from aitown.history.frames import state_frame

        wanted, pieces = self._pieces(self._source.look(), table, columns, who, ticks, every)
        for rows in pieces:
            made = state_frame(table, joined([rows]), wanted, self.declared(table), self._categories(), self.clock)
            yield self._named(made, table)

    def arrow_pieces(
        self, table: str, columns: Columns = None, who: Who = None, ticks: Ticks = None, every: Span | None = None
    ) -> Iterator[pa.Table]:
        """`to_arrow` in pieces of about a million rows; at least one piece."""
        from aitown.history import arrow

        look = self._source.look()
        names = (self.names, self.place_names)
        if table == EVENTS:
            if columns is not None or every is not None:
                raise BadParameter("columns or every for events.", "Events come whole: give kinds to `events`.")
            for rows in self._event_pieces(look, None, who, ticks):
                yield arrow.real_events(rows, self.kinds, *names, self.clock)
            return
        wanted, pieces = self._pieces(look, table, columns, who, ticks, every)
        for rows in pieces:
            yield arrow.real_rows(table, rows, wanted, self.declared(table), *names, self.clock)

    def _state(self, table: str, columns: Columns, who: Who, ticks: Ticks, every: Span | None) -> pd.DataFrame:
        from aitown.history.frames import state_frame

        wanted, pieces = self._pieces(self._source.look(), table, columns, who, ticks, every)
        rows = joined(list(pieces))
        made = state_frame(table, rows, wanted, self.declared(table), self._categories(), self.clock)
        return self._named(made, table)

    def _pieces(
        self, look: Look, table: str, columns: Columns, who: Who, ticks: Ticks, every: Span | None
    ) -> tuple[list[str], Iterator[pa.Table]]:
        """The columns that are meant, and their rows."""
        if table not in self.schema:
            raise asking.unknown("table", table, self.tables)
        declared = self.declared(table)
        ids = self._rows_of(table, who)
        wanted = self._columns_of(table, columns)
        chosen = asking.selection(ticks, every, look.bounds, self.record_every, ids, self.clock)
        stored = [name for name in wanted if name in declared]
        return wanted, self._present(look, table, stored, chosen)

    def _present(self, look: Look, table: str, columns: list[str], chosen: Selection) -> Iterator[pa.Table]:
        """Rows of those who are there."""
        if table != "npcs" or ALIVE not in self.declared(table):
            return self._source.pieces(look, table, columns, chosen)
        asked = columns if ALIVE in columns else [*columns, ALIVE]
        return (present(piece, columns) for piece in self._source.pieces(look, table, asked, chosen))

    def _event_pieces(
        self, look: Look, kinds: str | Iterable[str] | None, npcs: Who, ticks: Ticks, text: bool = True
    ) -> Iterator[pa.Table]:
        codes = [self.kinds.index(kind) for kind in asking.names_of("kind of event", kinds, self.kinds)]
        ids = asking.ids_of("NPC", npcs, self.names)
        chosen = EVERYTHING if ticks is None else self._moments(look, ticks)
        columns = [name for name in EVENT_SCHEMA.names if text or name != "text"]
        for rows in self._source.pieces(look, EVENTS, columns, chosen):
            yield events_of(rows, None if kinds is None else codes, ids)

    def _moments(self, look: Look, ticks: Ticks) -> Selection:
        """Ticks of events, which may fall between those of the frames."""
        bounds = look.bounds and (0, max(look.bounds[1], look.stop - 1))
        return asking.selection(ticks, None, bounds, 1, None, self.clock)

    def _window(self, ticks: Ticks) -> tuple[int, int]:
        """The ticks `[start, stop)` that are meant."""
        if ticks is None:
            return EVERYTHING.start, EVERYTHING.stop
        chosen = self._moments(self._source.look(), ticks)
        return chosen.start, chosen.stop

    def _log(
        self,
        npcs: Who,
        ticks: Ticks = None,
        text: bool = True,
        further: pd.DataFrame | None = None,
        more: tuple[str, ...] = (),
    ) -> pd.DataFrame:
        """All talk, from the beginning of the run to the end of the ticks: conversations begin before what is asked.

        With the events of another log among it, if there is a `further` one, and with `more` kinds of events.
        """
        import pandas as pd

        from aitown.history.frames import event_frame

        kinds = [kind for kind in ("said", "met", "parted", "joined", "left", *more) if kind in self.kinds]
        npcs = None if "joined" in kinds else npcs  # what others of a group do is part of its conversation
        stop = self._window(ticks)[1]
        upto = None if ticks is None else slice(0, stop)
        pieces = list(self._event_pieces(self._source.look(), kinds, npcs, upto, text))
        log = event_frame(joined(pieces), self.kinds, self._categories(), self.clock)
        return log if further is None else pd.concat([log, further[log.columns]]).sort_index()

    def _columns_of(self, table: str, columns: Columns) -> list[str]:
        """The columns that are meant; rows that have no names have no column of them."""
        made = _MADE if table in KEYS else _MADE[1:]
        return asking.names_of("column", columns, [*made, *self.declared(table)])

    def _rows_of(self, table: str, who: Who) -> tuple[int, ...] | None:
        """The rows that are meant; of events those of these NPCs."""
        if table == "places":
            return asking.ids_of("place", who, self.place_names)
        if table in KEYS or table == EVENTS:
            return asking.ids_of("NPC", who, self.names)
        return asking.rows_of(table, who)

    def _categories(self) -> Names:
        names = self.names
        if self._names is None or self._names[0] != names:
            from aitown.history.accessor import register
            from aitown.history.frames import Names

            register()
            self._names = names, Names({"npcs": names, "places": self.place_names})
        return self._names[1]

    def _named(self, frame: pd.DataFrame, table: str) -> pd.DataFrame:
        frame.attrs.update(
            run=self.run_id,
            table=table,
            source=str(self._source),
            start=self.start,
            tick_seconds=self.tick_seconds,
            record_every=self.record_every,
        )
        return frame
