"""Who is close to whom in a recorded stretch is what the history says."""

import pytest

import aitown
from aitown.errors import UnknownName
from aitown.history.replay import close, stretch
from tests.history.replay.plain import read


@pytest.fixture(scope="module")
def town():
    made = aitown.Town("riverbend", npcs=12, seed=5)
    made.run(hours=9)
    return made


def told(run, **options):
    """The moments, and the strength in thousandths at each by pair."""
    header, _, tables = read(stretch(run, **options).data)
    if "ties" not in tables:
        return None, {}
    columns = tables["ties"]
    pairs = [(npc[0], other[0]) for npc, other in zip(columns["npc"], columns["other"], strict=True)]
    return header["tie_ticks"], dict(zip(pairs, columns["strength"], strict=True))


def test_at_each_moment_the_closest_are_there_as_the_history_has_them(town, monkeypatch):
    monkeypatch.setattr(close, "CLOSEST", 3)
    run = town.history
    moments, strengths = told(run)
    assert (moments[0], moments[-1], len(moments)) == (0, town.tick, 24)
    assert len({tuple(series) for series in strengths.values()}) > 5
    for k in (0, 7, 23):
        now = run.relationships(moments[k])["strength"]
        for pair, series in strengths.items():
            assert series[k] == (round(now[pair] * close.PER_UNIT) if pair in now.index else 0)
        for npc, those in now.groupby("npc"):
            nearest = those.sort_values(ascending=False, kind="stable").index[:3]
            assert set(nearest) <= set(strengths), npc


def test_they_are_left_out_of_what_would_be_too_much_and_where_nobody_asks(town, monkeypatch):
    assert told(town.history, ties=False) == (None, {})
    monkeypatch.setattr(close, "MOST_PEOPLE", 11)
    assert told(town.history) == (None, {})
    monkeypatch.setattr(close, "MOST_PEOPLE", 12)
    monkeypatch.setattr(close, "MOST_STATES", 12 * town.tick)
    assert told(town.history) == (None, {})


def test_a_town_says_whom_somebody_knows_the_closest_first(town):
    said = town.ties(3)
    expected = town.relationships().loc[3].sort_values("strength", ascending=False)
    assert said["tick"] == town.tick
    assert [tie["strength"] for tie in said["ties"]] == pytest.approx(expected["strength"].tolist(), abs=1e-4)
    for tie in said["ties"]:
        assert tie["last"] == expected.loc[tie["other"], "last"]
    for nobody in (12, -1, True, "Ada"):
        with pytest.raises(UnknownName):
            town.ties(nobody)
