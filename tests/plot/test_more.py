"""The pictures beyond shares, needs and timelines: what they show is counted, not only that they are drawn."""

import json

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

import aitown
from aitown import plot
from aitown.errors import BadParameter, UnknownName
from aitown.history import RunWriter, load, metrics
from tests.history.run_model import DOCUMENTS, SCHEMA, block, logged, manifest
from tests.plot.test_plot import legend

KINDS = ("said", "met", "parted")
MAP = {
    "format": 1,
    "name": "tiny",
    "terrain": ["grass", "floor"],
    "rows": ["a" * 60 for _ in range(30)] + ["b" * 60 for _ in range(20)],
    "places": [{"name": f"Place {i}", "tiles": [i * 60, 5]} for i in range(3)],
}
LOG = [
    (10, "met", 0, 1, ""),
    (12, "said", 0, 1, "the fair"),
    (20, "parted", 0, 1, ""),
    (30, "met", 1, 2, ""),
    (32, "said", 1, 2, "A FAIR!"),
    (60, "parted", 2, 1, ""),
]


def write(folder, log=LOG, ticks=2160, the_map=MAP, salt=0, **more):
    made = logged(KINDS, log)
    places = [{"id": i, "name": f"Place {i}", "kind": "cafe", "x": 5.0 * i, "y": 9.0} for i in range(3)]
    documents = {**DOCUMENTS, "map.json": json.dumps(the_map).encode()}
    with RunWriter.create(
        folder, manifest(event_kinds=list(KINDS), places=3, **more) | {"places": places}, SCHEMA, documents
    ) as writer:
        writer.write(block(range(ticks), salt=salt), made)
    return load(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return write(tmp_path_factory.mktemp("runs") / "other", salt=400)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_a_column_over_time_has_a_band(run):
    ax = plot.metric(run, "hunger", minutes=60, band=(0.1, 0.9))
    npcs = run.npcs(["hunger", "time"])
    grouped = npcs["hunger"].groupby(npcs["time"].dt.floor("60min"))
    assert ax.lines[0].get_ydata().tolist() == pytest.approx(grouped.mean().tolist())
    edges = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert edges.min() == pytest.approx(grouped.quantile(0.1).min())
    assert edges.max() == pytest.approx(grouped.quantile(0.9).max())
    assert ax.get_ylabel() == "hunger (0 to 1)"
    assert ax.get_title(loc="left") == "hunger: mean, and the NPCs from 10% to 90%"
    assert plot.metric(run, "x").get_ylabel() == "x (tiles)"


def test_metrics_are_drawn_like_columns(run):
    @aitown.metric(columns=["hunger"], unit="1")
    def hungry(npcs):
        return (npcs["hunger"] > 0.5).mean()

    try:
        ax = plot.metric(run, ["hungry", "talking", hungry], minutes=60, every=6)
    finally:
        metrics.forget("hungry")
    assert legend(ax) == ["hungry", "talking", "hungry"]
    found = run.metrics("talking", every=6)
    wanted = found["talking"].groupby(found["time"].dt.floor("60min")).mean()
    assert ax.lines[1].get_ydata().tolist() == pytest.approx(wanted.tolist())
    assert not ax.collections


def test_two_runs_compared(run, other):
    ax = plot.compare({"one": run, "other": other.npcs(["hunger", "time"])}, "hunger")
    assert legend(ax) == ["one", "other"]
    assert not np.allclose(ax.lines[0].get_ydata(), ax.lines[1].get_ydata())
    assert len(ax.collections) == 2
    assert legend(plot.compare([run, other], "hunger")) == ["testville, seed 7 (1)", "testville, seed 7 (2)"]


def test_the_band_of_several_runs_spans_the_runs(run, other):
    ax = plot.compare({"both": [run, other]}, "hunger", minutes=60, band=(0, 1))
    lines = [plot.metric(one, "hunger", minutes=60).lines[0].get_ydata() for one in (run, other)]
    assert ax.lines[0].get_ydata().tolist() == pytest.approx(np.mean(lines, axis=0).tolist())
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(np.max(lines))
    assert "runs from 0% to 100%" in ax.get_title(loc="left")
    middle = plot.compare({"both": [run, other]}, "hunger", minutes=60, band=(0.25, 0.75))
    edges = middle.collections[0].get_paths()[0].vertices[:, 1]
    assert edges.max() == pytest.approx(np.quantile(lines, 0.75, axis=0).max())
    assert edges.min() == pytest.approx(np.quantile(lines, 0.25, axis=0).min())


def test_occupancy_by_place(run):
    ax = plot.occupancy(run, every=6)
    grid = ax.images[1].get_array()
    mean = run.npcs(["place"], every=6)["place"].value_counts(sort=False) / 360
    for number in range(3):
        assert grid[number, 0] == pytest.approx(mean.iloc[number])
        assert grid.mask[number, 5]
    assert [text.get_text().split("\n")[0] for text in ax.texts] == mean.sort_values(ascending=False).index.tolist()
    assert ax.figure.axes[1].get_ylabel() == "NPCs in the place (mean)"
    same = plot.occupancy(run.npcs(["place"], every=6)).images[1].get_array()
    assert np.array_equal(same.filled(0), grid.filled(0))


def test_occupancy_by_tile_counts_hours(run):
    ax = plot.occupancy(run, by="tile", every=6)
    assert ax.images[1].get_array().sum() == pytest.approx(5 * 6.0)
    assert ax.figure.axes[1].get_ylabel() == "NPC-hours on the tile"


def test_trajectories(run):
    ax = plot.trajectories(run, ["Npc 1", 3], ticks=slice(0, 50))
    assert legend(ax) == ["Npc 1", "Npc 3"]
    way = run.trajectory(1, ["x", "y"], slice(0, 50))
    assert ax.lines[0].get_xdata() == pytest.approx(way["x"] - 0.045)
    assert ax.get_xlim() == (0, 60)
    assert ax.get_ylim() == (50, 0)
    jumps = plot.trajectories(run, [0], every=60).lines[0].get_xdata()
    assert np.isnan(jumps).any()


def test_network(run):
    ax = plot.network(run)
    assert sorted(text.get_text() for text in ax.texts) == ["Npc 0", "Npc 1", "Npc 2"]
    assert len(ax.collections[0].get_segments()) == 2
    assert "minutes spent talking, up to 5 for a pair" in ax.get_title(loc="left")
    again = plot.network(run.network())
    assert np.allclose(again.collections[1].get_offsets(), ax.collections[1].get_offsets())
    assert len(plot.network(run, least=3 * 60).collections[0].get_segments()) == 1


def test_diffusion(run):
    ax = plot.diffusion(run, {"the fair": "fair"})
    assert ax.lines[0].get_ydata().tolist() == [0, 40, 60, 60]
    assert [len(line.get_xdata()) for line in ax.lines[1:]] == [2, 1]
    assert legend(ax) == ["the fair"]
    with pytest.raises(BadParameter, match="nobody said 'war'"):
        plot.diffusion(run, "war")


@pytest.mark.parametrize(
    ("draw", "error", "says"),
    [
        (lambda run: plot.metric(run, "activity"), BadParameter, "has labels"),
        (lambda run: plot.metric(run, "hungre"), UnknownName, "Did you mean hunger"),
        (lambda run: plot.metric(run, "hunger", band=(0.9, 0.1)), BadParameter, "two quantiles"),
        (lambda run: plot.metric(run.npcs(["x"]), "talking"), BadParameter, "without talking"),
        (lambda run: plot.metric(run.npcs(["x"]), len), BadParameter, "Give the History"),
        (lambda run: plot.metric(run, "talking", npcs=[1]), BadParameter, "of the whole town"),
        (lambda run: plot.compare({}, "hunger"), BadParameter, "no run"),
        (lambda run: plot.occupancy(run, by="room"), BadParameter, "by='room'"),
        (lambda run: plot.network(run, weight="love"), BadParameter, "seconds, lines, meetings"),
        (lambda run: plot.network(run, ticks=slice(0, 5)), BadParameter, "nobody talked"),
        (lambda run: plot.network(run.npcs()), BadParameter, "from its network"),
        (lambda run: plot.live("runs/base"), BadParameter, "Give a live town"),
        (lambda run: plot.live(run, seconds=0), BadParameter, "more than 0"),
        (lambda run: plot.trajectories(run, "Nobody"), UnknownName, "Nobody"),
    ],
)
def test_mistakes(run, draw, error, says):
    with pytest.raises(error) as caught:
        draw(run)
    assert says in str(caught.value)


def test_a_run_without_a_map_says_so_or_is_drawn_on_an_empty_field(tmp_path):
    run = write(tmp_path / "run", the_map={"name": "none"}, ticks=50)
    with pytest.raises(BadParameter, match="without a map"):
        plot.occupancy(run)
    assert plot.trajectories(run).get_xlim()[0] == 0


def test_labels_beyond_what_can_be_told_apart_are_put_together(tmp_path):
    import pandas as pd

    from aitown.plot.activity import MOST, _fewer

    table = pd.DataFrame({f"label {i}": [float(i)] for i in range(30)})
    found = _fewer(table)
    assert len(found.columns) == MOST
    assert found["other"].tolist() == [sum(range(19))]
