"""Each column has one owner: each system is run alone, at many moments, and only its columns may change."""

import numpy as np
import pytest

from aitown.sim import inputs
from aitown.sim.model import Model
from aitown.sim.schedule import SYSTEMS, moment
from tests.sim.tiny import make_map, make_people

MOMENTS = (359, *range(370, 1100, 5), *range(4000, 4200), 5600, 5877)


def columns(model):
    return {
        f"{name}/{column}": values.copy()
        for name, table in model._tables.items()
        for column, values in table.arrays.items()
    }


def owned_by(model, owner):
    return {
        f"{name}/{column.name}"
        for name, table in model._tables.items()
        for column in table.columns.values()
        if column.owner == owner
    }


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.__name__)
def test_a_system_changes_its_own_columns_alone(system):
    model = Model(make_map(), make_people(), seed=5)
    found = set()
    for at in MOMENTS:
        while model.tick < at:
            model.advance(min(256, at - model.tick), 0)
        if at % 10 == 0:
            model.apply(inputs.Say("hello", 1))
            model.apply(inputs.Move(2, 6))
            model.apply(inputs.Invite(at % 7, 6, at // 6 % 1440, text=f"party {at % 5}", to=None))
            model.apply(inputs.Tell(f"fact {at % 7}", at % 8))
            model.apply(inputs.Give(5, to=at % 8))
            model.apply(
                (
                    inputs.Close(4),
                    inputs.Hours(4),
                    inputs.Mind((3,), "m"),
                    inputs.Mind((3,)),
                    inputs.Need(4, "fun", 0.1),
                )[at // 10 % 5]
            )
        for earlier in SYSTEMS[: SYSTEMS.index(system)]:
            call(earlier, model)
        before = columns(model)
        call(system, model)
        found |= changed(before, columns(model))
        model.advance(1, 0)
    assert found
    assert found <= owned_by(model, system.__name__)


def call(system, model):
    now = moment(model._world, model.tick + 1, True)
    arguments = (
        (model._world, model.map.arrays, now) if system.__name__ in {"opening", "walking"} else (model._world, now)
    )
    system(*arguments)


def test_inputs_write_their_own_columns_alone(tiny_model):
    tiny_model.apply(inputs.Tell("The mill closes", 2))
    tiny_model.advance(100, 0)
    before = columns(tiny_model)
    tiny_model.apply(inputs.Say("hello", 1, 3))
    tiny_model.apply(inputs.Tell("The mill closes", 4, 2))
    tiny_model.apply(inputs.Tell("The mill opens", 3))
    tiny_model.apply(inputs.Invite(5, 6, 480, text="A picnic", to=(6,)))
    tiny_model.apply(inputs.Move(2, 6))
    tiny_model.apply(inputs.Decide(4, 6, "eating", "", 20))
    tiny_model.apply(inputs.Default(5))
    for need in ("hunger", "energy", "social", "fun", "comfort"):
        tiny_model.apply(inputs.Need(5, need, 0.5))
    tiny_model.apply(inputs.Open(4))
    tiny_model.apply(inputs.Close(5))
    tiny_model.apply(inputs.Mind((6, 7), "a mind"))
    tiny_model.apply(inputs.Give(5, to=1, by=2))
    tiny_model.apply(inputs.Give(1, by=2, place=4))
    tiny_model.apply(inputs.Price(4, 1))
    tiny_model.apply(inputs.Wage(4, 2))
    tiny_model.apply(inputs.Restock(5, 3))
    times = {"wake": 1, "bed": 2, "breakfast": 3, "lunch": 4, "dinner": 5, "work_from": 6, "work_to": 7}
    tiny_model.apply(inputs.Schedule(0, **times, workdays=("sun",)))
    assert changed(before, columns(tiny_model)) == owned_by(tiny_model, "inputs")


def test_what_an_input_can_change_is_undone_by_none_of_the_systems(tiny_model):
    tiny_model.apply(inputs.Close(4))
    before = columns(tiny_model)
    for _ in range(20):
        tiny_model.advance(256, 0)
    assert not changed(before, columns(tiny_model)) & owned_by(tiny_model, "inputs")


def test_setup_columns_never_change(tiny_model):
    before = columns(tiny_model)
    for _ in range(20):
        tiny_model.advance(256, 0)
    assert not changed(before, columns(tiny_model)) & owned_by(tiny_model, "setup")
