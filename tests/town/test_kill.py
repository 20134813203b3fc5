"""A whole town survives SIGKILL at any moment: every table that it records, and it goes on as if nothing had been."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import aitown
from aitown.history import History
from tests.town import killed_child
from tests.town.killed_child import END, infected

AT_ANY_TICK = ("npcs", "places", "events", "talk", "tellings", "flows")
AT_THE_END = (*AT_ANY_TICK, "members", "conversations", "network", "facts", "knowledge", "relationships", "density",
              "people", "inputs", "metrics", "recorded")  # fmt: skip
DECISIONS = ["decided", "mind", "mind_error"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    killed_child.live(folder, 60)
    run = History.load(folder)
    assert all(len(getattr(run, table)()) for table in AT_THE_END)
    assert set(run.events(DECISIONS)["kind"]) == set(DECISIONS)
    return run


def live_and_die(folder, piece, lines):
    """Let the town live until it has said so many lines, and kill it; what it promised, by what, and whether it ended."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.town.killed_child", str(folder), str(piece)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    promised = {"tick": -1, "input": -1, "metric": -1}
    ended = False
    for number, line in enumerate(child.stdout, 1):
        if not line.endswith("\n"):  # it died in the middle of a line
            break
        what, *value = line.split()
        ended = ended or what == "closed"
        promised |= {what: int(value[0])} if value else {}
        if number == lines:
            child.kill()
    child.wait()
    child.stdout.close()
    assert ended or child.returncode < 0
    return promised, ended


def same(found, wanted):
    pd.testing.assert_frame_equal(found, wanted, check_categorical=False)


def check(run, whole, promised):
    """What was promised is there, and all that is there is what the undisturbed run has."""
    assert not run.damage
    last = -1 if run.last_tick is None else run.last_tick
    assert last >= promised["tick"]
    if last >= 0:
        for table in AT_ANY_TICK:
            same(getattr(run, table)(), getattr(whole, table)(ticks=slice(0, last + 1)))
    journal, wanted = ([*run_.inputs().to_dict("records")] for run_ in (run, whole))
    assert len(journal) > promised["input"]
    assert len(journal) >= sum(record["tick"] <= last for record in wanted)
    for record, there in zip(journal, wanted, strict=False):
        assert given(record) == given(there)
    for kept in run.kept():
        known = whole.metrics(infected, ticks=slice(0, kept.stop), every=6)["infected"]
        assert pd.Series(kept.values, kept.ticks).to_dict() == known.to_dict()
    assert max((int(kept.ticks[-1]) for kept in run.kept()), default=-1) >= promised["metric"]


def given(record):
    """A record without the fields that only other kinds have."""
    return {key: value for key, value in record.items() if isinstance(value, list | dict) or not pd.isna(value)}


def live_and_die_often(folder, whole, kills, seed):
    chance = random.Random(seed)
    promised = {"tick": -1, "input": -1, "metric": -1}
    ended = False
    for _ in range(kills):
        now, ended = live_and_die(folder, chance.randint(7, 40), chance.randint(1, 60))
        if not folder.exists():
            continue  # it died before it began
        promised = {what: max(promised[what], now[what]) for what in promised}
        run = History.load(folder)
        assert run.state == ("finished" if ended else "interrupted")
        check(run, whole, promised)
        if ended:
            break
    killed_child.live(folder, END)
    run = History.load(folder)
    assert run.state == "finished"
    for table in AT_THE_END:
        same(getattr(run, table)(), getattr(whole, table)())
    assert aitown.compare(run, whole).same


def test_a_town_with_everything_in_it_is_killed_again_and_again(tmp_path, whole):
    live_and_die_often(tmp_path / "run", whole, 4, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(60))
def test_a_town_is_killed_hundreds_of_times(tmp_path, whole, seed):
    live_and_die_often(tmp_path / "run", whole, 8, seed)
