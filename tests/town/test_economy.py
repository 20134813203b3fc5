"""The log says all that the accounts have."""

from dataclasses import replace

import numpy as np
import pytest

from aitown.errors import BadParameter
from aitown.sim.model import Model
from aitown.town.town import Town
from tests.sim.tiny import make_map, make_people


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    people = make_people()
    people = [replace(one, ties={other.name: 0.9}) for one, other in zip(people, people[2:] + people[:2], strict=True)]
    town = Town(make_map(), personas=people, npcs=None, seed=3, record=tmp_path_factory.mktemp("money") / "run")
    town.step(500)
    town.input("give", to=1, cents=12_345)
    town.input("give", by=1, to=2, cents=345)
    town.input("give", by=1, place="Café", cents=1_000)
    town.input("price", place="Hill House", cents=20_000)
    town.input("wage", place="Mill", cents=1_500)
    town.input("restock", place="Shop", units=7)
    town.run(days=6)
    return town


def balances(flows, names, which, ticks):
    """What each account got and paid up to each tick: (ticks, accounts)."""
    out = np.zeros((len(ticks), len(names)), np.int64)
    for side, sign in (("payee", 1), ("payer", -1)):
        mine = flows[flows[f"{side}_is"] == which]
        for tick, name, cents in zip(mine["tick"], mine[side], mine["cents"], strict=True):
            out[np.searchsorted(ticks, tick) :, names.index(name)] += sign * cents
    return out


def test_the_flows_give_every_balance_at_every_tick(run):
    history, flows = run.history, run.history.flows()
    kinds = {"sold", "wage", "rent", "benefit", "stocked", "export", "gave", "shared", "spent", "levy"}
    assert set(flows["kind"].astype(str)) >= kinds
    for table, which, column in (("npcs", "npc", "money"), ("places", "place", "till")):
        frame = history.npcs(["money"]) if table == "npcs" else history.places(["till"])
        held = frame[column].unstack().to_numpy()
        ticks = frame.index.get_level_values("tick").unique().to_numpy()
        names = list(history.names if table == "npcs" else history.place_names)
        moved = balances(flows, names, which, ticks)
        np.testing.assert_array_equal(held - held[0], moved - moved[0])
    for name in ("town", "outside"):
        mine = flows[(flows["payee"] == name).astype(int) != (flows["payer"] == name).astype(int)]
        moved = np.where(mine["payee"] == name, mine["cents"], -mine["cents"]).sum()
        assert (
            run._running.model().accounts()[name] - Model(make_map(), make_people(), seed=3).accounts()[name] == moved
        )


def test_kinds_can_be_asked_for_and_others_are_refused(run):
    sold = run.history.flows("sold")
    assert set(sold["payee"]) <= {"Café", "Shop"}
    assert (sold["payer_is"] == "npc").all()
    assert run.history.flows("rent", ticks=slice(0, 100)).empty
    gave = run.history.flows("gave")
    assert list(gave["payer"]) == ["outside", "Person1 Tiny", "Person1 Tiny"]
    assert list(gave["payee"]) == ["Person1 Tiny", "Person2 Tiny", "Café"]
    with pytest.raises(BadParameter, match="no flow 'theft'"):
        run.history.flows("theft")


def test_wealth_is_a_metric(run):
    found = run.history.metrics(["gini", "money", "till", "arrears"], every="12h")
    money = run.history.at(-1)["money"].to_numpy().astype(float)
    differences = np.abs(money[:, None] - money).mean() / (2 * money.mean())
    last = run.history.metrics(["gini"]).iloc[-1]["gini"]
    assert last == pytest.approx(differences)
    assert (found["money"] > 0).all()


def test_money_and_prices_are_published(run):
    assert run.places.loc[0, "price"] == 20_000
    assert run.npcs["money"].dtype.kind == "i"
