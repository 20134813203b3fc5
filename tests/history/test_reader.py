import functools
import html
import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import AitownError, BadParameter, DamagedRun, UnknownName, UnknownRun
from aitown.history import History, Pace, RunWriter, load, parts
from tests.history.run_model import (
    ACTIVITIES,
    DOCUMENTS,
    KINDS,
    NO_EVENTS,
    SCHEMA,
    block,
    events,
    expected,
    manifest,
    place_names,
    same,
    write_run,
)

TICKS = 90


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "base", TICKS, pace=Pace(flush_seconds=0.0, seal_rows=150)))


@pytest.fixture(scope="module", params=["one part", "many parts", "bands", "hot"])
def stored(request, tmp_path_factory):
    """The same run in each of the forms that it may have on the disk."""
    folder = tmp_path_factory.mktemp("stored") / "run"
    if request.param == "bands":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "BAND", 70)
            write_run(folder, TICKS)
        yield load(folder)
        return
    if request.param != "hot":
        write_run(folder, TICKS, pace=Pace(flush_seconds=0.0, seal_rows=150) if request.param == "many parts" else None)
        yield load(folder)
        return
    with RunWriter.create(folder, manifest(), SCHEMA, DOCUMENTS, Pace(flush_seconds=0.0, seal_rows=200)) as writer:
        for first in range(0, TICKS, 9):
            span = range(first, first + 9)
            writer.write(block(span), events(first // 3, span[::3]))
            writer.sync()
        yield load(folder)


@functools.cache
def model(table="npcs"):
    return expected([block(range(TICKS))], table)


COLUMNS = [None, ["x"], ["hunger", "name"], ["activity", "place", "time", "partner"], ["time"], []]


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_asked_equals_the_plain_model(stored, data):
    table = data.draw(st.sampled_from(["npcs", "places"]))
    wanted = model(table)
    columns = data.draw(st.sampled_from(COLUMNS if table == "npcs" else [None, ["open"], ["name", "occupants"]]))
    rows = data.draw(st.none() | st.lists(st.integers(0, 4 if table == "npcs" else 2), min_size=1))
    every = data.draw(st.none() | st.integers(1, 40))
    start = data.draw(st.none() | st.integers(0, TICKS - 1))
    stop = data.draw(st.none() | st.integers(1, TICKS + 50).filter(lambda stop: start is None or stop > start))
    step = data.draw(st.none() | st.integers(1, 20))
    ticks = np.arange(TICKS)[slice(start, stop, step)]
    if every:
        ticks = ticks[ticks % every == 0]
    found = getattr(stored, table)(columns, rows, slice(start, stop, step), every)
    level = wanted.index.get_level_values
    wanted = wanted[level(0).isin(ticks) & (True if rows is None else level(1).isin(rows))]
    same(found, wanted if columns is None else wanted[columns])


@settings(deadline=None, max_examples=15)
@given(sizes=st.lists(st.integers(0, 12), min_size=1, max_size=8), rows=st.integers(1, 9), every=st.integers(1, 3))
def test_blocks_of_any_size_come_back(tmp_path_factory, sizes, rows, every):
    folder = tmp_path_factory.mktemp("runs") / "run"
    blocks, tick = [], 0
    with RunWriter.create(folder, manifest(rows, 2), SCHEMA, {}, Pace(flush_seconds=0.0, seal_rows=60)) as writer:
        for size in sizes:
            blocks.append(block(range(tick, tick + size * every, every), rows, 2))
            tick += size * every
            writer.write(blocks[-1], NO_EVENTS)
            writer.sync()
        same(load(folder).npcs(), expected(blocks, npcs=rows, places=2))
    same(load(folder).npcs(), expected(blocks, npcs=rows, places=2))
    same(load(folder).places(), expected(blocks, "places", npcs=rows, places=2))


def test_npcs_are_asked_by_name_or_id_and_come_in_the_order_of_ids(run):
    for who in (["Npc 3", 1], [1, 3, 3], np.array([3, 1]), pd.Index([1, 3])):
        same(run.npcs(npcs=who), model()[model().index.get_level_values("npc").isin([1, 3])])
    same(run.npcs(npcs="Npc 2"), run.npcs(npcs=2))


def test_types_and_units(run):
    npcs = run.npcs()
    assert npcs["name"].dtype == pd.CategoricalDtype([f"Npc {i}" for i in range(5)])
    assert npcs["place"].dtype == pd.CategoricalDtype(place_names())
    assert npcs["activity"].dtype == pd.CategoricalDtype(ACTIVITIES)
    assert str(npcs["time"].dtype) == "datetime64[us]"
    assert npcs["x"].dtype == "float64"
    assert pd.api.types.is_integer_dtype(npcs["partner"])
    assert npcs["partner"].min() == -1
    assert npcs.attrs == {
        "run": "20250303-060000-abcd",
        "table": "npcs",
        "source": str(run.folder),
        "start": "2025-03-03T06:00:00",
        "tick_seconds": 10.0,
        "record_every": 1,
        "units": {"name": "label", "time": "clock", **{c.name: c.unit for c in run.schema["npcs"]}},
    }
    assert pd.api.types.is_integer_dtype(npcs.index.levels[0])
    assert npcs.loc[(17, 2), "hunger"] == 0.234


def test_negative_ticks_count_from_the_end(run):
    same(run.npcs(ticks=-1), run.npcs(ticks=TICKS - 1))
    same(run.npcs(ticks=slice(-10, -5)), run.npcs(ticks=range(TICKS - 10, TICKS - 5)))


def test_at_and_trajectory(run):
    assert run.at(7).index.tolist() == [0, 1, 2, 3, 4]
    assert run.at(7)["x"].tolist() == run.npcs(ticks=7)["x"].tolist()
    path = run.trajectory("Npc 4", ["x", "y"], every=30)
    assert path.index.tolist() == [0, 30, 60]
    assert path.index.name == "tick"
    assert path["x"].tolist() == [3.5, 14.75, 26.0]


def test_events(run):
    found = run.events()
    assert found.index.tolist() == list(range(30))
    assert found["tick"].tolist() == list(range(0, TICKS, 3))
    assert found["kind"].tolist() == [KINDS[i % 3] for i in range(30)]
    assert found["text"].tolist() == list(events(0, range(30)).text)
    assert found.loc[3, "time"] == pd.Timestamp("2025-03-03T06:01:30")
    assert found.loc[7, ["npc", "name", "place"]].tolist() == [0, "Npc 0", "Place 2"]
    assert found.loc[0, "npc"] == -1
    assert pd.isna(found.loc[0, "name"])
    assert found["name"].dtype == pd.CategoricalDtype([f"Npc {i}" for i in range(5)])
    assert run.events(kinds="said").index.tolist() == list(range(0, 30, 3))
    assert run.events(["said", "met"], ticks=slice(30, 60)).index.tolist() == [10, 12, 13, 15, 16, 18, 19]
    with_npc_2 = found[(found["npc"] == 2) | (found["other"] == 2)].index.tolist()
    assert run.events(npcs="Npc 2").index.tolist() == with_npc_2 != []


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_whatever_is_asked_of_the_log_equals_the_plain_model(stored, data):
    kinds = data.draw(st.none() | st.lists(st.sampled_from(KINDS), min_size=1))
    npcs = data.draw(st.none() | st.lists(st.integers(0, 4), min_size=1))
    start = data.draw(st.integers(0, TICKS - 2))
    stop = data.draw(st.integers(start + 1, TICKS))
    log = events(0, range(0, TICKS, 3))
    wanted = [
        i
        for i in range(len(log))
        if start <= log.tick[i] < stop
        and (kinds is None or KINDS[log.kind[i]] in kinds)
        and (npcs is None or log.npc[i] in npcs or log.other[i] in npcs)
    ]
    found = stored.events(kinds, npcs, slice(start, stop))
    assert found.index.tolist() == wanted
    assert found["text"].tolist() == [log.text[i] for i in wanted]
    assert found["tick"].tolist() == [log.tick[i] for i in wanted]


def test_what_a_run_is(run):
    assert run.run_id == "20250303-060000-abcd"
    assert run.seed == 7
    assert run.names == tuple(f"Npc {i}" for i in range(5))
    assert run.place_names == tuple(place_names())
    assert run.ticks == range(TICKS)
    assert (run.first_tick, run.last_tick) == (0, TICKS - 1)
    assert run.state == "finished"
    assert run.damage == ""
    for part in ("testville", "5 NPCs", "89 ticks", "0.01 days", "seed 7", "finished", "MB"):
        assert part in repr(run)
        assert html.escape(part) in run._repr_html_()


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        (lambda run: run.npcs(["hungr"]), UnknownName, "no column 'hungr'.\nDid you mean hunger?"),
        (lambda run: run.npcs("zzz"), UnknownName, "There is: name, time, x, y, place"),
        (lambda run: run.places(["x"]), UnknownName, "There is: name, time, open, occupants"),
        (lambda run: run.npcs(npcs="Npc9"), UnknownName, "no NPC 'Npc9'.\nDid you mean Npc 4"),
        (lambda run: run.npcs(npcs=[1, 5]), UnknownName, "no NPC 5.\nIds are 0 to 4; names: Npc 0, Npc 1"),
        (lambda run: run.npcs(npcs=[-1]), UnknownName, "no NPC -1"),
        (lambda run: run.npcs(npcs=[True]), UnknownName, "no NPC True"),
        (lambda run: run.npcs(npcs=1.5), UnknownName, "no NPC 1.5"),
        (lambda run: run.places(places="Pla"), UnknownName, "no place 'Pla'"),
        (lambda run: run.events("shouted"), UnknownName, "There is: said, met, arrived"),
        (
            lambda run: run.npcs(ticks=90),
            BadParameter,
            "tick 90 is not in the run.\nThe run has ticks 0 to 89 (day 1 06:00 to day 1 06:14:50).",
        ),
        (lambda run: run.npcs(ticks=slice(90, 100)), BadParameter, "ticks 90:100 are not in the run"),
        (lambda run: run.npcs(ticks=[1, 2]), BadParameter, "Expected a slice"),
        (lambda run: run.npcs(ticks=slice(1.5, 2)), BadParameter, "Expected whole numbers"),
        (lambda run: run.npcs(ticks=slice(9, 2, -1)), BadParameter, "step of 1 or more"),
        (lambda run: run.npcs(every=0), BadParameter, "every=0"),
    ],
)
def test_mistakes_are_answered_with_what_there_is(run, query, error, says):
    with pytest.raises(error) as caught:
        query(run)
    assert says in str(caught.value)


