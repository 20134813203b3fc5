"""Towns with minds: what is asked, what comes of the answers, and that it is the same again."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.history import History, journal
from aitown.mind import Observation, Scripted, go, say
from aitown.sim.model import BLOCK
from aitown.town import Town
from tests.mind.seen import Home
from tests.town.test_town import assert_same, everything, tiny

HOURS = 6


class Cafe:
    """A researcher's mind, as a notebook has it."""

    def decide(self, seen):
        cafes = [place for place in seen.places if place["kind"] == "cafe" and place["lets_in"]]
        if not cafes or seen.me["energy"] < 0.3:
            return None
        return go(cafes[0]["name"], "socialising", why="coffee", minutes=50)


class Dice:
    """Goes anywhere and talks, by the seed that it is given; keeps no state, so that the order of questions is nothing to it."""

    def decide(self, seen):
        draw = random.Random(seen.seed)
        place = draw.choice([place["id"] for place in seen.places])
        words = (
            [say(f"{len(seen.heard)} said", to=draw.choice(seen.near)["id"])]
            if seen.near and draw.random() < 0.5
            else []
        )
        return [*words, go(place, minutes=draw.randint(5, 60))]


def rows(town_or_run, *kinds):
    return [row for row in town_or_run.events().to_dict("records") if row["kind"] in kinds]


def test_ten_lines_of_a_researcher_decide_for_one():
    with tiny(minds={"Person3 Tiny": Cafe()}) as town:
        run = town.run(hours=HOURS, progress=False)
        decided = [row for row in rows(run, "decided") if row["npc"] == 3]
        assert {"coffee"} <= {row["text"] for row in decided}
        frame = run.npcs(npcs=["Person3 Tiny"])
        assert (frame.loc[frame["place"] == "Café", "why"] == "mind").all()
        assert (frame["place"] == "Café").sum() > 360
        assert town.minds == {"Person3 Tiny": "tests.town.test_minds.Cafe"}
        assert "mind_error" not in set(run.events()["kind"])


def test_the_others_are_not_asked():
    asked = set()

    class Nosy(Cafe):
        def decide(self, seen):
            asked.add(seen.npc)
            return super().decide(seen)

    with tiny(minds={(3, 5): Nosy()}) as town:
        town.step(HOURS * 360)
    assert asked == {3, 5}


def test_an_observation_is_of_the_frame_and_says_what_there_is():
    seen = []

    class Watching:
        def decide(self, told):
            seen.append(told)

    with tiny(minds={"all": Watching()}) as town:
        run = town.run(hours=8, progress=False)
    frame = run.npcs()
    for told in seen[::5]:
        row = frame.loc[(told.tick, told.npc)]
        assert (told.me["place"] or None, told.me["activity"]) == (
            None if pd.isna(row["place"]) else row["place"],
            row["activity"],
        )
        assert told.me["hunger"] == row["hunger"]
        here = frame.loc[told.tick]
        if told.me["place"]:
            there = here[(here["place"] == told.me["place"]) & (here.index != told.npc)]
            assert {other["id"] for other in told.near} == set(there.index)
        assert {place["name"] for place in told.places if place["own"] == "home"} == {told.persona["home"]}
        assert (
            told.clock.isoformat()
            == "2025-03-03T" + f"{6 + told.tick // 360:02}:{told.tick % 360 // 6:02}:{told.tick % 6}0"
        )
    assert {told.cause for told in seen} >= {"over", "duty"}
    assert len({told.seed for told in seen}) == len(seen)
    with tiny() as town:
        plain = town.run(hours=8, progress=False)
    shares = [run.npcs()["activity"].value_counts(normalize=True) for run in (run, plain)]
    assert (shares[0] - shares[1]).abs().max() < 0.05  # who leaves all to the default lives about as without a mind


def without_minds(run):
    """Everything but what the minds were called."""
    npcs, places, events = everything(run)
    return npcs, places, events[events["kind"] != "mind"]


class Late(Dice):
    """The same answers, after as many turns of the event loop as are drawn."""

    def __init__(self, turns):
        self.turns = iter(turns)

    async def decide(self, seen):
        for _ in range(next(self.turns, 0)):
            await asyncio.sleep(0)
        return super().decide(seen)


@pytest.fixture(scope="module")
def lockstep():
    with tiny(minds={"all": Dice()}) as town:
        return town.run(hours=3, progress=False)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=40, max_size=150), st.integers(1, 400))
def test_in_lockstep_neither_latency_nor_order_nor_pieces_change_anything(lockstep, turns, piece):
    with tiny(minds={"all": Late(turns)}) as town:
        town._running.record(None)
        while town.tick < 3 * 360:
            town.step(min(piece, 3 * 360 - town.tick))
        for expected, found in zip(without_minds(lockstep), without_minds(town.history), strict=True):
            pd.testing.assert_frame_equal(found, expected)


