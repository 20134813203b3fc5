"""Minds over the pipe."""

from __future__ import annotations

import pytest

from aitown.history import History
from aitown.mind import Observation, go
from tests.test_process import spawn

__all__ = ["spawn"]

WAKE = 360


def answer(child, observed, *inputs):
    child.send(type="decide", ask=observed["ask"], inputs=list(inputs))


def test_the_town_waits_for_an_outside_mind_in_lockstep_and_beats(spawn, tmp_path):
    child = spawn()
    child.until("phase", phase="paused")
    child.send(type="minds", id=1, mind=3, npcs=[0, "Tomas Marsh"], mode="lockstep", seconds=60)
    done, _ = child.until("done", id=1)
    assert (done["tick"], done["npcs"]) == (0, [0, 1])
    child.send(type="control", id=2, op="step", ticks=3 * WAKE)
    observed, _ = child.until("observe")
    assert set(observed) == {"type", "ask", "mind", "npc", "tick", "seconds", "observation"}
    assert (observed["mind"], observed["seconds"]) == (3, 60)
    seen = Observation.from_json(observed["observation"])
    assert (seen.npc, seen.tick) == (observed["npc"], observed["tick"])
    waiting, _ = child.until("phase", phase="waiting")
    beat, _ = child.until("beat", phase="waiting")
    assert waiting["tick"] == beat["tick"] == seen.tick
    answer(child, observed, go(seen.persona["home"], "relaxing", why="as I please", minutes=30))
    while True:
        message = child.read()
        if message["type"] == "observe":
            answer(child, message)
        if message.get("id") == 2:
            break
    assert message["tick"] == 3 * WAKE
    assert child.end()[0] == 0
    run = History.load(tmp_path / "run")
    decided = run.events(kinds=["decided"])
    assert decided[decided["text"] == "as I please"][["tick", "npc"]].to_numpy().tolist() == [[seen.tick + 1, seen.npc]]
    assert "mind_error" not in set(run.events()["kind"])


def test_a_hosted_town_goes_on_unless_told_otherwise(spawn, tmp_path):
    child = spawn(speed=0, play=True)
    child.until("phase", phase="running")
    child.send(type="minds", id=1, mind=3, npcs="all")
    child.until("done", id=1)
    observed, _ = child.until("observe")
    assert observed["seconds"] == 10
    frame, _ = child.until("frame")
    while frame["tick"] < observed["tick"] + 1000:
        frame, _ = child.until("frame")
    answer(child, observed, go(why="late but good"))
    child.send(type="minds", id=2, mind=3, npcs=[])
    released, _ = child.until("done", id=2)
    assert released["npcs"] == [0, 1, 2]
    child.send(type="stop", id=3)
    child.until("done", id=3)
    events = History.load(tmp_path / "run").events()
    late = events[events["text"] == "late but good"]
    assert late["tick"].item() > observed["tick"] + 1
    assert events[events["kind"] == "mind"]["text"].tolist()[-1] == "default: outside 3 is not here any more"


def test_killed_while_a_mind_decides_it_goes_on_with_the_same_one(spawn, tmp_path):
    child = spawn()
    child.until("phase", phase="paused")
    child.send(type="minds", id=1, mind=3, npcs="all", mode="lockstep", seconds=60)
    child.until("done", id=1)
    child.send(type="control", id=2, op="step", ticks=WAKE)
    first, _ = child.until("observe")
    time_on_disk(child)
    child.process.kill()
    child.process.wait()

    again = spawn(resume=True)
    again.until("phase", phase="paused")
    again.send(type="decide", ask=first["ask"], inputs=[go("Mill Café", why="of another life")])
    again.send(type="minds", id=1, mind=3, npcs="all", mode="lockstep", seconds=60)
    again.until("done", id=1)
    again.send(type="control", id=2, op="step", ticks=WAKE)
    second, _ = again.until("observe")
    assert second["ask"] != first["ask"]
    assert second["observation"] == first["observation"]
    again.send(type="control", id=3, op="pause")
    again.until("done", id=3)
    code, log = again.end()
    assert code == 0
    assert "nobody waits for" in log
    events = History.load(tmp_path / "run").events()
    assert events[events["kind"] == "mind"]["text"].tolist() == ["outside 3"]
    assert "of another life" not in set(events["text"])


def time_on_disk(child):
    """Wait until the tick at which the town waits is on the disk: a pause answers when all is."""
    child.send(type="control", id=9, op="pause")
    child.until("done", id=9)


def step_until_decided(child, folder, text, more_than=0):
    """Step a paced town, which waits for no mind, until one has decided; returns how often it has."""
    for number in range(100, 300):
        child.send(type="control", id=number, op="step", ticks=WAKE // 2)
        child.until("done", id=number)
        events = History.load(folder).events(kinds=["decided"])
        if (count := int((events["text"] == text).sum())) > more_than:
            return count
    pytest.fail("nobody decided")


def test_a_mind_of_a_file_in_the_folder_is_known_by_its_name(spawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cafes.py").write_text(
        "from aitown.mind import go\nclass Cafe:\n"
        "    def decide(self, seen):\n        print('asked', seen.name)\n        return go(why='by name')\n"
    )
    child = spawn()
    child.until("phase", phase="paused")
    child.send(type="input", id=1, kind="mind", npcs=[0], mind="cafes:Cafe")
    assert child.until("done", id=1)[0]["input"] == 0
    child.send(type="input", id=2, kind="mind", npcs=[0], mind="nowhere:Cafe")
    assert child.until("error", id=2)[0]["error"] == "InputRejected"
    decided = step_until_decided(child, tmp_path / "run", "by name")
    child.process.kill()
    child.process.wait()
    again = spawn(resume=True)
    again.until("phase", phase="paused")
    step_until_decided(again, tmp_path / "run", "by name", more_than=decided)
    code, log = again.end()
    assert code == 0
    assert "asked" in log
    events = History.load(tmp_path / "run").events()
    assert {"by name"} == set(events[(events["kind"] == "decided") & (events["text"] != "")]["text"])
    assert events[events["kind"] == "mind"]["text"].tolist() == ["cafes:Cafe"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "minds", "id": 1},
        {"type": "minds", "id": 1, "mind": 1, "npcs": ["Nobody"]},
        {"type": "minds", "id": 1, "mind": [], "npcs": "all"},
        {"type": "minds", "id": 1, "mind": 1, "npcs": "all", "seconds": "soon"},
        {"type": "minds", "id": 1, "mind": 1, "npcs": "all", "mode": {}},
    ],
)
def test_a_bad_offer_is_answered_and_survived(spawn, message):
    child = spawn()
    child.until("phase", phase="paused")
    for junk in ({}, {"ask": 1}, {"ask": [], "inputs": 3}, {"ask": "x", "inputs": None}):
        child.send(type="decide", **junk)
    child.send(**message)
    child.until("error", id=1)
    child.send(type="control", id=2, op="step", ticks=10)
    assert child.until("done", id=2)[0]["tick"] == 10
