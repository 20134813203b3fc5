import numpy as np
import pytest

import aitown
from aitown.errors import BadParameter, UnknownName
from aitown.history import Pace, load, metrics
from tests.history.run_model import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "run", 90, pace=Pace(flush_seconds=0.0, seal_rows=150)))


@pytest.fixture
def hungry():
    @aitown.metric(columns="hunger", unit="1")
    def hungry(npcs):
        """Share of NPCs that need food.

        More text.
        """
        assert next(iter(npcs.columns)) == "hunger"
        return (npcs["hunger"] > 0.5).mean()

    yield hungry
    metrics.forget("hungry")


def test_built_in_metrics_are_those_that_the_run_has_the_columns_for(run):
    assert list(run.metric_list.index) == ["hunger", "sleeping", "walking", "talking", "crowd"]
    found = run.metrics()
    assert found.index.name == "tick"
    assert list(found.columns) == ["time", "hunger", "sleeping", "walking", "talking", "crowd"]
    npcs = run.npcs()
    assert found["hunger"].tolist() == npcs["hunger"].groupby(level="tick").mean().tolist()
    assert found["talking"].tolist() == (npcs["partner"] >= 0).groupby(level="tick").mean().tolist()
    assert found["crowd"].tolist() == run.places()["occupants"].groupby(level="tick").max().tolist()
    assert found.attrs["units"] == {
        "time": "clock", "hunger": "1", "sleeping": "1", "walking": "1", "talking": "1", "crowd": "NPCs",
    }  # fmt: skip


def test_a_metric_of_ones_own_is_asked_and_listed_like_the_others(run, hungry):
    assert run.metric_list.loc["hungry", "doc"] == "Share of NPCs that need food."
    found = run.metrics(["hungry", "hunger"], ticks=slice("day 1 06:05", None), every=10)
    assert found.index.tolist() == list(range(30, 90, 10))
    wanted = [(run.at(tick)["hunger"] > 0.5).mean() for tick in found.index]
    assert found["hungry"].tolist() == wanted
    assert list(found.columns) == ["time", "hungry", "hunger"]


def test_a_whole_metric_gives_the_same_at_once(run, hungry):
    @aitown.metric(columns=["hunger"], whole=True, name="hungry at once")
    def at_once(npcs):
        return (npcs["hunger"] > 0.5).groupby(level="tick").mean()

    try:
        assert run.metrics("hungry at once").iloc[:, 1].tolist() == run.metrics(hungry).iloc[:, 1].tolist()
    finally:
        metrics.forget("hungry at once")


def test_a_plain_function_will_do(run):
    assert run.metrics(len, every=45).iloc[:, 1].tolist() == [5.0, 5.0]
    assert np.isnan(run.metrics(lambda npcs: None, ticks=0).iloc[0, 1])


def test_only_the_columns_that_are_needed_are_read(run):
    seen = []

    @aitown.metric(columns=["x"])
    def far(npcs):
        seen.append(set(npcs.columns))
        return npcs["x"].max()

    try:
        run.metrics(far, ticks=0)
    finally:
        metrics.forget("far")
    assert seen == [{"x", "time"}]


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda run: run.metrics("hungre"), UnknownName, "no metric 'hungre'.\nDid you mean hunger"),
        (lambda run: run.metrics(lambda npcs: npcs), BadParameter, "gave a DataFrame of length 5"),
        (lambda run: run.metrics(lambda npcs: "many"), BadParameter, "gave a str"),
        (
            lambda run: run.metrics(metrics.Metric("m", len, ("mood",))),
            UnknownName,
            "no column for the metric m: 'mood'",
        ),
        (lambda run: run.metrics(metrics.Metric("m", len, whole=True)), BadParameter, "Series indexed by tick"),
        (lambda run: aitown.metric(table="events"), BadParameter, 'Expected "npcs", "places" or another'),
        (lambda run: run.metrics(metrics.Metric("m", len, table="towns")), UnknownName, "metric m: 'towns'"),
        (lambda run: aitown.metric(3), BadParameter, "made of 3"),
    ],
)
def test_mistakes(run, ask, error, says):
    with pytest.raises(error) as caught:
        ask(run)
    assert says in str(caught.value)
