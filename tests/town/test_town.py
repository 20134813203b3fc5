import gc
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aitown.errors import (
    BadCount,
    BadParameter,
    BadPersona,
    InputRejected,
    RunExists,
    TownEnded,
    UnknownMap,
    UnknownRun,
)
from aitown.history import History
from aitown.town import Town
from aitown.town.recording import CHECKPOINT_TICKS
from tests.sim.tiny import make_map, make_people


def tiny(**more):
    return Town(make_map(), personas=make_people(), **{"seed": 7, **more})


def everything(run):
    """All rows of a history, to compare."""
    return run.npcs(), run.places(), run.events()


def assert_same(one, other):
    for expected, found in zip(everything(one), everything(other), strict=True):
        pd.testing.assert_frame_equal(found, expected)


def test_a_town_steps_and_tells_the_time():
    with tiny() as town:
        assert (town.tick, town.clock.isoformat()) == (0, "2025-03-03T06:00:00")
        town.step()
        town.step(359)
        assert (town.tick, town.clock.isoformat()) == (360, "2025-03-03T07:00:00")


def test_npcs_now_are_those_of_the_history():
    with tiny() as town:
        run = town.run(ticks=700, progress=False)
        now, then = town.npcs, run.npcs(ticks=slice(700, 701)).droplevel("tick").drop(columns="time")
        assert list(now.columns) == list(then.columns)
        assert now.index.name == "npc"
        pd.testing.assert_frame_equal(now, then, check_index_type=False, check_categorical=False, check_dtype=False)
        assert town.places["occupants"].sum() == (now["place"].notna()).sum()


def test_a_run_without_a_folder_is_kept_as_long_as_somebody_can_read_it():
    run = tiny().run(ticks=100, progress=False)
    gc.collect()
    assert run.npcs().shape[0] == 101 * 8
    folder = Path(run.folder)
    assert folder.exists()
    del run
    gc.collect()
    assert not folder.exists()


def test_the_same_run_twice_is_the_same_to_the_bit(tmp_path):
    first = tiny(record=tmp_path / "a").run(hours=8, progress=False)
    with tiny(record=tmp_path / "b") as town:
        while town.tick < 8 * 360:
            town.step(77 if town.tick + 77 <= 8 * 360 else 8 * 360 - town.tick)
        assert_same(first, town.history)


def test_recording_can_begin_later(tmp_path):
    whole = tiny().run(ticks=1200, progress=False)
    with tiny() as town:
        town.step(500)
        part = town.run(ticks=700, record=tmp_path / "late", progress=False)
    frame = part.npcs()
    pd.testing.assert_frame_equal(frame, whole.npcs(ticks=slice(500, 1201)))
    assert part.manifest["seed"] == 7
    with Town.resume(tmp_path / "late") as again:
        assert again.tick == 1200
        again.step(10)


def test_recording_can_begin_when_events_have_been_read_already(tmp_path):
    whole = tiny().run(ticks=1500, progress=False).events()
    with tiny() as town:
        town.step(500)
        assert len(town.events())
        part = town.run(ticks=700, record=tmp_path / "late", progress=False)
        after = whole[(whole["tick"] > 500) & (whole["tick"] <= 1200)]
        assert part.events()["text"].tolist() == after["text"].tolist()
        assert len(town.events()) == len(after)
    with Town.resume(tmp_path / "late") as again:
        again.step(300)
        assert again.history.events()["text"].tolist() == whole[whole["tick"] > 500]["text"].tolist()


def test_the_cadence_is_kept_and_written_down(tmp_path):
    with tiny(record=tmp_path / "run", record_every=6) as town:
        run = town.run(ticks=100, progress=False)
        assert run.manifest["record_every"] == 6
        assert run.npcs().index.get_level_values("tick").unique().tolist() == list(range(0, 97, 6))


def test_the_manifest_says_what_the_run_was(tmp_path):
    with tiny(record=tmp_path / "run", name="millville") as town:
        manifest = json.loads((tmp_path / "run" / "manifest.json").read_bytes())
    assert {"run", "town", "map", "map_hash", "npcs", "seed", "start", "tick_seconds", "parameters", "record_every",
            "versions", "schema", "names", "places", "event_kinds", "created"} <= set(manifest)  # fmt: skip
    assert (manifest["town"], manifest["map"], manifest["npcs"], manifest["seed"]) == ("millville", "tiny", 8, 7)
    assert manifest["run"] == town.run_id
    assert manifest["map_hash"] == make_map().hash
    assert manifest["parameters"]["walking_speed"] == 6


