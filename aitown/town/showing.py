"""A town as others see it: the table of now, and the hello of PROTOCOL.md."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.columns import schema_to_json
from aitown.errors import BadCount, UnknownName
from aitown.town.recording import place_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from aitown.sim.model import Model
    from aitown.town.town import Town

PROTOCOL = 1
MOST_HOSTED = 100_000
"""As many as a view was seen to show (benchmarks/view.py)."""


def check_hostable(npcs: Any) -> None:
    """Hold a town that a page shall follow to what a page can show; what is no number is left to `Town`.

    Raises:
        BadCount: for more than `MOST_HOSTED` NPCs.
    """
    if isinstance(npcs, int) and npcs > MOST_HOSTED:
        raise BadCount(
            f"a live view of {npcs:,} NPCs; a page shows at most {MOST_HOSTED:,}.",
            "Run it in this process: `aitown.Town(…).run(…)` records it, and `aitown.plot` and `History.sql` show it.",
        )


def table(town: Town, name: str, key: str, names: Sequence[str]) -> pd.DataFrame:
    """The newest frame of one table as a DataFrame: index `key`, the columns that a History has."""
    import pandas as pd

    places = [place.name for place in town.map.places]
    frame = town.frame.tables[name]
    coded: Any = pd.Categorical.from_codes
    rows = np.arange(len(next(iter(frame.values()))))
    if name == "npcs":
        rows = np.flatnonzero(frame["alive"])
    data: dict[str, Any] = {"name": coded(rows, list(names))}
    for column in town.schema[name]:
        values = frame[column.name][rows]
        if column.labels:
            data[column.name] = coded(values.astype(np.int16), list(column.labels))
        elif column.refers == "places":
            data[column.name] = coded(values, places)
        else:
            data[column.name] = column.real(values)
    return pd.DataFrame(data, index=pd.Index(rows, name=key))


def relationships(town: Town, model: Model) -> pd.DataFrame:
    """Who feels how close to whom now, as `History.relationships` has it."""
    import pandas as pd

    npc, other, strength, last = model.relationships()
    coded: Any = pd.Categorical.from_codes
    names = list(town.names)
    data = {"name": coded(npc, names), "other_name": coded(other, names), "strength": strength, "last": last}
    return pd.DataFrame(data, index=pd.MultiIndex.from_arrays([npc, other], names=["npc", "other"]))


def ties(town: Town, model: Model, npc: Any) -> dict[str, Any]:
    """Whom one NPC knows now, the closest first. Plain data, as PROTOCOL.md has it.

    Raises:
        UnknownName: for somebody who isn't there.
    """
    if isinstance(npc, bool) or not isinstance(npc, int) or not 0 <= npc < len(town.names):
        raise UnknownName(f"there is no NPC {npc!r:.80}.", f"Ids go from 0 to {len(town.names) - 1}.")
    of, other, strength, last = model.relationships()
    mine = np.flatnonzero(of == npc)
    mine = mine[np.lexsort((other[mine], -strength[mine]))]
    rows = zip(other[mine].tolist(), strength[mine].round(4).tolist(), last[mine].tolist(), strict=True)
    return {"tick": town.tick, "ties": [{"other": i, "strength": s, "last": t} for i, s, t in rows]}


def hello(town: Town) -> dict[str, Any]:
    """What a host is told about a town. Plain data; compiles nothing."""
    return {
        "type": "hello",
        "protocol": PROTOCOL,
        "version": version("aitown"),
        "pid": os.getpid(),
        "town": town.name,
        "run": town.run_id,
        "seed": town.seed,
        "start": town.start.isoformat(),
        "tick_seconds": town.tick_seconds,
        "schema": schema_to_json(town.schema),
        "names": list(town.names),
        "places": place_facts(town.map),
        "map": town.map.payload(),
        "personas": [{} if persona is None else persona.to_json() for persona in town.people],
        **({"art": town.map.art.text} if town.map.art else {}),
        "tick": town.tick,
    }
