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


def test_whatever_bit_is_another_the_state_is_right_or_the_one_before_it_is_taken(tmp_path):
    arrays = {
        "npcs.x": np.linspace(0, 1, 7, dtype="f4"),
        "places.open": np.ones((2, 3), "u1"),
        "texts": np.array(["a fact"]),
        "tick": np.array(20),
        "none": np.empty((0, 4), "i8"),
        "records": np.zeros(2, [("a", "i4"), ("b", "u1")]),
    }
    checkpoints.write(tmp_path, 10, {"before": np.arange(3)})
    checkpoints.write(tmp_path, 20, arrays)
    path = tmp_path / "0000000020.npz"
    data = path.read_bytes()
    taken = set()
    for bit in range(0, len(data) * 8, 3):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        tick, found = checkpoints.newest(tmp_path)
        taken.add(tick)
        wanted = arrays if tick == 20 else {"before": np.arange(3)}
        assert set(found) == set(wanted), bit
        for name, values in wanted.items():
            assert found[name].dtype == values.dtype
            assert np.array_equal(found[name], values), bit
    assert taken == {10, 20}
