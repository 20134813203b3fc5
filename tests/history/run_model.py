"""A run made up by hand and a plain model of what was written, to compare the History with."""

import json

import numpy as np
import pandas as pd

from aitown.columns import Column, Events, FrameBlock
from aitown.history import Pace, RunWriter

ACTIVITIES = ("sleeping", "eating", "walking")
KINDS = ("said", "met", "arrived")
NPC_COLUMNS = (
    Column("x", "f4", "walk", "tile", "from the left", "i2", 8),
    Column("y", "f4", "walk", "tile", "from the top", "i2", 8),
    Column("place", "i4", "walk", "id", "where it is", "i4", refers="places"),
    Column("activity", "u1", "act", "label", "what it does", "u1", labels=ACTIVITIES),
    Column("partner", "i4", "talk", "id", "whom it talks to", "i4", refers="npcs"),
    Column("hunger", "f4", "needs", "1", "how hungry", "i2", 1000, good="low"),
    Column("alive", "u1", "setup", "1", "lives", "u1"),
)
PLACE_COLUMNS = (
    Column("open", "u1", "open", "1", "is open", "u1"),
    Column("occupants", "i4", "open", "1", "people inside", "i4"),
)
SCHEMA = {"npcs": NPC_COLUMNS, "places": PLACE_COLUMNS}


def manifest(npcs=5, places=3, record_every=1, **more):
    return {
        "run": "20250303-060000-abcd",
        "town": "testville",
        "map": "testmap",
        "npcs": npcs,
        "seed": 7,
        "start": "2025-03-03T06:00:00",
        "tick_seconds": 10,
        "record_every": record_every,
        "names": [f"Npc {i}" for i in range(npcs)],
        "places": [{"id": i, "name": f"Place {i}", "kind": "cafe"} for i in range(places)],
        "event_kinds": list(KINDS),
        "created": "2026-01-01T00:00:00",
        **more,
    }


DOCUMENTS = {
    "map.json": json.dumps({"name": "testmap"}).encode(),
    "personas.json": json.dumps([{"name": f"Npc {i}"} for i in range(5)]).encode(),
}


