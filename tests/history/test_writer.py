import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from aitown.columns import FrameBlock
from aitown.errors import BadParameter, DamagedRun, RunError, RunExists, UnknownRun
from aitown.history import History, Pace, RunWriter, load
from aitown.history.rows import arrow_schemas
from aitown.history.tail import HotReader
from tests.history.run_model import (
    DOCUMENTS,
    NO_EVENTS,
    SCHEMA,
    block,
    events,
    expected,
    manifest,
    same,
    sealed,
    write_run,
)
from tests.server.real import until

QUICK = Pace(flush_seconds=0.0, seal_rows=100)


def create(folder, pace=QUICK, **more):
    return RunWriter.create(folder, manifest(**more), SCHEMA, DOCUMENTS, pace)


def files(folder, table="npcs"):
    return sorted(path.name for path in (folder / table).iterdir())


def test_a_new_run_is_there_at_once_with_its_documents(tmp_path):
    with create(tmp_path / "a" / "run") as writer:
        history = History.load(tmp_path / "a" / "run")
        assert history.state == "running"
        assert list(history.ticks) == []
        assert len(history.npcs()) == 0
        assert len(history.events()) == 0
        assert history.map == {"name": "testmap"}
        assert history.personas[4] == {"name": "Npc 4"}
        assert writer.last_tick == -1
        assert (writer.folder.parent / "run").exists()
    assert history.state == "finished"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["run"]


def test_an_empty_folder_may_become_a_run(tmp_path):
    (tmp_path / "run").mkdir()
    create(tmp_path / "run").close()
    assert History.load(tmp_path / "run").state == "finished"


