"""Metrics that were recorded: their values and what they are, in the run's folder, for those who lack the function.

`metrics/` has a Parquet file each, `NAME.000002-9f3a2b1c.parquet`: how often it was recorded, and the crc32 of the
whole file. Its columns are `tick` and `value`; the metadata `aitown` says, as JSON, what the number is. Nothing here
is ever computed again: whoever has the function computes, and who hasn't gets these values, for the ticks they are of.
"""

from __future__ import annotations

import re
import urllib.parse
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from aitown.errors import BadParameter, DamagedRun, RunError
from aitown.history import layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aitown.columns import Array

_FILE = re.compile(r"(.+)\.(\d{6,})-([0-9a-f]{8})\.parquet")
_SAID = b"aitown"
_LONGEST = 150
_ATTEMPTS = 20
_COLUMNS = ("tick", "value")


@dataclass(frozen=True)
class Kept:
    """A metric's recorded values.

    Args:
        name, unit, doc, table, columns: of the metric.
        every: it was computed each so many ticks.
        stop: the tick up to which it was computed, exclusive.
        source: the text of its function, "" where there was none to be had.
        ticks: at which it has a value, rising.
        values: as float64, NaN where it has no number.
    """

    name: str
    unit: str
    doc: str
    table: str
    columns: tuple[str, ...]
    every: int
    stop: int
    source: str
    ticks: Array
    values: Array

    def upto(self, stop: int) -> Kept:
        """What is known of the ticks before `stop`."""
        count = int(np.searchsorted(self.ticks, stop))
        return Kept(**{**vars(self), "stop": stop, "ticks": self.ticks[:count], "values": self.values[:count]})

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data; a value that is no number is null."""
        return {**self._said(), "ticks": self.ticks, "values": self.values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Kept:
        """What `to_json` gave, perhaps in another process."""
        values = [np.nan if value is None else value for value in data["values"]]
        return _made(data, np.array(data["ticks"], np.int64), np.array(values, np.float64))

    def _said(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("ticks", "values")}


def write(folder: Path, kept: Kept) -> None:
    """Put a metric's values into a run's folder, in the place of those that were there.

    Raises:
        BadParameter: for a name too long for a file.
        RunError: when it can't be written.
    """
    stem = urllib.parse.quote(kept.name, safe=" ")
    if len(stem) > _LONGEST or not stem.strip():
        raise BadParameter(f"the name {kept.name!r:.60}, to be recorded.", f"Expected 1 to {_LONGEST} characters.")
    rows = pa.table({"tick": pa.array(kept.ticks, pa.int32()), "value": pa.array(kept.values, pa.float64())})
    sink = pa.BufferOutputStream()
    said = {_SAID: orjson.dumps(kept._said())}  # noqa: SLF001 (the same module)
    pq.write_table(rows.replace_schema_metadata(said), sink, compression="zstd")
    data = sink.getvalue().to_pybytes()
    place = folder / layout.METRICS
    try:
        place.mkdir(exist_ok=True)
        before = _versions(place).get(stem, [])
        number = before[-1][0] + 1 if before else 0
        layout.write_whole(place / f"{stem}.{number:06d}-{zlib.crc32(data):08x}.parquet", data)
        for _, path in before:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(
            f"{place} can't be written: {error.strerror}.", "Check the permissions and the disk, or copy the run."
        ) from error


def read(folder: Path) -> list[Kept]:
    """The metrics that were recorded with a run, by name.

    Raises:
        DamagedRun: when a checksum is wrong.
    """
    place = folder / layout.METRICS
    for _ in range(_ATTEMPTS):
        try:
            return [_read(versions[-1][1]) for _, versions in sorted(_versions(place).items())]
        except FileNotFoundError:  # recorded anew meanwhile
            continue
    raise DamagedRun(f"{place} can't be read.", "Restore the folder from a copy of the run.")


def cut(folder: Path, stop: int) -> None:
    """Forget what was computed of ticks from `stop` on: they will be lived again, perhaps otherwise."""
    place = folder / layout.METRICS
    if not place.is_dir():
        return
    layout.drop_unfinished(place)
    for kept in read(folder):
        if kept.stop > stop:
            write(folder, kept.upto(stop))


def _versions(place: Path) -> dict[str, list[tuple[int, Path]]]:
    """The files of each name, the newest last."""
    found: dict[str, list[tuple[int, Path]]] = {}
    # Not by `glob`, which takes a folder that may not be read for an empty one.
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if parsed := _FILE.fullmatch(path.name):
            found.setdefault(parsed[1], []).append((int(parsed[2]), path))
    return {stem: sorted(versions) for stem, versions in found.items()}


def _read(path: Path) -> Kept:
    data = path.read_bytes()
    if not path.name.endswith(f"-{zlib.crc32(data):08x}.parquet"):
        raise DamagedRun(f"{path} is damaged: its checksum is wrong.", "Remove it, and record the metric again.")
    rows = pq.read_table(pa.BufferReader(data))
    ticks, values = (rows.column(name).to_numpy() for name in _COLUMNS)
    return _made(orjson.loads(rows.schema.metadata[_SAID]), ticks.astype(np.int64), values)


def _made(said: Mapping[str, Any], ticks: Array, values: Array) -> Kept:
    return Kept(
        str(said["name"]),
        str(said["unit"]),
        str(said["doc"]),
        str(said["table"]),
        tuple(said["columns"]),
        int(said["every"]),
        int(said["stop"]),
        str(said["source"]),
        ticks,
        values,
    )
