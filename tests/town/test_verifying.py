"""A run is run again and held to its rows; two runs are compared to the bit."""

import copy
import json
import shutil

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pytest

import aitown
from aitown.cli import main
from aitown.errors import BadParameter, UnknownRun
from aitown.history import journal, parts
from aitown.history.rows import arrow_schemas
from aitown.history.store import Selection
from aitown.history.tail import Batch
from aitown.town import Town, verify
from tests.history.run_model import write_run
from tests.town.test_forks import END, act
from tests.town.test_minds import Dice
from tests.town.test_town import tiny


@pytest.fixture(scope="module")
def minded(tmp_path_factory):
    with tiny(record=tmp_path_factory.mktemp("runs") / "minded", minds={(0, 1, 2, 5): Dice()}) as town:
        act(town)
    return aitown.load(town.folder)


def test_a_run_with_minds_and_inputs_is_verified_without_them(minded):
    verdict = verify(minded, progress=False)
    assert verdict.state == "same"
    assert (verdict.ticks, verdict.events) == (END, len(minded.events()))
    assert verdict.rows == (END + 1) * (8 + len(minded.place_names))
    assert verdict.notes == ()
    assert "verified" in str(verdict)


def test_forks_late_recordings_sparse_ones_and_running_ones_are_verified(minded, tmp_path):
    with Town.from_run(minded, 701, record=tmp_path / "fork") as fork:
        fork.step(END - 701 + 60)
    assert verify(tmp_path / "fork", progress=False).state == "same"
    with tiny() as town:
        town.step(333)
        town.events()
        town.run(ticks=300, record=tmp_path / "late", progress=False)
        found = verify(tmp_path / "late", progress=False)
        assert found.state == "same"
        assert found.events == len(town.history.events())
    with tiny(record=tmp_path / "sparse", record_every=6) as town:
        town.step(400)
        town.sync()
        assert verify(tmp_path / "sparse", progress=False).state == "same"
        with town.fork(100, record=tmp_path / "odd") as odd:
            odd.step(200)
    assert verify(tmp_path / "odd", progress=False).state == "same"


def change(folder, tick, npc, column, by):
    """One value of the only sealed part of a run is another; checksums fit."""
    [path] = (folder / "npcs").glob("*.parquet")
    run = aitown.load(folder)
    table = pa.concat_tables(list(run.frozen_pieces("npcs", list(run.declared("npcs")), Selection(0, 1 << 30))))
    values = table.column(column).to_numpy().copy()
    row = np.flatnonzero((table.column("tick").to_numpy() == tick) & (table.column("npc").to_numpy() == npc))
    values[row] += by
    changed = table.set_column(table.column_names.index(column), table.field(column), pa.array(values))
    stop = run.last_tick + 1
    path.unlink()
    [batch] = changed.combine_chunks().to_batches()
    parts.seal(folder / "npcs", 0, arrow_schemas(run.schema)["npcs"], [Batch(0, stop, batch)])


def test_one_other_value_is_found(minded, tmp_path):
    shutil.copytree(minded.folder, tmp_path / "changed")
    change(tmp_path / "changed", 1234, 3, "hunger", 1)
    verdict = verify(tmp_path / "changed", progress=False)
    assert verdict.state == "differs"
    [cell] = verdict.comparison.cells
    hunger = minded.at(1234).loc[3, "hunger"]
    assert cell == ("npcs", 3, "Person3 Tiny", "hunger", round(hunger + 0.001, 3), hunger)
    assert verdict.comparison.tick == 1234
    found = aitown.compare(minded, tmp_path / "changed")
    assert (found.tick, found.same) == (1234, False)
    assert found.cells == (cell._replace(a=cell.b, b=cell.a),)
    assert "day 1 09:25:40" in str(found)
    assert list(found.frame.columns) == ["table", "row", "name", "column", "a", "b"]


