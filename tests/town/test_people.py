"""NPCs come and go in a Town: its history, its forks, its minds and its table of now."""

import numpy as np
import orjson
import pandas as pd
import pytest

import aitown
from aitown import Persona
from aitown.errors import InputRejected
from aitown.history import History
from aitown.town import Town, verify
from tests.town.infection import Infection
from tests.town.test_minds import Dice
from tests.town.test_town import tiny

NEW = Persona(
    "Zoe Hart",
    30,
    home="Low House",
    work="Mill",
    ties={"Person1 Tiny": 0.8},
    kin=("Person1 Tiny",),
    knows=("It rains",),
)
CHILD = {"name": "Cy Hart", "age": 8}
STEPS = (
    (60, ("add", NEW)),
    (100, ("remove", 2)),
    (100, ("remove", "Person4 Tiny")),
    (150, ("add", CHILD)),
    (220, ("remove", 8)),
)
STAYS = {**dict.fromkeys(range(8), (0, 301)), 8: (61, 221), 9: (151, 301)}
STAYS[2] = STAYS[4] = (0, 101)


def busy(acquaintances=20, **more):
    parameters = {"meet_rate": 60, "acquaintances": acquaintances}
    return tiny(start="2025-03-03T11:30", parameters=parameters, **more)


def live(town, until=300):
    for tick, (act, who) in STEPS:
        if town.tick <= tick < until:
            town.step(tick - town.tick)
            getattr(town, act)(who)
    town.step(until - town.tick)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with busy(record=tmp_path_factory.mktemp("people") / "run") as town:
        live(town)
    return History.load(town.folder)


def test_the_rows_of_a_run_are_of_those_who_were_there(run):
    expected = [(tick, npc) for tick in range(301) for npc, (since, until) in STAYS.items() if since <= tick < until]
    everything = run.npcs()
    assert everything.index.tolist() == sorted(expected)
    assert (everything["alive"] == 1).all()
    assert everything["name"].notna().all()
    model = everything.reset_index()

    assert run.at(100).index.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert run.at(101).index.tolist() == [0, 1, 3, 5, 6, 7, 8]
    zoe = run.trajectory("Zoe Hart", "mood")
    assert zoe.index.tolist() == list(range(61, 221))
    assert run.npcs("mood", npcs=[2, "Cy Hart"], ticks=slice(90, 160)).index.tolist() == [
        *((tick, 2) for tick in range(90, 101)),
        *((tick, 9) for tick in range(151, 160)),
    ]

    moods = model.groupby("tick")["mood"].mean()
    assert run.metrics("mood")["mood"].to_numpy() == pytest.approx(moods.to_numpy())
    shares = (model["activity"] == "working").groupby(model["tick"]).mean()
    assert run.metrics("working")["working"].to_numpy() == pytest.approx(shares.to_numpy())
    answer = run.sql("SELECT tick, count(*) AS people, avg(mood) AS mood FROM npcs GROUP BY tick ORDER BY tick")
    assert answer["people"].tolist() == model.groupby("tick").size().tolist()
    assert answer["mood"].to_numpy() == pytest.approx(moods.to_numpy())
    assert run.sql("SELECT name FROM people WHERE until > 0 ORDER BY npc")["name"].tolist() == [
        "Person2 Tiny",
        "Person4 Tiny",
        "Zoe Hart",
    ]
    assert run.sql("SELECT persona FROM inputs WHERE kind = 'add'")["persona"].str.contains("Hart").all()

    everyone = run.to_arrow("npcs").to_pandas()
    assert list(zip(everyone["tick"], everyone["npc"], strict=True)) == sorted(expected)
    per_place = run.npcs(["place"], ticks=200)["place"].value_counts()
    occupants = run.places(["occupants"], ticks=200)["occupants"].droplevel("tick")
    assert per_place.reindex(list(run.place_names), fill_value=0).tolist() == occupants.tolist()


def test_people_says_since_when_and_until_when(run):
    people = run.people()
    assert {npc: (row["since"], row["until"]) for npc, row in people.iterrows()} == {
        npc: (since, -1 if until == 301 else until) for npc, (since, until) in STAYS.items()
    }
    assert people.loc[8, ["name", "age", "home", "work"]].tolist() == ["Zoe Hart", 30, "Low House", "Mill"]
    assert people.loc[9, "home"] in ("Hill House", "Low House")
    assert run.names[8:] == ("Zoe Hart", "Cy Hart")
    assert run.personas[8]["name"] == "Zoe Hart"
    events = run.events(["moved_in", "moved_out"])
    assert list(zip(events["tick"], events["kind"], events["npc"], strict=True)) == [
        (61, "moved_in", 8), (101, "moved_out", 2), (101, "moved_out", 4), (151, "moved_in", 9), (221, "moved_out", 8),
    ]  # fmt: skip


