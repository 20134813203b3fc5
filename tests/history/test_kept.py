"""Metrics of one's own, kept with the run: other processes see them, and never a number that isn't true."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

import aitown
from aitown.errors import BadParameter, DamagedRun, RunError, UnknownName
from aitown.history import Pace, RunWriter, kept, load, metrics
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest, write_run

OTHER = """
import json, sys
import aitown
run = aitown.load(sys.argv[1])
found = run.metrics(sys.argv[2:] or None)
listed = run.metric_list
print(json.dumps({
    "ticks": found.index.tolist(),
    "values": found.drop(columns="time").astype(object).where(found.notna(), None).to_dict("list"),
    "units": found.attrs["units"],
    "recorded": listed["recorded"].to_dict(),
    "doc": listed["doc"].to_dict(),
    "sources": {one.name: one.source for one in run.kept()},
}))
"""


def elsewhere(folder, *names):
    """What another process, in which nothing is declared, sees of the metrics."""
    answer = subprocess.run(
        [sys.executable, "-c", OTHER, str(folder), *names],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return json.loads(answer.stdout)


@pytest.fixture
def hungry():
    @aitown.metric(columns="hunger", unit="NPCs")
    def hungry(npcs):
        """How many are hungry; none where nobody counts."""
        count = int((npcs["hunger"] > 0.5).sum())
        return count or None

    yield hungry
    metrics.forget("hungry")


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150))


def test_another_process_sees_values_unit_and_definition(folder, hungry):
    run = load(folder)
    wanted = run.record_metrics("hungry")
    assert wanted["hungry"].tolist() == pytest.approx(run.metrics(hungry)["hungry"].tolist(), nan_ok=True)
    found = elsewhere(folder, "hungry")
    assert found["ticks"] == list(range(90))
    there = [None if math.isnan(value) else value for value in run.metrics(hungry)["hungry"]]
    assert None in there
    assert found["values"]["hungry"] == there
    assert found["units"] == {"time": "clock", "hungry": "NPCs"}
    assert found["recorded"]["hungry"] == 89
    assert found["recorded"]["hunger"] == -1
    assert found["doc"]["hungry"] == "How many are hungry; none where nobody counts."
    assert 'npcs["hunger"] > 0.5' in found["sources"]["hungry"]


def test_it_is_among_all_metrics_and_beside_computed_ones(folder, hungry):
    load(folder).record_metrics(every=30)
    metrics.forget("hungry")
    run = load(folder)
    found = run.metrics(["hunger", "hungry"])
    assert len(found) == 90
    assert found.index[found["hungry"].notna()].isin([0, 30, 60]).all()
    assert found["hunger"].tolist() == run.metrics("hunger")["hunger"].tolist()
    assert "hungry" in run.metrics().columns
    alone = run.metrics("hungry")
    assert alone.index.tolist() == [0, 30, 60]
    assert alone["time"].tolist() == run.metrics("hunger", every=30)["time"].tolist()
    assert run.metrics("hungry", slice("day 1 06:05", None)).index.tolist() == [30, 60]
    asked = run.sql("SELECT hungry FROM metrics WHERE tick IN (0, 30, 60) ORDER BY tick")["hungry"]
    assert asked.tolist() == pytest.approx(alone["hungry"].tolist(), nan_ok=True)


def test_who_has_the_function_computes(folder, hungry):
    run = load(folder)
    run.record_metrics("hungry")
    before = run.metrics("hungry")["hungry"].tolist()

    @aitown.metric(columns="hunger", name="hungry", unit="NPCs")
    def changed(npcs):
        return float(npcs["hunger"].max()) + 100

    assert (run.metrics("hungry")["hungry"] >= 100).all()
    assert run.kept()[0].values.tolist() == pytest.approx(before, nan_ok=True)
    run.record_metrics("hungry")
    assert [len(list((folder / "metrics").iterdir())), len(run.kept())] == [1, 1]
    assert elsewhere(folder, "hungry")["values"]["hungry"] == run.metrics(changed)["hungry"].tolist()


def test_a_recorded_metric_hides_a_built_in_one_of_its_name(folder):
    @aitown.metric(columns="hunger", name="hunger")
    def always_seven(npcs):
        return 7

    try:
        load(folder).record_metrics("hunger")
    finally:
        metrics.forget("hunger")
    assert set(load(folder).metrics("hunger")["hunger"]) == {7.0}


def test_nothing_is_made_up_after_the_run_grew(tmp_path, hungry):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(20)), NO_EVENTS)
        writer.sync()
        run = load(tmp_path / "run")
        run.record_metrics("hungry")
        writer.write(block(range(20, 50)), NO_EVENTS)
        writer.sync()
        metrics.forget("hungry")
        assert run.metrics("hungry").index.tolist() == list(range(20))
        assert run.metrics(["hungry", "hunger"])["hungry"][20:].isna().all()
        assert run.metric_list.loc["hungry", "recorded"] == 19
        with pytest.raises(BadParameter, match="function is not in this process"):
            run.record_metrics("hungry")


def test_what_is_lived_again_is_forgotten(tmp_path, hungry):
    """After a crash a run goes on before its last tick; what was computed of ticks behind that is cut."""
    folder = write_run(tmp_path / "run", 50)
    run = load(folder)
    run.record_metrics("hungry")
    wanted = run.metrics(hungry)["hungry"].tolist()
    [one] = run.kept()
    late = kept.Kept(**{**vars(one), "stop": 60, "ticks": np.arange(60), "values": np.arange(60.0)})
    kept.write(folder, late)
    (folder / "metrics" / "half.000001-00000000.parquet.tmp").write_bytes(b"half")
    with RunWriter.resume(folder):
        pass
    [found] = load(folder).kept()
    assert (found.stop, found.ticks.tolist(), found.values.tolist()) == (50, list(range(50)), list(range(50)))
    assert len(wanted) == 50
    assert not list((folder / "metrics").glob("*.tmp"))


def test_damaged_values_are_an_error_and_never_numbers(folder, hungry):
    run = load(folder)
    run.record_metrics("hungry")
    [path] = (folder / "metrics").iterdir()
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1 << position % 8]) + whole[position + 1 :])
        with pytest.raises(DamagedRun, match="checksum"):
            run.kept()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedRun, match="checksum"):
            run.kept()
    path.write_bytes(whole)
    assert len(run.kept()) == 1


def test_two_versions_left_by_a_crash_are_the_newer_one(folder, hungry):
    run = load(folder)
    run.record_metrics("hungry")
    [old] = (folder / "metrics").iterdir()
    copy = old.read_bytes()

    @aitown.metric(columns="hunger", name="hungry")
    def three(npcs):
        return 3

    run.record_metrics("hungry")
    old.write_bytes(copy)
    [found] = run.kept()
    assert set(found.values) == {3.0}
    run.record_metrics("hungry")
    assert len(list((folder / "metrics").iterdir())) == 1


@pytest.mark.parametrize("name", ["a/b", "../up", "50 %", "é.x", ".hidden"])
def test_any_name_is_a_file(folder, name):
    made = aitown.metric(columns="x", name=name)(len)
    try:
        load(folder).record_metrics(made)
    finally:
        metrics.forget(name)
    assert load(folder).metrics(name)[name].tolist() == [5.0] * 90
    assert not (folder.parent / "up").exists()


def test_wrong_questions(folder, hungry, monkeypatch):
    run = load(folder)
    with pytest.raises(UnknownName, match="no metric 'hungri'"):
        run.record_metrics("hungri")
    long = aitown.metric(columns="x", name="x" * 200)(lambda npcs: 1)
    with pytest.raises(BadParameter, match="Expected 1 to 150 characters"):
        run.record_metrics(long)
    metrics.forget("x" * 200)
    (folder / "metrics").write_text("a file")
    with pytest.raises(RunError, match="can't be written"):
        run.record_metrics("hungry")


def test_it_travels_as_json_with_what_is_no_number(folder, hungry):
    run = load(folder)
    run.record_metrics("hungry")
    [one] = run.kept()
    sent = orjson.loads(orjson.dumps(one.to_json(), option=orjson.OPT_SERIALIZE_NUMPY))
    found = kept.Kept.from_json(sent)
    assert np.isnan(one.values).any()
    np.testing.assert_array_equal(found.values, one.values)
    np.testing.assert_array_equal(found.ticks, one.ticks)
    assert {**vars(found), "values": 0, "ticks": 0} == {**vars(one), "values": 0, "ticks": 0}
