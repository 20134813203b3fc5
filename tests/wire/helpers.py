"""A town of two NPCs and two places, as its hello and its frames say it."""

from __future__ import annotations

import numpy as np

from aitown.columns import Column, Frame, schema_to_json

NPCS = (
    Column("x", "f4", "walking", "tile", "Centre, to the right.", "i2", 8),
    Column("heading", "u1", "walking", "label", "Where it looks.", "u1", labels=("east", "south")),
    Column("place", "i4", "walking", "id", "Where it is.", "i4", refers="places", initial=-1),
    Column("partner", "i4", "meeting", "id", "With whom it talks.", "i4", refers="npcs", initial=-1),
    Column("mood", "f4", "needs", "1", "How it feels.", "i2", 1000, good="high"),
    Column("alive", "u1", "setup", "1", "Whether it is there.", "u1", initial=1),
)
PLACES = (
    Column("open", "u1", "opening", "1", "Lets visitors in.", "u1"),
    Column("occupants", "i4", "walking", "1", "How many are in it.", "i4"),
)
SCHEMA = {"npcs": NPCS, "places": PLACES}
MAP = {"name": "hamlet", "width": 2, "height": 1, "terrain": ["grass"], "rows": ["aa"], "areas": []}


def hello(**changes):
    return {
        "town": "hamlet",
        "run": "r1",
        "seed": 7,
        "start": "2025-03-03T06:00:00",
        "tick_seconds": 10,
        "schema": schema_to_json(SCHEMA),
        "names": ["Ada", "Ben"],
        "places": [
            {"id": 0, "name": "Home", "kind": "home", "x": 0.5, "y": 0.5, "capacity": 2},
            {"id": 1, "name": "Café", "kind": "cafe", "x": 1.5, "y": 0.5, "capacity": 4},
        ],
        "map": MAP,
        "personas": [{"name": "Ada"}, {"name": "Ben"}],
        "tick": 0,
    } | changes


def frame(tick=0, x=4, alive=(1, 1)):
    return Frame(
        tick,
        {
            "npcs": {
                "x": np.array([x, 12], "i2"),
                "heading": np.array([0, 1], "u1"),
                "place": np.array([-1, 1], "i4"),
                "partner": np.array([1, -1], "i4"),
                "mood": np.array([734, 1000], "i2"),
                "alive": np.array(alive, "u1"),
            },
            "places": {"open": np.array([1, 0], "u1"), "occupants": np.array([0, 1], "i4")},
        },
    )


def any_frame(chance, tick, before=None):
    """A frame in which a few values differ from the one before; NPCs come and go."""
    made = frame(tick)
    tables = {}
    for table, columns in made.tables.items():
        tables[table] = {}
        for name, values in columns.items():
            kept = values.copy() if before is None else before.tables[table][name].copy()
            for row in range(len(kept)):
                if chance.random() < 0.25:
                    kept[row] = chance.choice(LEGAL.get(name, (0, 3, 500, 1000)))
            tables[table][name] = kept
    return Frame(tick, tables)


def with_one_more(before):
    """A frame that has one NPC more."""
    more = {name: np.append(values, values[:1]) for name, values in before.tables["npcs"].items()}
    more["alive"][-1] = 1
    return Frame(before.tick, {**before.tables, "npcs": more})


LEGAL = {"heading": (0, 1), "place": (-1, 0, 1), "partner": (-1, 0, 1), "alive": (0, 1, 1, 1), "open": (0, 1)}


def said(npc, text, tick=0, number=0):
    return {"id": number, "tick": tick, "kind": "said", "npc": npc, "other": -1, "place": -1, "text": text}
