"""A run survives SIGKILL at any moment: what was promised is there, nothing is wrong, and writing goes on."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from aitown.history import History, RunWriter
from tests.history.run_model import block, events, expected, same

TICKS = 100_000


def start(folder, ticks=TICKS):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.history.child", str(folder), str(ticks)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def kill_after(process, lines):
    """Kill the child when it has said so many lines; the promises that it made, tick and inputs."""
    said = []
    for line in process.stdout:
        said.append(line.split())
        if len(said) == lines:
            process.kill()
    process.wait()
    process.stdout.close()
    ticks = [int(words[1]) for words in said if words[0] == "tick"]
    inputs = [int(words[1]) for words in said if words[0] == "input"]
    return max(ticks, default=-1), max(inputs, default=0)


def check(folder, promised, inputs):
    """Everything promised is there, and everything that is there is right."""
    history = History.load(folder)
    assert history.state == "interrupted"
    assert not history.damage
    last = -1 if history.last_tick is None else history.last_tick
    assert last >= promised
    same(history.npcs(), expected([block(range(last + 1))]))
    same(history.places(), expected([block(range(last + 1))], "places"))
    found = history.events()
    assert found["tick"].tolist() == list(range(last + 1))
    assert found.index.tolist() == list(range(last + 1))
    assert found["text"].tolist() == list(events(0, range(last + 1)).text)
    assert [record["id"] for record in history.inputs().to_dict("records")] == list(range(len(history.inputs())))
    assert len(history.inputs()) >= inputs
    return last


def run_and_kill(folder, kills, seed):
    chance = random.Random(seed)
    last, inputs = -1, 0
    for _ in range(kills):
        process = start(folder)
        # Lines come at synchronisations; the kill falls somewhere between one and the next.
        promised, told = kill_after(process, chance.randint(2, 60))
        last_now = check(folder, max(promised, last), max(told, inputs))
        last, inputs = last_now, max(told, inputs)
    with RunWriter.resume(folder) as writer:
        assert writer.last_tick == last
        assert writer.event_count == last + 1
        checkpoint = writer.newest_checkpoint(at_most=last)
        if checkpoint is not None:
            tick, arrays = checkpoint
            assert arrays["x"].tolist() == block([tick]).tables["npcs"]["x"].tolist()
        writer.write(block(range(last - 5, last + 10)), events(last - 5, range(last - 5, last + 10)))
    history = History.load(folder)
    assert history.state == "finished"
    same(history.npcs(), expected([block(range(last + 10))]))
    assert history.events().index.tolist() == list(range(last + 10))


def test_killed_again_and_again(tmp_path):
    run_and_kill(tmp_path / "run", 6, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_killed_hundreds_of_times(tmp_path, seed):
    run_and_kill(tmp_path / "run", 8, seed)


def test_an_undisturbed_child_finishes(tmp_path):
    process = start(tmp_path / "run", 100)
    said, _ = process.communicate(timeout=60)
    assert said.split()[-1] == "closed"
    same(History.load(tmp_path / "run").npcs(), expected([block(range(100))]))
