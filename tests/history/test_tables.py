"""A table that no code here knows by name is recorded, found again after a kill, and asked like the others."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from aitown.columns import Column, FrameBlock
from aitown.errors import BadParameter, UnknownName
from aitown.history import Pace, RunWriter, compare, load
from aitown.history.answering import answer, tables
from aitown.history.replay import stretch
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest

ACCOUNTS = (
    Column("npc", "i4", "paying", "id", "whose it is", "i4", refers="npcs"),
    Column("where", "i4", "paying", "id", "where it is kept", "i4", refers="places"),
    Column("money", "i4", "paying", "cent", "what is in it", "i4"),
    Column("kind", "u1", "paying", "label", "what it is", "u1", labels=("till", "purse")),
    Column("debt", "f4", "paying", "1", "share that is owed", "i2", 1000),
)
WITH_ACCOUNTS = {**SCHEMA, "accounts": ACCOUNTS}
TICKS = 60


def rows_at(tick):
    """The table grows by a row each ten ticks, from none."""
    return tick // 10


def with_accounts(ticks):
    """A block; its ticks must have the same number of accounts."""
    plain = block(ticks)
    count = rows_at(int(plain.ticks[0]))
    t, n = plain.ticks[:, None], np.arange(count)[None]
    accounts = {
        "npc": np.broadcast_to(n % 5, (len(t), count)).astype("i4"),
        "where": np.broadcast_to(n % 4 - 1, (len(t), count)).astype("i4"),
        "money": (t * 100_000 + n).astype("i4"),
        "kind": ((t + n) % 2).astype("u1"),
        "debt": ((t * 7 + n) % 1001).astype("i2"),
    }
    return FrameBlock(plain.ticks, {**plain.tables, "accounts": accounts})


def plain_accounts():
    rows = [
        {
            "tick": tick,
            "row": n,
            "time": pd.Timestamp("2025-03-03T06:00:00") + pd.Timedelta(seconds=10 * tick),
            "npc": n % 5,
            "where": f"Place {n % 4 - 1}" if n % 4 else None,
            "money": tick * 100_000 + n,
            "kind": ("till", "purse")[(tick + n) % 2],
            "debt": (tick * 7 + n) % 1001 / 1000,
        }
        for tick in range(TICKS)
        for n in range(rows_at(tick))
    ]
    return pd.DataFrame(rows).set_index(["tick", "row"])


def plain(frame):
    return frame.astype(object).where(frame.notna(), None)


@pytest.fixture(scope="module", params=["parts", "hot", "both"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    seal = {"parts": 30, "hot": 100_000, "both": 70}[request.param]
    pace = Pace(flush_seconds=0.0, seal_rows=seal)
    with RunWriter.create(folder, manifest(), WITH_ACCOUNTS, DOCUMENTS, pace) as writer:
        for first in range(0, TICKS, 10):
            writer.write(with_accounts(range(first, first + 10)), NO_EVENTS)
            writer.sync()
        if request.param != "parts":
            yield load(folder)
            return
    yield load(folder)


def test_it_is_asked_like_the_others(run):
    wanted = plain_accounts()
    assert run.tables == ("npcs", "places", "accounts", "events")
    found = run.table("accounts")
    assert list(found.index) == list(wanted.index)
    assert plain(found).equals(plain(wanted))
    assert found["where"].dtype == "category"
    assert found.attrs["units"]["money"] == "cent"
    some = run.table("accounts", ["money"], [1, 3], slice(20, 55), 5)
    expected = wanted.loc[(slice(20, 54), [1, 3]), ["money"]]
    expected = expected[expected.index.get_level_values("tick") % 5 == 0]
    assert some["money"].to_dict() == expected["money"].to_dict()
    assert run.table("npcs", "x", "Npc 1").equals(run.npcs("x", "Npc 1"))


def test_sql_arrow_and_following_have_it(run):
    wanted = plain_accounts()
    found = run.sql('SELECT * FROM accounts ORDER BY tick, "row"').set_index(["tick", "row"])
    assert plain(found).equals(plain(wanted))
    owed = run.sql("SELECT a.money FROM accounts a JOIN npcs n USING (tick, npc) WHERE n.name = 'Npc 2' AND tick = 59")
    assert owed["money"].tolist() == [5_900_002]
    arrow = run.to_arrow("accounts", ticks=slice(30, 40))
    assert arrow.schema.field("money").metadata == {b"unit": b"cent", b"doc": b"what is in it"}
    assert plain(arrow.to_pandas().set_index(["tick", "row"])).equals(plain(wanted.loc[30:39]))
    assert len(next(run.follow("accounts", start=50))) == 50


def test_a_reader_process_answers_it(run):
    ask = {"op": "rows", "table": "accounts", "columns": ["money"], "start": 0, "stop": TICKS}
    said = []
    answer(str(run.folder), ask, lambda _, data: said.append(data))
    rows = pd.concat([piece.to_pandas() for piece in tables(io.BytesIO(b"".join(said)))])
    assert rows.set_index(["tick", "row"])["money"].to_dict() == plain_accounts()["money"].to_dict()


def test_it_is_exported_and_explained(run, tmp_path):
    folder = run.to_parquet(tmp_path / "out")
    found = pq.read_table(folder / "accounts.parquet").to_pandas().set_index(["tick", "row"])
    assert plain(found).equals(plain(plain_accounts()))
    assert "| money | int32 | cent | what is in it |" in (folder / "README.md").read_text()
    assert json.loads((folder / "manifest.json").read_text())["schema"]["accounts"][2]["unit"] == "cent"


def test_two_runs_of_it_are_compared(run, tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), WITH_ACCOUNTS, DOCUMENTS) as writer:
        for first in range(0, TICKS, 10):
            made = with_accounts(range(first, first + 10))
            if first == 40:
                money = made.tables["accounts"]["money"].copy()
                money[3, 2] += 1
                made = FrameBlock(made.ticks, {**made.tables, "accounts": {**made.tables["accounts"], "money": money}})
            writer.write(made, NO_EVENTS)
    found = compare(run, load(tmp_path / "run"))
    assert (found.tick, [(cell.table, cell.row, cell.column) for cell in found.cells]) == (
        43,
        [("accounts", 2, "money")],
    )


def test_a_replay_leaves_it_out(run):
    assert stretch(run).frames == TICKS


def test_what_is_not_there_is_told(run):
    with pytest.raises(UnknownName, match=r"no table 'acounts'\.\nDid you mean accounts"):
        run.table("acounts")
    with pytest.raises(UnknownName, match="no row 'Npc 1' of accounts"):
        run.table("accounts", rows="Npc 1")
    with pytest.raises(UnknownName, match="no column 'name'"):
        run.table("accounts", "name")
    assert run.table("accounts", rows=99).empty


@pytest.mark.parametrize("name", ["events", "inputs", "talk", "../up", "With Space", ""])
def test_a_name_that_is_taken_or_no_name_is_refused(tmp_path, name):
    with pytest.raises(BadParameter, match="plain lower-case names"):
        RunWriter.create(tmp_path / "run", manifest(), {**SCHEMA, name: ACCOUNTS}, DOCUMENTS)
    assert not (tmp_path / "run").exists()


def test_what_was_interrupted_goes_on(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), WITH_ACCOUNTS, DOCUMENTS) as writer:
        writer.write(with_accounts(range(30, 40)), NO_EVENTS)
    with RunWriter.resume(tmp_path / "run") as writer:
        writer.write(with_accounts(range(40, 50)), NO_EVENTS)
    assert plain(load(tmp_path / "run").table("accounts")).equals(plain(plain_accounts().loc[30:49]))