def test_a_seed_that_was_not_given_is_drawn_printed_and_kept(tmp_path, capsys):
    with tiny(seed=None, record=tmp_path / "run") as town:
        assert f"seed: {town.seed}" in capsys.readouterr().out
        assert History.load(tmp_path / "run").manifest["seed"] == town.seed
        assert 0 <= town.seed < 2**63


def test_a_taken_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(RunExists):
        tiny(record=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"npcs": 0}, BadCount),
        ({"npcs": 10_000}, BadCount),
        ({"map": "atlantis"}, UnknownMap),
        ({"seed": -1}, BadParameter),
        ({"start": "soon"}, BadParameter),
        ({"tick_seconds": 0}, BadParameter),
        ({"record_every": 0}, BadParameter),
        ({"parameters": {"speed": 9}}, BadParameter),
        ({"personas": "nobody.csv"}, BadPersona),
        ({"personas": [1, 2]}, BadPersona),
        ({"personas": 5}, BadPersona),
        ({"parameters": 3}, BadParameter),
        ({"map": 3}, UnknownMap),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(tmp_path, given, error):
    with pytest.raises(error):
        Town(**{"seed": 1, **given}, record=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_path():
    with pytest.raises(BadParameter, match="expected a folder"):
        Town("riverbend", seed=1, record=5)


def test_personas_come_from_a_table_too():
    table = pd.DataFrame({"name": ["Ann", "Bo"], "home": ["Hill House", ""], "sociability": [0.2, 0.9]})
    with Town(make_map(), personas=table, seed=1) as town:
        assert town.names == ("Ann", "Bo")
        assert town.personas[1].home in {"Hill House", "Low House"}
        town.step(10)


def test_inputs_are_in_the_journal_before_they_are_accepted(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        town.step(50)
        assert town.say("Good morning!", to="Person1 Tiny") == 51
        line = json.loads((tmp_path / "run" / "inputs.jsonl").read_text().splitlines()[-1])
        found = {key: line[key] for key in ("id", "tick", "kind", "text", "to", "by")}
        assert found == {"id": 0, "tick": 51, "kind": "say", "text": "Good morning!", "to": 1, "by": -1}
        assert town.input("move", npc=2, place="Green") == {"id": 1, "tick": 51}
        town.step()
        said = [row for row in town.events().rows() if row["npc"] == -1]
        assert [(row["tick"], row["text"]) for row in said] == [(51, "Good morning!")]


def test_a_refused_input_is_not_in_the_journal(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        for bad in ({"kind": "say", "text": "hi", "to": "Nobody"}, {"kind": "move", "npc": 0, "place": 99}):
            with pytest.raises(InputRejected):
                town.input(**bad)
        assert (tmp_path / "run" / "inputs.jsonl").read_text() == ""


def test_events_come_once_recorded_or_not(tmp_path):
    with tiny() as plain, tiny(record=tmp_path / "run") as recorded:
        for town in (plain, recorded):
            town.step(1500)
        expected = plain.events().rows()
        assert expected
        assert recorded.events().rows() == expected
        for town in (plain, recorded):
            assert len(town.events()) == 0
            town.step(1000)
        assert recorded.events().rows() == plain.events().rows()


def test_hello_is_what_the_protocol_says_and_compiles_nothing():
    code = (
        "import json, sys; from tests.town.test_town import tiny; town = tiny(name='t', run='r');"
        "from aitown.sim.schedule import advance; print(json.dumps(town.hello())); print(len(advance.signatures))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text, compiled = found.stdout.splitlines()
    hello = json.loads(text)
    assert {"protocol", "version", "pid", "town", "run", "seed", "start", "tick_seconds", "schema", "names", "places",
            "map", "personas", "tick"} <= set(hello)  # fmt: skip
    assert (hello["town"], hello["run"], hello["seed"], hello["tick"]) == ("t", "r", 7, 0)
    assert [column["name"] for column in hello["schema"]["npcs"]][:4] == ["x", "y", "heading", "place"]
    assert hello["places"][4] == {"id": 4, "name": "Café", "kind": "cafe", "x": 15.0, "y": 17.0, "capacity": 6}
    assert compiled == "0"


def test_a_closed_town_is_over_and_its_history_is_not(tmp_path):
    town = tiny(record=tmp_path / "run")
    town.step(100)
    town.close()
    town.close()
    for act in (town.step, lambda: town.run(ticks=1), lambda: town.say("hi")):
        with pytest.raises(TownEnded):
            act()
    assert town.history.npcs().shape[0] == 101 * 8
    assert town.history.manifest["state"] == "finished"


def test_a_town_goes_on_where_it_ended(tmp_path):
    whole = tiny(record=tmp_path / "whole")
    for town, ticks in ((whole, (300, 400)), (tiny(record=tmp_path / "part"), (300,))):
        town.step(ticks[0])
        town.say("hello", to=1)
        town.input("move", npc=3, place="Green")
        for more in ticks[1:]:
            town.step(more)
        town.close()
    with Town.resume(tmp_path / "part") as again:
        assert (again.tick, again.seed, again.name) == (300, 7, "tiny")
        again.step(400)
        assert_same(whole.history, again.history)
        assert again.input("say", text="more") == {"id": 2, "tick": 701}


def test_resuming_nothing_is_refused(tmp_path):
    with pytest.raises(UnknownRun):
        Town.resume(tmp_path / "nowhere")


KILLED = """
import os, signal, sys
from tests.town.test_town import tiny
town = tiny(record=sys.argv[1])
town.step(int(sys.argv[2]))
town.say("hello", to=1)
town.step(int(sys.argv[3]))
town.history  # everything is on the disk
town.input("move", npc=2, place="Green")
town.step(400)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("first", "second"), [(100, 200), (3000, 2500)])
def test_a_killed_town_goes_on_as_if_nothing_had_been(tmp_path, first, second):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(first), str(second)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with tiny(record=tmp_path / "whole") as whole:
        whole.step(first)
        whole.say("hello", to=1)
        whole.step(second)
        whole.input("move", npc=2, place="Green")
        whole.step(1000)
        with Town.resume(tmp_path / "killed") as again:
            assert again.tick >= first + second
            again.step(first + second + 1000 - again.tick)
            assert_same(whole.history, again.history)


def test_an_accepted_input_survives_a_kill_that_its_tick_did_not(tmp_path):
    code = (
        "import os, signal, sys; from tests.town.test_town import tiny; town = tiny(record=sys.argv[1]); town.step(40);"
        "town.history; town.say('remember me'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], check=False)
    with Town.resume(tmp_path / "run") as again:
        assert again.tick == 40
        again.step(5)
        said = [row for row in again.events().rows() if row["text"] == "remember me"]
        assert [row["tick"] for row in said] == [41]


def test_checkpoints_come_with_time_and_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("aitown.town.recording.CHECKPOINT_SECONDS", 0)
    with tiny(record=tmp_path / "run", record_every=60) as town:
        town.step(8640 * 3)
        town.history  # noqa: B018 (writes what waits)
    kept = sorted(int(path.stem) for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert 2 <= len(kept) <= 8 < 8640 * 3 / CHECKPOINT_TICKS
    assert kept[0] < 8640 < kept[-1] == 8640 * 3


@pytest.mark.parametrize(("npcs", "every"), [(1000, 1), (1001, 6), (10_000, 6), (10_001, 60)])
def test_the_cadence_follows_the_size(npcs, every):
    from aitown.town.given import cadence

    assert cadence("auto", npcs) == every


def test_a_run_says_how_long_it_takes():
    with tiny() as town:
        for nothing in ({}, {"ticks": 0}, {"days": -1}):
            with pytest.raises(BadParameter, match="expected 1 or more"):
                town.run(**nothing)
        for odd in ({"days": "x"}, {"ticks": 2.5}, {"days": float("nan")}, {"days": float("inf")}, {"hours": None}):
            with pytest.raises(BadParameter, match="expected finite numbers"):
                town.run(**odd)
        assert town.folder is None
        with pytest.raises(BadParameter, match="step by"):
            town.step(-1)


def test_frames_are_newest_and_read_only():
    with tiny() as town:
        first = town.frame
        town.step(1500)
        assert (first.tick, town.frame.tick) == (0, 1500)
        assert not np.array_equal(first.tables["npcs"]["x"], town.frame.tables["npcs"]["x"])
        assert not town.frame.tables["npcs"]["x"].flags.writeable


def test_importing_the_town_loads_no_compiler():
    code = "import sys, aitown.town; print('numba' in sys.modules, 'pandas' in sys.modules, 'pyarrow' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False"] * 3