def block(ticks, npcs=5, places=3, salt=0):
    """Values that depend on nothing but tick and row, so that any process can say what must be there."""
    ticks = np.asarray(list(ticks), dtype=np.int64)
    t, n, p = ticks[:, None] + salt, np.arange(npcs)[None], np.arange(places)[None]
    return FrameBlock(
        ticks,
        {
            "npcs": {
                "x": ((t * 3 + n * 7) % 400).astype("i2"),
                "y": ((t // 5 + n * 11) % 300).astype("i2"),
                "place": ((t // 20 + n) % (places + 1) - 1).astype("i4"),
                "activity": ((t // 10 + n) % 3).astype("u1"),
                "partner": np.where((t + n) % 9 == 0, (n + 1) % npcs, -1).astype("i4"),
                "hunger": ((t * 2 + n * 100) % 1001).astype("i2"),
                "alive": np.ones((len(ticks), npcs), "u1"),
            },
            "places": {
                "open": np.broadcast_to((t // 30 + p) % 2, (len(ticks), places)).astype("u1"),
                "occupants": ((t + p) % 6).astype("i4"),
            },
        },
    )


def events(first, ticks, npcs=5, places=3):
    """One event for each of the ticks, with ids from `first`."""
    ticks = np.asarray(list(ticks), dtype=np.int64)
    ids = np.arange(first, first + len(ticks))
    return Events(
        kinds=KINDS,
        id=ids,
        tick=ticks,
        kind=(ids % 3).astype("u1"),
        npc=(ids % (npcs + 1) - 1).astype("i4"),
        other=((ids * 3) % (npcs + 1) - 1).astype("i4"),
        place=(ids % (places + 1) - 1).astype("i4"),
        text=tuple(f"words {i} – ‘ä’" if i % 3 == 0 else "" for i in ids.tolist()),
    )


NO_EVENTS = events(0, [])


def logged(kinds, log):
    """Events of the rows of a log: (tick, kind, npc, other, text), all in place 0."""
    return Events(
        kinds=kinds,
        id=np.arange(len(log)),
        tick=np.array([row[0] for row in log], np.int64),
        kind=np.array([kinds.index(row[1]) for row in log], "u1"),
        npc=np.array([row[2] for row in log], "i4"),
        other=np.array([row[3] for row in log], "i4"),
        place=np.zeros(len(log), "i4"),
        text=tuple(row[4] for row in log),
    )


ACCOUNTS = (
    Column("npc", "i4", "paying", "id", "whose it is", "i4", refers="npcs"),
    Column("money", "i4", "paying", "cent", "what is in it", "i4"),
)
WITH_ACCOUNTS = {**SCHEMA, "accounts": ACCOUNTS}
"""With a table that only some model has, whose rows become more."""


def accounts_at(tick):
    return min(tick // 40, 12)


def block_with_accounts(ticks):
    """As `block`; its ticks must have the same number of accounts."""
    plain = block(ticks)
    t, n = plain.ticks[:, None], np.arange(accounts_at(int(plain.ticks[0])))[None]
    accounts = {"npc": np.broadcast_to(n % 5, (len(t), n.shape[1])).astype("i4"), "money": (t * 100 + n).astype("i4")}
    return FrameBlock(plain.ticks, {**plain.tables, "accounts": accounts})


def expected_accounts(stop):
    """The whole of that table up to a tick: `{(tick, row): (npc, money)}`."""
    return {(t, n): (n % 5, t * 100 + n) for t in range(stop) for n in range(accounts_at(t))}


def record(number, tick):
    """The input with this id."""
    return {"id": number, "tick": tick, "kind": "say", "text": f"words {number} – ‘ä’", "to": number % 5}


def expected(blocks, table="npcs", npcs=5, places=3):
    """The whole history as a plain DataFrame, made the slow way, one cell after the other."""
    key, names = {"npcs": ("npc", [f"Npc {i}" for i in range(npcs)]), "places": ("place", place_names(places))}[table]
    rows = []
    for frame in (frame for block in blocks for frame in block):
        columns = frame.tables[table]
        for row in range(len(next(iter(columns.values())))):
            values = {name: array[row].item() for name, array in columns.items()}
            if table == "npcs":
                values["x"], values["y"], values["hunger"] = values["x"] / 8, values["y"] / 8, values["hunger"] / 1000
                values["place"] = place_names(places)[values["place"]] if values["place"] >= 0 else None
                values["activity"] = ACTIVITIES[values["activity"]]
            time = pd.Timestamp("2025-03-03T06:00:00") + pd.Timedelta(seconds=10 * frame.tick)
            rows.append({"tick": frame.tick, key: row, "name": names[row], "time": time, **values})
    columns = ["tick", key, "name", "time", *(column.name for column in SCHEMA[table])]
    # The row id of places and the place of an NPC have the same name, in different tables.
    return pd.DataFrame(rows, columns=columns).set_index(["tick", key])


def place_names(places=3):
    return [f"Place {i}" for i in range(places)]


def same(found, wanted):
    """Hold a History's DataFrame to the plain one: index, order of columns, every value."""
    assert list(found.index) == list(wanted.index)
    assert list(found.columns) == list(wanted.columns)
    for name in wanted.columns:
        left, right = found[name].astype(object), wanted[name].astype(object)
        assert left.where(left.notna(), None).tolist() == right.where(right.notna(), None).tolist(), name


def write_run(folder, ticks=100, step=10, pace=None, npcs=5, places=3, **more):
    """A finished run of `ticks` ticks with an event at each third tick."""
    with RunWriter.create(folder, manifest(npcs, places, **more), SCHEMA, DOCUMENTS, pace or Pace()) as writer:
        for first in range(0, ticks, step):
            span = range(first, min(first + step, ticks))
            writer.write(
                block(span, npcs, places), events(-(-first // 3), [t for t in span if t % 3 == 0], npcs, places)
            )
            if pace:
                writer.sync()
    return folder


def sealed(folder):
    """Whether a table's folder has parts and none is being made."""
    names = [path.name for path in folder.iterdir()]
    parts, hot = ({name[:6] for name in names if name.endswith(end)} for end in (".parquet", ".arrows"))
    return parts and len(hot - parts) <= 1 and not any(name.endswith(".tmp") for name in names)
