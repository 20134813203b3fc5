"""A simulation of Generative Agents, made up by hand in both of its forms, and a real one where it is at hand."""

import json
import os
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import aitown
from aitown.errors import BadParameter, DamagedRun, RunExists, UnknownRun
from aitown.history.lock import is_locked

VILLE = Path(os.environ.get("AITOWN_DATA", Path(__file__).parents[4] / "shared" / "data")) / "the_ville"
NAMES = ["Ada", "Bo", "Cy"]
META = {
    "start_date": "February 13, 2023",
    "curr_time": "February 13, 2023, 00:01:00",
    "sec_per_step": 10,
    "maze_name": "the_ville",
    "persona_names": NAMES,
    "step": 6,
}
TALK = [["Bo", "Hello Ada"], ["Ada", "Hello Bo"]]


def row(x, y, act, address="v:Cafe:hall:table", chat=None):
    return {"movement": [x, y], "pronunciatio": "🙂", "description": f"{act} @ {address}", "chat": chat}


STEPS = [
    {"Ada": row(0, 0, "sleeping", "v:Home:room:bed"), "Bo": row(3, 1, "reading (a book)"), "Cy": row(1, 1, "idle")},
    {"Ada": row(1, 0, "walking")},
    {"Ada": row(2, 0, "talking", "<persona> Bo", TALK), "Bo": row(3, 1, "talking", "<persona> Ada", TALK)},
    {"Cy": row(1, 2, "idle", "v:Park:grass:tree")},
    {"Ada": row(2, 1, "reading (a map)", "v:Cafe", TALK), "Bo": row(3, 1, "reading (a book)")},
    {"Ada": row(2, 1, "reading (a map)", "v:Cafe")},
]


def write(folder, form="compressed", steps=STEPS, meta=META):
    if form == "compressed":
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(json.dumps(meta))
        (folder / "master_movement.json").write_text(json.dumps({str(i): step for i, step in enumerate(steps)}))
        return folder
    (folder / "movement").mkdir(parents=True)
    (folder / "reverie").mkdir()
    (folder / "reverie" / "meta.json").write_text(json.dumps(meta))
    now = {}
    for number, step in enumerate(steps):
        now |= step
        (folder / "movement" / f"{number}.json").write_text(json.dumps({"persona": now, "meta": {}}))
    return folder


@pytest.fixture(params=["compressed", "raw"])
def run(request, tmp_path):
    return aitown.load(write(tmp_path / "sim", request.param))


def test_where_everybody_is_and_what_they_do(run):
    assert run.names == tuple(NAMES)
    assert run.ticks == range(6)
    assert run.start == "2023-02-13T00:00:00"
    assert run.seed is None
    assert run.state == "finished"
    ada = run.trajectory("Ada")
    assert ada["x"].tolist() == [0.5, 1.5, 2.5, 2.5, 2.5, 2.5]
    assert ada["activity"].tolist() == ["sleeping", "walking", "talking", "talking", "reading", "reading"]
    assert ada.loc[4, "description"] == "reading (a map)"
    assert ada["address"].tolist() == [
        "v:Home:room:bed",
        "v:Cafe:hall:table",
        "<persona> Bo",
        "<persona> Bo",
        "v:Cafe",
        "v:Cafe",
    ]
    assert ada["place"].tolist() == ["Home", "Cafe", "Cafe", "Cafe", "Cafe", "Cafe"]
    assert ada["partner"].tolist() == [-1, -1, 1, 1, 1, -1]
    assert ada["emoji"].unique().tolist() == ["🙂"]
    assert run.trajectory("Cy")["y"].tolist() == [1.5, 1.5, 1.5, 2.5, 2.5, 2.5]
    assert run.at("day 1 00:00:20", ["time"])["time"].iloc[0] == pd.Timestamp("2023-02-13 00:00:20")


def test_conversations_once_each(run):
    assert run.talk()[["tick", "name", "other_name", "turn", "text"]].to_numpy().tolist() == [
        [2, "Bo", "Ada", 0, "Hello Ada"],
        [2, "Ada", "Bo", 1, "Hello Bo"],
    ]
    found = run.conversations()
    assert found[["tick", "until", "lines", "seconds"]].to_numpy().tolist() == [[2, 5, 2, 30.0]]
    assert run.manifest["source"]["conversations"] == 1


def test_everything_else_works_on_it(run):
    pytest.importorskip("duckdb")
    assert run.sql("SELECT activity FROM npcs WHERE tick = 0 ORDER BY npc")["activity"].tolist() == [
        "sleeping",
        "reading",
        "idle",
    ]
    assert run.npcs().town.activity_shares(by="time").iloc[0, 0] > 0
    assert len(run.metrics("talking")) == 6
    assert run.network()["lines"].tolist() == [2]
    assert "Generative Agents" not in repr(run)


