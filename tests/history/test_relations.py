"""What is counted of ties, on a few that are given by hand."""

import pandas as pd
import pytest

from aitown.history import relations
from aitown.history.times import Clock


def test_a_pair_is_who_know_each_other_and_both_directions_make_one_strength():
    ties = [(0, 1, 0.5, 0), (1, 0, 0.3, 0), (0, 2, 0.4, 0)]  # 2 has forgotten 0
    found = relations.density([ties, []], [0, 60], [3, 1], Clock("2025-03-03T06:00:00", 10))
    assert found.loc[0, ["density", "mean_tie", "ties"]].tolist() == pytest.approx([1 / 3, 0.2, 1.0])
    assert found.loc[60, "density"] != found.loc[60, "density"]  # one alone makes no pair
    assert str(found.loc[60, "time"]) == "2025-03-03 06:10:00"


def test_what_happens_in_a_tick_is_in_the_ties_of_that_tick():
    log = pd.DataFrame([(10, "met", 0, 1), (20, "parted", 0, 1)], columns=["tick", "kind", "npc", "other"])
    rules = relations.Rules(first=0.05, hours=360.0, half_life=8640.0, kin_half_life=8640.0, most=10)
    before, then = relations.follow([{"name": "Ada"}, {"name": "Bo"}], 2, log, rules, [19, 20])
    assert before == []
    grown = 1 - 0.95 * 0.5 ** (10 / 360)
    assert then == [(0, 1, pytest.approx(grown), 20), (1, 0, pytest.approx(grown), 20)]
