"""Where a History's rows come from: a run's folder, or anything else that answers the same calls."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aitown.errors import DamagedRun
from aitown.history import journal, layout
from aitown.history import kept as recorded
from aitown.history.layout import EVENTS
from aitown.history.lock import is_locked
from aitown.history.manifest import RUNNING, document, read_manifest
from aitown.history.rows import arrow_schemas
from aitown.history.store import Selection, Snapshot, Store
from aitown.history.unreadable import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from aitown.columns import Schema
    from aitown.history.kept import Kept

_MOVING_IN = b'"kind":"add"'
EVERYTHING = Selection(0, 1 << 31)


@dataclass(frozen=True)
class Look:
    """A run as it was at one moment; what is read by it belongs together.

    Attributes:
        bounds: the first and last recorded tick; None when there is none yet.
        stop: the tick up to which all tables reach, exclusive.
        damaged: the tables that can't be read further.
        tables: how the source finds them again.
    """

    bounds: tuple[int, int] | None
    stop: int
    damaged: tuple[str, ...] = ()
    tables: Mapping[str, Snapshot] | None = None


class Source(Protocol):
    """What a History needs of where its rows are."""

    def look(self) -> Look:
        """The run as it is now."""

    def pieces(self, look: Look, table: str, columns: Sequence[str], chosen: Selection) -> Iterator[pa.Table]:
        """Rows of frozen integers, tick and row id first, piece after piece; at least one, which may be empty."""

    def raw(self, look: Look, table: str) -> tuple[list[Path], pa.Table]:
        """The sealed files of a table, verified as a whole, and its other rows in frozen integers."""

    def state(self) -> str:
        """Whether it is "running", "finished" or "interrupted"."""

    def expected_tick(self) -> int:
        """The last tick that a finished run must have; −1 when that isn't known."""

    def inputs(self) -> list[dict[str, Any]]:
        """The journal."""

    def newcomers(self) -> Sequence[tuple[int, str]]:
        """Id and name of everybody who moved in, by the journal."""

    def kept(self) -> list[Kept]:
        """The metrics that were recorded with the run."""

    def document(self, name: str) -> Any:
        """map.json or personas.json, as plain data."""

    @property
    def nbytes(self) -> int:
        """The size of the run."""

    def __str__(self) -> str:
        """Where it is."""


class FolderSource:
    """A run's folder, finished or being written."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self.folder = folder
        self.store = Store(folder, arrow_schemas(schema))
        self._newcomers: tuple[int, list[tuple[int, str]]] = (0, [])

    def look(self) -> Look:
        found = self.store.look()
        stop = min(snapshot.stop for snapshot in found.values())
        damaged = tuple(table for table, snapshot in found.items() if snapshot.damaged)
        first = next(iter(self.store.schemas))
        return Look(self.store.bounds(found[first], first), stop, damaged, found)

    def pieces(self, look: Look, table: str, columns: Sequence[str], chosen: Selection) -> Iterator[pa.Table]:
        assert look.tables is not None
        return self.store.pieces(look.tables[table], table, columns, chosen)

    def raw(self, look: Look, table: str) -> tuple[list[Path], pa.Table]:
        assert look.tables is not None
        return self.store.raw(look.tables[table], table)

    def state(self) -> str:
        locked = is_locked(self.folder)
        state = str(read_manifest(self.folder)["state"])
        if state == RUNNING and not locked:
            return "interrupted"
        return RUNNING if locked else state

    def expected_tick(self) -> int:
        manifest = read_manifest(self.folder)
        return int(manifest.get("last_tick", -1)) if self.state() == "finished" else -1

    def inputs(self) -> list[dict[str, Any]]:
        path = self.folder / layout.JOURNAL
        with told(self.folder, path):
            if not path.exists():
                read_manifest(self.folder)  # which says so when the whole run is gone
                raise DamagedRun(f"{path} is missing.", "Restore the folder from a copy of the run.")
            return journal.read(path)[0]

    def newcomers(self) -> Sequence[tuple[int, str]]:
        read, came = self._newcomers
        path = self.folder / layout.JOURNAL
        with told(self.folder, path):
            more, read = journal.since(path, read, _MOVING_IN)
        if more:
            came = [*came, *((one["npc"], one["persona"]["name"]) for one in more)]
        self._newcomers = read, came
        return came

    def kept(self) -> list[Kept]:
        with told(self.folder, self.folder / layout.METRICS):
            return recorded.read(self.folder)

    def document(self, name: str) -> Any:
        return document(self.folder, name)

    @property
    def nbytes(self) -> int:
        return sum(_size(path) for path in self.folder.rglob("*"))

    def __str__(self) -> str:
        return str(self.folder)


def _size(path: Path) -> int:
    """Of a file; 0 of anything else, of one that was sealed meanwhile, and of one that may not be looked at."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


__all__ = ["EVENTS", "EVERYTHING", "FolderSource", "Look", "Source"]
