"""SQL gives what the methods of the same names give, from sealed parts, hot rows and both."""

import os
import signal
import sys
import threading

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from aitown.errors import BadParameter, DamagedRun, RunError
from aitown.history import Pace, RunWriter, load, parts, sql
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, events, manifest, same, write_run
from tests.server.real import until

pytest.importorskip("duckdb")
TICKS = 90


@pytest.fixture(scope="module", params=["parts", "hot", "both"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "it's a run"
    if request.param == "parts":
        yield load(write_run(folder, TICKS, pace=Pace(flush_seconds=0.0, seal_rows=150)))
        return
    seal = 200 if request.param == "both" else 100_000
    with RunWriter.create(folder, manifest(), SCHEMA, DOCUMENTS, Pace(flush_seconds=0.0, seal_rows=seal)) as writer:
        for first in range(0, TICKS, 9):
            span = range(first, first + 9)
            writer.write(block(span), events(first // 3, span[::3]))
            writer.sync()
        yield load(folder)


def plain(frame):
    return frame.astype(object).where(frame.notna(), None)


def test_each_table_is_that_of_the_method(run):
    found = run.sql("SELECT * FROM npcs ORDER BY tick, npc")
    wanted = run.npcs().reset_index()
    assert list(found.columns) == list(wanted.columns)
    assert plain(found).equals(plain(wanted))
    found = run.sql("SELECT * FROM places ORDER BY tick, place_id")
    wanted = run.places().reset_index().rename(columns={"place": "place_id", "name": "place"})
    assert plain(found).equals(plain(wanted[found.columns]))
    found = run.sql("SELECT * FROM events ORDER BY id")
    wanted = run.events().reset_index()
    assert plain(found).equals(plain(wanted[found.columns]))
    assert len(run.sql("SELECT * FROM talk")) == len(run.talk()) > 0
    assert len(run.sql("SELECT * FROM conversations")) == len(run.conversations())
    assert len(run.sql("SELECT * FROM inputs")) == 0


def test_a_question_across_tables(run):
    found = run.sql(
        "SELECT place, avg(hunger) AS hunger, count(*) AS n FROM npcs WHERE place IS NOT NULL GROUP BY place ORDER BY place"
    ).set_index("place")
    npcs = run.npcs()
    wanted = npcs.groupby("place", observed=True)["hunger"].agg(["mean", "size"])
    assert np.allclose(found["hunger"], wanted["mean"])
    assert found["n"].tolist() == wanted["size"].tolist()


def test_names_are_categoricals_that_compare_and_sort_like_texts(run):
    found = run.sql("SELECT DISTINCT activity, place FROM npcs ORDER BY activity DESC, place NULLS FIRST")
    assert {str(dtype) for dtype in found.dtypes} == {"category"}
    wanted = run.npcs(["activity", "place"]).astype(object).drop_duplicates()
    pairs = [(a, None if pd.isna(p) else p) for a, p in wanted.itertuples(index=False)]
    assert len(pairs) > 3
    pairs.sort(key=lambda pair: pair[1] or "")
    pairs.sort(key=lambda pair: pair[0], reverse=True)
    assert list(plain(found).itertuples(index=False, name=None)) == pairs
    assert run.sql("SELECT * FROM npcs WHERE place = 'nowhere of the kind' OR activity IN ('flying')").empty
    said = run.sql("SELECT coalesce(place, 'outside') AS place, upper(activity) AS what FROM npcs WHERE tick = 3")
    assert "outside" in set(run.sql("SELECT DISTINCT coalesce(place, 'outside') AS place FROM npcs")["place"])
    assert said["what"].str.isupper().all()
    both = run.sql("SELECT count(*) AS n FROM npcs n JOIN places p ON n.place = p.place AND n.tick = p.tick")
    assert both["n"].item() == run.npcs(["place"])["place"].notna().sum()


def test_parameters_and_tables_of_ones_own(run):
    survey = pd.DataFrame({"npc": [0, 3], "answer": ["yes", "no"]})
    found = run.sql(
        "SELECT name, answer FROM survey JOIN npcs USING (npc) WHERE tick = ? ORDER BY npc", [17], survey=survey
    )
    assert found.to_dict("list") == {"name": ["Npc 0", "Npc 3"], "answer": ["yes", "no"]}
    assert found.attrs["run"] == run.run_id


@pytest.mark.parametrize(
    ("query", "tables", "says"),
    [
        ("SELECT hungr FROM npcs", {}, "hungr"),
        (
            "SELECT * FROM crowd",
            {},
            "The tables are npcs, places, events, talk, conversations, metrics, inputs, people",
        ),
        ("SELEC", {}, "syntax error"),
        ("SELECT 1", {"npcs": pd.DataFrame()}, "a table called 'npcs'"),
        ("SELECT 1", {"a b": pd.DataFrame()}, "Give it a plain name"),
    ],
)
def test_mistakes(run, query, tables, says):
    with pytest.raises(BadParameter) as caught:
        run.sql(query, **tables)
    assert says in str(caught.value)


def test_a_statement_without_an_answer_gives_an_empty_frame(run):
    assert len(run.sql("SET threads = 1")) == 0


def test_without_duckdb_the_way_out_is_told(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(RunError, match="pip install duckdb"):
        run.sql("SELECT 1")


def test_damaged_bytes_are_an_error_and_never_rows(tmp_path):
    folder = write_run(tmp_path / "run", TICKS)
    path = next((folder / "npcs").glob("*.parquet"))
    data = path.read_bytes()
    random = np.random.default_rng(2)
    for position in random.integers(4, len(data), 60):
        flipped = bytearray(data)
        flipped[position] ^= 1 << random.integers(8)
        path.write_bytes(flipped)
        parts.verify.cache_clear()
        parts._metadata.cache_clear()
        with pytest.raises(DamagedRun):
            load(folder).sql("SELECT count(*) FROM npcs")
    path.write_bytes(data)
    parts.verify.cache_clear()
    parts._metadata.cache_clear()
    assert load(folder).sql("SELECT count(*) AS n FROM npcs")["n"].tolist() == [TICKS * 5]


def test_a_part_of_before_parts_had_a_whole_checksum_is_checked_page_by_page(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_CRC", b"other")
    folder = write_run(tmp_path / "run", TICKS)
    monkeypatch.undo()
    assert load(folder).sql("SELECT count(*) AS n FROM npcs")["n"].tolist() == [TICKS * 5]
    path = next((folder / "npcs").glob("*.parquet"))
    data = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(2)
    data[column.data_page_offset + column.total_compressed_size - 3] ^= 4
    path.write_bytes(data)
    parts.verify.cache_clear()
    with pytest.raises(DamagedRun):
        load(folder).sql("SELECT count(*) FROM npcs")


def test_a_run_being_begun(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        assert len(load(tmp_path / "run").sql("SELECT * FROM npcs")) == 0
        writer.write(block([0]), NO_EVENTS)
        writer.sync()
        same(load(tmp_path / "run").npcs(), load(tmp_path / "run").sql("SELECT * FROM npcs").set_index(["tick", "npc"]))


def test_nothing_is_printed_beside_the_answer(run, capfd):
    assert run.sql("SELECT current_setting('enable_progress_bar') AS bar")["bar"].tolist() == [False]
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("query", ["", "  ", None, 5])
def test_what_is_no_query_is_told_with_the_tables(run, query):
    with pytest.raises(BadParameter, match=r"Give a query as text\. The tables are npcs, places"):
        run.sql(query)


def test_ctrl_c_ends_a_query_and_the_next_is_answered(run):
    def press():
        until(lambda: any(thread.name == "aitown-sql" for thread in threading.enumerate()))
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in a shell's background ignores it
    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run.sql("SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 5")
    finally:
        pressing.join()
        signal.signal(signal.SIGINT, before)
    assert run.sql("SELECT count(*) AS n FROM npcs")["n"].iloc[0] == len(run.npcs())


class Stubborn:
    """A connection that has to be interrupted again after the second Ctrl-C."""

    def __init__(self):
        self.asked, self.pressed, self.ended = threading.Event(), threading.Event(), threading.Event()

    def query(self):
        self.asked.set()
        return self.ended.wait(30)

    def interrupt(self):
        if self.pressed.is_set():
            self.ended.set()
        else:
            self.pressed.set()
            os.kill(os.getpid(), signal.SIGINT)


class Slow(Stubborn):
    """One that ends its query after some more interruptions, while Ctrl-C is pressed between two of them."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def interrupt(self):
        self.count += 1
        self.pressed.set()
        if self.count == 8:
            self.ended.set()


@pytest.mark.parametrize("kind", [Stubborn, Slow])
def test_a_second_ctrl_c_leaves_no_query_behind(kind):
    connection = kind()

    def press():
        connection.asked.wait(30)
        os.kill(os.getpid(), signal.SIGINT)
        if kind is Slow:
            connection.pressed.wait(30)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            sql._interruptible(connection, connection.query)
        assert connection.ended.is_set()
        assert not [thread for thread in threading.enumerate() if thread.name == "aitown-sql"]
    finally:
        pressing.join()
        signal.signal(signal.SIGINT, before)
