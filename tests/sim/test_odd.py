"""The description of the model by the ODD protocol: it says every column, system, parameter and input."""

from dataclasses import fields

import pytest

import aitown
from aitown.cli import main
from aitown.sim import npcs
from aitown.sim.codes import EVENT_KINDS
from aitown.sim.inputs import KINDS
from aitown.sim.odd import describe, systems
from aitown.sim.parameters import Parameters
from aitown.sim.schedule import SYSTEMS
from tests.town.infection import Infection
from tests.town.test_town import tiny


@pytest.mark.parametrize("number", range(1, 8))
def test_it_has_the_seven_elements(number):
    names = (
        "Purpose and patterns",
        "Entities, state variables and scales",
        "Process overview and scheduling",
        "Design concepts",
        "Initialisation",
        "Input data",
        "Submodels",
    )
    assert f"\n## {number} {names[number - 1]}\n" in describe()


def test_it_says_everything_that_is_declared():
    page = describe()
    tables = [value for name, value in vars(npcs).items() if name.endswith("_COLUMNS")]
    assert len(tables) >= 5
    for column in (column for table in tables for column in table):
        assert f"| `{column.name}` | {column.doc} |" in page
    for item in fields(Parameters):
        assert f"| `{item.name}` | {item.metadata['doc']} | {item.metadata['unit']} | {item.default:g} |" in page
        assert item.metadata["source"] in page
    for kind in (*KINDS, *EVENT_KINDS):
        assert f"`{kind}`" in page
    assert [name for name, _ in systems()] == [system.__name__ for system in SYSTEMS]
    for i, system in enumerate(SYSTEMS, 1):
        assert f"| {i} | `{system.__name__}` |" in page
        assert f"\n### {system.__name__}\n" in page


def test_of_a_run_it_has_the_values_and_systems_of_that_run(tmp_path, capsys):
    with tiny(record=tmp_path / "run", systems=[Infection(rate=4)], parameters={"hungry": 0.7}) as town:
        town.step(1)
    assert main(["odd", str(tmp_path / "run")]) == 0
    page = capsys.readouterr().out
    assert page == describe(aitown.load(tmp_path / "run").manifest)
    assert "| **0.7** |" in page
    assert f"| {len(SYSTEMS) + 1} | `infection` | It spreads among those who share a place." in page
    assert "first = 0, rate = 4" in page
    assert "1 once the NPC has caught it." in page
