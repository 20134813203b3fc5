"""Session, stream, line and mirror through random schedules of everything that a link can do to them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.world import STEPS, World

FORMS = ("rows", "cols", "bin", "auto")


def live(seed, steps=200):
    """A schedule of a seed: rough for a while, then quiet."""
    chance = random.Random(seed)
    world = World(seed, {"delta": chance.choice("01"), "fmt": chance.choice(FORMS)})
    for _ in range(2):
        world.run(chance.choice(STEPS) for _ in range(steps // 2))
        world.quiet()
    return world


@given(
    st.integers(0, 2**32), st.sampled_from(FORMS), st.sampled_from("01"), st.lists(st.sampled_from(STEPS), max_size=60)
)
@settings(max_examples=60, deadline=None)
def test_any_schedule_keeps_the_view_true_and_quiet_brings_the_newest(seed, form, delta, steps):
    world = World(seed, {"delta": delta, "fmt": form})
    world.run(steps)
    world.quiet()


@pytest.mark.parametrize("seed", range(40))
def test_long_schedules(seed):
    live(seed)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_hundreds_of_thousands_of_steps():
    for seed in range(10_000, 12_000):  # 200 steps each, and as many quiet ones
        try:
            live(seed)
        except BaseException as fault:
            fault.add_note(f"seed {seed}")
            raise
