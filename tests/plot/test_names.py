"""Names in pictures cover neither one another nor the dots."""

import itertools

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.transforms import Bbox

from aitown import plot
from aitown.plot.names import above_one_another, around, set_apart


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def axes():
    _, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    ax.set_xlim(0, 10)
    ax.set_ylim(0, 10)
    return ax


def named(ax, places):
    return [ax.annotate(f"Name {n}", xy, xytext=(0, 0), textcoords="offset points") for n, xy in enumerate(places)]


def covered(texts):
    boxes = [text.get_window_extent() for text in texts]
    return [pair for pair in itertools.combinations(boxes, 2) if Bbox.intersection(*pair)]


def test_a_name_that_has_room_stands_below_its_dot():
    ax = axes()
    [text] = named(ax, [(5, 5)])
    set_apart(ax, [text], [around(8)], [(5, 5, 10)])
    assert text.get_position() == (0, -8)
    assert (text.get_ha(), text.get_va()) == ("center", "top")


def test_names_of_near_dots_stand_apart_and_off_the_dots():
    ax = axes()
    dots = [(5, 5), (5.3, 5.2), (5.1, 4.6), (4.8, 5.3)]
    texts = named(ax, dots)
    set_apart(ax, texts, [around(8)] * 4, [(x, y, 10) for x, y in dots])
    assert not covered(texts)
    for middle in ax.transData.transform(dots):
        assert not any(text.get_window_extent().contains(*middle) for text in texts)


def test_names_on_one_place_are_stacked_and_stay_inside():
    ax = axes()
    texts = named(ax, [(5, 5)] * 3 + [(5, 0.1)])
    set_apart(ax, texts, [above_one_another(12)] * 4)
    assert texts[0].get_position() == (0, 0)
    assert not covered(texts)
    assert ax.bbox.y0 <= texts[3].get_window_extent().y0


def test_the_names_of_a_network_stand_apart():
    people = [f"Somebody Longname {n}" for n in range(12)]
    pairs = [(n, n + 1) for n in range(11) if n not in (3, 7)]
    index = pd.MultiIndex.from_tuples(pairs, names=["npc", "other"])
    one, other = zip(*pairs, strict=True)
    frame = pd.DataFrame(
        {"name": [people[n] for n in one], "other_name": [people[n] for n in other], "seconds": 60.0}, index=index
    )
    ax = plot.network(frame)
    assert sorted(text.get_text() for text in ax.texts) == sorted(people)
    assert not covered(ax.texts)
    xy = np.asarray(ax.collections[1].get_offsets())
    for group in (xy[:4], xy[4:8], xy[8:]):
        assert np.ptp(group[:, 0]) > np.ptp(group[:, 1])
