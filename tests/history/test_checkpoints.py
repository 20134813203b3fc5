"""Checkpoints thin out towards the beginning: few of them, and never far to run again."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aitown.history import checkpoints


def written(steps):
    """The ticks that are kept after checkpoints with these distances, and all that were written."""
    kept, every, tick = [], [], 0
    for step in steps:
        tick += step
        every.append(tick)
        kept.append(tick)
        gone = set(checkpoints.spare(kept))
        kept = [one for one in kept if one not in gone]
    return kept, every


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=300))
def test_what_must_be_run_again_is_never_more_than_what_lies_ahead(steps):
    kept, every = written(steps)
    assert kept[0] == every[0]
    assert kept[-checkpoints.KEPT :] == every[-checkpoints.KEPT :]
    longest = max(steps)
    for before, after in itertools.pairwise(kept):
        assert after - before <= max(longest, every[-1] - after)


@given(st.lists(st.integers(1_000, 4_000), min_size=1, max_size=400))
def test_their_number_grows_with_the_logarithm_of_the_run(steps):
    kept, every = written(steps)
    assert len(kept) <= 2 * math.log2(1 + every[-1] / min(steps)) + checkpoints.KEPT + 2


def test_a_year_has_about_two_dozen():
    kept, every = written([2_160] * 1_460)
    assert len(every) == 1_460
    assert 10 < len(kept) < 26
    assert kept[0] == 2_160


def test_the_folder_has_those_and_the_nearest_one_is_found(tmp_path):
    ticks = range(10, 1_010, 10)
    for tick in ticks:
        checkpoints.write(tmp_path, tick, {"value": np.array([tick])})
    kept, _ = written([10] * len(ticks))
    assert checkpoints.ticks(tmp_path) == kept
    assert len(kept) < 20
    for asked in (10, 15, 333, 640, 999, 1_000):
        tick, arrays = checkpoints.newest(tmp_path, asked)
        assert tick == max(one for one in kept if one <= asked) == arrays["value"].item()
        assert asked - tick <= max(10, 1_000 - asked)
    assert checkpoints.newest(tmp_path, 9) is None
