"""Colours are told apart by everybody: by distances of CIELAB, for each kind of colour vision."""

import itertools

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from aitown import plot
from aitown.plot.source import COLOURS, OTHER
from tests.town.test_town import tiny

# Machado, Oliveira and Fernandes (2009), severity 1.
VISION = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
FAR = 16
"""2.3 is the least distance that is noticed side by side; small areas that lie apart need several times that."""


def lab(colours, vision):
    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.transpose(vision), 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.column_stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


def test_the_distance_is_that_of_cielab():
    red, white = lab(["#ff0000", "#ffffff"], np.eye(3))
    assert red == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert white == pytest.approx([100, 0, 0], abs=0.05)


@pytest.mark.parametrize("vision", VISION)
def test_each_colour_is_far_from_all_others_from_grey_and_from_white(vision):
    shown = (*COLOURS, OTHER, "#ffffff")
    places = dict(zip(shown, lab(shown, VISION[vision]), strict=True))
    near = {
        (one, other): np.linalg.norm(places[one] - places[other])
        for one, other in itertools.combinations(shown, 2)
        if (one, other) != (OTHER, "#ffffff")
    }
    assert min(near.values()) > FAR, min(near, key=near.get)


def test_an_activity_has_one_colour_in_all_pictures_also_where_some_are_shown_as_other(tmp_path):
    with tiny(record=tmp_path / "run") as town:
        run = town.run(hours=16, progress=False)
    shares, bars = plot.activity_shares(run), plot.timeline(run)
    areas = {area.get_label(): to_rgb(area.get_facecolor()[0]) for area in shares.collections}
    keys = {patch.get_label(): to_rgb(patch.get_facecolor()) for patch in bars.get_legend().get_patches()}
    assert areas.pop("other") == to_rgb(OTHER)
    assert len(areas) > 8
    assert {name: keys[name] for name in areas} == areas
    plt.close("all")
