"""Whom people visit, and where each stands in a place."""

from dataclasses import replace

import numpy as np
import pytest

from aitown.sim.codes import WHYS
from aitown.sim.inputs import Move
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.tiny import make_map, make_people
from tests.town.test_drawn_to import at_home

HILL, GREEN = 0, 6


def visitors(tie):
    """Who went to see somebody at home in a free day, if each has one tie of this strength, to the other home."""
    people = make_people(6)
    people = [
        replace(
            person,
            work="",
            occupation="",
            ties={people[(i + 1) % 6].name: tie},
            routine=replace(person.routine, work_from="", work_to=""),
        )
        for i, person in enumerate(people)
    ]
    rules = Parameters(meet_rate=0, tie_half_life=100_000, home_comfort=0)
    model = Model(make_map(), people, seed=3, parameters=rules)
    found = set()
    for _ in range(14):
        block = model.advance(360)
        npcs = block.tables["npcs"]
        rows, who = np.nonzero(npcs["why"] == WHYS.index("invited"))
        found |= {(int(npc), int(npcs["target"][row, npc])) for row, npc in zip(rows, who, strict=True)}
    assert all(model.npcs["home"][npc] != place == model.npcs["home"][(npc + 1) % 6] for npc, place in found)
    return {npc for npc, _ in found}


def test_people_visit_friends_but_not_acquaintances():
    assert not visitors(0.24)
    assert len(visitors(0.26)) >= 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_has_a_spot_of_its_own_where_there_is_room(seed):
    rules = Parameters(home_comfort=2, meet_rate=0, asked_minutes=20)
    model = Model(make_map(), at_home(), seed=seed, start="2025-03-03T10:00", parameters=rules)
    count = model.npcs.rows

    def apart(place):
        npcs = model.npcs
        assert (npcs["place"] == place).all()
        assert npcs["settled"].all()
        assert (npcs["tile"] == npcs["spot"]).all()
        assert len(set(npcs["spot"].tolist())) == count

    apart(HILL)
    for npc in range(count):
        model.apply(Move(npc, GREEN))
    model.advance(100, 0)
    apart(GREEN)
    model.advance(150, 0)
    apart(HILL)
