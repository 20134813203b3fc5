import numpy as np
import pytest

from aitown.errors import BadCount
from aitown.sim.map.city import MAX_NPCS, city

NEEDED = {"home", "work", "school", "cafe", "shop", "park", "square", "other"}


@pytest.mark.parametrize("npcs", [1, 2, 24, 25, 60, 300, 1000, 4000])
def test_a_city_of_any_size_has_everything_and_room_for_everybody(npcs):
    town_map = city(npcs)
    assert {place.kind for place in town_map.places} == NEEDED
    assert town_map.homes_capacity >= npcs
    assert town_map.homes_capacity <= 1.4 * npcs + 64
    schools = sum(place.capacity for place in town_map.places if place.kind == "school")
    assert schools >= 0.2 * npcs
    for place in town_map.places:  # TownMap refuses places that can't be reached
        assert len(place.tiles) >= 8
        assert town_map.reachable.reshape(-1)[place.tiles].all()


def test_the_same_arguments_give_the_same_city_and_others_another():
    assert city(80).hash == city(80).hash
    assert len({city(80).hash, city(81).hash, city(80, seed=1).hash}) == 3


def test_a_city_of_this_version_is_this_one():
    """Guards against a change of the generator that nobody meant: runs are reproduced by name and number."""
    town_map = city(50)
    assert (town_map.width, town_map.height, len(town_map.places)) == (80, 62, 27)
    assert [place.name for place in town_map.places[:2]] == ["1 Hazel Road", "1 Fern Way"]


def test_every_street_crosses_the_river():
    town_map = city(1000)
    assert (town_map.terrain == 5).any()
    assert (town_map.terrain == 4).any()
    share = town_map.reachable.sum() / town_map.walkable.sum()
    assert share > 0.95


def test_a_large_city_is_routed_by_squares():
    town_map = city(10_000)
    arrays = town_map.arrays
    beyond = arrays.field_beyond[: len(town_map.places)]
    assert (beyond >= 0).mean() > 0.95
    assert arrays.fields.nbytes < 64 << 20
    assert len(np.unique(beyond)) > 10


@pytest.mark.parametrize("npcs", [0, -3, MAX_NPCS + 1, 2.5, True, "10"])
def test_counts_that_no_city_has(npcs):
    with pytest.raises(BadCount, match="expected 1 to") as caught:
        city(npcs)
    assert caught.value.remedy
