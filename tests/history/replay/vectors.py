"""Golden replays: `python -m tests.history.replay.vectors` writes `tests/vectors/replay.json`."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

import numpy as np

from aitown.columns import FrameBlock
from aitown.history import RunWriter, load
from aitown.history.replay import encode, stretch
from aitown.wire.rows import Rows
from tests.history.replay.plain import read
from tests.history.run_model import DOCUMENTS, SCHEMA, block, events, manifest

FILE = Path(__file__).parents[2] / "vectors" / "replay.json"


def run(folder):
    """Four people for forty ticks; the second comes at tick 8, and the third goes at tick 20."""
    with RunWriter.create(folder, manifest(npcs=4), SCHEMA, DOCUMENTS) as writer:
        made = block(range(40), npcs=4)
        npcs = dict(made.tables["npcs"])
        alive = npcs["alive"].copy()
        alive[:8, 1] = alive[20:, 2] = 0
        npcs["alive"] = alive
        writer.write(FrameBlock(made.ticks, {**made.tables, "npcs": npcs}), events(0, range(0, 40, 3), npcs=4))
    return load(folder)


def made():
    """The content of the file."""
    with tempfile.TemporaryDirectory() as folder:
        history = run(Path(folder) / "run")
        found = stretch(history, every=5)
        header, ticks, _ = read(found.data)
        frames = [{"tick": tick, **_shown(history, tick)} for tick in ticks]
        cases = [{"name": "people who come and go", "data": _text(found.data), "header": header, "frames": frames}]
    extremes = np.array([[0, -(2**31)], [2**31 - 1, 2**31 - 1], [-(2**31), 0], [-1, 1], [300, -70_000]])
    data = encode({"schema": {}}, np.array([0, 1, 2, 3, 5]), {"npcs": {"wide": extremes, "same": extremes * 0}})
    columns = {"wide": extremes.T.tolist(), "same": (extremes.T * 0).tolist()}
    return {"cases": cases, "numbers": {"data": _text(data), "ticks": [0, 1, 2, 3, 5], "columns": columns}}


def _shown(history, tick):
    rows = Rows(history.schema, history.names, [{"x": 0, "y": 0, **place} for place in history.place_facts])
    out = {}
    for table, key in (("npcs", "npc"), ("places", "place")):
        names = [column.name for column in history.schema[table]]
        (piece,) = history.frozen_pieces(table, names, _one(tick))
        ids = piece.column(key).to_numpy()
        values = {name: piece.column(name).to_numpy() for name in names}
        here = np.flatnonzero(values["alive"]) if table == "npcs" else ids
        picked = {name: column[here] for name, column in values.items()}
        ids = ids[here].tolist()
        out[table] = rows.npcs(picked, ids, heard(history, tick)) if table == "npcs" else rows.places(picked, ids)
    return out


def heard(history, tick):
    """Who says what at a tick: the last words of thirty ticks."""
    said = history.events(kinds="said")
    said = said[(said["tick"] <= tick) & (said["tick"] > tick - 30) & (said["npc"] >= 0)]
    return {row.npc: row.text for row in said.itertuples()}


def _one(tick):
    from aitown.history.store import Selection

    return Selection(tick, tick + 1)


def _text(data):
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), ensure_ascii=False, indent=1) + "\n")
