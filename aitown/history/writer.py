"""RunWriter: writes one run's folder, losslessly, from one thread of its own.

The town hands over blocks and events and goes on. At most every `flush_seconds` the thread appends one batch to the hot
file of every table, an empty one where nothing happened, so that all tables reach the same tick: the watermark. Once a
second it asks the disk to keep them. A second thread turns full hot files into parts.
"""

from __future__ import annotations

import errno
import math
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from aitown.columns import Array, Events, FrameBlock, Schema, schema_from_json, schema_to_json
from aitown.errors import BadParameter, RunError, RunExists
from aitown.history import checkpoints, journal, layout
from aitown.history.journal import Journal
from aitown.history.lock import WriterLock
from aitown.history.manifest import DOCUMENTS, RUNNING, checksum, read_manifest, write_manifest
from aitown.history.recover import Recovered, recover
from aitown.history.rows import arrow_schemas, check_block, events_after
from aitown.history.tables import BATCH_ROWS, NORMAL, Pace, Tables, Write, batched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass
class _Pending:
    """What was handed over and not yet taken by the thread."""

    writes: list[Write] = field(default_factory=list)
    checkpoints: list[tuple[int, Mapping[str, Array]]] = field(default_factory=list)
    rows: int = 0
    since: float = math.inf


