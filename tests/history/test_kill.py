"""A run survives SIGKILL at any moment: what was promised is there, nothing is wrong, and writing goes on."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from aitown.history import History, RunWriter
from tests.history.run_model import block, block_with_accounts, events, expected, expected_accounts, record, same

TICKS = 100_000


def start(folder, ticks=TICKS, dies_at=0):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.history.child", str(folder), str(ticks), str(dies_at)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def kill_after(process, lines):
    """Kill the child when it has said so many lines; the promises that it made: tick, inputs, ticks of a metric."""
    said = []
    for line in process.stdout:
        if line.endswith("\n"):  # it may die in the middle of a line
            said.append(line.split())
        if len(said) == lines:
            process.kill()
    process.wait()
    process.stdout.close()
    return [
        max((int(words[1]) for words in said if words[0] == what), default=none)
        for what, none in (("tick", -1), ("input", 0), ("metric", -1))
    ]


def check(folder, promised, inputs, measured):
    """Everything promised is there, and everything that is there is right."""
    history = History.load(folder)
    assert history.state == "interrupted"
    assert not history.damage
    last = -1 if history.last_tick is None else history.last_tick
    assert last >= promised
    same(history.npcs(), expected([block(range(last + 1))]))
    same(history.places(), expected([block(range(last + 1))], "places"))
    accounts = history.table("accounts", ["npc", "money"])
    assert dict(zip(accounts.index, accounts.itertuples(index=False, name=None), strict=True)) == expected_accounts(
        last + 1
    )
    found = history.events()
    assert found["tick"].tolist() == list(range(last + 1))
    assert found.index.tolist() == list(range(last + 1))
    assert found["text"].tolist() == list(events(0, range(last + 1)).text)
    journal = history.inputs().to_dict("records")
    assert journal == [record(number, one["tick"]) for number, one in enumerate(journal)]
    assert len(journal) >= inputs
    kept = history.kept()
    assert max((int(one.ticks[-1]) for one in kept), default=-1) >= measured
    for one in kept:
        assert one.values.tolist() == [100 * tick + min(tick // 40, 12) - 1 for tick in one.ticks.tolist()]
    return last


def run_and_kill(folder, kills, seed, at_the_disk=0):
    chance = random.Random(seed)
    last, inputs, measured = -1, 0, -1
    for number in range(kills):
        if number < at_the_disk:
            process = start(folder, dies_at=chance.randint(1, 60 if number % 2 else 900))
            promised, told, known = kill_after(process, 0)
            if not folder.exists():
                continue
        else:
            process = start(folder)
            # Lines come at synchronisations; the kill falls somewhere between one and the next.
            promised, told, known = kill_after(process, chance.randint(2, 60))
        inputs, measured = max(told, inputs), max(known, measured)
        last = check(folder, max(promised, last), inputs, measured)
    with RunWriter.resume(folder) as writer:
        assert writer.last_tick == last
        assert writer.event_count == last + 1
        checkpoint = writer.newest_checkpoint(at_most=last)
        if checkpoint is not None:
            tick, arrays = checkpoint
            assert arrays["x"].tolist() == block([tick]).tables["npcs"]["x"].tolist()
        for tick in range(last - 5, last + 10):
            writer.write(block_with_accounts([tick]), events(tick, [tick]))
    history = History.load(folder)
    assert history.state == "finished"
    same(history.npcs(), expected([block(range(last + 10))]))
    assert history.events().index.tolist() == list(range(last + 10))
    return inputs, measured


def test_killed_again_and_again(tmp_path):
    inputs, measured = run_and_kill(tmp_path / "run", 6, seed=1)
    assert inputs > 0 <= measured


def test_killed_in_the_middle_of_a_call_to_the_disk(tmp_path):
    run_and_kill(tmp_path / "run", 8, seed=2, at_the_disk=7)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(60))
def test_killed_hundreds_of_times(tmp_path, seed):
    run_and_kill(tmp_path / "run", 10, seed, at_the_disk=6)


def test_an_undisturbed_child_finishes(tmp_path):
    process = start(tmp_path / "run", 100)
    said, _ = process.communicate(timeout=60)
    assert said.split()[-1] == "closed"
    same(History.load(tmp_path / "run").npcs(), expected([block(range(100))]))