@pytest.mark.parametrize("what", ["run", "folder", "file"])
def test_a_taken_folder_is_left_alone(tmp_path, what):
    folder = tmp_path / "run"
    if what == "run":
        write_run(folder, 10)
    elif what == "folder":
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
    else:
        folder.write_text("mine")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(RunExists, match="already"):
        create(folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_folder_that_can_not_be_made_is_an_error_that_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="can't be made"):
        create(tmp_path / "file" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_one_run_has_one_writer(tmp_path):
    with create(tmp_path / "run"), pytest.raises(RunError, match=f"being written by process {os.getpid()}"):
        RunWriter.resume(tmp_path / "run")
    RunWriter.resume(tmp_path / "run").close()


def test_readers_do_not_keep_a_writer_out(tmp_path):
    write_run(tmp_path / "run", 10)
    history, stop = History.load(tmp_path / "run"), threading.Event()

    def ask():
        while not stop.is_set():
            assert history.state in {"running", "finished"}

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(10):
            RunWriter.resume(tmp_path / "run").close()
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_nothing_to_resume(tmp_path):
    with pytest.raises(UnknownRun, match="is not there"):
        RunWriter.resume(tmp_path / "run")
    (tmp_path / "run").mkdir()
    with pytest.raises(UnknownRun, match="no manifest"):
        RunWriter.resume(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


def test_full_hot_files_become_parts_and_go_one_seal_later(tmp_path):
    with create(tmp_path / "run") as writer:
        for first in range(0, 200, 20):
            writer.write(block(range(first, first + 20)), NO_EVENTS)
            writer.sync()
            same(History.load(tmp_path / "run").npcs(), expected([block(range(first + 20))]))
        names = files(tmp_path / "run")
        assert len(names) > 5
        assert len([name for name in names if name.endswith(".arrows")]) <= 4
    names = files(tmp_path / "run")
    assert all(name.endswith(".parquet") for name in names)
    starts = [int(name.split("-")[1]) for name in names]
    stops = [int(name.split("-")[2]) for name in names]
    assert starts == [0, *stops[:-1]]
    assert stops[-1] == 200
    same(History.load(tmp_path / "run").npcs(), expected([block(range(200))]))


def test_tables_share_one_watermark_even_when_nothing_happens(tmp_path):
    with create(tmp_path / "run", Pace(flush_seconds=0.0)) as writer:
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        assert [files(tmp_path / "run", table) for table in ("npcs", "places", "events")] == [["000000.arrows"]] * 3
        assert writer.last_tick == 9


def test_resuming_writes_nothing_twice(tmp_path):
    write_run(tmp_path / "run", 50)
    with RunWriter.resume(tmp_path / "run", QUICK) as writer:
        assert (writer.last_tick, writer.event_count) == (49, 17)
        writer.write(block(range(30, 60)), events(10, range(30, 60, 3)))
        writer.write(block(range(60, 80)), events(20, range(60, 80, 3)))
    history = History.load(tmp_path / "run")
    same(history.npcs(), expected([block(range(80))]))
    assert history.events().index.tolist() == list(range(27))
    assert history.events()["tick"].tolist() == list(range(0, 80, 3))


def test_what_one_table_lacks_is_dropped_from_all(tmp_path):
    writer = create(tmp_path / "run", Pace(flush_seconds=0.0))
    for first in range(0, 40, 10):
        writer.write(block(range(first, first + 10)), events(first, range(first, first + 10)))
        writer.sync()
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", tmp_path / "run", copy], check=True)
    writer.close()
    hot = copy / "places" / "000000.arrows"
    hot.write_bytes(hot.read_bytes()[:-10])
    assert History.load(copy).state == "interrupted"
    same(History.load(copy).npcs(), expected([block(range(30))]))
    assert len(History.load(copy).events()) == 30
    with RunWriter.resume(copy) as resumed:
        assert (resumed.last_tick, resumed.event_count) == (29, 30)
    same(History.load(copy).npcs(), expected([block(range(30))]))


def test_checkpoints_of_a_lost_future_are_dropped(tmp_path):
    writer = create(tmp_path / "run", Pace(flush_seconds=0.0))
    for first in (0, 10):
        writer.write(block(range(first, first + 10)), NO_EVENTS)
        writer.write_checkpoint(first + 9, {"a": np.arange(first)})
        writer.sync()
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", tmp_path / "run", copy], check=True)
    writer.close()
    hot = copy / "npcs" / "000000.arrows"
    hot.write_bytes(hot.read_bytes()[:-10])
    with RunWriter.resume(copy) as resumed:
        tick, arrays = resumed.newest_checkpoint()
        assert tick == resumed.last_tick == 9
        assert arrays["a"].tolist() == []


def test_a_run_damaged_behind_sealed_data_is_not_continued(tmp_path):
    writer = create(tmp_path / "run", Pace(flush_seconds=0.0, seal_rows=100))
    for first in range(0, 60, 10):
        writer.write(block(range(first, first + 10)), NO_EVENTS)
        writer.sync()
    assert until(lambda: sealed(tmp_path / "run" / "npcs"))
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", tmp_path / "run", copy], check=True)
    writer.close()
    hot = copy / "events" / "000000.arrows"
    hot.write_bytes(hot.read_bytes()[:2000])
    with pytest.raises(DamagedRun, match="events is damaged after tick"):
        RunWriter.resume(copy)


def test_checkpoints_that_can_go_go_and_damaged_ones_passed_over(tmp_path):
    with create(tmp_path / "run") as writer:
        for tick in range(0, 50, 10):
            writer.write(block(range(tick, tick + 10)), NO_EVENTS)
            writer.write_checkpoint(tick, {"a": np.full(1000, tick)})
            writer.sync()
        assert files(tmp_path / "run", "checkpoints") == [f"00000000{tick}.npz" for tick in ("00", "20", "30", "40")]
        assert writer.newest_checkpoint(at_most=39)[0] == 30
        path = tmp_path / "run" / "checkpoints" / "0000000040.npz"
        data = bytearray(path.read_bytes())
        data[4000] ^= 1
        path.write_bytes(data)
        tick, arrays = writer.newest_checkpoint()
        assert tick == 30
        assert arrays["a"].tolist() == [30] * 1000
        assert writer.newest_checkpoint(at_most=19)[0] == 0


def test_inputs_are_in_the_journal_when_they_are_accepted(tmp_path):
    with create(tmp_path / "run") as writer:
        writer.write_input({"id": 0, "tick": 5, "kind": "say", "text": "hello"})
        assert History.load(tmp_path / "run").inputs()["text"].tolist() == ["hello"]
    with RunWriter.resume(tmp_path / "run") as writer:
        assert writer.inputs() == [{"id": 0, "tick": 5, "kind": "say", "text": "hello"}]


def test_a_town_that_records_each_sixth_tick_resumes_where_it_was(tmp_path):
    with create(tmp_path / "run", record_every=6) as writer:
        writer.write(block(range(0, 20, 6)), events(0, range(20)), upto=19)
        writer.write(block([]), events(20, [20, 21]), upto=21)
    with RunWriter.resume(tmp_path / "run") as writer:
        assert (writer.last_tick, writer.event_count) == (21, 22)
    history = History.load(tmp_path / "run")
    assert list(history.ticks) == [0, 6, 12, 18]
    same(history.npcs(), expected([block(range(0, 20, 6))]))
    assert history.events()["tick"].tolist() == list(range(22))


@pytest.mark.parametrize("rows", [7, 60, 1_000])
def test_a_large_block_comes_in_batches_with_the_events_of_their_ticks(tmp_path, monkeypatch, rows):
    monkeypatch.setattr("aitown.history.writer.BATCH_ROWS", rows)
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(40)), events(0, range(0, 40, 3)))
        writer.sync()
        run = load(tmp_path / "run")
        look = run.look()
        assert look.stop == 40
        same(run.npcs(), expected([block(range(40))]))
        assert run.events()["tick"].tolist() == list(range(0, 40, 3))
        batches = HotReader(tmp_path / "run" / "npcs" / "000000.arrows", arrow_schemas(SCHEMA)["npcs"], 0)
        batches.poll()
        assert len(batches.batches) == {7: 40, 60: 6, 1_000: 1}[rows]
        assert max(batch.rows.num_rows for batch in batches.batches) <= max(5, rows)


