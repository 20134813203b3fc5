import numpy as np
import pytest

from aitown import towns
from aitown.sim.model import BLOCK, Model
from tests.sim.tiny import make_map, make_people


@pytest.fixture(scope="session")
def tiny_map():
    return make_map()


@pytest.fixture
def tiny_model(tiny_map):
    return Model(tiny_map, make_people(), seed=7)


def run(model, ticks, every=1, block=BLOCK):
    """The frames of some ticks: {table: {column: (frames, rows)}} and their ticks."""
    blocks = [model.advance(min(block, ticks - done), every) for done in range(0, ticks, block)]
    tables = {
        table: {name: np.concatenate([b.tables[table][name] for b in blocks]) for name in columns}
        for table, columns in blocks[0].tables.items()
    }
    return np.concatenate([b.ticks for b in blocks]), tables


class Days:
    """Two recorded days of riverbend in real units."""

    def __init__(self, seed=7, days=2):
        self.map, self.personas = towns.load("riverbend", None, seed)
        self.model = Model(self.map, self.personas, seed=seed)
        self.ticks, self.tables = run(self.model, days * 8640)
        self.events = self.model.events()
        self.day = 8640

    def __getitem__(self, name):
        column = next(column for column in self.model.schema["npcs"] if column.name == name)
        return column.real(self.tables["npcs"][name])

    def is_doing(self, label):
        column = next(column for column in self.model.schema["npcs"] if column.name == "activity")
        return self.tables["npcs"]["activity"] == column.labels.index(label)


@pytest.fixture(scope="session")
def days():
    return Days()
