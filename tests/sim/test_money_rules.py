"""Single rules of money: what a margin, a drink, a pension and a full till are."""

import math
from dataclasses import replace

import numpy as np
import pytest

from aitown.sim.codes import EATING, SOCIALISING
from aitown.sim.inputs import Decide, Mind
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Remove
from aitown.sim.systems.buying import regret
from tests.sim.test_money import CAFE, HILL, LOW, MILL, SCHOOL, make, run_to
from tests.sim.tiny import make_map, make_people

MIDNIGHT = 6480
"""The tick of the first one, from 6 o'clock on a Monday."""


def cents(model, kind, place=None):
    """What changed hands up to now, by the events that weren't asked for yet."""
    rows = [row for row in model.events().rows() if row["kind"] == kind and place in (None, row["place"])]
    return sum(round(float(row["text"]) * 100) for row in rows)


@pytest.mark.parametrize("margin", [0, 0.5])
def test_employers_sell_for_the_wages_and_a_margin(margin):
    model = make(margin=margin, till=10_000_000)
    run_to(model, MIDNIGHT)
    rows = model.events().rows()
    paid, sold = (
        sum(round(float(row["text"]) * 100) for row in rows if row["kind"] == kind and row["place"] == MILL)
        for kind in ("wage", "export")
    )
    assert paid > 0
    assert sold == int(paid * (1 + margin))


@pytest.mark.parametrize(("till", "funded"), [(0, True), (200_000, False)])
def test_the_town_pays_what_a_school_lacks_for_its_wages_and_no_more(till, funded):
    people = make_people()
    teacher = replace(people[0], work="School", occupation="teacher", age=40)
    model = Model(make_map(), (teacher, *people[1:]), seed=7, parameters=Parameters(till=till))
    run_to(model, MIDNIGHT)
    rows = [row for row in model.events().rows() if row["place"] == SCHOOL]
    [wage] = [row["text"] for row in rows if row["kind"] == "wage"]
    assert [row["text"] for row in rows if row["kind"] == "funded"] == ([wage] if funded else [])


def test_once_a_week_all_tills_are_at_their_first_sum():
    model = make(rent_day=1, till=200_000)
    model.places["till"][[CAFE, MILL]] = 50_000, 900_000
    run_to(model, MIDNIGHT)
    homes = np.isin(np.arange(model.places.rows), (HILL, LOW))
    assert set(model.places["till"][~homes].tolist()) == {200_000}


def test_the_town_pays_no_more_in_pensions_and_allowances_than_it_has():
    model = make(rent_day=1, funds=0, till=10_000_000, allowance=5_000_000, pocket_money=5_000_000)
    model.places["till"][MILL] += 3_000_000
    run_to(model, MIDNIGHT)
    rows = model.events().rows()
    gained, paid = (
        sum(round(float(row["text"]) * 100) for row in rows if row["kind"] == kind) for kind in ("surplus", "benefit")
    )
    assert model._tables["purses"]["benefit"].sum() > gained
    assert 0 < paid <= gained


@pytest.mark.parametrize(("doing", "share"), [("eating", 1.0), ("socialising", 0.25)])
def test_who_comes_for_company_buys_a_drink(doing, share):
    model = make(meal_price=1200, drink_share=0.25)
    run_to(model, 1200)
    model.events()
    model.apply(Decide(3, CAFE, doing, "", 60))
    run_to(model, 1400)
    [paid] = [row["text"] for row in model.events().rows() if row["kind"] == "sold" and row["npc"] == 3]
    assert float(paid) == 12 * share


def test_who_comes_for_company_and_stays_to_eat_pays_for_both_once():
    model = make(meal_price=1200, drink_share=0.25)
    run_to(model, 1200)
    model.events()
    paid = []
    for doing in ("socialising", "socialising", "eating", "eating"):
        model.apply(Decide(3, CAFE, doing, "", 60))
        run_to(model, model.tick + 200)
        paid.append([row["text"] for row in model.events().rows() if row["kind"] == "sold" and row["npc"] == 3])
    assert paid == [["3.00"], [], ["12.00"], []]


def test_who_stays_though_it_was_refused_is_refused_once():
    """A mind that doesn't answer leaves its NPC where it stands."""
    model = make(meal_price=1200, mind_minutes=60)
    run_to(model, 1200)
    model.events()
    model.npcs["money"][3] = 0
    model.apply(Mind((3,), "silent"))
    model.apply(Decide(3, CAFE, "eating", "", 120))
    run_to(model, model.tick + 300)
    assert [row["kind"] for row in model.events().rows() if row["npc"] == 3].count("refused") == 1
    assert model.npcs["place"][3] == CAFE


def test_a_price_is_felt_by_the_share_of_what_one_has():
    model = make(thrift=3, meal_price=1000, drink_share=0.5)
    for money in (1_500, 20_000, 400_000):
        model.npcs["money"][3] = money
        for doing, price in ((EATING, 1000), (SOCIALISING, 500)):
            assert regret(model._world, 3, CAFE, doing) == pytest.approx(-3 * math.log(1 - price / money))
    model.npcs["money"][3] = 1_000
    assert regret(model._world, 3, CAFE, EATING) > 1e6


def test_what_the_town_pays_by_age_and_work():
    ages = (70, 64, 17, 40, 70, 20)
    works = ("", "", "", "Mill", "Mill", "School")
    people = [
        replace(
            person, age=age, work=work, occupation="student" if work == "School" else "", ties={},
            routine=replace(person.routine, work_from="09:00" if work else "", work_to="12:00" if work else ""),
        )
        for person, age, work in zip(make_people(6), ages, works, strict=True)
    ]  # fmt: skip
    model = Model(make_map(), people, seed=1, parameters=Parameters(pension=7, allowance=5, pocket_money=3))
    assert model._tables["purses"]["benefit"].tolist() == [7, 5, 3, 0, 0, 5]


def test_what_one_owes_is_forgotten_when_one_moves_out():
    model = make()
    model.npcs["arrears"][3] = 5_000
    model.apply(Remove(3))
    model.advance(1, 0)
    assert model.npcs["arrears"][3] == 0