def test_a_journal_that_was_changed_is_found(minded, tmp_path):
    shutil.copytree(minded.folder, tmp_path / "run")
    path = tmp_path / "run" / "inputs.jsonl"
    records = journal.read(path)[0]
    kept = [record for record in records if record["tick"] != 401]
    assert len(kept) < len(records)
    path.write_bytes(b"".join(journal.encode(record) for record in kept))
    verdict = verify(tmp_path / "run", progress=False)
    assert verdict.state == "differs"
    assert verdict.comparison.tick == 401


def manifest_with(folder, **facts):
    path = folder / "manifest.json"
    said = {**json.loads(path.read_bytes()), **facts}
    path.write_bytes(orjson.dumps({name: said[name] for name in said if name not in ("crc", "documents")}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda said: said | {"npcs": said["npcs"] + 1}, "npcs: 9; the run has 8"),
        (lambda said: said | {"names": said["names"][:-1]}, "7 names; the run has 8"),
        (lambda said: said | {"names": ["Zed", *said["names"][1:]]}, "names 0: Zed; the run has "),
        (lambda said: said | {"places": [{**said["places"][0], "name": "Nowhere"}, *said["places"][1:]]}, "Nowhere;"),
        (
            lambda said: said | {"event_kinds": ["sang", *said["event_kinds"][1:]]},
            "event_kinds 0: sang; the run has said",
        ),
        (lambda said: said | {"last_tick": said["last_tick"] - 1}, "its rows end at tick"),
    ],
)
def test_a_manifest_that_was_changed_is_found_though_its_checksum_was_removed(minded, tmp_path, change, says):
    shutil.copytree(minded.folder, tmp_path / "run")
    manifest_with(tmp_path / "run", **change(dict(minded.manifest)))
    verdict = verify(tmp_path / "run", progress=False)
    assert verdict.state == "differs"
    assert says in str(verdict)
    assert "is not what its manifest says" in str(verdict)


def test_what_can_not_be_verified_is_said(minded, tmp_path):
    def copied(name, **facts):
        shutil.copytree(minded.folder, tmp_path / name)
        manifest_with(tmp_path / name, **facts)
        return tmp_path / name

    other = copied("version", versions={"aitown": "0.0.1", "numpy": "1", "numba": "2"}, platform="plan9 vax")
    verdict = verify(other, progress=False)
    assert verdict.state == "same"
    assert "aitown 0.0.1" in str(verdict)
    assert "plan9 vax" in str(verdict)

    folder = copied("map")
    changed = json.loads((folder / "map.json").read_bytes())
    changed["places"][0]["capacity"] += 1
    (folder / "map.json").write_bytes(orjson.dumps(changed))
    assert "not the map of its manifest" in str(verify(folder, progress=False))

    folder = copied("people")
    people = json.loads((folder / "personas.json").read_bytes())
    people[0]["age"] += 1
    (folder / "personas.json").write_bytes(orjson.dumps(people))
    assert "personas.json is not the one" in str(verify(folder, progress=False))

    folder = copied("parameters", parameters={"gravity": 1.0})
    assert "unknown parameters gravity" in str(verify(folder, progress=False))

    schema = copy.deepcopy(minded.manifest["schema"])
    schema["npcs"] = [column for column in schema["npcs"] if column["name"] != "fun"]
    verdict = verify(copied("column", schema=schema), progress=False)
    assert "npcs.fun" in str(verdict)
    assert all(
        verify(folder, progress=False).state == "not verified" for folder in (tmp_path / "map", tmp_path / "people")
    )

    write_run(tmp_path / "foreign", 10)
    manifest_with(tmp_path / "foreign", seed=None)
    verdict = verify(tmp_path / "foreign", progress=False)
    assert (verdict.state, "no seed" in str(verdict)) == ("not verified", True)
    with pytest.raises(UnknownRun):
        verify(tmp_path / "nothing")


def test_runs_that_are_the_same_and_runs_of_other_lengths(minded, tmp_path):
    found = aitown.compare(minded, minded.folder)
    assert (found.same, found.tick, found.facts, found.input, found.notes) == (True, None, {}, None, ())
    with Town.from_run(minded, 500, record=tmp_path / "fork") as fork:
        fork.step(200)
    found = aitown.compare(minded, tmp_path / "fork")
    assert (found.same, found.first, found.last) == (True, 500, 700)
    assert "from 500 to 700" in str(found)


