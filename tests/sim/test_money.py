"""Money is in whole cents, somebody's at every tick, and paid for what the rules say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import InputRejected
from aitown.sim.inputs import Close, Give, Move, Need, Price, Restock, Wage
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from tests.sim.tiny import make_map, make_people

HILL, LOW, MILL, SCHOOL, CAFE, SHOP, GREEN = range(7)
DAY = 8640


def make(seed=7, people=None, **parameters):
    return Model(make_map(), people or make_people(), seed=seed, parameters=Parameters(**parameters))


def run_to(model, tick):
    while model.tick < tick:
        model.advance(min(1024, tick - model.tick), 0)


def events(model, *kinds):
    return [row for row in model.events().rows() if row["kind"] in kinds]


NPC, PLACE = st.integers(0, 7), st.integers(0, 6)
CENTS = st.integers(1, 3_000_000) | st.just(100_000_000)
INPUTS = st.one_of(
    st.builds(Give, CENTS, to=NPC, by=st.integers(-1, 7)),
    st.builds(Give, CENTS, place=PLACE, by=st.integers(-1, 7)),
    st.builds(Give, CENTS, by=NPC),
    st.builds(Price, PLACE, st.integers(0, 200_000)),
    st.builds(Wage, PLACE, st.integers(0, 200_000)),
    st.builds(Restock, PLACE, st.integers(1, 100_000)),
    st.builds(Move, NPC, PLACE),
    st.builds(Close, PLACE),
    st.builds(Need, NPC, st.just("hunger"), st.floats(0, 1)),
)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    plan=st.lists(st.tuples(st.integers(1, 2000), st.lists(INPUTS, max_size=4)), max_size=12),
    savings=st.sampled_from([0, 1_000, 40_000]),
    rent_day=st.integers(0, 6),
    till=st.sampled_from([0, 10_000, 200_000]),
)
def test_no_cent_is_made_or_lost_whatever_comes(seed, plan, savings, rent_day, till):
    model = make(seed, savings=savings, rent_day=rent_day, till=till)
    total = sum(model.accounts().values())
    for ticks, wishes in plan:
        for wish in wishes:
            try:
                model.apply(wish)
            except InputRejected:
                continue
        run_to(model, model.tick + ticks)
        assert sum(model.accounts().values()) == total
        for name in ("money", "arrears"):
            assert (model.npcs[name] >= 0).all()
        for name in ("till", "stock"):
            assert (model.places[name] >= 0).all()
        assert model.accounts()["town"] >= 0


def test_wages_are_paid_for_the_minutes_at_work():
    model = make(wage=1200)
    worked = np.zeros(8, int)
    for tick in range(1, DAY - 2160 + 1):  # up to the first midnight, from 06:00 on
        model.advance(1, 0)
        if tick % 6 == 0 and tick < DAY - 2160:
            npcs = model.npcs
            here = (npcs["place"] == MILL) & (npcs["settled"] == 1) & (npcs["intent"] == 3)
            worked += here & (npcs["work"] == MILL)
    wages = {row["npc"]: row["text"] for row in events(model, "wage")}
    assert wages == {
        npc: f"{minutes * 20 // 100}.{minutes * 20 % 100:02d}" for npc, minutes in enumerate(worked) if minutes
    }
    assert {row["kind"] for row in events(model, "owed")} == set()
    assert min(worked[[0, 1, 4, 5]]) > 6 * 60


def test_who_cant_pay_the_rent_is_in_arrears_and_pays_them_later():
    model = make(savings=0, wage=0, rent_day=1, rent=10_000, pension=0, allowance=0)
    run_to(model, DAY)
    adults = np.flatnonzero(model._tables["purses"]["tenant"])
    assert set(model.npcs["arrears"][adults]) == {10_000}
    assert {row["text"] for row in events(model, "arrears")} == {"100.00"}
    model.apply(Give(50_000, to=int(adults[0])))
    model.apply(Wage(MILL, 0))
    run_to(model, 8 * DAY)
    assert model.npcs["arrears"][adults[0]] == 0
    assert model.npcs["arrears"][adults[1]] == 20_000
    assert [row["text"] for row in events(model, "rent") if row["npc"] == adults[0]] == ["200.00"]


def hungry_at_the_cafe(model, npc=3):
    """An NPC who stands in the café to eat."""
    model.apply(Need(npc, "hunger", 0.9))
    from aitown.sim.inputs import Decide

    model.apply(Decide(npc, CAFE, "eating", "", 120))
    run_to(model, model.tick + 200)
    return [row for row in model.events().rows() if row["npc"] == npc and row["place"] == CAFE]


@pytest.mark.parametrize(
    ("money", "stock", "kind"), [(5_000, 9, "sold"), (1_199, 9, "refused"), (5_000, 0, "sold_out")]
)
def test_a_meal_is_sold_to_who_can_pay_while_there_is_one(money, stock, kind):
    model = make(meal_price=1200)
    run_to(model, 1200)
    model.events()
    model.npcs["money"][3], model.places["stock"][CAFE] = money, stock
    found = {row["kind"] for row in hungry_at_the_cafe(model)} & {"sold", "refused", "sold_out"}
    assert found == {kind}
    if kind == "sold":
        assert model.npcs["money"][3] == money - 1200
    else:
        assert model.npcs["money"][3] == money
        assert model.npcs["target"][3] != CAFE  # it has decided anew: it eats elsewhere


def test_one_pays_once_a_stay():
    model = make()
    run_to(model, 1200)
    model.events()
    assert [row["kind"] for row in hungry_at_the_cafe(model)].count("sold") == 1


def test_a_delivery_fills_the_shelf_as_far_as_the_till_goes():
    model = make(till=1_000, margin=0, meal_price=1200)
    model.places["stock"][CAFE] = 0
    run_to(model, 6480)
    rows = [row for row in events(model, "stocked") if row["place"] == CAFE]
    bought = sum(round(float(row["text"]) * 100) for row in rows)
    assert model.places["stock"][CAFE] == bought // 480
    assert bought > 0


def test_sales_stop_without_stock_and_begin_with_a_delivery():
    model = make(shelf=0)
    run_to(model, 6000)
    assert not events(model, "sold")
    model.apply(Restock(CAFE, 50))
    model.apply(Restock(SHOP, 50))
    run_to(model, 3 * DAY)
    assert events(model, "sold")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Give(10**8, to=1, by=2), "to give"),
        (Price(MILL, 5), "has no price"),
        (Restock(GREEN, 5), "has no stock"),
        (Wage(HILL, 5), "pays no wage"),
        (Give(5, to=99), "no NPC 99"),
    ],
)
def test_what_cannot_be_paid_or_priced_is_refused(wish, said):
    model = make()
    before = model.save()
    with pytest.raises(InputRejected, match=said):
        model.apply(wish)
    assert all(np.array_equal(before[name], values) for name, values in model.save().items())


def test_two_gifts_of_one_tick_cannot_exceed_what_the_giver_has():
    model = make()
    has = int(model.npcs["money"][3])
    model.apply(Give(has, to=1, by=3))
    with pytest.raises(InputRejected, match=r"has 0\.00 to give"):
        model.apply(Give(1, to=2, by=3))
    model.advance(1, 0)
    assert model.npcs["money"][3] == 0


def test_a_tick_takes_so_many_gifts_and_says_when_it_is_full():
    model = make()
    for _ in range(64):
        model.apply(Give(1, to=1))
    with pytest.raises(InputRejected, match="64 gifts"):
        model.apply(Give(1, to=1))
    has = int(model.npcs["money"][1])
    model.advance(1, 0)
    assert model.npcs["money"][1] == has + 64


def visits(price_factor, seed):
    model = make(seed, savings=20_000)
    for place in (CAFE, SHOP):
        model.apply(Price(place, int(model.places["price"][place] * price_factor)))
    run_to(model, 6 * DAY)
    return len(events(model, "sold"))


def test_dear_places_are_visited_less():
    seeds = range(4)
    assert sum(visits(3, seed) for seed in seeds) < 0.9 * sum(visits(1, seed) for seed in seeds)


def test_lower_wages_leave_less_to_spend():
    def spent(wage, seed):
        model = make(seed, savings=5_000, wage=wage)
        run_to(model, 8 * DAY)
        return len(events(model, "sold"))

    seeds = range(4)
    assert sum(spent(300, seed) for seed in seeds) < sum(spent(1250, seed) for seed in seeds)


def test_a_gift_changes_no_draw_of_another():
    """Somebody alone in a town of two who never meet: the other's money changes nothing."""
    people = tuple(
        replace(one, ties={}, sociability=0.0, work="", routine=replace(one.routine, work_from="", work_to=""))
        for one in make_people(2)
    )
    one, other = make(people=people, meet_rate=0), make(people=people, meet_rate=0)
    other.apply(Give(1_000_000, to=1))
    run_to(one, 3 * DAY)
    run_to(other, 3 * DAY)
    assert one.npcs["money"][1] != other.npcs["money"][1]
    mine = [row["tick"] for row in one.events().rows() if row["npc"] == 0]
    assert mine == [row["tick"] for row in other.events().rows() if row["npc"] == 0]


def test_what_an_employer_owes_it_pays_as_soon_as_it_can():
    people = (replace(make_people()[0], work="Café", occupation="cook"), *make_people()[1:])
    model = make(people=people, till=0, meal_price=0)
    run_to(model, 6500)
    [owed] = [float(row["text"]) for row in events(model, "owed")]
    assert owed > 50
    model.apply(Give(10_000_000, place=CAFE))
    run_to(model, 6500 + DAY)
    rows = [row for row in model.events().rows() if row["npc"] == 0]
    [paid] = [float(row["text"]) for row in rows if row["kind"] == "wage"]
    assert paid == pytest.approx(2 * owed, rel=0.1)
    assert "owed" not in {row["kind"] for row in rows}