class RunWriter:
    """Writes one run. Made by `create` or `resume`; a context manager that closes it.

    Attributes:
        folder: the run's folder.
        manifest: what manifest.json says.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: WriterLock, found: Recovered, pace: Pace) -> None:
        self.folder = folder
        self.manifest = manifest
        self.pace = pace
        self._lock = lock
        self._journal = Journal(folder / layout.JOURNAL)
        self._schemas = arrow_schemas(schema_from_json(manifest["schema"]))
        self._tables = Tables(folder, self._schemas, found, pace)
        self._resumed_tick, self._resumed_events = self.last_tick, self.event_count
        self._taken = (self.last_tick, self.event_count)
        self._pending = _Pending()
        self._condition = threading.Condition()
        self._syncs_wanted = self._syncs_done = 0
        self._closing = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="aitown-history", daemon=True)
        self._thread.start()

    @property
    def last_tick(self) -> int:
        """The newest tick up to which everything outlives this process; −1 when there is none."""
        return self._tables.last_tick

    @property
    def event_count(self) -> int:
        """The events that outlive this process; the next event's id."""
        return self._tables.event_count

    @classmethod
    def create(
        cls,
        folder: str | Path,
        manifest: Mapping[str, Any],
        schema: Schema,
        documents: Mapping[str, bytes],
        pace: Pace = NORMAL,
    ) -> RunWriter:
        """Start a new run. The folder appears whole, or not at all.

        Args:
            folder: where; it must not exist, or be empty.
            manifest: plain data; the writer adds `format`, `schema`, `state` and `documents`.
            schema: the published columns of each table.
            documents: further files by name, `map.json` and `personas.json`.
            pace: how often to do what.

        Raises:
            RunExists: when something is there.
            RunError: when the folder can't be made.
        """
        folder = Path(folder).absolute()
        schemas = arrow_schemas(schema)
        crcs = {name: checksum(data) for name, data in documents.items()}
        full = {
            **manifest,
            "format": layout.FORMAT,
            "schema": schema_to_json(schema),
            "state": RUNNING,
            DOCUMENTS: crcs,
        }
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise _taken(folder)
        temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{layout.UNFINISHED}")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
            try:
                for name in (*schemas, layout.CHECKPOINTS):
                    (temporary / name).mkdir()
                for name, data in documents.items():
                    layout.write_whole(temporary / name, data)
                (temporary / layout.JOURNAL).touch()
                write_manifest(temporary, full)
                lock = WriterLock(temporary)
                layout.sync_folder(temporary)
                temporary.rename(folder)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            layout.sync_folder(folder.parent)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and folder.is_dir():
                raise _taken(folder) from error
            raise RunError(
                f"a run can't be made in {folder}: {error.strerror}.", "Give a folder that can be written to."
            ) from error
        return cls(folder, full, lock, Recovered(0, 0, {}), pace)

    @classmethod
    def resume(cls, folder: str | Path, pace: Pace = NORMAL) -> RunWriter:
        """Go on with a run that was finished or interrupted, at the newest tick that all tables have.

        What comes after it is dropped. A town that replays from a checkpoint may hand over everything again: rows up to
        `last_tick` and events up to `event_count` are left out.

        Raises:
            UnknownRun: when there is no run.
            DamagedRun: when it can't be continued.
            RunError: when it is being written.
        """
        folder = Path(folder).absolute()
        read_manifest(folder)
        lock = WriterLock(folder)
        try:
            manifest = read_manifest(folder)
            journal.read(folder / layout.JOURNAL)
            found = recover(folder, arrow_schemas(schema_from_json(manifest["schema"])))
            manifest = {**manifest, "state": RUNNING}
            write_manifest(folder, manifest)
            return cls(folder, manifest, lock, found, pace)
        except OSError as error:
            lock.release()
            raise RunError(f"{folder} can't be continued: {error}.", "Check its permissions and the disk.") from error
        except BaseException:
            lock.release()
            raise

    def write(self, block: FrameBlock, events: Events, upto: int | None = None) -> None:
        """Hand over the frames and events of some ticks. Returns at once, unless the disk lags far behind.

        The arrays are kept, not copied: they must never change.

        Args:
            block: frames at rising ticks, after all handed over before; may be empty.
            events: those that came up, in the order of their ids.
            upto: the tick that the town has reached, when it is later than the block's last one.

        Raises:
            BadParameter: for columns, ticks or ids that don't fit the run.
            RunError: when earlier rows could not be written.
        """
        self._check()
        check_block(block, self._schemas)
        handed_tick, handed_events = self._handed()
        block, events = self._new(block, handed_tick), self._new_events(events, handed_events)
        reached = max(handed_tick, int(block.ticks[-1]) if len(block) else -1, -1 if upto is None else upto)
        write = Write(block, events, reached, handed_events + len(events))
        with self._condition:
            while self._pending.rows >= self.pace.queue_rows and self._error is None:
                self._condition.wait()
            self._check()
            pending = self._pending
            pending.since = min(pending.since, time.monotonic())
            pending.rows += write.rows
            # One step, so that Ctrl-C can't come between a block and its events.
            pending.writes.append(write)
            self._condition.notify_all()

    def write_input(self, record: Mapping[str, Any]) -> None:
        """Add one input to the journal; it is on the disk when this returns.

        Raises:
            RunError: when the disk refuses; the input is then not in the journal.
        """
        self._check()
        self._journal.append(record)

    def write_checkpoint(self, tick: int, arrays: Mapping[str, Array]) -> None:
        """Hand over the whole state after `tick`, written after all rows handed over before. Those kept get ever
        sparser towards the beginning, see `checkpoints.spare`.

        The arrays are kept, not copied.
        """
        self._check()
        with self._condition:
            self._pending.checkpoints.append((tick, arrays))
            self._condition.notify_all()

    def newest_checkpoint(self, at_most: int | None = None) -> tuple[int, dict[str, Array]] | None:
        """The newest readable checkpoint, not after tick `at_most`, as `(tick, arrays)`."""
        return checkpoints.newest(self.folder / layout.CHECKPOINTS, at_most)

    def inputs(self) -> list[dict[str, Any]]:
        """All records of the journal, oldest first."""
        return [dict(record) for record in self._journal.records]

    def sync(self) -> None:
        """Returns when all that was handed over is on the disk.

        Raises:
            RunError: when it can't be.
        """
        with self._condition:
            self._check()
            self._syncs_wanted += 1
            ticket = self._syncs_wanted
            self._condition.notify_all()
            while self._syncs_done < ticket and self._error is None:
                self._condition.wait()
        self._check()

    def close(self, state: str = "finished") -> None:
        """Write and seal everything, say so in the manifest, let go of the lock. A second call does nothing.

        Raises:
            RunError: when something could not be written; the run then counts as interrupted.
        """
        if self._closed:
            return
        self._closed = True
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()
        try:
            if self._error is None:
                self._tables.close()
                self.manifest.update(state=state, last_tick=self.last_tick, event_count=self.event_count)
                write_manifest(self.folder, self.manifest)
        except OSError as error:
            self._error = error
        finally:
            self._tables.abandon()
            self._journal.close()
            self._lock.release()
        self._raise()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _check(self) -> None:
        self._raise()
        if self._closed:
            raise RunError(f"the history in {self.folder} is closed.", "RunWriter.resume(folder) goes on with it.")

    def _raise(self) -> None:
        if isinstance(self._error, RunError):
            raise self._error
        if self._error is not None:
            reason = getattr(self._error, "strerror", None) or f"{type(self._error).__name__}: {self._error}"
            raise RunError(
                f"the history in {self.folder} can't be written: {reason}.",
                f"Everything up to tick {self.last_tick} is kept. When the disk is well again, resume the run.",
            ) from self._error

    def _handed(self) -> tuple[int, int]:
        """The tick and the next event's id that were handed over."""
        with self._condition:
            if self._pending.writes:
                newest = self._pending.writes[-1]
                return newest.reached, newest.next_event
            return self._taken

    def _new(self, block: FrameBlock, handed: int) -> FrameBlock:
        """The part of a block that isn't written yet."""
        ticks = block.ticks
        if len(ticks) > 1 and not (np.diff(ticks) > 0).all():
            raise BadParameter(f"a block with ticks {ticks.tolist()}.", "Expected rising ticks.")
        first = int(np.searchsorted(ticks, self._resumed_tick, side="right"))
        if first < len(ticks) and ticks[first] <= handed:
            raise BadParameter(f"a block with tick {ticks[first]} after tick {handed}.", "A tick is written once.")
        return block.stretch(first, len(ticks)) if first else block

    def _new_events(self, events: Events, handed: int) -> Events:
        kinds = self.manifest.get("event_kinds")
        if len(events) and kinds is not None and list(events.kinds) != list(kinds):
            raise BadParameter(f"events of kinds {', '.join(events.kinds)}.", f"The run has {', '.join(kinds)}.")
        events = events_after(events, self._resumed_events)
        if len(events) and not np.array_equal(events.id, np.arange(len(events)) + handed):
            raise BadParameter(
                f"events {events.id[0]} to {events.id[-1]} after {handed} events.",
                "Ids count from 0, each is written once.",
            )
        return events

    def _check_folder(self) -> None:
        """Files of a deleted folder can be written on, and nobody would notice."""
        if not (self.folder / layout.MANIFEST).exists():
            raise RunError(
                f"the folder {self.folder} was moved or deleted while its town wrote the history into it.",
                "What has happened since then can't be kept; begin a new run.",
            )

    def _work(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException as error:  # noqa: BLE001 (raised by the next call)
            with self._condition:
                self._error = error
                self._pending = _Pending()
                self._condition.notify_all()

    def _due(self) -> float:
        """When there is something to do."""
        pending = self._pending
        if self._closing or pending.checkpoints or self._syncs_wanted > self._syncs_done:
            return 0.0
        if pending.rows >= self.pace.queue_rows // 4:
            return 0.0
        sync = self._tables.synced + self.pace.sync_seconds if self._tables.unsynced else math.inf
        return min(pending.since + self.pace.flush_seconds, sync)

    def _turn(self) -> bool:
        """Wait for work and do it; False after the last."""
        with self._condition:
            while (wait := self._due() - time.monotonic()) > 0:
                self._condition.wait(None if wait == math.inf else wait)
            pending, self._pending = self._pending, _Pending()
            if pending.writes:
                self._taken = pending.writes[-1].reached, pending.writes[-1].next_event
            syncs, closing = self._syncs_wanted, self._closing
            self._condition.notify_all()
        tables = self._tables
        self._check_folder()
        for group in batched(pending.writes, BATCH_ROWS):
            tables.flush(group)
        tables.flush([], closing)
        if syncs > self._syncs_done or closing or time.monotonic() >= tables.synced + self.pace.sync_seconds:
            tables.sync()
        for tick, arrays in pending.checkpoints:
            tables.sync()
            checkpoints.write(self.folder / layout.CHECKPOINTS, tick, arrays)
        if not closing:
            tables.rotate()
        with self._condition:
            self._syncs_done = syncs
            self._condition.notify_all()
        return not closing


def _taken(folder: Path) -> RunExists:
    what = "holds a run already" if (folder / layout.MANIFEST).exists() else "is there already and not empty"
    return RunExists(f"{folder} {what}.", "Give another folder, or go on with that run: Town.resume(folder).")