def test_the_first_input_that_differs_and_where_the_rows_part(minded, tmp_path):
    with Town.from_run(minded, 600, record=tmp_path / "fork") as fork:
        fork.step(50)
        fork.input("move", npc=6, place="Green")
        fork.step(100)
    found = aitown.compare(minded, tmp_path / "fork")
    at, _, other = found.input
    assert (at, other["kind"], other["npc"]) == (651, "move", 6)
    assert found.tick == 651
    assert {(cell.row, cell.column) for cell in found.cells if cell.table == "npcs"} >= {(6, "target"), (6, "why")}
    expected = minded.npcs(ticks=slice(600, 751)).compare(aitown.load(tmp_path / "fork").npcs(), align_axis=0)
    assert expected.index.get_level_values("tick").min() == found.tick


def test_other_seeds_parameters_and_cadences(tmp_path):
    for name, more in (
        ("a", {}),
        ("b", {"seed": 8, "parameters": {"hungry": 0.7}, "record_every": 4}),
        ("c", {"record_every": 6}),
    ):
        with tiny(record=tmp_path / name, **more) as town:
            town.step(300)
    found = aitown.compare(tmp_path / "a", tmp_path / "b")
    assert found.facts["seed"] == (7, 8)
    assert found.facts["parameters.hungry"] == (0.8, 0.7)
    assert found.tick == 0
    found = aitown.compare(tmp_path / "b", tmp_path / "c")
    assert found.tick % 12 == 0
    assert aitown.compare(tmp_path / "a", tmp_path / "c").same


def test_that_rows_are_of_other_people_and_places_is_said(minded, tmp_path):
    with Town("riverbend", npcs=8, seed=1, record=tmp_path / "other") as town:
        town.step(20)
    found = aitown.compare(minded, tmp_path / "other")
    assert "map_hash" in found.facts
    assert "8 NPCs are others in the second" in str(found)
    assert "7 places are others in the second" in str(found)


def test_what_is_no_run_is_said(minded):
    with pytest.raises(BadParameter, match="5 is no folder of a run"):
        aitown.compare(minded, 5)


def test_windows_of_any_size_find_the_same(minded, tmp_path, monkeypatch):
    shutil.copytree(minded.folder, tmp_path / "changed")
    change(tmp_path / "changed", 777, 5, "energy", -2)
    for size in (8, 900, 10_000):
        monkeypatch.setattr("aitown.history.comparing.WINDOW_ROWS", size)
        assert aitown.compare(minded, tmp_path / "changed").tick == 777
        verdict = verify(tmp_path / "changed", progress=False)
        assert (verdict.comparison.tick, len(verdict.comparison.cells)) == (777, 1)


def test_the_commands_say_it_with_their_exit_codes(minded, tmp_path, capsys):
    assert main(["verify", str(minded.folder)]) == 0
    out, err = capsys.readouterr()
    assert "gives the same" in out
    assert "100%" in err
    shutil.copytree(minded.folder, tmp_path / "changed")
    change(tmp_path / "changed", 1000, 0, "fun", 1)
    assert main(["verify", str(tmp_path / "changed")]) == 1
    assert "tick 1000" in capsys.readouterr().out
    assert main(["compare", str(minded.folder), str(tmp_path / "changed")]) == 1
    assert "Person0 Tiny fun" in capsys.readouterr().out
    assert main(["compare", str(minded.folder), str(minded.folder)]) == 0
    (tmp_path / "changed" / "map.json").unlink()
    assert main(["verify", str(tmp_path / "changed")]) == 2
    assert main(["compare", str(minded.folder), str(tmp_path / "nothing")]) == 2


def test_a_history_verifies_itself(minded):
    assert minded.verify(progress=False).state == "same"
    assert isinstance(aitown.compare(minded, minded).frame, pd.DataFrame)
