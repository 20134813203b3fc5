"""The other ways to keep a history, with one face: `write` blocks, `close`, four questions, `nbytes`.

Each stores the same frozen integers of the same town, and answers with a DataFrame.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from aitown.history import History, RunWriter
from aitown.history.rows import arrow_schemas, frame_batch
from aitown.sim.codes import EVENT_KINDS
from aitown.sim.model import Model

if TYPE_CHECKING:
    from pathlib import Path

    from aitown.columns import Events, FrameBlock

SCHEMA = arrow_schemas(Model.schema)["npcs"]
TICKS_A_DAY = 8_640


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Aitown:
    name = "aitown"

    def __init__(self, folder: Path, town: Any) -> None:
        self.folder = folder / "run"
        manifest = {
            "seed": 7,
            "names": list(town.names),
            "places": [{"name": place.name} for place in town.map.places],
            "event_kinds": list(EVENT_KINDS),
        }
        self.writer = RunWriter.create(self.folder, manifest, Model.schema, {})

    def write(self, block: FrameBlock, events: Events) -> None:
        self.writer.write(block, events)

    def close(self) -> None:
        self.writer.close()
        self.run = History.load(self.folder)

    def nbytes(self) -> int:
        return size(self.folder / "npcs")

    def one(self, npc: int) -> pd.DataFrame:
        return self.run.trajectory(npc)

    def window(self, first: int, stop: int) -> pd.DataFrame:
        return self.run.npcs(ticks=slice(first, stop))

    def two(self) -> pd.DataFrame:
        return self.run.npcs(["x", "y"])

    def mean(self) -> pd.DataFrame:
        return self.run.sql("SELECT place, date_trunc('day', time) AS day, avg(mood) AS mood FROM npcs GROUP BY ALL")


class Segments:
    """A Parquet file a million rows, as pandas or polars would write them, in the order of ticks."""

    name = "Parquet segments"

    def __init__(self, folder: Path, town: Any) -> None:
        self.folder = folder / "segments"
        self.folder.mkdir()
        self.held: list[FrameBlock] = []
        self.rows = self.number = 0

    def write(self, block: FrameBlock, events: Events) -> None:
        self.held.append(block)
        self.rows += block.tables["npcs"]["x"].size
        if self.rows >= 1_000_000:
            self.flush()

    def flush(self) -> None:
        if self.held:
            rows = pa.Table.from_batches([frame_batch("npcs", SCHEMA, self.held)])
            pq.write_table(rows, self.folder / f"{self.number:06d}.parquet", compression="zstd")
            self.held, self.rows, self.number = [], 0, self.number + 1

    def close(self) -> None:
        self.flush()
        self.data = ds.dataset(self.folder)

    def nbytes(self) -> int:
        return size(self.folder)

    def _frame(self, **asked: Any) -> pd.DataFrame:
        return self.data.to_table(**asked).to_pandas().set_index(["tick", "npc"])

    def one(self, npc: int) -> pd.DataFrame:
        return self._frame(filter=ds.field("npc") == npc)

    def window(self, first: int, stop: int) -> pd.DataFrame:
        return self._frame(filter=(ds.field("tick") >= first) & (ds.field("tick") < stop))

    def two(self) -> pd.DataFrame:
        return self._frame(columns=["tick", "npc", "x", "y"])

    def mean(self) -> pd.DataFrame:
        frame = self.data.to_table(columns=["tick", "place", "mood"]).to_pandas()
        return frame.groupby(["place", frame["tick"] // TICKS_A_DAY])["mood"].mean().to_frame()


class DuckDB:
    name = "DuckDB table"

    def __init__(self, folder: Path, town: Any) -> None:
        import duckdb

        self.folder = folder / "duckdb"
        self.folder.mkdir()
        self.link = duckdb.connect(str(self.folder / "npcs.db"))
        self.link.register("given", pa.Table.from_batches([], schema=SCHEMA))
        self.link.execute("CREATE TABLE npcs AS SELECT * FROM given")

    def write(self, block: FrameBlock, events: Events) -> None:
        self.link.register("given", pa.Table.from_batches([frame_batch("npcs", SCHEMA, [block])]))
        self.link.execute("INSERT INTO npcs SELECT * FROM given")

    def close(self) -> None:
        self.link.execute("CHECKPOINT")

    def nbytes(self) -> int:
        return size(self.folder)

    def one(self, npc: int) -> pd.DataFrame:
        return self.link.sql(f"SELECT * FROM npcs WHERE npc = {npc}").df().set_index(["tick", "npc"])

    def window(self, first: int, stop: int) -> pd.DataFrame:
        found = self.link.sql(f"SELECT * FROM npcs WHERE tick >= {first} AND tick < {stop}").df()
        return found.set_index(["tick", "npc"])

    def two(self) -> pd.DataFrame:
        return self.link.sql("SELECT tick, npc, x, y FROM npcs").df().set_index(["tick", "npc"])

    def mean(self) -> pd.DataFrame:
        return self.link.sql(
            f"SELECT place, tick // {TICKS_A_DAY} AS day, avg(mood) AS mood FROM npcs GROUP BY ALL"
        ).df()


class SQLite:
    name = "SQLite rows"

    def __init__(self, folder: Path, town: Any) -> None:
        self.folder = folder / "sqlite"
        self.folder.mkdir()
        self.link = sqlite3.connect(self.folder / "npcs.db")
        self.link.execute("PRAGMA journal_mode = WAL")
        self.link.execute(f"CREATE TABLE npcs ({', '.join(f'{name} INTEGER' for name in SCHEMA.names)})")
        self.insert = f"INSERT INTO npcs VALUES ({', '.join('?' * len(SCHEMA.names))})"

    def write(self, block: FrameBlock, events: Events) -> None:
        rows = frame_batch("npcs", SCHEMA, [block])
        with self.link:
            self.link.executemany(self.insert, zip(*(column.tolist() for column in rows.columns), strict=True))

    def close(self) -> None:
        with self.link:
            self.link.execute("CREATE INDEX by_npc ON npcs (npc, tick)")
            self.link.execute("CREATE INDEX by_tick ON npcs (tick)")

    def nbytes(self) -> int:
        return size(self.folder)

    def _frame(self, query: str) -> pd.DataFrame:
        return pd.read_sql(query, self.link)

    def one(self, npc: int) -> pd.DataFrame:
        return self._frame(f"SELECT * FROM npcs WHERE npc = {npc}").set_index(["tick", "npc"])

    def window(self, first: int, stop: int) -> pd.DataFrame:
        return self._frame(f"SELECT * FROM npcs WHERE tick >= {first} AND tick < {stop}").set_index(["tick", "npc"])

    def two(self) -> pd.DataFrame:
        return self._frame("SELECT tick, npc, x, y FROM npcs").set_index(["tick", "npc"])

    def mean(self) -> pd.DataFrame:
        return self._frame(f"SELECT place, tick / {TICKS_A_DAY} AS day, avg(mood) AS mood FROM npcs GROUP BY 1, 2")


class Mesa:
    """Mesa's DataCollector, in memory. Only `collect` is measured, not the setting of the agents' attributes."""

    name = "Mesa DataCollector"

    def __init__(self, folder: Path, town: Any) -> None:
        import mesa

        self.model = mesa.Model()
        self.people = [mesa.Agent(self.model) for _ in town.names]
        self.columns = [name for name in SCHEMA.names if name not in {"tick", "npc"}]
        self.collector = mesa.DataCollector(agent_reporters={name: name for name in self.columns})

    def set(self, block: FrameBlock, index: int) -> None:
        self.model.steps = int(block.ticks[index])
        for name in self.columns:
            values = block.tables["npcs"][name][index].tolist()
            for one, value in zip(self.people, values, strict=True):
                setattr(one, name, value)

    def collect(self) -> None:
        self.collector.collect(self.model)

    def close(self) -> None:
        pass

    def nbytes(self) -> int:
        return 0

    def _frame(self) -> pd.DataFrame:
        return self.collector.get_agent_vars_dataframe()

    def one(self, npc: int) -> pd.DataFrame:
        return self._frame().xs(npc + 1, level="AgentID")

    def window(self, first: int, stop: int) -> pd.DataFrame:
        return self._frame().loc[first : stop - 1]

    def two(self) -> pd.DataFrame:
        return self._frame()[["x", "y"]]

    def mean(self) -> pd.DataFrame:
        frame = self._frame()
        return frame.groupby(["place", frame.index.get_level_values("Step") // TICKS_A_DAY])["mood"].mean().to_frame()


PEERS = (Aitown, Segments, DuckDB, SQLite, Mesa)
SLOW = {"SQLite rows", "Mesa DataCollector"}
"""These get fewer rows: a tenth of the others' take them longer than the others' whole."""
