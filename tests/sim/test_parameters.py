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
    ("given", "said"),
    [
        ({"noise": -1}, r"noise is -1; expected a number from 0 to 10 \(1\)"),
        ({"noise": "much"}, "noise is 'much'"),
        ({"walking_speed": 0}, "walking_speed is 0"),
        ({"talk_least": 30}, "talk_least is 30 and talk_most 16"),
        ({"hungry": float("nan")}, "hungry is nan"),
        ({"rent_day": 2.5}, "rent_day is 2.5; expected a whole number from 0 to 6"),
        ({"group_most": 2.5}, "group_most is 2.5; expected a whole number"),
        ({"acquaintances": 7.1}, "acquaintances is 7.1; expected a whole number"),
    ],
)
def test_what_is_out_of_range_is_refused(given, said):
    with pytest.raises(BadParameter, match=said) as caught:
        Parameters(**given)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("given", "said", "remedy"),
    [
        ({"meet_rat": 1}, "unknown parameters meet_rat", "Did you mean meet_rate"),
        ({"xyz": 1, "qqq": 2}, "unknown parameters qqq, xyz", "All of them: walking_speed, "),
        ({3: 4}, "unknown parameters 3", "All of them"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_near(given, said, remedy):
    with pytest.raises(BadParameter, match=said) as caught:
        Parameters.from_json(given)
    assert caught.value.remedy.startswith(remedy)
