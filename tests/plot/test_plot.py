import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from aitown import plot
from aitown.errors import BadParameter, UnknownName
from aitown.history import RunWriter, load
from aitown.plot.activity import shares
from tests.history.run_model import ACTIVITIES, DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest

DAY = 8640


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "day"
    with RunWriter.create(folder, manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(DAY)), NO_EVENTS)
    return load(folder)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_shares_are_counted(run):
    table = shares(run, minutes=60)
    assert table.index.tolist() == [float(hour) for hour in range(24)]
    assert np.allclose(table.sum(axis=1), 1)
    npcs = run.npcs()
    at_nine = npcs[npcs["time"].dt.hour == 9]
    assert table.loc[9.0].to_dict() == pytest.approx(at_nine["activity"].value_counts(normalize=True).to_dict())


def test_activity_shares(run):
    ax = plot.activity_shares(run)
    assert ax.get_xlim() == (0, 24)
    assert ax.get_ylim() == (0, 100)
    assert ax.get_xlabel() == "time of day (h)"
    assert ax.get_ylabel() == "NPCs (%)"
    assert legend(ax) == list(reversed(ACTIVITIES))
    tops = ax.collections[-1].get_paths()[0].vertices[:, 1]
    assert tops.max() == pytest.approx(100)
    x = ax.collections[-1].get_paths()[0].vertices[:, 0]
    inside = x[(x > 0) & (x < 24)]
    assert len(inside)
    assert set(inside * 4 % 1) == {0.5}  # a quarter of an hour is drawn at its middle


def test_activity_shares_draws_where_it_is_told(run):
    _, ax = plt.subplots()
    assert plot.activity_shares(run.npcs(["activity", "time"], every=6), ax=ax, by="time") is ax
    assert ax.get_xlabel() == "time in the town"
    last = run.npcs(["time"])["time"].max().floor("15min") + pd.Timedelta("15min")
    assert ax.get_xlim()[1] == pytest.approx(date2num(last), abs=1e-6)  # the last step is drawn to its end


def test_hours_that_nobody_lived_stay_empty(run):
    ax = plot.activity_shares(run, ticks=slice(0, 360))
    for area in ax.collections:
        x = np.concatenate([path.vertices[:, 0] for path in area.get_paths()])
        assert x.min() >= 6
        assert x.max() <= 7


def test_a_label_has_the_same_colour_in_every_picture(run):
    whole, part = plot.activity_shares(run), plot.activity_shares(run, ticks=slice(0, 10), npcs=[1, 2])
    colours = [{a.get_label(): tuple(a.get_facecolor()[0]) for a in ax.collections} for ax in (whole, part)]
    assert len(colours[1]) < len(colours[0])
    assert colours[1].items() <= colours[0].items()


def test_needs(run):
    ax = plot.needs(run, columns=["hunger"], minutes=60)
    assert ax.get_ylim() == (0, 1)
    assert legend(ax) == ["hunger"]
    npcs = run.npcs(["hunger", "time"])
    assert ax.lines[0].get_ydata().tolist() == pytest.approx(
        npcs.groupby(npcs["time"].dt.floor("60min"))["hunger"].mean().tolist()
    )


def test_timeline(run):
    ax = plot.timeline(run, ["Npc 1", 3], ticks=slice(0, 100))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Npc 1", "Npc 3"]
    assert legend(ax) == list(ACTIVITIES)
    covered = sum(
        path.vertices[:, 0].max() - path.vertices[:, 0].min() for area in ax.collections for path in area.get_paths()
    )
    assert covered * 86_400 == pytest.approx(2 * 100 * 10)


@pytest.mark.parametrize(
    "draw", [plot.activity_shares, plot.timeline, lambda run, **asked: plot.needs(run, columns=["hunger"], **asked)]
)
def test_mistakes(run, draw):
    with pytest.raises(BadParameter, match="Give a History"):
        draw("runs/base")
    with pytest.raises(BadParameter, match="without"):
        draw(pd.DataFrame({"a": [1]}))
    with pytest.raises(BadParameter, match="nothing to draw"):
        draw(run.npcs().iloc[:0])
    with pytest.raises(UnknownName):
        draw(run, npcs=["Nobody"])


def test_numbers_are_no_labels(run):
    with pytest.raises(BadParameter, match="'hunger' has numbers"):
        plot.activity_shares(run, column="hunger")
    with pytest.raises(BadParameter, match="by='day'"):
        plot.activity_shares(run, by="day")
