"""What holds in each of the towns whatever comes from outside, told from the tables and, once more, from the log."""

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitown import towns
from aitown.errors import InputRejected
from aitown.history.economy import FLOWS
from aitown.sim.inputs import Close, Decide, Give, Hours, Invite, Move, Need, Open, Price, Restock, Say, Tell, Wage
from aitown.sim.model import Model
from tests.sim.test_queues import hold
from tests.towns.test_ville import VILLE, the_ville

TOWNS = (
    "riverbend",
    "city",
    pytest.param("ville", marks=pytest.mark.skipif(not VILLE.is_dir(), reason="no data of The Ville")),
)
STARTS = ("2025-03-03T06:50", "2025-03-05T12:00", "2025-03-06T17:30", "2025-03-06T23:20", "2025-03-08T10:00")
"""The second but last is before the rent is due."""


@cache
def a_town(name):
    if name == "ville":
        return the_ville()
    return towns.load(name, 60 if name == "city" else 25)


@st.composite
def acts(draw, npcs, places):
    npc, place = st.integers(0, npcs - 1), st.integers(0, places - 1)
    needs = st.sampled_from(("hunger", "energy", "social", "fun", "comfort"))
    kind = st.one_of(
        st.builds(Move, npc, place),
        st.builds(Decide, npc, place, st.just("socialising"), st.just(""), st.integers(5, 300)),
        st.builds(Close, place),
        st.builds(Open, place),
        st.builds(Hours, place),
        st.builds(Need, npc, needs, st.floats(0, 1)),
        st.builds(Give, st.integers(1, 500_000), to=npc, by=st.integers(-1, npcs - 1)),
        st.builds(Give, st.integers(1, 500_000), place=place, by=npc),
        st.builds(Price, place, st.integers(0, 5_000)),
        st.builds(Wage, place, st.integers(0, 5_000)),
        st.builds(Restock, place, st.integers(1, 50)),
        st.builds(Say, st.just("Hello"), npc),
        st.builds(Tell, st.sampled_from(("The mill closes.", "A circus comes.")), npc),
        st.builds(Invite, npc, place, st.integers(0, 1439), st.just(60), st.none(), st.just(0), st.just("A party")),
    )
    return draw(st.lists(st.tuples(kind, st.integers(1, 120)), max_size=20))


class Ledger:
    """All balances, as the log of events gives them."""

    def __init__(self, model):
        self.npcs, self.places = model.npcs["money"].astype("i8"), model.places["till"].astype("i8")
        self.town, self.outside = model.accounts()["town"], model.accounts()["outside"]

    def follow(self, row):
        if row["kind"] not in FLOWS and row["kind"] != "gave":
            return
        cents = round(float(row["text"] or 0) * 100)
        if row["kind"] == "gave":
            payer = "npc" if row["npc"] >= 0 else "outside"
            payee = "npc" if row["other"] >= 0 else "place" if row["place"] >= 0 else "outside"
        else:
            payer, payee = FLOWS[row["kind"]]
        getter = row["other"] if row["kind"] in {"gave", "shared"} else row["npc"]
        self._add(payer, row["npc"], row["place"], -cents)
        self._add(payee, getter, row["place"], cents)

    def _add(self, which, npc, place, cents):
        if which == "npc":
            self.npcs[npc] += cents
        elif which == "place":
            self.places[place] += cents
        else:
            setattr(self, which, getattr(self, which) + cents)

    def hold(self, model):
        assert (self.npcs == model.npcs["money"]).all()
        assert (self.places == model.places["till"]).all()
        assert (self.town, self.outside) == (model.accounts()["town"], model.accounts()["outside"])