def test_the_flows_give_every_balance_of_those_who_come_and_go(run):
    """A model of its own: money at a tick is what somebody had and got, without what it paid."""
    flows = run.flows()
    change = pd.concat(
        [
            flows[flows["payee_is"] == "npc"].groupby(["payee", "tick"])["cents"].sum(),
            -flows[flows["payer_is"] == "npc"].groupby(["payer", "tick"])["cents"].sum(),
        ]
    )
    for npc, (since, until) in STAYS.items():
        name = run.names[npc]
        own = change[change.index.get_level_values(0) == name].groupby(level=1).sum()
        has = run.trajectory(npc, "money")["money"]
        begins = 0 if since else int(has.loc[0])
        found = begins + own[(own.index > 0) & (own.index < until)].reindex(range(301), fill_value=0).cumsum()
        assert found.loc[since : until - 1].tolist() == has.tolist(), name
        if until < 301:
            assert begins + own.sum() == 0


def test_shares_and_densities_are_of_those_who_are_there(run):
    knows = run.knowledge(219, "It rains")
    spread = run.diffusion("It rains", every=1)["It rains"]
    assert spread.loc[60] == 0
    assert spread.loc[61] == pytest.approx(1 / 9)
    assert spread.loc[219] == pytest.approx(len(knows) / 8)
    assert 8 not in run.knowledge(221, "It rains").index.get_level_values("npc")
    assert run.facts()["origin"].tolist() == ["persona"]
    ties = run.relationships(120)
    there = {0, 1, 3, 5, 6, 7, 8}
    assert set(ties.index.get_level_values("npc")) | set(ties.index.get_level_values("other")) <= there
    assert (8, 1) in ties.index
    assert set(run.graph("ties", 120).nodes) == there
    pairs = {frozenset(pair) for pair in ties.index}
    assert run.density(every=20)["density"].loc[120] == pytest.approx(len(pairs) / (7 * 6 / 2))


@pytest.mark.parametrize("acquaintances", [3, 50])
def test_relationships_are_those_of_the_model(tmp_path, acquaintances):
    with busy(record=tmp_path / "run", acquaintances=acquaintances) as town:
        for until in (90, 140, 230, 300):
            live(town, until)
            found, expected = town.relationships(), town.history.relationships(town.tick)
            pd.testing.assert_frame_equal(found, expected, check_index_type=False, check_dtype=False)


def test_the_table_of_now(run):
    town = busy()
    live(town, 200)
    assert town.npcs.index.tolist() == [0, 1, 3, 5, 6, 7, 8, 9]
    assert town.npcs["name"].tolist()[-2:] == ["Zoe Hart", "Cy Hart"]
    assert town.names[8:] == ("Zoe Hart", "Cy Hart")
    assert "8 NPCs" in repr(town)
    assert len(town.personas) == 8
    assert [person.name for person in town.people][8:] == ["Zoe Hart", "Cy Hart"]


def test_it_is_verified_forked_and_resumed(run, tmp_path):
    assert verify(run, progress=False).state == "same"
    for tick in (59, 61, 130, 250):
        with run.fork(tick, record=tmp_path / str(tick)) as fork:
            fork.step(300 - tick)
        found = History.load(tmp_path / str(tick))
        assert aitown.compare(run, found).same
        pd.testing.assert_frame_equal(found.npcs(), run.npcs(ticks=slice(tick, None)))
        pd.testing.assert_frame_equal(found.people(), run.people())
        assert verify(found, progress=False).state == "same"
    with Town.resume(tmp_path / "130") as again:
        again.add(Persona("Last One"))
        again.step(20)
        assert again.npcs.index.tolist()[-1] == 10
    assert verify(tmp_path / "130", progress=False).state == "same"


