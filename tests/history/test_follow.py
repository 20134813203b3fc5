"""A run followed while another process writes it: every row once, in order, and an end when the run ends."""

import pandas as pd
import pytest

from aitown.errors import BadParameter, UnknownName
from aitown.history import History, load
from tests.history.run_model import block, events, expected, same, write_run
from tests.history.test_kill import start

TICKS = 1200


@pytest.mark.parametrize("table", ["npcs", "events"])
def test_every_row_comes_once(tmp_path, table):
    process = start(tmp_path / "run", TICKS)
    process.stdout.readline()
    run = History.load(tmp_path / "run")
    found = list(run.follow(table, start=0, seconds=0.01))
    process.stdout.close()
    assert process.wait() == 0
    assert len(found) > 2
    whole = pd.concat(found)
    if table == "npcs":
        same(whole, expected([block(range(TICKS))]))
    else:
        assert whole.index.tolist() == list(range(TICKS))
        assert whole["text"].tolist() == list(events(0, range(TICKS)).text)


def test_columns_npcs_and_rhythm_are_chosen_as_elsewhere(tmp_path):
    run = load(write_run(tmp_path / "run", 90))
    same(pd.concat(run.follow(columns=["x"], who="Npc 2", every="1min", start=0)), run.npcs(["x"], 2, every=6))
    same(pd.concat(run.follow("places", start="day 1 06:05")), run.places(ticks=slice(30, None)))
    assert list(run.follow()) == []
    same(pd.concat(run.follow(start=-10)), run.npcs(ticks=slice(-10, None)))


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"table": "people"}, UnknownName),
        ({"columns": ["zzz"]}, UnknownName),
        ({"who": "Nobody"}, UnknownName),
        ({"seconds": 0}, BadParameter),
        ({"start": slice(1, 2)}, BadParameter),
        ({"table": "events", "every": 2}, BadParameter),
    ],
)
def test_mistakes_are_told_at_once(tmp_path, asked, error):
    run = load(write_run(tmp_path / "run", 9))
    with pytest.raises(error):
        run.follow(**asked)
