"""Metrics that are told from the log are asked, listed, recorded and plotted like those of the tables."""

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import pytest

import aitown
from aitown import plot
from aitown.errors import UnknownName
from aitown.history import History
from tests.history.importing.test_generative_agents import write
from tests.history.test_kept import elsewhere
from tests.town.test_information import CHATTY, FAIR, MILL, knowing
from tests.town.test_town import make_map

TOLD = ["knows 0", "believes 0", "knows 1", "believes 1", "density", "mean_tie"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    people = knowing({2: [FAIR]})
    with aitown.Town(make_map(), personas=people, seed=7, parameters=CHATTY, record=folder, record_every=6) as town:
        town.step(100)
        town.tell(MILL, to=1)
        town.step(900)
        town.input("remove", npc=2)
        town.input("add", persona={"name": "New One", "ties": {"Person1 Tiny": 0.9}})
        town.step(300)
    return History.load(folder)


def test_they_are_listed_after_the_others_with_their_sentences(run):
    listed = run.metric_list
    assert list(listed.index[-6:]) == TOLD
    assert set(listed.loc[TOLD, "table"]) == {"events"}
    assert listed.loc["knows 1", "doc"] == f"Share of those who are there that know fact 1: {MILL}"
    assert not set(TOLD) & set(run.metrics().columns)


def test_they_say_what_the_questions_to_the_log_say(run):
    found = run.metrics(["mood", *TOLD], every="10min")
    for fact in (0, 1):
        for name, believed in (("knows", False), ("believes", True)):
            wanted = run.diffusion(fact, every="10min", believed=believed)
            assert found[f"{name} {fact}"].tolist() == wanted.iloc[:, 1].tolist()
    ties = run.density(every="10min")
    assert found["density"].tolist() == ties["density"].tolist()
    assert found["mean_tie"].tolist() == ties["mean_tie"].tolist()
    assert found["knows 0"].iloc[0] == 1 / 8
    assert (found["knows 1"] >= found["believes 1"]).all()
    assert (found["knows 1"] > found["believes 1"]).any()
    assert found.attrs["units"]["density"] == "1"


def test_they_have_a_number_at_each_recorded_tick_that_is_asked(run):
    found = run.metrics("knows 1", ticks=slice(90, 121))
    assert found.index.tolist() == [90, 96, 102, 108, 114, 120]
    assert found["knows 1"].tolist()[:3] == [0, 0, 1 / 8]
    assert list(found.columns) == ["time", "knows 1"]


def test_they_are_recorded_for_others_and_again_when_the_run_has_grown(run):
    wanted = run.record_metrics(["density", "knows 1", "mood"], every=60)
    assert run.record_metrics(["density", "knows 1", "mood"], every=60).equals(wanted)
    found = elsewhere(run.folder, "density", "knows 1", "mood")
    assert found["recorded"]["density"] == 1300
    assert found["ticks"] == list(range(0, 1301, 6))  # whoever has the function computes
    assert found["values"]["density"][::10] == wanted["density"].tolist()
    assert {one.name for one in run.kept()} == {"density", "knows 1", "mood"}
    assert run.recorded()["density"].tolist() == wanted["density"].tolist()


def test_they_are_drawn_like_the_others(run):
    ax = plot.metric(run, ["density", "knows 1"], every=6, minutes=30)
    wanted = run.metrics(["density"], every=6)
    means = wanted["density"].groupby(wanted["time"].dt.floor("30min")).mean()
    assert ax.lines[0].get_ydata().tolist() == pytest.approx(means.tolist())
    assert ax.get_ylabel() == "value (0 to 1)"
    assert len(plot.compare({"one": run, "two": [run, run]}, "density", every=60).lines) == 2
    plt.close("all")


def test_where_the_log_tells_nothing_there_are_none(tmp_path):
    simulation = aitown.load(write(tmp_path / "sim"))
    assert not set(TOLD) & set(simulation.metric_list.index)
    with pytest.raises(UnknownName, match="no metric 'density'"):
        simulation.metrics("density")


def test_a_fact_that_is_not_there_is_told_with_those_that_are(run):
    with pytest.raises(UnknownName, match=r"no metric 'knows 7'\.\nDid you mean knows [01]"):
        run.metrics("knows 7")
