"""One table of a run that is being written: its hot file, and the turning of full ones into parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.errors import DamagedRun
from aitown.history import layout, parts
from aitown.history.tail import HotReader, HotWriter

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from pathlib import Path

    import pyarrow as pa


class HotTable:
    """Appends batches; `rotate` starts a new hot file and has the old one sealed by `sealer`.

    Args:
        folder: of the table.
        schema: of its rows.
        number: of its first hot file.
        stop: the tick with which it begins.
        sealer: runs one job at a time.
    """

    def __init__(self, folder: Path, schema: pa.Schema, number: int, stop: int, sealer: Executor) -> None:
        self.folder = folder
        self.schema = schema
        self.number = number
        self._start = self._stop = stop
        self._sealer = sealer
        self._file: HotWriter | None = None
        self._sealing: Future[None] | None = None

    @property
    def rows(self) -> int:
        return self._file.rows if self._file else 0

    @property
    def batches(self) -> int:
        return self._file.batches if self._file else 0

    def append(self, stop: int, rows: pa.RecordBatch) -> None:
        """Rows for the ticks up to `stop`, exclusive."""
        if self._file is None:
            self._file = HotWriter(self.folder / layout.hot_file(self.number), self.schema)
            layout.sync_folder(self.folder)
        self._file.append(self._stop, stop, rows)
        self._stop = stop

    def sync(self) -> None:
        if self._file is not None:
            self._file.sync()

    @property
    def sealing(self) -> bool:
        """Whether a part is being made. Raises what went wrong with the last one."""
        if self._sealing is None:
            return False
        if self._sealing.done():
            self.wait()
        return self._sealing is not None

    def wait(self) -> None:
        """Until no part is being made."""
        if self._sealing is not None:
            try:
                self._sealing.result()
            finally:
                self._sealing = None

    def rotate(self) -> None:
        """Seal what there is, in the background; rows go on in a new file."""
        if self._file is None:
            return
        job = self._next()
        try:
            self._sealing = self._sealer.submit(self._seal, *job)
        except RuntimeError:  # the interpreter is ending and starts no more threads
            self._seal(*job)

    def close(self) -> None:
        """Seal everything, in this thread; no hot file stays."""
        if self._file is not None:
            self._seal(*self._next())
        self.wait()
        for path in self.folder.glob("*.arrows"):
            path.unlink()
        layout.sync_folder(self.folder)

    def abandon(self) -> None:
        """Close the file as it is, after an error."""
        if self._file is not None:
            self._file.abandon()
            self._file = None

    def _next(self) -> tuple[int, int, int]:
        """Close the hot file; its number, first tick and batches. The next append begins another."""
        assert self._file is not None
        self.wait()
        self._file.close()
        job = self.number, self._start, self._file.batches
        self._file = None
        self._start = self._stop
        self.number += 1
        return job

    def _seal(self, number: int, start: int, batches: int) -> None:
        path = self.folder / layout.hot_file(number)
        reader = HotReader(path, self.schema, start)
        reader.poll()
        if len(reader.batches) != batches:
            raise DamagedRun(
                f"{path}: read back {len(reader.batches)} good batches of {batches} written.",
                "The disk returns other data than was written: check it.",
            )
        parts.seal(self.folder, number, self.schema, reader.batches)
        # A reader may have listed the folder before the part was there: its hot file goes one seal later.
        (self.folder / layout.hot_file(number - 1)).unlink(missing_ok=True)
