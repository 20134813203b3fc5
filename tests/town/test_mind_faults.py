"""Minds that raise, hang, talk nonsense or are gone: the town goes on by the default, and says so."""

import asyncio
import threading

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import BadParameter, InputRejected
from aitown.mind import go, say
from aitown.town.minds import REST_SECONDS, Held, Minds
from tests.mind.seen import Home, seen
from tests.town.test_minds import Sent, rows
from tests.town.test_town import tiny


def errors_of(mind, hours=2, **more):
    with tiny(minds={3: mind}, **more) as town:
        run = town.run(hours=hours, progress=False)
        assert run.npcs(npcs=[3])["activity"].nunique() > 2
        return rows(run, "mind_error")


class Raising:
    def decide(self, seen):
        raise RuntimeError("out\nof tokens \ud800")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("the café, please", "a mind answered 'the café, please'"),
        ([go("Atlantis")], "there is no place 'Atlantis'"),
        ([{"kind": "decide", "npc": 5}], "decided for 5"),
        ([say("hi", to="Nobody")], "there is no NPC 'Nobody'"),
        ([say("kept"), go(minutes=1e9)], "minutes is 1000000000.0"),
        (object(), "a mind answered an object of type object; expected"),
        ([object()], "a mind answered an object of type object; expected"),
        ([{"kind": "move", "npc": 3, "place": 1}], "expected a decision"),
        (pd.DataFrame({"kind": ["decide"]}), "a mind answered an object of type DataFrame;"),
    ],
)
def test_nonsense_is_marked_and_the_default_decides(answer, words):
    class Nonsense:
        def decide(self, seen):
            return answer

    found = errors_of(Nonsense())
    assert found
    assert all(words in row["text"] for row in found), found[0]
    assert {row["npc"] for row in found} == {3}


def test_what_a_mind_raises_is_marked_and_logged(caplog):
    found = errors_of(Raising(), hours=9)
    assert {row["text"] for row in found} == {"RuntimeError: out of tokens \\udcd800"} or found[0]["text"].startswith(
        "RuntimeError: out of tokens"
    )
    assert "Traceback" in caplog.text
    assert 0 < len(caplog.records) <= 5 < len(found) + 5


@pytest.mark.parametrize("given", [["all"], range(8)], ids=["to all at once", "one by one"])
def test_a_mind_that_hangs_stops_the_town_for_its_seconds_and_no_more(given):
    """One object is one mind, however often it is given: it is asked in one place, and silent for all."""
    hold = threading.Event()

    class Hanging:
        asked = 0

        def decide(self, seen):
            self.asked += 1
            hold.wait(60)

    mind = Hanging()
    with tiny() as town:
        for npcs in given:
            town.mind(npcs, mind, seconds=0.2)
        run = town.run(hours=4, progress=False)
        found = [row["text"] for row in rows(run, "mind_error")]
        assert found[0] == "no answer in 0.2 s"
        assert "is silent and was not asked" in found[-1]
        assert mind.asked == 1
    hold.set()


def test_an_answer_to_a_mind_that_was_taken_away_is_ignored(caplog):
    with tiny() as town:
        outside = Sent(town, [3], mode="lockstep")
        while town.try_step(1000):
            pass
        assert town.mind_outside(1, [], outside.asked.append) == (3,)
        outside.answer(outside.asked[0], [go("Green", why="too late")])
        town.answer(["nonsense"], 3)
        town.step(300)
        assert "too late" not in {row["text"] for row in town.events().rows()}
        assert "nobody waits for" in caplog.text
        assert town.mind_outside(1, [], outside.asked.append) == ()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"minds": {3: Home}}, BadParameter),
        ({"minds": {"Nobody": Home()}}, InputRejected),
        ({"minds": {3: "nowhere:Mind"}}, BadParameter),
        ({"mode": "fast"}, BadParameter),
        ({"minds": {99: Home()}}, InputRejected),
        ({"minds": [Home()]}, BadParameter),
    ],
)
def test_what_cannot_be_is_refused(given, error):
    with pytest.raises(error):
        tiny(**given)


@pytest.mark.parametrize("seconds", [0, -1, "10", True, float("nan"), 1e9])
def test_deadlines_that_are_none(seconds):
    with tiny() as town, pytest.raises(BadParameter, match="seconds"):
        town.mind("all", Home(), seconds=seconds)


