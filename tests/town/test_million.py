"""A city of many: it is made, lives a while by the rules that hold in any town, and its history opens."""

import numpy as np
import pytest

import aitown
from aitown.sim.map import PLACE_KINDS
from aitown.town.given import cadence

HOME = PLACE_KINDS.index("home")


def hold(town):
    """What must hold of everybody at once."""
    model = town._running.model()
    npcs, places = model.npcs, model.places
    reachable = town.map.reachable
    assert reachable.reshape(-1)[npcs["tile"]].all()
    assert reachable[npcs["y"].astype(int), npcs["x"].astype(int)].all()
    public = places["kind"] != HOME
    assert (places["visitors"][public] <= places["capacity"][public]).all()
    inside = npcs["place"][npcs["place"] >= 0]
    assert (places["occupants"] == np.bincount(inside, minlength=places.rows)).all()
    for need in ("hunger", "energy", "social", "fun", "comfort", "mood"):
        assert npcs[need].min() >= 0
        assert npcs[need].max() <= 1
    return sum(model.accounts().values())


@pytest.mark.parametrize(
    ("npcs", "ticks"), [(4_000, 120), pytest.param(1_000_000, 360, marks=[pytest.mark.soak, pytest.mark.timeout(7200)])]
)
def test_a_city_of_many_lives_by_the_rules_and_is_recorded(tmp_path, npcs, ticks):
    town = aitown.Town("city", npcs, seed=7, start="2025-03-03T07:00", record_every=60)
    assert (town.map.arrays.field_beyond >= 0).any()  # large enough for squares
    money = hold(town)
    begun = town.frame.tables["npcs"]
    town.step(ticks)
    assert hold(town) == money
    moved = (town.frame.tables["npcs"]["x"] != begun["x"]).mean()
    assert 0.02 < moved < 0.98

    town.run(ticks=60, record=tmp_path / "run", progress=False)
    now = town.frame.tables["npcs"]
    town.close()
    history = aitown.load(tmp_path / "run")
    last = history.npcs(columns=["activity", "hunger"], ticks=slice(town.tick, town.tick + 1))
    assert len(last) == npcs
    np.testing.assert_array_equal(last["activity"].cat.codes, now["activity"])
    assert last["hunger"].between(0, 1).all()


def test_so_many_are_recorded_once_in_ten_minutes():
    assert cadence("auto", 1_000_000) == 60