def test_no_run(tmp_path):
    with pytest.raises(UnknownRun, match="is not there"):
        load(tmp_path / "none")
    with pytest.raises(UnknownRun, match="no manifest"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DamagedRun, match="is damaged"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": {}, "state": "finished", "format": 99}')
    with pytest.raises(DamagedRun, match="format 99"):
        load(tmp_path)


def test_a_missing_part_is_an_error_not_a_gap(tmp_path):
    folder = write_run(tmp_path / "run", TICKS, pace=Pace(flush_seconds=0.0, seal_rows=150))
    first, second, *_ = sorted((folder / "npcs").iterdir())  # a busy machine makes no more than these
    first.unlink()
    with pytest.raises(DamagedRun, match=f"a part is missing before {second.name[:6]}"):
        load(folder).npcs()


def test_a_finished_run_that_lost_its_end_says_so(tmp_path):
    folder = write_run(tmp_path / "run", TICKS, pace=Pace(flush_seconds=0.0, seal_rows=150))
    assert load(folder).damage == ""
    max((folder / "npcs").iterdir()).unlink()
    history = load(folder)
    assert "a table can't be read after tick" in history.damage
    assert history.damage in repr(history)
    same(history.npcs(), expected([block(range(history.last_tick + 1))]))


def test_damage_before_the_newest_hot_file_is_told(tmp_path):
    pace = Pace(flush_seconds=0.0, seal_rows=10_000)
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS, pace) as writer:
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        folder = tmp_path / "copy"
        shutil.copytree(tmp_path / "run", folder)
    hot = folder / "npcs" / "000000.arrows"
    shutil.copy(hot, folder / "npcs" / "000001.arrows")
    data = bytearray(hot.read_bytes())
    data[-200:] = bytes(200)
    hot.write_bytes(data)
    assert "npcs can't be read after tick -1" in load(folder).damage
    assert len(load(folder).npcs()) == 0


