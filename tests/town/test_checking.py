"""`check_system`: what is wrong with a researcher's system is found and said."""

import contextlib
import socket

import numpy as np
import pytest

from aitown.sim.own import declare
from aitown.system import check_system, column
from tests.town.infection import Crowd, Infection, walked
from tests.town.test_systems import steps


def test_a_good_system_is_found_fit():
    for system in (Infection(rate=30), Crowd(), walked):
        found = check_system(system)
        assert found.ok, found
        assert found.numbers["steps"] == 2160 // declare(system, 10).every
    assert "fit to be used" in str(found)


class Remembers(Infection):
    """State beside the columns."""

    name = "remembers"

    def begin(self, npcs, places, now):
        self._steps = 0

    def step(self, npcs, places, now):
        self._steps = getattr(self, "_steps", 0) + 1
        npcs.infected[:] = self._steps % 5 == 0


class Dices(Infection):
    name = "dices"

    def step(self, npcs, places, now):
        npcs.infected[:] = np.random.default_rng().random(len(npcs)) < 0.5


class Cheats(Infection):
    name = "cheats"

    def step(self, npcs, places, now):
        npcs.mood.base["mood"][:] = 0
        npcs.infected[:] = 1


class Writes(Infection):
    name = "writes"

    def step(self, npcs, places, now):
        npcs.hunger[0] = 1


LOAD = column("load", "What was set.", "number")


def sets(values):
    def system(npcs, places, now):
        npcs.load = values

    return steps(system, LOAD)


def asks(label):
    def system(npcs, places, now):
        npcs.load = npcs.activity == npcs.code("activity", label)

    return steps(system, LOAD)


class Waits(Infection):
    """Reads what somebody else writes, as from a network."""

    name = "waits"

    def step(self, npcs, places, now):
        mine, other = socket.socketpair()
        with mine, other, contextlib.suppress(TimeoutError):
            mine.settimeout(0.002)
            mine.recv(1)


class Slow(Infection):
    name = "slow"
    every = 1

    def step(self, npcs, places, now):
        npcs.infected[:] = sum(i % 7 for i in range(3000)) % 2


@pytest.mark.parametrize(
    ("system", "said"),
    [
        (Remembers(), "going on from a checkpoint it gives other values, first in npcs.infected"),
        (Dices(), "run again it gives other values, first in npcs.infected at tick 6"),
        (Cheats(), "it writes what it doesn't own: npcs.mood"),
        (Writes(), "it writes a column that it doesn't own (test_checking.py:"),
        (3, "no method `step`"),
        (sets([0, 1, 0]), "npcs.load is set to an array of the shape (3,); expected a number, or 25 of them. A column"),
        (sets("much"), "npcs.load is set to 'much'; expected a number, or 25 of them."),
        (sets(float("nan")), "load of row 0 is nan; expected a number up to ±32.767. Mend the system"),
        (asks("sleepin"), "activity is never 'sleepin'. It is one of: sleeping, "),
    ],
)
def test_what_is_wrong_with_a_system_is_said(system, said):
    found = check_system(system, ticks=720)
    assert not found.ok
    assert said in found.faults[0]
    assert "not fit" in str(found)


def test_a_fault_that_no_line_of_the_system_has_names_none_of_ours():
    assert "Mend the system, or take another `per_unit`. (in the system" in str(check_system(sets(33), ticks=60))


def test_what_should_be_known_of_a_system_is_noted():
    class Nothing(Infection):
        def begin(self, npcs, places, now): ...

    class After(Crowd):
        name = "after"
        columns = (column("copied", "infected, copied."),)

        def step(self, npcs, places, now):
            npcs.copied = npcs.infected

    assert "slow" in " ".join(check_system(Slow(), ticks=500).notes)
    waits = check_system(Waits(), ticks=100)
    assert waits.ok
    assert "it waits in its steps" in " ".join(waits.notes)
    assert "it waits" not in " ".join(check_system(Slow(), ticks=100).notes)
    assert "nothing happened in infected" in " ".join(check_system(Nothing(), ticks=100).notes)
    found = check_system(After(), ticks=2160, beside=(Infection(rate=30),))
    assert found.ok
    assert "order" in " ".join(found.notes)
