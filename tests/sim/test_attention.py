"""Leaving people alone who have nothing to do changes nothing: looking at everybody at each tick gives the same bits."""

import numpy as np
import pytest

from aitown import towns
from aitown.sim.attention import SETS, bit, concern, first, make_attention, wake, without_first
from aitown.sim.inputs import Close, Decide, Default, Give, Hours, Invite, Mind, Move, Need, Open, Say, Schedule, Tell
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.tiny import make_map, make_people

HOURLY = (
    Say("hello", 1),
    Move(2, 6),
    Close(4),
    Need(4, "hunger", 0.9),
    Need(5, "energy", 0.05),
    Schedule(1, wake=300, bed=1200, lunch=660),
    Mind((3,), "m"),
    Hours(4),
    Decide(3, 4, "eating", "", 20),
    Tell("The mill closes", 0),
    Give(5, to=6),
    Invite(0, 6, 15 * 60, text="A picnic", to=None),
    Close(5),
    Default(3),
    Mind((3,)),
    Open(5),
    Say("well?", 3, 2),
)


def states(model, ticks, awake, inputs, each):
    """The state after each `each` ticks, and all events; with `awake` everybody is looked at in each tick."""
    found = []
    for tick in range(0, ticks, each):
        if inputs and tick % 360 == 0:
            model.apply(inputs[tick // 360 % len(inputs)])
        for _ in range(each if awake else 1):
            if awake:
                wake(model._world.attention)
            model.advance(1 if awake else each, 0)
        found.append(model.save())
    events = model.events()
    return found, (events.tick, events.kind, events.npc, events.other, events.place, events.text)


@pytest.mark.parametrize(
    ("where", "parameters", "inputs", "ticks"),
    [
        ("tiny", Parameters(), (), 8640),
        ("tiny", Parameters(), HOURLY, 2 * 8640),
        ("tiny", Parameters(heeding=0, hunger_awake=0.3), HOURLY, 8640),
        ("riverbend", Parameters(), HOURLY, 3600),
    ],
)
def test_looking_at_everybody_in_each_tick_changes_nothing(where, parameters, inputs, ticks):
    town_map, personas = (make_map(), make_people()) if where == "tiny" else towns.load("riverbend", None, 7)
    ours, theirs = (Model(town_map, personas, seed=11, parameters=parameters) for _ in range(2))
    (left, log), (looked, logged) = states(ours, ticks, False, inputs, 60), states(theirs, ticks, True, inputs, 60)
    for number, (one, other) in enumerate(zip(left, looked, strict=True)):
        differ = [name for name in one if not np.array_equal(one[name], other[name])]
        assert not differ, f"at tick {60 * (number + 1)}: {differ}"
    for one, other in zip(log, logged, strict=True):
        assert np.array_equal(one, other)


def test_days_that_do_not_begin_with_a_minute():
    ours, theirs = (
        Model(make_map(), make_people(), seed=3, start="2025-03-03T05:59", tick_seconds=s) for s in (11, 11)
    )
    (left, _), (looked, _) = states(ours, 9000, False, (), 100), states(theirs, 9000, True, (), 100)
    for one, other in zip(left, looked, strict=True):
        assert not [name for name in one if not np.array_equal(one[name], other[name])]


def test_a_set_is_gone_through_in_the_order_of_ids():
    attention = make_attention(130)
    ids, words = [], attention.sets["moving"].copy()
    for w in range(len(words)):
        word = words[w]
        while word:
            ids.append(first(w, word))
            word = without_first(word)
    assert ids == list(range(130))
    for name in SETS.names:
        attention.sets[name] = 0
    attention.decides_at[:] = 99
    concern(attention, [129, 64])
    assert attention.sets["given"].tolist() == [0, 1, 2]
    assert bit(129) == 2
    assert attention.decides_at[[64, 128, 129]].tolist() == [0, 99, 0]