class Talks:
    """All conversations, as the log of events gives them."""

    def __init__(self, parameters):
        self.of, self.began, self.lines, self.count = {}, {}, {}, 0
        self.longest = 2 * 6 * parameters.talk_most + 1
        self.pause = parameters.turn_most / 10

    def follow(self, row):
        kind, one, other = row["kind"], row["npc"], row["other"]
        if kind == "met":
            self.count += 1
            assert not {one, other} & self.of.keys()
            self.of[one] = self.of[other] = self.count
            self.began[self.count], self.lines[self.count] = row["tick"], []
        elif kind == "joined":
            assert one not in self.of
            self.of[one] = self.of[other]
        elif kind == "left":
            assert self.of.pop(one) == self.of[other]
        elif kind == "parted":
            talk = self.of.pop(one)
            assert self.of.pop(other) == talk
            assert talk not in self.of.values()
            lasted = row["tick"] - self.began[talk]
            assert lasted <= self.longest
            assert len(self.lines[talk]) >= lasted // self.pause // 2 or lasted <= 1
        elif kind == "said" and one in self.of and self.of.get(other) == self.of[one]:
            self.lines[self.of[one]].append(one)

    def hold(self, model):
        """Those who talk are those who talk by the log, in rings within one place."""
        partner = model.npcs["partner"]
        talking = np.flatnonzero(partner >= 0)
        assert set(talking.tolist()) == self.of.keys()
        for npc in talking:
            ring, j = {int(npc)}, int(partner[npc])
            while j != npc:
                ring.add(j)
                j = int(partner[j])
                assert len(ring) <= 4
            assert ring == {other for other, talk in self.of.items() if talk == self.of[npc]}
            assert len(ring) > 1
            assert len(set(model.npcs["place"][list(ring)].tolist())) == 1
        assert all(model.tick - self.began[talk] <= self.longest for talk in self.of.values())


def on_ground(model):
    x, y = (np.floor(model.npcs[name]).astype(int) for name in "xy")
    assert model.map.reachable[y, x].all()
    settled = model.npcs["settled"] == 1
    assert (model.map.tile_place[model.npcs["tile"]] == model.npcs["place"])[settled].all()
    counted = np.bincount(model.npcs["place"][model.npcs["place"] >= 0], minlength=model.places.rows)
    assert (counted == model.places["occupants"]).all()


@pytest.mark.parametrize("name", TOWNS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 2**40), start=st.sampled_from(STARTS))
def test_whatever_comes_bodies_money_lines_and_talk_stay_in_order(name, data, seed, start):
    town_map, people = a_town(name)
    model = Model(town_map, people, seed=seed, start=start)
    ledger, talks = Ledger(model), Talks(model.parameters)
    total = sum(model.accounts().values())
    for act, ticks in data.draw(acts(len(people), len(town_map.places))):
        try:
            model.apply(act)
        except InputRejected:
            continue
        for part in (1, ticks):
            model.advance(part, 0)
            for row in model.events().rows():
                ledger.follow(row)
                talks.follow(row)
            hold(model)
            on_ground(model)
            ledger.hold(model)
            talks.hold(model)
            assert sum(model.accounts().values()) == total


@pytest.mark.parametrize("name", TOWNS)
def test_four_days_with_a_rent_day_in_them(name):
    """Without inputs, for longer: there is talk in groups, pay, rent and spending, and the log has it all."""
    town_map, people = a_town(name)
    model = Model(town_map, people, seed=3, start="2025-03-04T06:00")
    ledger, talks = Ledger(model), Talks(model.parameters)
    kinds = set()
    for _ in range(4 * 8640 // 120):
        model.advance(120, 0)
        for row in model.events().rows():
            kinds.add(row["kind"])
            ledger.follow(row)
            talks.follow(row)
        hold(model)
        on_ground(model)
        ledger.hold(model)
        talks.hold(model)
    assert kinds >= {"sold", "wage", "rent", "stocked", "spent", "met", "joined", "left", "parted", "said"}
    assert kinds & {"grant", "levy"}
    assert talks.count > len(people)


def test_economies_of_other_maps_go_round_too():
    """The Ville has no employer that sells beyond it, and lives all the same."""
    if not VILLE.is_dir():
        pytest.skip("no data of The Ville")
    town_map, people = the_ville()
    assert "work" not in {place.kind for place in town_map.places}
    model = Model(town_map, people, seed=2)
    held = []
    for _ in range(16):
        for _ in range(63):
            model.advance(960, 0)
        rows = model.events().rows()
        assert not any(row["kind"] == "owed" for row in rows)
        held.append(int(model.npcs["money"].sum()))
    wages = sum(round(float(row["text"]) * 100) for row in rows if row["kind"] == "wage")
    assert abs(np.mean(held[12:]) - np.mean(held[8:12])) < 0.1 * wages
    assert model.npcs["arrears"].max() < 4 * model.parameters.rent