def test_a_town_recorded_from_its_middle_on(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(record_every=6), SCHEMA, DOCUMENTS) as writer:
        writer.write(block([7]), NO_EVENTS)
        writer.sync()
        assert list(load(tmp_path / "run").ticks) == [7]
        writer.write(block([12, 18]), NO_EVENTS)
    history = load(tmp_path / "run")
    assert (history.first_tick, history.last_tick) == (7, 18)
    assert list(history.ticks) == [12, 18]
    same(history.npcs(ticks=7), expected([block([7])]))
    same(history.npcs(), expected([block([7, 12, 18])]))
    with pytest.raises(BadParameter, match=r"ticks 7 to 18 .*, every 6th"):
        history.at(8)


def test_only_the_columns_and_parts_that_are_asked_for_are_read(run):
    broken = min((run.folder / "npcs").iterdir())
    data = broken.read_bytes()
    try:
        broken.write_bytes(b"\0" * (len(data) - 5000) + data[-5000:] if len(data) > 5000 else data)
        late = int(broken.name.split("-")[2])
        same(run.npcs(ticks=slice(late, None)), model()[model().index.get_level_values("tick") >= late])
    finally:
        broken.write_bytes(data)


def test_a_run_without_ticks_answers_with_empty_frames_of_the_right_types(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS):
        history = History.load(tmp_path / "run")
        assert len(history.npcs()) == 0
        assert history.npcs()["activity"].dtype == pd.CategoricalDtype(ACTIVITIES)
        assert history.npcs().index.names == ["tick", "npc"]
        assert (history.first_tick, history.last_tick) == (None, None)
        with pytest.raises(BadParameter, match="no ticks yet"):
            history.npcs(ticks=slice(0, 5))


