import asyncio
import gc
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadMessage, BadParameter, InputRejected
from aitown.mind import Observation, Scripted, answers, go, named, say, tell
from aitown.mind.asking import Asker
from tests.mind.seen import Home, seen


def test_an_observation_travels_as_json():
    told = seen()
    assert Observation.from_json(json.loads(json.dumps({**told.to_json(), "later": 1}))) == told


@pytest.mark.parametrize("data", [{}, {**seen().to_json(), "clock": "noon"}, None, []])
def test_what_is_no_observation(data):
    with pytest.raises(BadMessage, match="no observation"):
        Observation.from_json(data)


def test_what_is_said_comes_before_what_is_decided():
    made = answers.wishes([go("Mill"), say("Off to work", to="Tom")], 3, "Ada Marsh")
    assert [(wish["kind"], wish.get("npc"), wish.get("by")) for wish in made] == [("say", None, 3), ("decide", 3, None)]
    assert answers.wishes(tell("The mill closes", "Tom"), 3, "Ada Marsh") == [
        {"kind": "tell", "fact": "The mill closes", "to": "Tom", "by": 3}
    ]
    assert answers.wishes(go(), 3, "Ada Marsh")[0]["npc"] == 3
    assert answers.wishes(None, 3, "Ada Marsh") == answers.wishes([], 3, "Ada Marsh") == []
    assert answers.wishes([{"kind": "decide", "npc": "Ada Marsh"}], 3, "Ada Marsh") == [{"kind": "decide", "npc": 3}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("go home", "a mind answered"),
        (7, "a mind answered"),
        ([go("Mill"), go("Green")], "2 things at once"),
        ([say("x")] * 9, "up to 8"),
        ({"kind": "close", "place": 1}, "expected a decision"),
        ([{"kind": "need", "npc": 3, "need": "fun", "value": 1}], "expected a decision"),
        ([None], "expected a decision"),
        ({"kind": "decide", "npc": 4}, "decided for 4"),
        ({"kind": "say", "text": "x", "by": "Tom Reed"}, "decided for 'Tom Reed'"),
    ],
)
def test_answers_that_are_none(answer, words):
    with pytest.raises(InputRejected, match=words):
        answers.wishes(answer, 3, "Ada Marsh")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "npc", "x"]), inner),
    )
)
def test_whatever_is_answered_is_read_or_refused(answer):
    try:
        made = answers.wishes(answer, 3, "Ada Marsh")
    except InputRejected:
        return
    assert all(wish["kind"] in answers.KINDS for wish in made)


PLAN = {"12:00": "Mill Café", "8:30": ("Green", "relaxing"), "13:00": None, "22:00": 4}


@pytest.mark.parametrize(
    ("clock", "place", "doing", "minutes"),
    [
        ("08:30", "Green", "relaxing", 210),
        ("11:59", "Green", "relaxing", 1),
        ("12:20", "Mill Café", "", 40),
        ("13:30", None, None, None),
        ("22:00", 4, "", 630),
        ("03:00", 4, "", 330),
    ],
)
def test_a_timetable_is_kept(clock, place, doing, minutes):
    hour, minute = map(int, clock.split(":"))
    decided = Scripted(PLAN).decide(seen(clock=seen().clock.replace(hour=hour, minute=minute)))
    if place is None:
        assert decided is None
    else:
        assert (decided["place"], decided["doing"], decided["minutes"]) == (place, doing, minutes)


@pytest.mark.parametrize("plan", [{}, {"noon": "Mill"}, {"12:00": ()}, {"12:00": 3.5}, {12: "Mill"}, ["12:00"]])
def test_timetables_that_are_none(plan):
    with pytest.raises(BadParameter):
        Scripted(plan)


def test_minds_are_found_by_name():
    assert isinstance(named.load("tests.mind.seen:Home"), Home)
    assert isinstance(named.load("tests.mind.seen:Outer.Inner"), Home)
    assert named.name_of(Home()) == "tests.mind.seen.Home"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Home", "is no mind"),
        ("tests.mind.seen:", "is no mind"),
        ("tests.mind.nowhere:Home", "nowhere"),
        ("tests.mind.seen:Nobody", "Nobody"),
        ("tests.mind.seen:Picky", "taste"),
        ("tests.mind.seen:Broken", "no model server"),
        ("builtins:dict", "no method `decide`"),
    ],
)
def test_names_of_no_mind(name, words):
    with pytest.raises(BadParameter, match=words):
        named.load(name)


def test_a_class_or_a_thing_is_no_mind():
    with pytest.raises(BadParameter, match=r"Give Home\(\)"):
        named.check(Home)
    with pytest.raises(BadParameter, match="no method"):
        named.check(3)


class Answers:
    def __init__(self):
        self.got = []
        self.there = threading.Condition()

    def __call__(self, number, answer):
        with self.there:
            self.got.append((number, answer))
            self.there.notify_all()

    def wait(self, count):
        with self.there:
            assert self.there.wait_for(lambda: len(self.got) >= count, 30)
        return self.got


class Echo:
    def decide(self, told):
        if told.npc == 1:
            raise ValueError("not me")
        if told.npc == 2:
            raise SystemExit
        return told.npc


def test_questions_are_answered_in_order_whatever_is_raised():
    answers = Answers()
    asker = Asker(Echo(), answers)
    for number in range(4):
        asker.ask(number, seen(npc=number))
    got = answers.wait(4)
    assert [number for number, _ in got] == [0, 1, 2, 3]
    assert [type(answer) for _, answer in got] == [int, ValueError, SystemExit, int]


def test_an_async_mind_is_asked_for_all_at_once():
    class Together:
        def __init__(self):
            self.count = 0

        async def decide(self, told):
            self.count += 1
            mine = self.count
            self.all = getattr(self, "all", None) or asyncio.Barrier(3)
            await self.all.wait()
            if mine == 2:
                raise ValueError("odd")
            return told.npc

    answers = Answers()
    asker = Asker(Together(), answers)
    for number in range(3):
        asker.ask(number, seen(npc=number))
    got = dict(answers.wait(3))
    assert (got[0], got[2]) == (0, 2)
    assert isinstance(got[1], ValueError)


def test_what_nobody_waits_for_is_not_begun_and_what_is_async_is_cancelled():
    begun, hold = threading.Event(), threading.Event()
    asked = []

    class Slow:
        def decide(self, told):
            asked.append(told.npc)
            begun.set()
            hold.wait(30)
            return told.npc

    answers = Answers()
    asker = Asker(Slow(), answers)
    for number in range(3):
        asker.ask(number, seen(npc=number))
    assert begun.wait(30)
    asker.drop(0)
    asker.drop(1)
    hold.set()
    assert [number for number, _ in answers.wait(2)] == [0, 2]
    assert asked == [0, 2]

    class Never:
        async def decide(self, told):
            begun.set()
            await asyncio.Event().wait()

    begun.clear()
    answers = Answers()
    asker = Asker(Never(), answers)
    asker.ask(5, seen())
    assert begun.wait(30)
    asker.drop(5)
    assert isinstance(answers.wait(1)[0][1], asyncio.CancelledError)


def test_threads_end_when_nothing_is_asked(monkeypatch):
    monkeypatch.setattr("aitown.mind.asking.IDLE_SECONDS", 0.01)

    class Both:
        async def decide(self, told):
            return threading.current_thread()

    answers = Answers()
    asker = Asker(Both(), answers)
    for count in (1, 2):
        asker.ask(count, seen())
        thread = answers.wait(count)[-1][1]
        thread.join(30)
        assert not thread.is_alive()
    del asker
    gc.collect()
