"""A run in real units, for any tool: Parquet tables, JSON documents, and a README that explains every column."""

from __future__ import annotations

import math
import secrets
import shutil
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from aitown.errors import AitownError, RunError, RunExists
from aitown.history.layout import UNFINISHED
from aitown.history.source import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aitown.history.asking import Ticks
    from aitown.history.kept import Kept
    from aitown.history.reader import History
    from aitown.history.times import Span


def export(run: History, folder: Path, ticks: Ticks, every: Span | None) -> Path:
    """See `History.to_parquet`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunExists(f"{folder} is there already and not empty.", "Give another folder.")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        temporary.mkdir(parents=True)
        try:
            described = _write(run, temporary, ticks, every)
            (temporary / "README.md").write_text(_readme(run, described, every), encoding="utf-8")
            temporary.rename(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError(
            f"{folder} can't be written: {error.strerror}.", "Give a folder that can be written to."
        ) from error
    return folder


def _write(run: History, folder: Path, ticks: Ticks, every: Span | None) -> dict[str, pa.Schema]:
    described = {}
    for table in run.schema:
        described[table] = _stream(folder / f"{table}.parquet", run.arrow_pieces(table, ticks=ticks, every=every))
    described[EVENTS] = _stream(folder / f"{EVENTS}.parquet", run.arrow_pieces(EVENTS, ticks=ticks))
    for name, frame in (("conversations", run.conversations(ticks=ticks)), ("network", run.network(ticks=ticks))):
        units = frame.attrs["units"]
        table = pa.Table.from_pandas(frame.reset_index())
        fields = [field.with_metadata({"unit": units.get(field.name, "id"), "doc": ""}) for field in table.schema]
        described[name] = pa.schema(fields)
        pq.write_table(table.cast(described[name]), folder / f"{name}.parquet", compression="zstd")
    if kept := run.kept():
        described["metrics"] = _metrics(folder / "metrics.parquet", run, kept, ticks)
    inputs = [
        {key: value for key, value in record.items() if key != "crc"} for record in run.inputs().to_dict("records")
    ]
    for name, document in {"manifest": run.manifest, "inputs": inputs, **_documents(run)}.items():
        (folder / f"{name}.json").write_bytes(
            orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
        )
    return described


def _metrics(path: Path, run: History, kept: Sequence[Kept], ticks: Ticks) -> pa.Schema:
    """The recorded metrics, one row a tick; null where one has no number."""
    table = pa.Table.from_pandas(run.recorded(ticks).reset_index())
    said = {"tick": ("tick", "When: the tick."), "time": ("clock", "When: the town's clock.")}
    said |= {one.name: (one.unit, one.doc) for one in kept}
    fields = [field.with_metadata({"unit": said[field.name][0], "doc": said[field.name][1]}) for field in table.schema]
    schema = pa.schema(fields)
    pq.write_table(table.cast(schema), path, compression="zstd")
    return schema


def _documents(run: History) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("map", "personas"):
        try:
            found[name] = getattr(run, name)
        except AitownError:  # a run may have been recorded without one
            continue
    return found


def _stream(path: Path, pieces: Iterator[pa.Table]) -> pa.Schema:
    """Write piece after piece; a million rows are in memory at a time."""
    first = next(pieces)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)
    return first.schema


def _readme(run: History, described: dict[str, pa.Schema], every: Span | None) -> str:
    step = run.record_every if every is None else math.lcm(run.record_every, run.clock.ticks(every))
    facts = [
        f"* seed {run.seed}" if run.seed is not None else "* no seed is known",
        f"* tick 0 is {run.start}; a tick is {run.tick_seconds:g} simulated seconds",
        "* state is there at every tick, events too"
        if step == 1
        else f"* state is there at each tick that {step} divides, events at any",
        "* `x` grows to the right and `y` downwards, in tiles; needs and shares run from 0 to 1",
        "* the id −1 is nobody; a null place is between places",
        "* `manifest.json` has the parameters and versions, `inputs.json` what came from outside",
        "* `map.json` has the ground and the places, `personas.json` who the NPCs are",
    ]
    lines = [
        f"# The run {run.run_id} of the town {run.town}",
        "",
        "Made by aitown. Any Parquet reader opens it.",
        "",
        *facts,
    ]
    for table, schema in described.items():
        lines += ["", f"## {table}.parquet", "", "| column | type | unit | what it is |", "|---|---|---|---|"]
        for field in schema:
            metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
            kind = "string" if pa.types.is_dictionary(field.type) else str(field.type)
            lines.append(f"| {field.name} | {kind} | {metadata.get('unit', '')} | {metadata.get('doc', '')} |")
    return "\n".join(lines) + "\n"
