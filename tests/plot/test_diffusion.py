"""The curve of words counts those who are there, as people come and go."""

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from aitown import plot
from tests.town.test_town import tiny

WORD = "zebra"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with tiny(record=tmp_path_factory.mktemp("runs") / "run") as town:
        town.step(9)
        town.say(f"A {WORD}!", to=1)
        town.say(f"A {WORD}!", to=2)
        town.step(90)
        town.input("remove", npc=1)
        town.step(100)
        town.input("add", persona={"name": "New One"})
        town.step(100)
        town.say(f"The {WORD} again", to="New One")
        town.step(200)
        yield town.history


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def curve(ax, run):
    """The line of the picture, as {tick: per cent}."""
    x, y = ax.lines[0].get_data()
    return dict(zip(((x - np.datetime64(run.start)) / np.timedelta64(10, "s")).astype(int).tolist(), y, strict=True))


def test_whoever_has_left_counts_no_more_and_newcomers_do(run):
    ax = plot.diffusion(run, WORD)
    assert curve(ax, run) == pytest.approx({0: 0, 10: 25, 100: 100 / 7, 200: 12.5, 300: 25, 499: 25})
    assert ax.lines[1].get_ydata().tolist() == [25, 25, 25]
    assert ax.get_ylabel() == "NPCs in the town (%)"


def test_it_begins_and_ends_with_the_ticks_that_are_asked(run):
    assert curve(plot.diffusion(run, WORD, ticks=slice(50, 400)), run) == pytest.approx(
        {50: 0, 100: 0, 200: 0, 300: 12.5, 399: 12.5}
    )


def test_a_fact_is_counted_likewise(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        for npc in (1, 2, 3):
            town.tell(f"A {WORD} is in the park.", to=npc)
        town.step(50)
        town.input("remove", npc=1)
        town.step(50)
        run = town.history
    shares = run.diffusion(0)
    assert shares.iloc[:, 1].tolist() == pytest.approx([0, 3 / 8, 2 / 7, 2 / 7])
