"""A figure that follows a run while it is written."""

import io
import threading

import numpy as np
import pytest
from matplotlib import image

from aitown import plot
from aitown.errors import BadParameter, NothingToDraw
from aitown.history import RunWriter, load
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest
from tests.server.real import until


def test_a_live_figure_follows_the_run_and_ends_with_it(tmp_path):
    seen = []
    drawn = threading.Event()

    def draw(history, ax, **asked):
        seen.append(history.last_tick)
        drawn.set()
        return plot.timeline(history, ax=ax, **asked)

    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        figure = plot.live(load(tmp_path / "run"), draw, seconds=0.01, npcs=[0])
        for upto in range(10, 40, 10):
            drawn.clear()
            writer.write(block(range(upto, upto + 10)), NO_EVENTS)
            writer.sync()
            assert drawn.wait(30)
    assert figure.wait(30)
    assert seen[0] == 9
    assert seen[-1] == 39
    assert seen == sorted(seen)
    assert figure.drawn == len(seen)
    assert repr(figure).startswith("LiveFigure: ended, drawn")


def test_a_live_figure_can_be_stopped_and_says_what_ended_it(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        figure = plot.live(load(tmp_path / "run"), plot.timeline, seconds=0.01)
        figure.stop()
        assert figure.wait(0)
        failing = plot.live(load(tmp_path / "run"), _second_time_fails(), seconds=0.01)
        assert failing.wait(30)
        assert "ended by it went wrong" in repr(failing)


def _second_time_fails():
    calls = []

    def draw(history, ax):
        calls.append(1)
        if len(calls) > 1:
            raise BadParameter("it went wrong")
        return ax

    return draw


def _ink(png):
    """How much of a picture isn't white."""
    return float(np.mean(image.imread(io.BytesIO(png))[..., :3].min(axis=2) < 0.9))


def test_a_live_figure_waits_for_the_first_tick_and_says_so(tmp_path):
    """As at a first start, where the town is compiled while the cell that draws runs."""
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        figure = plot.live(load(tmp_path / "run"), plot.timeline, seconds=0.01)
        assert figure.drawn == 0
        assert 0 < _ink(figure.png()) < 0.02
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        until(lambda: figure.drawn)
        assert _ink(figure.png()) > 0.1
    assert figure.wait(30)
    assert figure.error is None


def test_a_live_figure_waits_until_there_is_something_to_draw(tmp_path):
    def draw(history, ax):
        if history.last_tick < 19:
            raise NothingToDraw("there is nothing to draw: nobody talked.")
        return plot.timeline(history, ax=ax)

    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(10)), NO_EVENTS)
        writer.sync()
        figure = plot.live(load(tmp_path / "run"), draw, seconds=0.01)
        assert figure.drawn == 0
        writer.write(block(range(10, 20)), NO_EVENTS)
        writer.sync()
        until(lambda: figure.drawn)
    assert figure.wait(30)
    with pytest.raises(NothingToDraw):
        plot.live(load(tmp_path / "run"), lambda history, ax: plot.network(history, ax=ax))
