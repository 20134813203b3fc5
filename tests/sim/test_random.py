import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aitown.sim.random import below, uniform

INTEGERS = st.integers(0, 2**31 - 1)


@given(st.integers(0, 2**63 - 1), st.integers(0, 255), INTEGERS, INTEGERS, INTEGERS)
def test_numbers_lie_between_0_and_1_and_depend_on_the_address_alone(seed, system, npc, tick, draw):
    found = uniform(seed, system, npc, tick, draw)
    assert 0 <= found < 1
    assert found == uniform(seed, system, npc, tick, draw)


@given(st.integers(1, 1000), INTEGERS)
def test_below_stays_below(count, npc):
    assert 0 <= below(count, 7, 1, npc, 5, 0) < count


def chi_squared(values, bins=100):
    counts = np.histogram(values, bins, (0, 1))[0]
    expected = len(values) / bins
    return ((counts - expected) ** 2 / expected).sum()


def test_every_part_of_the_address_gives_uniform_numbers():
    n = 20_000
    series = {
        "seed": [uniform(i, 1, 2, 3, 0) for i in range(n)],
        "npc": [uniform(7, 1, i, 3, 0) for i in range(n)],
        "tick": [uniform(7, 1, 2, i, 0) for i in range(n)],
        "draw": [uniform(7, 1, 2, 3, i) for i in range(n)],
    }
    # 99 degrees of freedom: above 149 once in a thousand.
    assert {name: chi_squared(values) < 149 for name, values in series.items()} == dict.fromkeys(series, True)


def test_neighbouring_addresses_are_not_correlated():
    grid = np.array([[uniform(7, 2, npc, tick, 0) for tick in range(150)] for npc in range(150)])
    for other in (grid[1:], grid[:, 1:]):
        one = grid[: other.shape[0], : other.shape[1]]
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.025
    assert len(np.unique(grid)) == grid.size