def test_a_history_travels_to_another_process_as_its_folder(run):
    same(pickle.loads(pickle.dumps(run)).npcs(), run.npcs())


def test_a_run_that_was_deleted_meanwhile_is_told(tmp_path):
    history = load(write_run(tmp_path / "run", 10))
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(UnknownRun, match="not there any more"):
        history.npcs()


def test_a_history_whose_folder_is_gone_still_has_words(tmp_path):
    run = load(write_run(tmp_path / "run", 3))
    shutil.rmtree(run.folder)

    assert "not there any more" in repr(run)
    assert run._repr_html_() is None
    with pytest.raises(UnknownRun, match="not there any more"):
        run.npcs()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda run: run.npcs(5), r"no column 5\.\nGive names: name, time, x"),
        (lambda run: run.events(kinds=5), r"no kind of event 5\.\nGive names: said"),
        (lambda run: run.npcs(every=[1]), r"every=\[1\]"),
        (lambda run: run.metrics(5), "no metric 5"),
        (lambda run: run.metrics(["hunger", 5]), "no metric 5"),
        (lambda run: run.knowledge(slice(1, 3)), r"tick=slice\(1, 3, None\)\.\nExpected one tick or time"),
        (lambda run: run.relationships(None), "tick=None"),
    ],
)
def test_things_of_a_wrong_kind_are_told(tmp_path, ask, says):
    with pytest.raises(AitownError, match=says):
        ask(History.load(write_run(tmp_path / "run", 20)))


def test_a_folder_that_goes_while_it_is_open_is_told(tmp_path):
    run = History.load(write_run(tmp_path / "run", 20))
    shutil.rmtree(run.folder / "places")
    with pytest.raises(DamagedRun, match="places is missing"):
        run.npcs()
    (run.folder / "inputs.jsonl").unlink()
    with pytest.raises(DamagedRun, match=r"inputs\.jsonl is missing"):
        run.inputs()
    shutil.rmtree(run.folder)
    for ask in (run.npcs, run.inputs, run.metrics):
        with pytest.raises(UnknownRun, match="is not there"):
            ask()


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "run.csv").write_text("x")
    with pytest.raises(UnknownRun, match="is a file, and a run is a folder"):
        History.load(tmp_path / "run.csv")
