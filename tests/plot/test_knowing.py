"""Diffusion curves show what `History.diffusion` counts."""

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from aitown import plot
from aitown.errors import BadParameter, UnknownName
from tests.town.test_information import MILL
from tests.town.test_town import tiny


@pytest.fixture(scope="module")
def runs():
    made = []
    for seed in (1, 2, 3):
        with tiny(seed=seed) as town:
            town.tell(MILL, to=1)
            made.append(town.run(hours=8, progress=False))
    return made


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_one_run_is_its_curve(runs):
    [line] = plot.knowledge(runs[0], MILL, every="1h").lines
    assert line.get_ydata().tolist() == (100 * runs[0].diffusion(MILL, every="1h")[MILL]).tolist()


def test_many_runs_are_their_mean_and_a_band(runs):
    ax = plot.knowledge({"all": runs, "one": runs[0]}, every="1h", believed=True, share=1)
    shares = np.array([100 * run.diffusion(0, every="1h", believed=True)[MILL] for run in runs])
    assert np.allclose(ax.lines[0].get_ydata(), shares.mean(axis=0))
    [band] = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx(shares.max())
    assert [line.get_label() for line in ax.lines] == ["all", "one"]
    assert "believes" in ax.get_title(loc="left")


def test_what_is_no_run_is_refused(runs):
    with pytest.raises(BadParameter, match="no History"):
        plot.knowledge([3])
    with pytest.raises(BadParameter, match="no History"):
        plot.knowledge([])
    with pytest.raises(UnknownName, match="no fact"):
        plot.knowledge(runs, "The moon is a cheese")
