"""Whom a mind is shown near its NPC on the way from place to place."""

import random

import numpy as np

from aitown.mind import go
from tests.town.test_town import tiny


class Restless:
    """Wants to be somewhere else every minute, so that it is asked on the way."""

    def __init__(self):
        self.seen = []

    def decide(self, told):
        self.seen.append(told)
        those = [place["name"] for place in told.places if place["own"] or place["lets_in"]]
        return go(random.Random(told.seed).choice(those), minutes=1)

    @property
    def outdoors(self):
        return [told for told in self.seen if told.me["place"] is None]


def silent(mind):
    return tiny(minds={"all": mind}, start="2025-03-08T10:00", parameters={"meet_rate": 0})


def test_between_places_it_sees_who_is_within_five_tiles_the_nearest_first():
    mind = Restless()
    with silent(mind) as town:
        frame = town.run(hours=1, progress=False).npcs(["x", "y"])
    alone = beyond = 0
    for told in mind.outdoors:
        now = frame.loc[told.tick]
        away = np.hypot(now["x"] - told.me["x"], now["y"] - told.me["y"]).drop(told.npc)
        assert {near["id"] for near in told.near} == set(away.index[away <= 5])
        assert [away[near["id"]] for near in told.near] == sorted(away[away <= 5])
        alone += not told.near
        beyond += ((away > 5) & (away < 7)).any()
    assert 10 < alone < len(mind.outdoors) - 10
    assert beyond > 10


def test_it_does_not_see_where_somebody_stood_who_has_moved_out():
    mind = Restless()
    with silent(mind) as town:
        while not (mind.outdoors and mind.outdoors[-1].near):
            town.step(1)
        gone = mind.outdoors[-1].near[0]["name"]
        town.remove(gone)
        after = len(mind.seen)
        town.step(180)
    seen = [told for told in mind.seen[after:] if told.me["place"] is None]
    assert len(seen) > 50
    assert not [told.tick for told in seen if gone in {near["name"] for near in told.near}]
