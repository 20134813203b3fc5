import json
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from aitown.errors import BadParameter, RunError, RunExists, UnknownName
from aitown.history import Pace, load
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
