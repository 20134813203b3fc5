import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aitown.sim.map.plain import from_runs, runs

GROUPS = st.lists(st.sets(st.integers(0, 60), max_size=12).map(sorted), max_size=6)


def one_by_one(tiles):
    out = []
    for tile in tiles:
        if out and tile == out[-2] + out[-1]:
            out[-1] += 1
        else:
            out += [tile, 1]
    return out


@given(GROUPS)
def test_each_group_has_runs_of_its_own(groups):
    found = runs([np.array(group, np.int32) for group in groups])
    assert found == [one_by_one(group) for group in groups]
    assert [from_runs(said).tolist() for said in found if said] == [group for group in groups if group]
