"""`frame.town` beside the same numbers counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown import plot
from aitown.errors import BadParameter, UnknownName
from aitown.history import RunWriter, load
from tests.history.run_model import ACTIVITIES, DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest

TICKS = 9_000


@pytest.fixture(scope="module")
def npcs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    with RunWriter.create(folder, manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(TICKS)), NO_EVENTS)
    return load(folder).npcs(every=7)


def test_units_and_time(npcs):
    assert npcs.town.units["x"] == "tile"
    assert npcs.drop(columns="time").town.time.tolist() == npcs["time"].tolist()
    bare = pd.DataFrame(npcs.drop(columns="time").to_dict("series"))
    bare.attrs = {}
    with pytest.raises(BadParameter, match="forgotten its run"):
        bare.town.time  # noqa: B018


def test_per_place(npcs):
    found = npcs.town.per_place(["hunger", "x"])
    assert list(found.columns) == ["npcs", "hunger", "x"]
    for place, row in found.iterrows():
        there = npcs[npcs["place"] == place]
        assert row["hunger"] == pytest.approx(there["hunger"].mean())
        assert row["npcs"] == pytest.approx(len(there) / len(range(0, TICKS, 7)))
    assert found.attrs["units"]["npcs"] == "NPCs"
    assert "partner" not in npcs.town.per_place().columns


def test_per_place_and_day(npcs):
    found = npcs.town.per_place("hunger", by="day", how="max")
    assert found.index.names == ["place", "day"]
    time = npcs["time"]
    for (place, day), row in found.iterrows():
        there = npcs[(npcs["place"] == place) & (time.dt.normalize() == day)]
        assert row["hunger"] == there["hunger"].max()
        assert row["npcs"] == pytest.approx(len(there) / time[time.dt.normalize() == day].nunique())
    assert set(npcs.town.per_place(by="hour").index.get_level_values("hour")) == set(range(24))


def test_per_npc(npcs):
    found = npcs.town.per_npc("x")
    assert found["x"].tolist() == pytest.approx([npcs.xs(i, level="npc")["x"].mean() for i in range(5)])


@settings(deadline=None, max_examples=12)
@given(
    minutes=st.sampled_from([5, 10, 60, 240]), rows=st.integers(1, 1200), how=st.sampled_from(["mean", "max", "std"])
)
def test_resample_equals_a_loop(npcs, minutes, rows, how):
    frame = npcs.iloc[: rows * 5][["time", "hunger", "activity", "place", "partner"]]
    found = frame.town.resample(f"{minutes}min", how)
    assert found.index.names == ["tick", "npc"]
    steps = frame["time"].dt.floor(f"{minutes}min")
    wanted = {}
    for (step, npc), group in frame.groupby([steps, frame.index.get_level_values("npc")]):
        tick = frame.index.get_level_values("tick")[steps == step].min()
        codes, counts = np.unique(group["activity"].cat.codes, return_counts=True)
        places, often = np.unique(group["place"].cat.codes, return_counts=True)
        place = places[often.argmax()]
        wanted[(tick, npc)] = [
            step, getattr(group["hunger"], how)(), ACTIVITIES[codes[counts.argmax()]],
            None if place < 0 else f"Place {place}", group["partner"].mode().min(),
        ]  # fmt: skip
    assert found.index.tolist() == sorted(wanted)
    for key, row in zip(found.index, found.itertuples(index=False), strict=True):
        step, hunger, activity, place, partner = wanted[key]
        assert (row.time, row.activity, row.partner) == (step, activity, partner)
        assert row.hunger == pytest.approx(hunger, nan_ok=True)
        assert (None if pd.isna(row.place) else row.place) == place


def test_what_is_resampled_can_be_asked_again(npcs):
    assert len(npcs.town.resample("1h").town.resample("2h").town.per_place()) > 0
    assert npcs.town.resample(360).town.units["hunger"] == "1"


def test_activity_shares(npcs):
    found = npcs.town.activity_shares(minutes=60)
    assert found.index.tolist() == [float(hour) for hour in range(24)]
    assert np.allclose(found.sum(axis=1), 1)
    at_nine = npcs[npcs["time"].dt.hour == 9]["activity"].value_counts(normalize=True)
    assert found.loc[9.0].to_dict() == pytest.approx(at_nine.to_dict())


def test_time_budget(npcs):
    found = npcs.iloc[: 8640 // 7 * 5].town.time_budget()
    assert found.sum(axis=1).tolist() == pytest.approx([24.0] * 5)
    assert found.loc[0, "eating"] == pytest.approx(8.0, abs=0.2)
    late = npcs.loc[lambda frame: (frame.index.get_level_values("npc") > 0) | (frame["time"].dt.hour >= 12)]
    assert late.town.time_budget().sum(axis=1).tolist() == pytest.approx([24.0] * 5), "of the time that each was there"


def test_plots_of_a_frame(npcs):
    assert dir(npcs.town.plot) == sorted(plot.__all__)
    assert npcs.town.plot.timeline().get_title(loc="left") == "activity"
    with pytest.raises(AttributeError, match=r"there is .*timeline"):
        npcs.town.plot.pie  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda f: f.reset_index().town, AttributeError, "index level `tick`"),
        (lambda f: f.town.per_place("hungr"), UnknownName, "Did you mean hunger"),
        (lambda f: f.town.per_place("activity"), BadParameter, "has no numbers"),
        (lambda f: f.town.per_place(by="week"), BadParameter, "by='week'"),
        (lambda f: f.town.per_place(how="mode"), BadParameter, "how='mode'"),
        (lambda f: f.drop(columns="place").town.per_place(), UnknownName, "no column 'place'"),
        (lambda f: f.town.resample("soon"), BadParameter, "a length of time"),
        (lambda f: f.town.resample(0), BadParameter, "every=0"),
        (lambda f: f.town.activity_shares("hunger"), BadParameter, "Labels have: name, place, activity"),
        (lambda f: f.town.activity_shares(by="day"), BadParameter, "by='day'"),
    ],
)
def test_mistakes(npcs, ask, error, says):
    with pytest.raises(error) as caught:
        ask(npcs)
    assert says in str(caught.value)