def test_what_grows_or_changes_between_the_same_two(tmp_path):
    more, other = [*TALK, ["Bo", "Bye"]], [["Ada", "Again?"], ["Bo", "Yes"]]
    steps = [
        {
            "Ada": row(0, 0, "a", "<persona> Bo", TALK),
            "Bo": row(1, 0, "a", "<persona> Ada", TALK),
            "Cy": row(1, 1, "a"),
        },
        {"Ada": row(0, 0, "a", "<persona> Bo", more), "Bo": row(1, 0, "a", "<persona> Ada", more)},
        {"Ada": row(0, 0, "a", "<persona> Bo", other), "Bo": row(1, 0, "a", "<persona> Ada", other)},
        {"Ada": row(0, 0, "a"), "Bo": row(1, 0, "a")},
    ]
    run = aitown.load(write(tmp_path / "sim", steps=steps))
    assert run.talk()["text"].tolist() == ["Hello Ada", "Hello Bo", "Bye", "Again?", "Yes"]
    assert run.conversations()[["tick", "until", "lines"]].to_numpy().tolist() == [[0, 2, 3], [2, 3, 2]]


def test_whoever_comes_later_is_not_there_before(tmp_path):
    steps = [{"Ada": row(0, 0, "a")}, {"Bo": row(1, 0, "b"), "Cy": row(2, 0, "c")}]
    run = aitown.load(write(tmp_path / "sim", steps=steps))
    bo = run.trajectory("Bo")
    assert bo.index.tolist() == [1]
    assert bo["activity"].notna().all()


def test_it_can_be_kept(tmp_path):
    source = write(tmp_path / "sim")
    kept = aitown.load(source, save=tmp_path / "kept")
    assert kept.folder == tmp_path / "kept"
    assert not is_locked(kept.folder)
    assert aitown.load(tmp_path / "kept").run_id == "sim"
    with pytest.raises(RunExists):
        aitown.load(source, save=tmp_path / "kept")
    with pytest.raises(BadParameter, match="which is a run of aitown"):
        aitown.load(tmp_path / "kept", save=tmp_path / "again")


def test_a_temporary_one_lives_as_long_as_its_history(tmp_path):
    run = aitown.load(write(tmp_path / "sim"))
    folder = run.folder
    assert folder.is_dir()
    del run
    assert not folder.exists()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / "master_movement.json").write_text("{"), "can't be read"),
        (lambda f: (f / "master_movement.json").write_text("[]"), "holds a list"),
        (lambda f: (f / "master_movement.json").write_text("{}"), "has no step"),
        (lambda f: (f / "master_movement.json").write_text('{"one": {}}'), "a step 'one'"),
        (lambda f: (f / "master_movement.json").write_text('{"0": 3}'), "step 0: no agents"),
        (lambda f: (f / "master_movement.json").write_text('{"0": {"Ada": {}}}'), "step 0, Ada: not a row"),
        (lambda f: (f / "master_movement.json").write_text(json.dumps({"0": {"Zoe": row(1, 1, "a")}})), "steps of Zoe"),
        (lambda f: (f / "meta.json").unlink(), "is not there"),
        (lambda f: (f / "meta.json").write_text("{}"), "lacks what is needed"),
        (lambda f: (f / "meta.json").write_text(json.dumps(META | {"start_date": "soon"})), "lacks what is needed"),
        (lambda f: (f / "meta.json").write_text(json.dumps(META | {"sec_per_step": 0})), "sec_per_step 0"),
    ],
)
def test_faults_are_named(tmp_path, spoil, says):
    folder = write(tmp_path / "sim")
    spoil(folder)
    with pytest.raises(DamagedRun) as caught:
        aitown.load(folder)
    assert says in str(caught.value)


def test_a_folder_of_neither_kind(tmp_path):
    with pytest.raises(UnknownRun, match="no manifest"):
        aitown.load(tmp_path)


real = pytest.mark.skipif(not VILLE.is_dir(), reason="the data of The Ville is not beside the project")


@cache
def july():
    the_map = aitown.TownMap.from_tiled(VILLE / "the_ville_jan7.json", names=VILLE / "matrix" / "special_blocks")
    return aitown.load(VILLE / "July1", map=the_map)


@real
def test_the_counts_of_a_real_run():
    run = july()
    assert len(run.ticks) == 8_655
    assert run.manifest["source"]["rows"] == 4_532
    assert len(run.conversations()) == 8
    assert len(run.talk()) == 87
    assert run.talk()["conversation"].min() >= 0


@real
def test_a_real_run_row_by_row():
    run, movement = july(), json.loads((VILLE / "July1" / "master_movement.json").read_text())
    frame = run.npcs(["x", "y", "description", "address", "partner"])
    now = {}
    for step in range(8_655):
        now |= movement[str(step)]
        if step % 37:
            continue
        for npc, name in enumerate(run.names):
            wanted, found = now[name], frame.loc[(step, npc)]
            assert [found["x"] - 0.5, found["y"] - 0.5] == wanted["movement"]
            assert f"{found['description']} @ {found['address']}" == wanted["description"]
            assert (found["partner"] >= 0) == bool(wanted["chat"])


@real
def test_a_real_run_on_its_map():
    run = july()
    frame = run.npcs(["place", "target"])
    assert len(run.place_names) == 29
    assert frame["place"].notna().mean() > 0.9
    assert (frame["place"].astype(str) == frame["target"].astype(str)).mean() > 0.85
    assert run.at(0, ["place"])["place"].tolist() == [
        "Isabella Rodriguez's apartment",
        "Dorm for Oak Hill College: Maria Lopez's room",
        "Dorm for Oak Hill College: Klaus Mueller's room",
    ]
    assert run.map["name"] == "the_ville_jan7"