def test_a_fork_keeps_the_ids_of_those_who_come_later(run, tmp_path, caplog):
    """Whoever is added to a fork gets an id that no later input means; who is gone hears nothing."""
    with run.fork(40, record=tmp_path / "fork") as fork:
        assert fork.add(Persona("In Between")) == 10
        fork.remove(1)
        with pytest.raises(InputRejected, match=r"Zoe Hart \(NPC 8\) isn't there yet"):
            fork.remove("Zoe Hart")
        with pytest.raises(InputRejected, match="'Zoe Hart' is taken, by somebody who was or will be here"):
            fork.add(NEW)
        fork.step(60)
        assert fork.npcs.index.tolist() == [0, 2, 3, 4, 5, 6, 7, 10]
        assert "the input add did nothing: Zoe Hart has a tie to 'Person1 Tiny'" in caplog.text
        fork.step(200)
    found = History.load(tmp_path / "fork")
    assert found.at(-1).index.tolist() == [0, 3, 5, 6, 7, 9, 10]
    assert found.people().index.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 9, 10]
    assert found.names[8:] == ("Zoe Hart", "Cy Hart", "In Between")
    assert verify(found, progress=False).state == "same"
    assert aitown.compare(run, found).tick == 41


def test_a_treatment_of_one_more_person_leaves_the_others_draws_alone(tmp_path):
    quiet = {"meet_rate": 0}
    with tiny(record=tmp_path / "a", parameters=quiet) as one, tiny(record=tmp_path / "b", parameters=quiet) as other:
        other.add(Persona("Zoe Hart", home="Hill House"))
        for town in (one, other):
            town.step(400)
    columns = ["activity", "hunger", "energy"]
    a, b = (History.load(tmp_path / name).npcs(columns, npcs=range(8)) for name in "ab")
    pd.testing.assert_frame_equal(a, b)


def test_minds_of_those_who_leave_are_not_asked_and_all_are_those_who_are_there():
    town = tiny(minds={"all": Dice()})
    town.step(200)
    npc = town.add(NEW)
    town.remove(3)
    assert "Person3 Tiny" not in town.minds
    town.step(300)
    assert "Zoe Hart" not in town.minds
    town.mind("all", Dice())
    assert set(town.minds) == set(town.npcs["name"])
    town.step(100)
    town.remove(npc)
    town.step(300)
    assert len(town.npcs) == 7
    with pytest.raises(InputRejected, match="moved out"):
        town.mind(3, Dice())


def test_one_who_leaves_while_its_mind_has_to_decide_leaves_no_question(tmp_path):
    class Slow:
        def decide(self, seen):
            town.remove(seen.npc)

    town = tiny(record=tmp_path / "run", minds={4: Slow()})
    town.step(600)
    assert 4 not in town.npcs.index
    town.close()
    assert verify(tmp_path / "run", progress=False).state == "same"


def test_a_system_of_ones_own_has_a_row_for_who_comes(tmp_path):
    system = Infection(rate=20)
    with busy(record=tmp_path / "run", systems=[system]) as town:
        live(town)
        assert not np.isnan(town.npcs["infected"]).any()
    run = History.load(tmp_path / "run")
    assert run.trajectory("Zoe Hart", "infected").index.tolist() == list(range(61, 221))
    assert verify(run, systems=[system], progress=False).state == "same"


def test_a_recorded_stretch_has_each_when_it_was_there(run):
    from aitown.history.replay import stretch
    from tests.history.replay.plain import read

    header, ticks, tables = read(stretch(run, every=20).data)
    assert len(ticks) == 16
    alive = tables["npcs"]["alive"]
    for npc, (since, until) in STAYS.items():
        assert list(alive[npc]) == [int(since <= tick < until) for tick in ticks]
    assert header["names"][8:] == ["Zoe Hart", "Cy Hart"]
    assert header["personas"][8]["name"] == "Zoe Hart"


def test_the_journal_says_who_with_the_home_that_was_found(run):
    lines = [orjson.loads(line) for line in (run.folder / "inputs.jsonl").read_bytes().splitlines()]
    cy = next(line for line in lines if line["kind"] == "add" and line["npc"] == 9)
    assert cy["persona"]["home"] in ("Hill House", "Low House")
    assert run.manifest["npcs"] == 8
    assert len(run.manifest["names"]) == 8


def test_an_id_is_given_out_by_the_town_alone():
    town = tiny()
    with pytest.raises(InputRejected, match="the next one is 8"):
        town.input("add", persona={"name": "Zoe"}, npc=12)
    assert town.input("add", persona={"name": "Zoe"}, npc=8)["npc"] == 8
    for name in ("A", "B", "C"):
        town.add({"name": name})
    with pytest.raises(InputRejected, match="no home has room for D"):
        town.add({"name": "D"})
