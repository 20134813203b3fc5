"""History: all frames, events and inputs of a run, in pandas. Read-only; the run may be finished or being written."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from aitown.columns import Column, schema_from_json
from aitown.errors import DamagedRun, RunError
from aitown.history import asking, journal, layout
from aitown.history.lock import is_locked
from aitown.history.manifest import RUNNING, read_manifest
from aitown.history.rows import EVENT_SCHEMA, KEYS, arrow_schemas
from aitown.history.store import Selection, Snapshot, Store

if TYPE_CHECKING:
    import pandas as pd

    from aitown.history.asking import Ticks, Who
    from aitown.history.frames import Names

_DAY = 86_400
_MADE = ("name", "time")


class History:
    """A run's history. `load` opens it.

    DataFrames are in real units: `x` and `y` in tiles, needs from 0 to 1; labels and names are categoricals; the id −1
    is nobody. `frame.attrs["units"]` has the unit of each column.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self._manifest = dict(manifest)
        self.schema = schema_from_json(manifest["schema"])
        self._store = Store(folder, arrow_schemas(self.schema))
        self._names: Names | None = None
        self.keeps: object = None
        """Whatever must live as long as this History: the owner of a temporary folder."""

    @classmethod
    def load(cls, folder: str | Path) -> History:
        """Open a run's folder, finished or being written; nothing is read yet but the manifest.

        Raises:
            UnknownRun: when there is no run.
            DamagedRun: when its manifest can't be understood.
        """
        path = Path(folder).expanduser().absolute()
        return cls(path, read_manifest(path))

    def __reduce__(self) -> tuple[Any, ...]:
        return History.load, (self.folder,)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the run is: seed, parameters, versions, hashes, names."""
        return dict(self._manifest)

    @property
    def run_id(self) -> str:
        return str(self._manifest.get("run", self.folder.name))

    @property
    def town(self) -> str:
        return str(self._manifest.get("town", self.run_id))

    @property
    def seed(self) -> int:
        return int(self._manifest["seed"])

    @property
    def names(self) -> tuple[str, ...]:
        """The NPCs' names; an NPC's id is its position."""
        return tuple(self._manifest.get("names", ()))

    @property
    def place_names(self) -> tuple[str, ...]:
        """The places' names; a place's id is its position."""
        given = self._manifest.get("places", ())
        return tuple(str(place["name"]) if isinstance(place, Mapping) else str(place) for place in given)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of events."""
        return tuple(self._manifest.get("event_kinds", ()))

    @property
    def record_every(self) -> int:
        """Each so many ticks a frame was recorded."""
        return int(self._manifest.get("record_every", 1))

    @property
    def start(self) -> str:
        """The clock at tick 0."""
        return str(self._manifest.get("start", "2025-03-03T06:00:00"))

    @property
    def tick_seconds(self) -> float:
        return float(self._manifest.get("tick_seconds", 10))

    @property
    def state(self) -> str:
        """One of "running" (being written now), "finished", "interrupted" (the writer died; `Town.resume` goes on)."""
        locked = is_locked(self.folder)
        state = str(read_manifest(self.folder)["state"])
        if state == RUNNING and not locked:
            return "interrupted"
        return RUNNING if locked else state

    @property
    def damage(self) -> str:
        """What is wrong with the stored rows, as a sentence; "" when nothing was found.

        Rows behind a damaged batch are never shown.
        """
        found = self._store.look()
        stop = min(snapshot.stop for snapshot in found.values())
        broken = [table for table, snapshot in found.items() if snapshot.damaged]
        expected = int(read_manifest(self.folder).get("last_tick", -1)) if self.state == "finished" else -1
        if not broken and stop > expected:
            return ""
        return f"{', '.join(broken) or 'a table'} can't be read after tick {stop - 1}: the rest of the run is not shown"

    @property
    def ticks(self) -> range:
        """The recorded ticks; more while the run is being written.

        A town that was recorded from its middle on has one more, `first_tick`, when that doesn't fall on the rhythm.
        """
        bounds = self._bounds(self._store.look())
        if bounds is None:
            return range(0)
        first, last = bounds
        on_time = -(-first // self.record_every) * self.record_every
        return range(first if on_time > last else on_time, last + 1, self.record_every)

    @property
    def first_tick(self) -> int | None:
        """The first recorded tick; None when there is none yet."""
        bounds = self._bounds(self._store.look())
        return bounds[0] if bounds else None

    @property
    def last_tick(self) -> int | None:
        """The newest recorded tick; None when there is none yet."""
        bounds = self._bounds(self._store.look())
        return bounds[1] if bounds else None

    @property
    def nbytes(self) -> int:
        """The size of the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def map(self) -> Any:
        """The map, as plain data."""
        return self._document(layout.MAP)

    @property
    def personas(self) -> Any:
        """The personas, as plain data."""
        return self._document(layout.PERSONAS)

    def npcs(
        self,
        columns: str | Iterable[str] | None = None,
        npcs: Who = None,
        ticks: Ticks = None,
        every: int | None = None,
    ) -> pd.DataFrame:
        """NPCs over time, one row an NPC and tick; index `(tick, npc)`.

        Args:
            columns: names of columns, "name" and "time" among them; None for all.
            npcs: ids or names; None for all.
            ticks: a half-open slice, a range, or one tick; negative numbers count from the end.
            every: only the ticks that this number divides.

        Raises:
            UnknownName: for a column or NPC that isn't there.
            BadParameter: for ticks outside the run.
            DamagedRun: for a part whose checksum is wrong.
        """
        return self._state("npcs", columns, asking.ids_of("NPC", npcs, self.names), ticks, every)

    def places(
        self,
        columns: str | Iterable[str] | None = None,
        places: Who = None,
        ticks: Ticks = None,
        every: int | None = None,
    ) -> pd.DataFrame:
        """Places over time, one row a place and tick; index `(tick, place)`. Arguments and errors as for `npcs`."""
        return self._state("places", columns, asking.ids_of("place", places, self.place_names), ticks, every)

    def trajectory(
        self, npc: int | str, columns: str | Iterable[str] | None = None, ticks: Ticks = None, every: int | None = None
    ) -> pd.DataFrame:
        """One NPC over time, one row a tick; index `tick`. Arguments and errors as for `npcs`."""
        return self.npcs(columns, [npc], ticks, every).droplevel("npc")

    def at(self, tick: int, columns: str | Iterable[str] | None = None) -> pd.DataFrame:
        """All NPCs at one tick; index `npc`. −1 is the newest tick."""
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
        import numpy as np
        import pyarrow as pa

        from aitown.history.frames import event_frame

        codes = [self.kinds.index(kind) for kind in asking.names_of("kind of event", kinds, self.kinds)]
        ids = asking.ids_of("NPC", npcs, self.names)
        found = self._store.look()
        everything = Selection(0, 1 << 31)
        if ticks is not None:
            bounds = self._bounds(found)
            everything = asking.selection(
                ticks, None, bounds and (0, max(bounds[1], found["events"].stop - 1)), 1, None
            )
        rows = self._store.rows(found["events"], "events", EVENT_SCHEMA.names, everything)
        mask = np.ones(len(rows), dtype=bool)
        if kinds is not None:
            mask &= np.isin(rows.column("kind").to_numpy(), codes)
        if ids is not None:
            mask &= np.isin(rows.column("npc").to_numpy(), ids) | np.isin(rows.column("other").to_numpy(), ids)
        return self._named(event_frame(rows.filter(pa.array(mask)), self.kinds, self._categories(), self._times()))

    def inputs(self) -> pd.DataFrame:
        """Everything that came from outside, one row an input, in the order of acceptance."""
        import pandas as pd

        return self._named(pd.DataFrame(journal.read(self.folder / layout.JOURNAL)[0]))

    def __repr__(self) -> str:
        try:
            return f"History({str(self.folder)!r}: {', '.join(self.summary().values())})"
        except RunError as error:
            return f"History({str(self.folder)!r}: {error.message})"

    def _repr_html_(self) -> str | None:
        if not self.folder.is_dir():
            return None  # notebooks then show the repr, which says so
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(key)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for key, value in {**self.summary(), "folder": str(self.folder)}.items()
        )
        return f"<table><caption style='text-align:left'>aitown run {html.escape(self.run_id)}</caption>{rows}</table>"

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

    def _state(
        self,
        table: str,
        columns: str | Iterable[str] | None,
        ids: tuple[int, ...] | None,
        ticks: Ticks,
        every: int | None,
    ) -> pd.DataFrame:
        from aitown.history.frames import state_frame

        declared: dict[str, Column] = {column.name: column for column in self.schema.get(table, ())}
        wanted = asking.names_of("column", columns, [*_MADE, *declared])
        found = self._store.look()
        chosen = asking.selection(ticks, every, self._bounds(found), self.record_every, ids)
        rows = self._store.rows(found[table], table, [name for name in wanted if name in declared], chosen)
        return self._named(state_frame(table, rows, wanted, declared, self._categories(), self._times()))

    def _bounds(self, found: Mapping[str, Snapshot]) -> tuple[int, int] | None:
        table = next(iter(KEYS))
        return self._store.bounds(found[table], table)

    def _times(self) -> tuple[str, float]:
        return self.start, self.tick_seconds

    def _categories(self) -> Names:
        if self._names is None:
            from aitown.history.frames import Names

            self._names = Names({"npcs": self.names, "places": self.place_names})
        return self._names

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        frame.attrs["run"] = self.run_id
        return frame

    def _document(self, name: str) -> Any:
        try:
            return orjson.loads((self.folder / name).read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise DamagedRun(f"{self.folder / name} can't be read: {error}.", "Restore it from a copy.") from error