class Sent:
    """An outside mind whose answers a test gives, in the order that it likes."""

    def __init__(self, town, npcs="all", **options):
        self.town = town
        self.asked = []
        self.ids = town.mind_outside(1, npcs, self.asked.append, **options)

    def answer(self, message, answer=None):
        self.town.answer(message["ask"], answer)


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False))
def test_an_outside_mind_may_answer_in_any_order(lockstep, order):
    with tiny() as town:
        town._running.record(None)
        outside = Sent(town, mode="lockstep")
        while town.tick < 3 * 360:
            if not town.try_step(3 * 360 - town.tick):
                those = outside.asked[:]
                outside.asked.clear()
                order.shuffle(those)
                for message in those:
                    outside.answer(message, Dice().decide(Observation.from_json(message["observation"])))
        run = town.history
        pd.testing.assert_frame_equal(run.npcs(), lockstep.npcs())


def test_answers_of_one_tick_are_applied_together_and_in_the_order_of_npcs(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        outside = Sent(town, mode="lockstep")
        while len(outside.asked) < 3:
            for message in outside.asked:
                outside.answer(message, [])
            outside.asked.clear()
            town.try_step(1)
        asked = sorted(outside.asked, key=lambda message: message["npc"])
        before = len(town_records(tmp_path / "run"))
        for message in reversed(asked[1:]):
            outside.answer(message, [go(why=f"by {message['npc']}")])
        assert town.try_step(1) == 0, "one is still to answer"
        assert len(town_records(tmp_path / "run")) == before
        outside.answer(asked[0], [go(why=f"by {asked[0]['npc']}")])
        town.try_step(1)
        applied = [record["npc"] for record in town_records(tmp_path / "run")[before:] if record["kind"] == "decide"]
        assert applied == [message["npc"] for message in asked]


def test_a_town_in_lockstep_waits_and_a_paced_one_goes_on(tmp_path):
    with tiny() as town:
        outside = Sent(town, mode="lockstep")
        while town.try_step(1000):
            pass
        waits = town.tick
        assert outside.asked
        assert town.try_step(10) == 0
        assert town.tick == waits
    with tiny(record=tmp_path / "run") as town:
        outside = Sent(town, [3], mode="paced", seconds=600)
        town.step(1000)
        first = outside.asked[0]
        assert first["tick"] < 1000 == town.tick
        outside.answer(first, [go("Green", why="at last")])
        town.step(1)
        late = [row for row in rows(town.history, "decided") if row["text"] == "at last"]
        assert [(row["tick"], row["npc"]) for row in late] == [(1001, 3)]


def replay(folder, tmp_path):
    """The history that the journal of a run makes, without any mind."""
    made = History.load(folder)
    with tiny(record=tmp_path / "replay") as town:
        inbox = town._running.inbox
        for record in town_records(folder):
            fields = {name: value for name, value in record.items() if name not in {"id", "tick"}}
            inbox.accept(inbox.parse(fields, record["tick"]), record["tick"], None)
        town.step(int(made.npcs(columns=["why"]).index[-1][0]))
        return town.history


def town_records(folder):
    return journal.read(folder / "inputs.jsonl")[0]


def test_the_journal_makes_the_same_history_without_a_mind(tmp_path):
    with tiny(record=tmp_path / "run", minds={"all": Dice()}) as town:
        town.run(hours=3, progress=False)
    assert_same(History.load(tmp_path / "run"), replay(tmp_path / "run", tmp_path))


def test_a_paced_journal_makes_the_same_history(tmp_path):
    with tiny(record=tmp_path / "run", mode="paced") as town:
        outside = Sent(town, "all", seconds=600)
        while town.tick < 2000:
            town.step(25)
            while outside.asked and random.Random(town.tick).random() < 0.7:
                message = outside.asked.pop(0)
                outside.answer(message, Dice().decide(Observation.from_json(message["observation"])))
    said = rows(History.load(tmp_path / "run"), "mind_error")
    assert all("no answer in time" in row["text"] or "was" in row["text"] for row in said)
    assert_same(History.load(tmp_path / "run"), replay(tmp_path / "run", tmp_path))


class Killer(Dice):
    """Kills its process in the middle of a decision."""

    def __init__(self, after):
        self.left = after

    def decide(self, seen):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().decide(seen)


KILLED = """
import sys
from tests.town.test_minds import Killer, tiny
town = tiny(record=sys.argv[1], minds={"all": Killer(int(sys.argv[2]))})
while True:
    town.step(50)
    town.history
"""


@pytest.mark.parametrize("after", [1, 10, 37])
def test_killed_in_the_middle_of_a_decision_it_goes_on_as_if_nothing_had_been(tmp_path, lockstep, after):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run"), str(after)], check=False)
    assert killed.returncode == -signal.SIGKILL
    shutil.copytree(tmp_path / "run", tmp_path / "copy")
    with Town.resume(tmp_path / "run", minds={"all": Killer(0)}) as again:
        again.step(3 * 360 - again.tick)
        for expected, found in zip(without_minds(lockstep), without_minds(again.history), strict=True):
            pd.testing.assert_frame_equal(found, expected)
    with Town.resume(tmp_path / "copy") as alone:
        before = alone.tick
        alone.step(200)
        switched = rows(alone.history, "mind")[-1]
        assert (switched["tick"], switched["text"]) == (
            before + 1,
            "default: tests.town.test_minds.Killer is not here any more",
        )
        assert alone.minds == {}


def test_a_mind_given_by_name_is_made_again(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        town.step(500)
        town.input("mind", npcs=["Person3 Tiny", 5], mind="tests.mind.seen:Home")
        town.step(500)
    with Town.resume(tmp_path / "run") as again:
        again.step(2000)
        assert again.minds == dict.fromkeys(("Person3 Tiny", "Person5 Tiny"), "tests.mind.seen:Home")
        decided = [row for row in rows(again.history, "decided") if row["text"] == "no place like it"]
        assert {row["npc"] for row in decided if row["tick"] > 1000} == {3, 5}
        assert len(rows(again.history, "mind")) == 2


def test_minds_are_switched_in_the_middle(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        assert town.mind("Person3 Tiny", Home()) == (3,)
        town.step(600)
        assert town.mind([3, 4], Cafe()) == (3, 4)
        town.step(600)
        assert town.mind("all", None) == tuple(range(8))
        town.step(600)
        kinds = [(row["tick"], row["npc"], row["text"]) for row in rows(town.history, "mind")]
    assert kinds == [
        (1, 3, "tests.mind.seen.Home"),
        (601, 3, "tests.town.test_minds.Cafe"),
        (601, 4, "tests.town.test_minds.Cafe"),
        (1201, -1, "default"),
    ]
    assert_same(History.load(tmp_path / "run"), replay(tmp_path / "run", tmp_path))


def test_what_is_said_to_it_is_heard_once_and_may_be_answered():
    heard = []

    class Polite:
        def decide(self, seen):
            heard.extend(line["text"] for line in seen.heard if line["by"] is None)
            return [say(f"You said {seen.heard[-1]['text']}.")] if seen.cause == "heard" else None

    with tiny(minds={3: Polite()}) as town:
        town.step(1500)
        town.say("Hello, all")
        town.step(10)
        town.say("Come here", to=3)
        town.step(300)
        said = [row for row in town.events().rows() if row["kind"] == "said" and row["npc"] == 3 and row["other"] < 0]
    assert heard == ["Hello, all", "Come here"]
    assert [(row["tick"], row["text"]) for row in said] == [(1512, "You said Come here.")]


def test_a_timetable_is_kept_in_a_town():
    with tiny(
        minds={3: Scripted({"08:00": ("Green", "relaxing"), "09:00": ("Café", "eating"), "10:00": None})}
    ) as town:
        frame = town.run(hours=5, progress=False).npcs(npcs=[3]).droplevel("npc")
    assert (frame.loc[850:1050, "activity"].isin(["relaxing", "walking", "talking"])).all()
    assert (frame.loc[1150:1420, "place"] == "Café").all()
    assert (frame.loc[1440:, "place"] != "Café").any()


def test_a_town_without_minds_never_stops_for_them(monkeypatch):
    calls = []
    with tiny() as town:
        model = town._running.model()
        advance = model.advance
        monkeypatch.setattr(model, "advance", lambda *given, **more: (calls.append(more), advance(*given, **more))[1])
        town.step(3 * BLOCK)
    assert calls == [{"heed": False}] * 3


def test_a_town_that_nobody_holds_lets_its_run_go_at_once(tmp_path):
    town = tiny(record=tmp_path / "run")
    town.step(10)
    del town
    with Town.resume(tmp_path / "run") as again:
        assert again.tick == 10


def test_what_was_said_before_a_resume_is_heard_after_it(tmp_path):
    """The words came when nobody was asked; the run was closed and taken up before the next decision."""

    class Listening:
        def __init__(self):
            self.heard = []

        def decide(self, seen):
            self.heard.append([line["text"] for line in seen.heard])

    before = Listening()
    with tiny(minds={3: before}, record=tmp_path / "run") as town:
        town.step(100)
        asked = len(before.heard)
        town.say("Remember the milk", to=3)
        town.say("Not for you", to=4)
        town.step(1)
    after = Listening()
    with Town.resume(tmp_path / "run", minds={3: after}) as town:
        town.step(1500)

    assert not any("Remember the milk" in heard for heard in before.heard[:asked])
    told = [text for heard in (*before.heard[asked:], *after.heard) for text in heard]
    assert after.heard
    assert "Remember the milk" in told
    assert "Not for you" not in told
