"""The same run is the same to the bit, however it came about."""

import contextlib
import subprocess
import sys
import threading

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import aitown
from aitown.errors import InputRejected
from aitown.history import History
from aitown.live.in_kernel import KernelHost
from aitown.town import Town, verify
from tests.town.infection import Infection
from tests.town.test_minds import Dice
from tests.town.test_town import tiny

END = 420
SYSTEMS = [Infection(rate=20)]
MINDS = {(1, 4): Dice()}

inputs = st.lists(
    st.tuples(
        st.integers(0, END - 1),
        st.one_of(
            st.builds(lambda npc, place: {"kind": "move", "npc": npc, "place": place}, st.integers(0, 7), st.integers(0, 6)),
            st.builds(lambda npc, n: {"kind": "tell", "fact": f"It is {n}", "to": npc}, st.integers(0, 7), st.integers(0, 3)),
            st.builds(
                lambda npc, need, value: {"kind": "need", "npc": npc, "need": need, "value": value / 100},
                st.integers(0, 7), st.sampled_from(("hunger", "energy", "social", "fun")), st.integers(0, 100),
            ),
            st.builds(lambda kind, place: {"kind": kind, "place": place}, st.sampled_from(("open", "close", "hours")), st.integers(0, 6)),
            st.builds(lambda npc: {"kind": "say", "text": "Hello", "to": npc}, st.integers(0, 7)),
            st.builds(lambda n: {"kind": "add", "persona": {"name": f"New {n}", "ties": {"Person1 Tiny": 0.9}}}, st.integers(0, 2)),
            st.builds(lambda npc: {"kind": "remove", "npc": npc}, st.integers(0, 9)),
        ),
    ),
    max_size=8,
).map(lambda those: sorted(those, key=lambda one: one[0]))  # fmt: skip

moves = st.lists(
    st.tuples(st.sampled_from(("step", "resume", "fork", "save", "look")), st.integers(1, END)), max_size=8
)


def rows(run, first=0):
    # The frames of a run that was forked several times begin where the last fork did.
    return run.npcs(ticks=slice(first, None)), run.places(ticks=slice(first, None)), run.events()


def assert_same(one, other):
    first = max(one.first_tick, other.first_tick)
    for expected, found in zip(rows(one, first), rows(other, first), strict=True):
        pd.testing.assert_frame_equal(found, expected)


def go(town, given, until):
    """Run to a tick and give the inputs on the way."""
    for tick, wish in given:
        if town.tick <= tick < until:
            town.step(tick - town.tick)
            with contextlib.suppress(InputRejected):  # of somebody who isn't there
                town.input(**wish)
    town.step(until - town.tick)


def straight(given, seed, **more):
    with tiny(seed=seed, systems=SYSTEMS, minds=MINDS, **more) as town:
        go(town, given, END)
        if "record" not in more:
            return town
    return History.load(town.folder)


@settings(max_examples=8, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(inputs, moves, st.integers(0, 2**32))
def test_however_it_was_stepped_saved_resumed_and_forked(tmp_path_factory, given_inputs, plan, seed):
    folder = tmp_path_factory.mktemp("same")
    expected = straight(given_inputs, seed, record=folder / "straight")
    town = tiny(seed=seed, systems=SYSTEMS, minds=MINDS, record=folder / "0")
    left = list(given_inputs)
    for number, (move, n) in enumerate(plan):
        if move == "step":
            until = min(END, town.tick + n // 3)
            now, left = [i for i in left if i[0] < until], [i for i in left if i[0] >= until]
            go(town, now, until)
        elif move == "save":
            town.save()
        elif move == "look":
            assert (town.npcs["alive"] == 1).all()
            town.events()
        elif move == "resume":
            where = town.folder
            town.close()
            town = Town.resume(where, systems=SYSTEMS, minds=MINDS)
        else:
            first = town.history.first_tick or 0
            fork = town.fork(first + n % (town.tick - first + 1), record=folder / str(number + 1))
            fork.step(town.tick - fork.tick)
            town.close()
            town = fork
    go(town, left, END)
    town.close()
    found = History.load(town.folder)
    assert_same(expected, found)
    assert aitown.compare(expected, found).same
    assert verify(found, systems=SYSTEMS, progress=False).state == "same"


def test_in_two_threads_at_once_as_one_after_the_other(tmp_path):
    """A model has no threads of its own. Two of them share the compiled code, which runs without the interpreter's lock."""
    alone = [straight([], seed, record=tmp_path / f"alone{seed}") for seed in (1, 2)]
    threads = [
        threading.Thread(target=straight, args=([], seed), kwargs={"record": tmp_path / f"both{seed}"})
        for seed in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, run in zip((1, 2), alone, strict=True):
        assert_same(run, History.load(tmp_path / f"both{seed}"))


@pytest.mark.parametrize("speed", [0, 400, 3000])
def test_at_any_pace(tmp_path, speed):
    expected = tiny(record=tmp_path / "straight", systems=SYSTEMS).run(ticks=END, progress=False)
    host = KernelHost(tiny(record=tmp_path / "paced", systems=SYSTEMS), speed=speed, play=True)
    while host.info()["tick"] < 50:
        threading.Event().wait(0.01)
    host.control("pause")
    assert host.info()["tick"] < END or speed == 0
    if (left := END - host.info()["tick"]) > 0:
        host.control("step", ticks=left)
    host.stop()
    found = History.load(tmp_path / "paced")
    stop = min(END, found.last_tick) + 1
    pd.testing.assert_frame_equal(found.npcs(ticks=slice(0, stop)), expected.npcs(ticks=slice(0, stop)))


def test_in_another_process(tmp_path):
    code = (
        "import sys; from tests.town.test_same_run import *;"
        "straight([(100, {'kind': 'move', 'npc': 2, 'place': 6})], 5, record=sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], check=True)
    here = straight([(100, {"kind": "move", "npc": 2, "place": 6})], 5, record=tmp_path / "here")
    assert_same(here, History.load(tmp_path / "there"))
