import pytest

import aitown
from aitown.errors import RunError, UnknownRun
from aitown.history import RunWriter
from tests.history.run_model import DOCUMENTS, SCHEMA, manifest, write_run


def test_runs_are_listed_with_size_and_state(tmp_path):
    write_run(tmp_path / "base", 60)
    write_run(tmp_path / "riverbend" / "one", 30)
    (tmp_path / "riverbend" / "other").mkdir()
    found = aitown.runs(tmp_path)
    assert list(found) == ["base", "riverbend/one"]
    assert len(found) == 2
    table = found.frame
    assert table.loc["base", ["town", "map", "npcs", "seed", "ticks", "state"]].tolist() == [
        "testville", "testmap", 5, 7, 59, "finished",
    ]  # fmt: skip
    assert table.loc["base", "MB"] >= 0
    assert "riverbend/one" in repr(found)
    assert "riverbend/one" in found._repr_html_()
    assert found["base"].last_tick == 59


def test_the_default_folder(tmp_path, monkeypatch):
    write_run(tmp_path / "kept" / "base", 10)
    monkeypatch.setenv("AITOWN_RUNS", str(tmp_path / "kept"))
    assert list(aitown.runs()) == ["base"]
    monkeypatch.delenv("AITOWN_RUNS")
    monkeypatch.chdir(tmp_path)
    assert list(aitown.runs()) == []
    assert "no runs in" in repr(aitown.runs())


def test_a_run_is_deleted_unless_it_is_being_written(tmp_path):
    write_run(tmp_path / "old", 10)
    with RunWriter.create(tmp_path / "new", manifest(), SCHEMA, DOCUMENTS):
        found = aitown.runs(tmp_path)
        with pytest.raises(RunError, match="being written"):
            found.delete("new")
        found.delete("old")
        assert list(found) == ["new"]
        assert found.frame.loc["new", "state"] == "running"
    with pytest.raises(UnknownRun, match=r"no run 'nwe' in .*\nDid you mean new"):
        found.delete("nwe")
    found.delete("new")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_run_does_not_hide_the_others(tmp_path):
    write_run(tmp_path / "good", 10)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{")
    assert aitown.runs(tmp_path).frame["state"].to_dict() == {"bad": "damaged", "good": "finished"}
    aitown.runs(tmp_path).delete("bad")
    assert list(aitown.runs(tmp_path)) == ["good"]
