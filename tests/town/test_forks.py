"""Saving and forking: the same run from any tick on, and what may be changed in it."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aitown
from aitown.errors import BadParameter, DamagedRun, RunExists, TownEnded
from aitown.history import History
from aitown.mind import go, say
from aitown.town import Town
from aitown.town.forks import hosted
from tests.town.test_minds import Dice
from tests.town.test_town import tiny

END = 1500
GIVEN = (101, 401, 402, 901, 1201)
EVENTS = ["tick", "kind", "npc", "other", "place", "text"]


def assert_same_from(tick, run, whole):
    """A run that began at a tick is that part of a whole one; its log is all of it."""
    frames = slice(tick, whole.last_tick + 1)
    pd.testing.assert_frame_equal(run.npcs(), whole.npcs(ticks=frames))
    pd.testing.assert_frame_equal(run.places(), whole.places(ticks=frames))
    pd.testing.assert_frame_equal(run.events(), whole.events())


def act(town):
    """Inputs at several ticks, up to END."""
    for tick, fields in (
        (100, {"kind": "say", "text": "Hello", "to": 1}),
        (400, {"kind": "move", "npc": 2, "place": "Green"}),
        (401, {"kind": "tell", "fact": "The mill burns", "to": 3}),
        (900, {"kind": "close", "place": "Café"}),
        (1200, {"kind": "need", "npc": 4, "need": "hunger", "value": 0.9}),
    ):
        town.step(tick - town.tick)
        town.input(**fields)
    town.step(END - town.tick)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with tiny(record=tmp_path_factory.mktemp("runs") / "whole") as town:
        act(town)
    return aitown.load(town.folder)


@pytest.fixture(scope="module")
def minded(tmp_path_factory):
    with tiny(record=tmp_path_factory.mktemp("runs") / "minded", minds={(0, 1, 2, 5): Dice()}) as town:
        act(town)
    return aitown.load(town.folder)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, END))
def test_forked_from_a_run_at_any_tick_with_no_change_it_is_the_same(whole, tick):
    with Town.from_run(whole, tick) as fork:
        assert fork.tick == tick
        if tick < END:
            run = fork.run(ticks=END - tick, progress=False)
            assert_same_from(tick, run, whole)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, END), st.booleans())
def test_forked_from_a_town_at_any_tick_with_no_change_it_is_the_same(whole, tick, earlier):
    with tiny() as town:
        town.step(50)
        fork = town.fork(20 if earlier else None)
        one, other = (two.run(ticks=300 - two.tick, progress=False) for two in (town, fork))
        start = 50
        pd.testing.assert_frame_equal(other.npcs(ticks=slice(start, None)), one.npcs(ticks=slice(start, None)))
        fork.close()


def test_forked_in_the_middle_of_a_conversation(whole):
    talks = whole.conversations()
    middle = int((talks["tick"].iloc[3] + talks["until"].iloc[3]) // 2)
    assert (whole.at(middle)["partner"] >= 0).any()
    with whole.fork(middle) as fork:
        run = fork.run(ticks=END - middle, progress=False)
    assert_same_from(middle, run, whole)
    pd.testing.assert_frame_equal(run.conversations(), talks)


def pending(run):
    """Ticks after which a decision waited to be applied."""
    records = run.inputs()
    found = [
        int(at) - 1 for at in records[records["kind"] == "decide"]["tick"] if 20 < at < END - 100 and at not in GIVEN
    ]
    assert len(found) > 20
    return found[:: len(found) // 5]


def test_forked_with_a_decision_pending_the_journal_stands_for_the_minds(minded):
    for tick in pending(minded):
        with Town.from_run(minded, tick) as fork:
            assert_same_from(tick, fork.run(ticks=END - tick, progress=False), minded)


def test_forked_with_a_decision_pending_its_mind_decides_the_same_again(minded):
    for tick in pending(minded):
        with Town.from_run(minded, tick, replay=False, minds={(0, 1, 2, 5): Dice()}) as fork:
            stop = next(at for at in (*GIVEN, END + 1) if at > tick) - 1
            run = fork.run(ticks=stop - tick, progress=False)
            pd.testing.assert_frame_equal(run.npcs(), minded.npcs(ticks=slice(tick, stop + 1)))
            assert (run.inputs()["tick"] > tick).any()


def test_a_town_with_minds_forks_while_it_lives_and_both_go_on_alike():
    with tiny(minds={"all": Dice()}) as town:
        town.step(333)
        with town.fork() as fork:
            assert fork.minds == town.minds
            one, other = (two.run(ticks=400, progress=False) for two in (town, fork))
            pd.testing.assert_frame_equal(other.npcs(), one.npcs())
            assert one.events()[EVENTS[:-1]].equals(other.events()[EVENTS[:-1]])


def test_a_fork_of_a_fork_that_has_not_run_yet_has_the_same_minds():
    with tiny(minds={1: Dice()}) as town, town.fork() as fork, fork.fork() as second:
        for one in (town, second):
            one.step(400)
        assert second.minds == town.minds
        pd.testing.assert_frame_equal(second.npcs, town.npcs)


def test_where_the_journal_ends_the_default_takes_over_from_minds_that_are_gone(minded):
    with Town.from_run(minded, 700) as fork:
        run = fork.run(ticks=END - 700 + 300, progress=False)
        mind = run.events("mind")
        assert mind["tick"].tolist() == [1] * 4 + [END + 1] * 4
        assert fork.minds == {}


def test_without_replay_a_fork_has_no_later_input(whole):
    with Town.from_run(whole, 500, replay=False) as fork:
        run = fork.run(ticks=1000, progress=False)
        assert run.inputs()["tick"].max() <= 500
        assert (run.places(places=["Café"], ticks=slice(1000, 1010))["open"] == 1).all()
    assert (whole.places(places=["Café"], ticks=slice(1000, 1010))["open"] == 0).all()


def test_a_change_in_a_fork_changes_nothing_before_it_and_nothing_elsewhere(whole):
    with Town.from_run(whole, 600) as fork:
        fork.input("move", npc=6, place="Green")
        run = fork.run(ticks=200, progress=False)
    assert (
        run.npcs(npcs=[6], ticks=slice(601, 800))["place"]
        .ne(whole.npcs(npcs=[6], ticks=slice(601, 800))["place"])
        .any()
    )
    pd.testing.assert_frame_equal(run.at(600), whole.at(600))
    assert run.inputs()["id"].tolist() == list(range(len(whole.inputs()) + 1))


def test_a_fork_names_its_parent_and_leaves_it_alone(whole, tmp_path):
    before = whole.npcs()
    with Town.from_run(whole, 700, record=tmp_path / "fork", name="another") as fork:
        fork.step(10)
    manifest = json.loads((tmp_path / "fork" / "manifest.json").read_bytes())
    assert manifest["parent"] == {"run": whole.run_id, "tick": 700, "until": END}
    assert (manifest["town"], manifest["seed"], manifest["map_hash"]) == ("another", 7, whole.manifest["map_hash"])
    assert manifest["run"] != whole.run_id
    pd.testing.assert_frame_equal(History.load(whole.folder).npcs(), before)


def test_a_fork_of_a_fork_resumed_in_another_process_goes_on_as_the_first(whole, tmp_path):
    first = Town.from_run(whole, 300, record=tmp_path / "one")
    first.step(300)
    second = first.fork(450, record=tmp_path / "two")
    second.step(100)
    first.close()
    second.close()
    code = (
        "import sys; from aitown.town import Town; town = Town.resume(sys.argv[1]);"
        f"town.step({END} - town.tick); town.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "two")], check=True)
    assert_same_from(450, History.load(tmp_path / "two"), whole)


def test_a_fork_that_is_resumed_before_the_journal_ends_still_needs_no_mind(minded, tmp_path):
    with Town.from_run(minded, 400, record=tmp_path / "fork") as fork:
        fork.step(100)
    with Town.resume(tmp_path / "fork") as town:
        town.step(END - town.tick)
    assert_same_from(400, History.load(tmp_path / "fork"), minded)


def test_a_hosted_fork_that_ended_before_its_first_frame_begins_at_its_tick(whole, tmp_path):
    fork = {"folder": str(whole.folder), "tick": 300}
    town = hosted(fork, (), str(tmp_path / "fork"), "again", "some-run")
    assert (town.tick, town.run_id, town.name) == (300, "some-run", "again")
    assert town.hello()["tick"] == 300
    town.close()
    assert History.load(tmp_path / "fork").first_tick is None
    with Town.resume(tmp_path / "fork") as again:
        assert again.tick == 300
        again.step(END - 300)
    assert_same_from(300, History.load(tmp_path / "fork"), whole)


def test_save_makes_a_resume_replay_nothing(tmp_path):
    town = tiny(record=tmp_path / "run")
    town.step(600)
    assert town.save() == tmp_path / "run"
    assert (tmp_path / "run" / "checkpoints" / "0000000600.npz").exists()
    town.step(50)
    town.close()
    with tiny() as other:
        other.step(20)
        with pytest.raises(BadParameter, match="not recorded"):
            other.save()
        assert other.save(tmp_path / "other") == tmp_path / "other"
        with pytest.raises(BadParameter, match="can't go on in"):
            other.save(tmp_path / "third")
    with pytest.raises(TownEnded):
        other.save()
    with Town.resume(tmp_path / "other") as again:
        assert again.tick == 20


def test_a_time_of_the_town_or_a_tick_from_the_end(whole):
    with Town.from_run(whole, "day 1 07:00") as fork:
        assert fork.tick == 360
    with whole.fork(-1) as fork:
        assert fork.tick == END


def test_what_can_not_be_forked_is_said(whole, tmp_path):
    for tick in (-END - 2, END + 1):
        with pytest.raises(BadParameter, match=f"from 0 to {END}"):
            Town.from_run(whole, tick)
    with pytest.raises(BadParameter, match="whole number"):
        Town.from_run(whole, 1.5)
    with tiny() as town, pytest.raises(BadParameter, match="from 0 to 0"):
        town.fork(10)
    with pytest.raises(RunExists):
        Town.from_run(whole, 10, record=whole.folder)
    with Town.from_run(whole, 400, record=tmp_path / "late") as fork:
        fork.step(10)
    with pytest.raises(BadParameter, match="from 400 to 410"):
        Town.from_run(tmp_path / "late", 100)
    folder = tmp_path / "damaged"
    with tiny(record=folder) as town:
        town.step(5)
    (folder / "map.json").write_text("{}")
    with pytest.raises(DamagedRun):
        Town.from_run(folder, 3)


def test_what_minds_heard_before_a_fork_they_know_in_it():
    heard = []

    class Hears:
        def decide(self, seen):
            heard.append((seen.tick, [line["text"] for line in seen.heard]))
            return [say("I go"), go("Green", minutes=30)]

    with tiny(minds={3: Hears()}) as town:
        town.step(200)
        town.say("Remember the milk", to=3)
        town.step(1)
        with town.fork() as fork:
            heard.clear()
            town.step(300)
            expected, heard[:] = list(heard), []
            fork.step(300)
    assert heard == expected
    assert any("Remember the milk" in lines for _, lines in heard)
