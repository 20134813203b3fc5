import json
from dataclasses import fields

import pytest

from aitown.errors import BadParameter
from aitown.sim.parameters import Parameters


def test_they_survive_json():
    given = Parameters(walking_speed=4.5, meet_rate=0)
    assert Parameters.from_json(json.loads(json.dumps(given.to_json()))) == given


def test_each_says_its_unit_its_meaning_and_its_source():
    for item in fields(Parameters):
        assert item.metadata["unit"]
        assert item.metadata["doc"].endswith(".")
        assert item.metadata["source"]


@pytest.mark.parametrize(
    "given", [{"noise": -1}, {"noise": "much"}, {"walking_speed": 0}, {"talk_least": 30}, {"hungry": float("nan")}]
)
def test_what_is_out_of_range_is_refused(given):
    with pytest.raises(BadParameter):
        Parameters(**given)


def test_an_unknown_name_is_refused():
    with pytest.raises(BadParameter, match="unknown parameters speed"):
        Parameters.from_json({"speed": 1})
