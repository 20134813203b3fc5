import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from aitown.errors import BadParameter, RunError, RunExists, UnknownName
from aitown.history import Metric, Pace, load
from tests.history.run_model import same, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150)))


def test_arrow_has_the_values_of_pandas(run):
    for ask in ({}, {"columns": ["x", "name"], "ticks": slice(10, 50), "every": 3}):
        found = run.to_arrow("npcs", who=["Npc 1", 4], **ask).to_pandas().set_index(["tick", "npc"])
        same(found, run.npcs(npcs=["Npc 1", 4], **ask))
    same(run.to_arrow("places").to_pandas().set_index(["tick", "place"]), run.places())
    same(run.to_arrow("events").to_pandas().set_index("id"), run.events())
    same(
        run.to_arrow("events", who=2, ticks=slice(10, 60)).to_pandas().set_index("id"),
        run.events(None, 2, slice(10, 60)),
    )


def test_arrow_says_what_each_column_is(run):
    field = run.to_arrow(columns=["hunger"]).schema.field("hunger")
    assert field.metadata == {b"unit": b"1", b"doc": b"how hungry"}


def test_polars(run):
    pl = pytest.importorskip("polars")
    found = run.to_polars(columns=["x", "activity"], every=30)
    assert found.columns == ["tick", "npc", "x", "activity"]
    assert found["x"].to_list() == run.npcs("x", every=30)["x"].tolist()
    assert found["activity"].cast(pl.String).to_list() == run.npcs("activity", every=30)["activity"].tolist()


def test_without_polars_the_way_out_is_told(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(RunError, match="pip install polars"):
        run.to_polars()


def test_an_export_is_read_without_aitown(run, tmp_path):
    folder = run.to_parquet(tmp_path / "out", ticks=slice(0, 60), every=6)
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "conversations.parquet", "events.parquet", "inputs.json", "manifest.json", "map.json",
        "network.parquet", "npcs.parquet", "personas.json", "places.parquet",
    ]  # fmt: skip
    same(pd.read_parquet(folder / "npcs.parquet").set_index(["tick", "npc"]), run.npcs(ticks=slice(0, 60), every=6))
    same(
        pd.read_parquet(folder / "places.parquet").set_index(["tick", "place"]), run.places(ticks=slice(0, 60), every=6)
    )
    same(pd.read_parquet(folder / "events.parquet").set_index("id"), run.events(ticks=slice(0, 60)))
    assert json.loads((folder / "manifest.json").read_text())["seed"] == 7
    readme = (folder / "README.md").read_text()
    for table in ("npcs", "places", "events", "conversations", "network"):
        section = readme.split(f"## {table}.parquet")[1].split("\n## ")[0]
        for field in pq.read_schema(folder / f"{table}.parquet"):
            assert f"| {field.name} |" in section
    assert "| hunger | double | 1 | how hungry |" in readme
    assert "tick 0 is 2025-03-03T06:00:00; a tick is 10 simulated seconds" in readme
    assert "state is there at each tick that 6 divides, events at any" in readme
    whole = run.to_parquet(tmp_path / "whole")
    assert "state is there at every tick, events too" in (whole / "README.md").read_text()


def test_an_export_appears_whole_or_not_at_all(run, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    with pytest.raises(RunExists):
        run.to_parquet(tmp_path / "there")
    with pytest.raises(BadParameter, match="not in the run"):
        run.to_parquet(tmp_path / "out", ticks=slice(900, 1000))
    with pytest.raises(RunError, match="can't be written"):
        run.to_parquet("/proc/none/out")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_mistakes(run):
    with pytest.raises(UnknownName, match=r"no table 'npc'\.\nDid you mean npcs"):
        run.to_arrow("npc")
    with pytest.raises(BadParameter, match="Events come whole"):
        run.to_arrow("events", columns=["text"])


ALONE = """
import json, sys
import pyarrow.parquet as pq
import pyarrow.compute as pc

folder = sys.argv[1]
npcs = pq.read_table(f"{folder}/npcs.parquet")
events = pq.read_table(f"{folder}/events.parquet")
manifest = json.load(open(f"{folder}/manifest.json"))
units = {field.name: field.metadata[b"unit"].decode() for field in npcs.schema}
one = npcs.filter((pc.field("tick") == 42) & (pc.field("npc") == 3)).to_pylist()[0]
one["time"] = one["time"].isoformat()
print(json.dumps({
    "units": units,
    "one": one,
    "rows": {name: pq.read_metadata(f"{folder}/{name}.parquet").num_rows for name in ("npcs", "places", "events")},
    "nobody": pc.sum(pc.equal(events["npc"], -1)).as_py(),
    "nowhere": npcs["place"].null_count,
    "metrics": pq.read_table(f"{folder}/metrics.parquet").column("crowding").to_pylist()[:2],
    "named": manifest["names"][one["npc"]],
    "aitown": [name for name in sys.modules if name.startswith("aitown")],
}))
"""


def test_pyarrow_alone_reads_what_the_page_of_the_docs_says(tmp_path):
    run = load(write_run(tmp_path / "run", 90))
    run.record_metrics(Metric("crowding", lambda npcs: npcs["hunger"].sum(), ("hunger",), "NPCs", "How crowded."))
    folder = run.to_parquet(tmp_path / "out")
    child = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found = json.loads(child.stdout)
    assert found["aitown"] == []
    # The values of `block`, worked out by hand: tick 42, NPC 3.
    assert found["one"] == {
        "tick": 42, "npc": 3, "name": "Npc 3", "time": "2025-03-03T06:07:00", "x": (42 * 3 + 3 * 7) / 8,
        "y": (42 // 5 + 3 * 11) / 8, "place": "Place 0", "activity": "eating", "partner": 4, "hunger": 0.384, "alive": 1,
    }  # fmt: skip
    assert found["named"] == "Npc 3"
    assert found["rows"] == {"npcs": 450, "places": 270, "events": 30}
    assert found["nobody"] == 5
    assert found["nowhere"] == int(run.npcs("place")["place"].isna().sum()) > 0
    assert found["metrics"] == pytest.approx([1.0, 1.01])
    page = (Path(__file__).parents[2] / "docs" / "reference" / "export.md").read_text()
    for path in folder.iterdir():
        assert f"`{path.name}`" in page, path.name
    for unit in {*found["units"].values()} - {"1"}:
        assert f"`{unit}`" in page, unit
    assert "| crowding | double | NPCs | How crowded. |" in (folder / "README.md").read_text()
