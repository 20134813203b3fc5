"""Ctrl-C never comes between a tick and its record."""

import os
import signal

import pytest

from aitown.town import Town
from aitown.town.interrupts import whole


def test_an_interrupt_waits_for_the_end_of_the_body():
    done = []

    def body():
        with whole():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        body()
    assert done == ["the rest"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_of_the_body_is_not_lost():
    with pytest.raises(ZeroDivisionError), whole():
        raise ZeroDivisionError


def test_an_interrupted_run_has_recorded_what_ran_and_goes_on(tmp_path, monkeypatch):
    with Town("riverbend", 5, seed=1, record=tmp_path / "run") as town:
        town.prepare()
        advance = town._running.model().advance

        def interrupted(*arguments, **more):
            block = advance(*arguments, **more)
            os.kill(os.getpid(), signal.SIGINT)
            return block

        monkeypatch.setattr(town._running.model(), "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            town.step(5000)
        monkeypatch.undo()
        ran = town.tick
        assert 0 < ran < 5000
        assert town.history.last_tick == ran
        town.step(10)
        assert len(town.history.ticks) == ran + 11
