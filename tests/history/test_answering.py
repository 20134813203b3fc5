"""A question answered in bytes: the rows of the run, or an error, and never a part that passes for the whole."""

import io

import orjson
import pytest

from aitown.errors import AitownError, BadParameter, DamagedRun, TownEnded, UnknownName
from aitown.history import Pace, load
from aitown.history.answering import ARROW, JSON, REPLAY, answer, tables
from aitown.history.replay import stretch
from aitown.history.store import joined
from tests.history.run_model import write_run

ROWS = {"op": "rows", "table": "npcs", "columns": ["x", "activity"], "start": 10, "stop": 70}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150))


def ask(folder, question):
    said = []
    answer(str(folder), question, lambda kind, data: said.append((kind, data)))
    assert len({kind for kind, _ in said}) == 1
    return said[0][0], b"".join(data for _, data in said)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, {"ticks": slice(10, 70)}),
        ({"ids": [1, 3], "every": 3}, {"ticks": slice(10, 70), "npcs": [1, 3], "every": 3}),
        ({"step": 7}, {"ticks": slice(10, 70, 7)}),
    ],
)
def test_rows(folder, more, wanted):
    kind, data = ask(folder, ROWS | more)
    assert kind == ARROW
    found = joined(list(tables(io.BytesIO(data))))
    frame = load(folder).npcs(["x", "activity"], **wanted)
    assert found.column_names == ["tick", "npc", "x", "activity"]
    assert list(zip(found["tick"].to_pylist(), found["npc"].to_pylist(), strict=True)) == frame.index.tolist()
    assert (found["x"].to_numpy() / 8).tolist() == frame["x"].tolist()
    assert found["activity"].to_pylist() == frame["activity"].cat.codes.tolist()


def test_a_part_of_an_answer_never_passes_for_the_whole(folder):
    _, data = ask(folder, ROWS)
    assert len(joined(list(tables(io.BytesIO(data))))) == 300
    for size in range(0, len(data) - 8, 23):
        with pytest.raises(DamagedRun, match="broke off"):
            list(tables(io.BytesIO(data[:size])))


def test_what_goes_wrong_on_the_way_is_told_at_the_end(folder, tmp_path):
    broken = write_run(tmp_path / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150))
    last = max((broken / "npcs").glob("*.parquet"))
    data = bytearray(last.read_bytes())
    data[4:80] = bytes(76)
    last.write_bytes(data)
    _, data = ask(broken, ROWS | {"stop": 90})
    with pytest.raises(DamagedRun, match="is damaged"):
        list(tables(io.BytesIO(data)))


def test_small_questions(folder):
    run = load(folder)
    assert orjson.loads(ask(folder, {"op": "run"})[1])["seed"] == 7
    look = orjson.loads(ask(folder, {"op": "look", "run": run.run_id})[1])
    said = {"bounds": [0, 89], "stop": 90, "damaged": [], "state": "finished", "nbytes": run.nbytes, "newcomers": []}
    assert look == said
    assert ask(folder, {"op": "inputs"}) == (JSON, b"[]")
    assert orjson.loads(ask(folder, {"op": "document", "name": "map.json"})[1]) == {"name": "testmap"}


def test_a_recorded_stretch(folder):
    assert ask(folder, {"op": "replay"}) == (REPLAY, stretch(load(folder)).data)
    part = stretch(load(folder), slice(20, 50)).data
    assert ask(folder, {"op": "replay", "start": 20, "stop": 50}) == (REPLAY, part)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({}, BadParameter),
        ({"op": "delete"}, BadParameter),
        ({"op": "document", "name": "../../etc/passwd"}, BadParameter),
        ({"op": "rows"}, BadParameter),
        (ROWS | {"table": "people"}, UnknownName),
        (ROWS | {"columns": ["zzz"]}, UnknownName),
        (ROWS | {"every": 0}, BadParameter),
        (ROWS | {"start": "now"}, BadParameter),
        ({"op": "look", "run": "another"}, TownEnded),
        ({"op": "replay", "start": "day 1"}, BadParameter),
        ({"op": "replay", "start": 500, "stop": 600}, BadParameter),
    ],
)
def test_mistakes(folder, question, error):
    with pytest.raises(error) as caught:
        ask(folder, question)
    assert isinstance(caught.value, AitownError)
