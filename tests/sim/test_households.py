"""Who keeps house together shares its money or not, to the cent; and money goes round, so that no account runs dry."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown import towns
from aitown.sim.households import households
from aitown.sim.inputs import Give
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Remove
from tests.sim.test_money import DAY, events, run_to
from tests.sim.tiny import make_map, make_people


def family(ages=(40, 38, 20, 12, 41), ties=0.8, **routine):
    """People who live in one home, each tied to the next; the last lives elsewhere, tied as closely."""
    people = make_people(len(ages))
    names = [person.name for person in people]
    return tuple(
        replace(
            person,
            age=age,
            home="Low House" if i == len(ages) - 1 else "Hill House",
            work="",
            occupation="",
            ties={names[i + 1]: ties} if i + 1 < len(ages) else {},
            routine=replace(person.routine, work_from="", work_to="", **routine),
        )
        for i, (person, age) in enumerate(zip(people, ages, strict=True))
    )


def make(people, seed=1, **parameters):
    return Model(
        make_map(), people, seed=seed, parameters=Parameters(**{"meal_price": 0, "basket_price": 0, **parameters})
    )


def test_a_household_is_those_of_one_home_whom_strong_ties_link():
    assert households(family()) == [[0, 1, 2, 3], [4]]
    assert households(family(ties=0.69)) == [[0], [1], [2], [3], [4]]
    riverbend = towns.load("riverbend")[1]
    found = {frozenset(riverbend[i].name.split()[-1] for i in one) for one in households(riverbend)}
    assert all(len(surnames) == 1 for surnames in found)
    assert Counter(len(one) for one in households(riverbend)) == {1: 3, 2: 4, 3: 2, 4: 2}


def test_in_a_block_of_flats_each_household_is_its_own():
    people = towns.load("city", 300)[1]
    found = households(people)
    assert sorted(i for one in found for i in one) == list(range(300))
    homes = Counter(people[one[0]].home for one in found)
    assert homes.most_common(1)[0][1] > 1
    for one in found:
        assert len({people[i].home for i in one}) == 1
        assert all(set(people[i].kin) <= {people[j].name for j in one} for i in one)


def test_adults_who_pool_have_the_same_after_midnight_and_children_and_others_keep_theirs():
    model = make(family(), pooling=1)
    before = model.npcs["money"].copy()
    run_to(model, DAY)
    money = model.npcs["money"]
    pool = int(before[:3].sum())
    assert money[:3].tolist() == [pool // 3 + pool % 3, pool // 3, pool // 3]
    assert money[3:].tolist() == before[3:].tolist()
    for row in events(model, "shared"):
        assert row["npc"] in {0, 1, 2}
        assert row["other"] in {0, 1, 2}


def test_who_is_left_alone_by_the_last_who_shared_with_it_shares_no_more():
    model = make(family(ages=(40, 38, 41)), pooling=1)
    pool = model._tables["purses"]["pool"]
    assert pool.tolist() == [0, 0, -1]
    model.apply(Remove(0))
    model.advance(1, 0)
    assert pool.tolist() == [-1, -1, -1]


def test_who_pays_by_themselves_keeps_what_they_have():
    model = make(family(), pooling=0)
    before = model.npcs["money"].copy()
    run_to(model, DAY)
    assert model.npcs["money"].tolist() == before.tolist()


def test_the_share_of_pools_is_that_of_the_parameter():
    people = towns.load("city", 1000)[1]
    several = [one for one in households(people) if sum(people[i].age >= 18 for i in one) > 1]
    town_map = towns.load("city", 1000)[0]
    pools = Model(town_map, people, seed=3, parameters=Parameters(pooling=0.7))._tables["purses"]["pool"]
    share = len(set(pools[pools >= 0].tolist())) / len(several)
    assert share == pytest.approx(0.7, abs=0.07)
    assert (pools[[i for i, person in enumerate(people) if person.age < 18]] == -1).all()


@settings(max_examples=40, deadline=None)
@given(gifts=st.lists(st.integers(1, 100_000_000), min_size=3, max_size=3), savings=st.sampled_from([0, 40_000]))
def test_whatever_they_have_it_is_parted_evenly_by_few_gifts(gifts, savings):
    model = make(family(), pooling=1, savings=savings)
    for npc, cents in enumerate(gifts):
        model.apply(Give(cents, to=npc))
    run_to(model, DAY - 2160 + 6)
    money = model.npcs["money"][:3]
    assert money.max() - money.min() <= 2
    assert sum(model.accounts().values()) == sum(make(family(), savings=savings).accounts().values())
    assert len(events(model, "shared")) <= 2


def test_the_rent_is_paid_from_what_is_shared():
    """One who has nothing is in arrears alone, and not beside somebody who has enough."""
    poor = {"savings": 0, "rent": 10_000, "rent_day": 1, "allowance": 0, "pension": 0}
    for pooling, owes in ((1, 0), (0, 10_000)):
        model = make(family((40, 38, 41)), pooling=pooling, **poor)
        model.apply(Give(100_000, to=0))
        run_to(model, DAY)
        assert model.npcs["arrears"][1] == owes


def test_what_is_above_the_cushion_is_spent_when_rents_are_due():
    model = make(
        family((40, 38, 41)), pooling=0, savings=0, rent=0, allowance=0, cushion=30_000, spending=0.25, rent_day=1
    )
    model.apply(Give(70_001, to=0))
    model.apply(Give(30_000, to=1))
    outside = model.accounts()["outside"]
    run_to(model, DAY)
    assert model.npcs["money"].tolist() == [70_001 - 10_000, 30_000, 0]
    assert [(row["npc"], row["text"]) for row in events(model, "spent")] == [(0, "100.00")]
    assert model.accounts()["outside"] == outside - 100_001 + 10_000


def test_a_child_keeps_a_tenth_of_the_cushion():
    model = make(family((40, 10, 41)), savings=0, pocket_money=0, cushion=30_000, spending=1, rent_day=1)
    model.apply(Give(5_000, to=1))
    run_to(model, DAY)
    assert model.npcs["money"][1] == 3_000


@pytest.mark.parametrize(("rent", "kind"), [(0, "grant"), (50_000, "levy")])
def test_the_town_gets_what_it_lacks_and_gives_what_it_has_beyond(rent, kind):
    model = make(family(), savings=10_000_000, rent=rent, rent_day=1)
    first = model.accounts()["town"]
    run_to(model, DAY)
    assert model.accounts()["town"] == first
    rows = model.events().rows()
    paid = {kind: sum(cents(row) for row in rows if row["kind"] == kind) for kind in ("rent", "benefit", "funded")}
    flow = paid["rent"] - paid["benefit"] - paid["funded"]
    assert [(row["kind"], cents(row)) for row in rows if row["kind"] in {"grant", "levy"}] == [(kind, abs(flow))]


def cents(row):
    return round(float(row["text"]) * 100)


def weeks(model, number):
    """The accounts after each week, and the flows of it by kind."""
    accounts, flows = [], []
    for _ in range(number):
        run_to(model, model.tick + 7 * DAY)
        accounts.append({**model.accounts(), "arrears": int(model.npcs["arrears"].sum())})
        found = Counter()
        for row in model.events().rows():
            if row["kind"] in {
                "sold",
                "wage",
                "rent",
                "benefit",
                "grant",
                "levy",
                "spent",
                "owed",
                "export",
                "stocked",
            }:
                found[row["kind"]] += cents(row)
        flows.append(found)
    return accounts, flows


@pytest.mark.parametrize(("town", "npcs"), [("riverbend", 25), ("city", 100)])
def test_money_goes_round_for_most_of_a_year(town, npcs):
    """After two months no account grows or shrinks, nobody is owed a wage, and the same is sold as in the beginning."""
    town_map, people = towns.load(town, npcs)
    accounts, flows = weeks(Model(town_map, people, seed=4), 32)
    turnover = np.mean([flow["wage"] for flow in flows])
    early, late = accounts[8:12], accounts[28:32]
    for name in ("npcs", "places", "town", "outside"):
        moved = np.mean([one[name] for one in late]) - np.mean([one[name] for one in early])
        assert abs(moved) < 0.1 * turnover, name
    assert accounts[-1]["arrears"] < 0.05 * turnover
    assert not any(flow["owed"] for flow in flows)
    sold = [flow["sold"] for flow in flows]
    assert np.mean(sold[-8:]) == pytest.approx(np.mean(sold[:8]), rel=0.1)


def test_without_spending_savings_grow_for_ever():
    """What the rule is for: the same town without it."""
    town_map, people = towns.load("riverbend")
    accounts, flows = weeks(Model(town_map, people, seed=4, parameters=Parameters(spending=0)), 16)
    turnover = np.mean([flow["wage"] for flow in flows])
    assert accounts[15]["npcs"] - accounts[7]["npcs"] > 2 * turnover