def test_events_wait_for_their_frames(tmp_path):
    with create(tmp_path / "run", Pace(flush_seconds=0.0)) as writer:
        writer.write(block(range(4)), events(0, range(6)))
        writer.sync()
        assert (writer.last_tick, writer.event_count) == (3, 4)
        assert len(History.load(tmp_path / "run").events()) == 4
    assert len(History.load(tmp_path / "run").events()) == 6


def bad_blocks():
    good = block(range(4))
    yield "columns", FrameBlock(good.ticks, {"npcs": good.tables["npcs"]})
    fewer = {name: values for name, values in good.tables["npcs"].items() if name != "x"}
    yield "columns", FrameBlock(good.ticks, {**good.tables, "npcs": fewer})
    wrong = {**good.tables["npcs"], "x": good.tables["npcs"]["x"].astype("f8")}
    yield r"npcs.x: float64", FrameBlock(good.ticks, {**good.tables, "npcs": wrong})
    narrow = {**good.tables["npcs"], "y": good.tables["npcs"]["y"][:, :3]}
    yield "npcs", FrameBlock(good.ticks, {**good.tables, "npcs": narrow})
    yield "rising", FrameBlock(good.ticks[::-1], good.tables)


@pytest.mark.parametrize(("message", "wrong"), list(bad_blocks()))
def test_a_block_that_does_not_fit_is_refused(tmp_path, message, wrong):
    with create(tmp_path / "run") as writer:
        with pytest.raises(BadParameter, match=message):
            writer.write(wrong, NO_EVENTS)
        writer.write(block(range(4)), NO_EVENTS)
    same(History.load(tmp_path / "run").npcs(), expected([block(range(4))]))


def test_ticks_and_events_are_written_once(tmp_path):
    with create(tmp_path / "run") as writer:
        writer.write(block(range(4)), events(0, [0, 1]))
        with pytest.raises(BadParameter, match="tick 3 after tick 3"):
            writer.write(block([3, 4]), NO_EVENTS)
        with pytest.raises(BadParameter, match="after 2 events"):
            writer.write(block([4]), events(3, [4]))


def test_a_closed_writer_says_so(tmp_path):
    writer = create(tmp_path / "run")
    writer.close()
    writer.close()
    with pytest.raises(RunError, match="closed"):
        writer.write(block([0]), NO_EVENTS)


def test_a_writer_that_is_closed_while_python_ends_still_finishes(tmp_path):
    code = """
import atexit, sys
from tests.history.run_model import DOCUMENTS, SCHEMA, block, events, manifest
from aitown.history import RunWriter

writer = RunWriter.create(sys.argv[1], manifest(), SCHEMA, DOCUMENTS)
writer.write(block(range(50)), events(0, range(50)))
atexit.register(writer.close)
"""
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert child.stderr == ""
    assert History.load(tmp_path / "run").state == "finished"
    same(History.load(tmp_path / "run").npcs(), expected([block(range(50))]))


def test_an_input_that_could_not_be_written_is_not_in_the_journal(tmp_path):
    code = """
import resource, sys
from aitown.errors import RunError
from aitown.history.journal import Journal, read
from pathlib import Path

journal = Journal(Path(sys.argv[1]))
journal.append({"id": 0})
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    journal.append({"id": 1, "text": "x" * 5000})
except RunError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append({"id": 2})
print(read(Path(sys.argv[1]))[0])
"""
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "inputs.jsonl")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "File too large" in child.stdout, child.stderr
    assert child.stdout.endswith("[{'id': 0}, {'id': 2}]\n")