def test_a_name_of_no_mind_is_refused_and_not_journaled():
    with tiny() as town:
        with pytest.raises(InputRejected, match="is no mind"):
            town.input("mind", npcs="all", mind="Home")
        assert town._running.inbox.records == []


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Box:
    """What a mind outside was asked."""

    def __init__(self):
        self.asked = []
        self.dropped = []

    def ask(self, number, seen):
        self.asked.append((number, seen.npc))

    def drop(self, number):
        self.dropped.append(number)


def some_minds(mode="lockstep"):
    clock, box = Clock(), Box()
    minds = Minds(clock=clock)
    minds.give(range(5), Held("outside 1", box, mode, 10.0))
    return minds, clock, box


def test_a_sign_of_a_mind_gives_it_time_for_the_others():
    minds, clock, box = some_minds()
    for npc in range(3):
        minds.ask(npc, seen(npc=npc))
    clock.now += 9
    assert minds.deadline == 110
    minds.reply(box.asked[1][0], None)
    assert minds.collect() == []
    assert minds.deadline == 119
    clock.now += 9
    minds.reply(box.asked[0][0], [])
    assert minds.collect() == []
    clock.now += 10
    found = minds.collect()
    assert [npc for npc, _ in found] == [0, 1, 2]
    assert str(found[2][1]) == "no answer in 10 s"
    assert box.dropped == [box.asked[2][0]]


def test_a_silent_mind_rests_until_it_gives_a_sign_or_for_a_while(caplog):
    minds, clock, box = some_minds()
    minds.ask(0, seen(npc=0))
    clock.now += 10
    assert "no answer" in str(dict(minds.collect())[0])
    minds.ask(1, seen(npc=1))
    assert "was not asked" in str(dict(minds.collect())[1])
    assert len(box.asked) == 1
    minds.reply(box.asked[0][0], [go("Mill")])  # too late, but a sign
    assert minds.collect() == []
    assert "ignored" in caplog.text
    minds.ask(1, seen(npc=1))
    assert len(box.asked) == 2
    clock.now += 10
    minds.collect()
    clock.now += REST_SECONDS
    minds.ask(2, seen(npc=2))
    assert len(box.asked) == 3


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ask", "reply", "again", "time", "give", "take"]), st.integers(0, 4)), max_size=60
    )
)
def test_each_question_comes_to_one_answer_whatever_happens(steps):
    minds, clock, box = some_minds("paced")
    held = minds.of[0]
    asked, settled = set(), []
    for what, npc in steps:
        if what == "ask" and npc in minds.of and not minds.waits_for(npc):
            minds.ask(npc, seen(npc=npc))
            asked.add(npc)
        elif what == "reply" and box.asked:
            minds.reply(box.asked[npc % len(box.asked)][0], [])
        elif what == "again" and box.asked:
            minds.reply(box.asked[-1][0], "again")
        elif what == "time":
            clock.now += 3
        elif what == "give":
            minds.give([npc], held)
            asked.discard(npc)
        elif what == "take":
            minds.give([npc], None)
            asked.discard(npc)
        for done, _ in minds.collect():
            assert done in asked
            asked.discard(done)
            settled.append(done)
    clock.now += 1000
    assert sorted(npc for npc, _ in minds.collect()) == sorted(asked)
    assert minds.deadline is None
    assert len(minds._late) <= len(box.asked)


def test_an_async_mind_that_hangs_is_cancelled():
    cancelled = threading.Event()

    class Hanging:
        async def decide(self, told):
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    with tiny() as town:
        town.mind(3, Hanging(), seconds=0.1)
        town.step(1500)
        assert "no answer in 0.1 s" in {row["text"] for row in town.events().rows()}
    assert cancelled.wait(30)


def test_a_paced_town_is_held_up_by_nobody():
    hold = threading.Event()

    class Hanging:
        def decide(self, told):
            hold.wait(60)

    with tiny(mode="paced", minds={"all": Hanging()}) as town:
        run = town.run(hours=5, progress=False)
        found = rows(run, "mind_error")
        assert {row["text"] for row in found} == {"no answer in time: the default decided"}
        assert run.npcs()["activity"].nunique() > 4
    hold.set()
