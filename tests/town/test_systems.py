"""A researcher's own systems and columns: they run, are recorded and shown, and are part of what a run is."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import aitown
from aitown.errors import BadParameter, DamagedRun
from aitown.history import History
from aitown.system import column
from aitown.town import Town, verify
from tests.town.infection import Crowd, Infection, walked
from tests.town.test_town import tiny

ALL = (Infection(), Crowd(), walked)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with tiny(record=tmp_path_factory.mktemp("runs") / "own", systems=ALL) as town:
        town.step(500)
        town.say("Wash your hands")
        town.step(700)
    return aitown.load(town.folder)


def test_its_columns_are_columns_as_any_other(run):
    frame = run.npcs(["infected", "walked"])
    assert frame.loc[0, "infected"].tolist() == [1, *[0] * 7]
    assert frame["infected"].groupby("npc").is_monotonic_increasing.all()
    assert frame.loc[1200, "infected"].sum() > 2
    assert run.places("crowd").loc[1200, "crowd"].max() > 1
    assert {column.name: column.owner for column in run.schema["npcs"]}["infected"] == "infection"
    assert "caught_at" not in run.npcs().columns
    assert run.metrics(lambda frame: frame["infected"].mean()) is not None


def test_it_changes_nothing_else(run):
    with tiny() as town:
        town.step(500)
        town.say("Wash your hands")
        plain = town.run(ticks=700, progress=False)
    own = ["infected", "walked"]
    pd.testing.assert_frame_equal(run.npcs(ticks=slice(500, None)).drop(columns=own), plain.npcs())


def test_it_runs_at_its_ticks_after_all_others(run):
    infected = run.npcs("infected")["infected"].groupby("tick").sum()
    assert (infected.index[infected.diff() > 0] % 6 == 0).all()
    crowd = run.places(["crowd", "occupants"])
    expected = 0.05 * crowd["occupants"].loc[1]
    assert np.allclose(crowd["crowd"].loc[1], expected, atol=0.006)


def test_it_is_seen_in_the_town_of_now_and_by_minds():
    seen = []

    class Sees:
        def decide(self, told):
            seen.append(told.me["infected"])

    with tiny(systems=[Infection(first=3)], minds={3: Sees()}) as town:
        assert town.npcs["infected"].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
        town.step(500)
        assert town.hello()["schema"]["npcs"][-1]["name"] == "infected"
    assert set(seen) == {1}


def test_draws_are_the_same_whatever_else_happens():
    with tiny(systems=[Infection(rate=0.2)]) as one, tiny(systems=[Crowd(), Infection(rate=0.2), walked]) as other:
        a, b = (town.run(hours=4, progress=False).npcs("infected") for town in (one, other))
        pd.testing.assert_frame_equal(a, b)
    with tiny(systems=[Infection(rate=0.2)], seed=8) as third:
        assert not third.run(hours=4, progress=False).npcs("infected").equals(a)


def test_it_is_part_of_what_the_run_is(run):
    said = run.manifest["systems"]
    assert [one["name"] for one in said] == ["infection", "crowd", "walked"]
    assert said[0]["parameters"] == {"first": 0, "rate": 2.0}
    assert (said[0]["every"], said[1]["every"], said[0]["since"]) == (6, 1, 0)
    verdict = verify(run, systems=ALL, progress=False)
    assert (verdict.state, verdict.notes) == ("same", ())
    assert "infection, which is not here" in str(verify(run, progress=False))
    assert "'rate': 1.0" in str(verify(run, systems=[Infection(rate=1.0), *ALL[1:]], progress=False))

    class Other(Infection):
        name = "infection"

        def step(self, npcs, places, now):
            npcs.infected[:] = 1

    verdict = verify(run, systems=[Other(), *ALL[1:]], progress=False)
    assert (verdict.state, verdict.comparison.tick) == ("differs", 6)
    assert "source of the system infection" in str(verdict)


def test_resumed_and_forked_it_goes_on_as_if_nothing_had_been(run, tmp_path):
    with Town.from_run(run, 333, record=tmp_path / "fork", systems=ALL) as fork:
        fork.step(300)
        second = fork.fork(500)
        second.step(100)
        pd.testing.assert_series_equal(second.npcs["walked"], fork.fork(600).npcs["walked"])
    with Town.resume(tmp_path / "fork", systems=ALL) as town:
        town.step(1200 - town.tick)
    pd.testing.assert_frame_equal(History.load(tmp_path / "fork").npcs(), run.npcs(ticks=slice(333, None)))
    with pytest.raises(DamagedRun, match="infection, which is not here"):
        Town.resume(tmp_path / "fork")
    with pytest.raises(BadParameter, match="A fork may have more"):
        Town.resume(tmp_path / "fork", systems=[*ALL, Late()])


class Late(Crowd):
    name = "late"
    columns = (column("late_crowd", "Occupants.", "count", table="places"),)

    def begin(self, npcs, places, now):
        places.late_crowd = 1000

    def step(self, npcs, places, now):
        places.late_crowd = places.occupants


def test_a_fork_may_begin_a_new_system_at_its_tick(run, tmp_path):
    with Town.from_run(run, 400, record=tmp_path / "fork", systems=[*ALL, Late()]) as fork:
        fork.step(100)
        again = fork.fork(450)
        again.step(50)
        pd.testing.assert_frame_equal(again.places, fork.places)
    forked = History.load(tmp_path / "fork")
    assert forked.places("late_crowd").loc[400, "late_crowd"].eq(1000).all()
    assert forked.places("late_crowd").loc[401, "late_crowd"].max() < 10
    assert forked.manifest["systems"][-1]["since"] == 400
    shown = forked.npcs().columns
    pd.testing.assert_frame_equal(forked.npcs(), run.npcs(ticks=slice(400, 501))[shown])
    assert verify(forked, systems=[*ALL, Late()], progress=False).state == "same"


def test_by_name_it_needs_nobody_to_give_it_again(tmp_path):
    with tiny(
        record=tmp_path / "run", systems=["tests.town.infection:Infection", "tests.town.infection:walked"]
    ) as town:
        town.step(400)
    assert History.load(tmp_path / "run").manifest["systems"][0]["by"] == "tests.town.infection:Infection"
    code = "import sys; from aitown.town import Town; town = Town.resume(sys.argv[1]); town.step(200); town.close()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], check=True)
    assert verify(tmp_path / "run", progress=False).state == "same"
    with Town.from_run(tmp_path / "run", 100) as fork:
        assert fork.fork().systems[0].by == "tests.town.infection:Infection"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Infection, "is a class"),
        (lambda: 3, "no method `step`"),
        (lambda: "nonsense", "no system"),
        (lambda: "tests.town.infection:Nobody", "can't be made"),
        (lambda: column("mood two", "Bad."), "can't be a column's name"),
        (lambda: column("tick", "Bad."), "can't be a column's name"),
        (lambda: column("calm", ""), "Say in one sentence what it is"),
        (lambda: column("calm", " "), "Say in one sentence what it is"),
        (lambda: column("calm", None), "Say in one sentence what it is"),
        (lambda: column("a", "Bad.", "tint"), "Expected one of"),
        (lambda: column("a", "Bad.", labels=("x",)), "Labels are for"),
        (lambda: column("a", "Bad.", table="towns"), "Expected npcs or places"),
        (lambda: make(columns=(column("mood", "Taken."),)), "a column 'mood'"),
        (lambda: make(columns=(column("a", "Twice."),), twice=True), "two systems"),
        (lambda: make(columns=3), "Make each with"),
        (lambda: make(every=0), "whole number of ticks"),
        (lambda: make(name="no name"), "can't be a system's name"),
    ],
)
def test_what_can_not_be_a_system_is_said(made, said):
    def begin():
        given = made()
        tiny(systems=given if isinstance(given, list) else [given])

    with pytest.raises(BadParameter, match=said):
        begin()


def make(twice=False, **more):
    attributes = {"columns": (), "step": lambda self, npcs, places, now: None, **more}
    one = type("Made", (), attributes)()
    return [one, one] if twice else one


def steps(function, *columns, every=1):
    function.columns, function.every = columns, every
    return function


def raises(system):
    with tiny(systems=[system]) as town, pytest.raises(Exception) as caught:
        town.step(10)
    assert "in the system" in caught.value.__notes__[0]
    return str(caught.value)


def test_what_belongs_to_others_can_not_be_written():
    def hungry(npcs, places, now):
        npcs.hunger[:] = 0

    def moody(npcs, places, now):
        npcs.mood = 0

    def unknown(npcs, places, now):
        npcs["anger"] += 1

    def misspelt(npcs, places, now):
        npcs.hungr.mean()

    assert "read-only" in raises(steps(hungry))
    assert "mood belongs to needs" in raises(steps(moody))
    assert "no column 'anger'" in raises(steps(unknown))
    assert "Did you mean hunger" in raises(steps(misspelt))


def test_who_writes_what_belongs_to_others_is_told_what_to_do():
    def hungry(npcs, places, now):
        npcs.hunger[:] = 0

    with tiny(systems=[steps(hungry)]) as town, pytest.raises(ValueError, match="read-only") as caught:
        town.step(10)
    assert "others are changed by inputs" in caught.value.__notes__[-1]


def test_values_that_no_frame_can_show_are_an_error():
    def infinite(npcs, places, now):
        npcs.heat[3] = np.nan

    def large(npcs, places, now):
        npcs.heat[3] = 33

    def coded(npcs, places, now):
        npcs.colour[2] = 2

    heat = column("heat", "How hot.", "number")
    assert "heat of row 3 is nan; expected a number up to ±32.767" in raises(steps(infinite, heat))
    assert "heat of row 3 is 33" in raises(steps(large, heat))
    assert "a code below 2" in raises(steps(coded, column("colour", "Which.", "label", labels=("red", "blue"))))


def test_labels_dice_and_clock():
    seen = {}

    def looks(npcs, places, now):
        sleeping = npcs.code("activity", "sleeping")
        seen[now.tick] = (now.clock.isoformat(), now.minute, (npcs.activity == sleeping).sum(), now.uniform().tolist())
        npcs.ever = npcs.ever | (npcs.activity == sleeping)

    with tiny(systems=[steps(looks, column("ever", "1 once it has slept."), every=360)]) as town:
        run = town.run(hours=3, progress=False)
    assert list(seen) == [360, 720, 1080]
    assert seen[360][:2] == ("2025-03-03T07:00:00", 420)
    for tick, (_, _, sleepers, draws) in seen.items():
        assert sleepers == (run.at(tick)["activity"] == "sleeping").sum()
        assert len(set(draws)) == 8
        assert 0 <= min(draws) <= max(draws) < 1


def test_the_manifest_of_a_town_without_systems_says_nothing_of_them(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        town.step(1)
    assert "systems" not in json.loads((tmp_path / "run" / "manifest.json").read_bytes())
