"""No test is about time: hypothesis sets no deadlines, and the simulation is compiled before the first that needs it.

A busy machine may take longer than a test is given.
"""

import pytest
from hypothesis import settings

from aitown.client import Client

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


def pytest_collection_finish(session):
    rooms = {"sim", "town", "towns", "history", "docs"}
    if session.config.option.collectonly or not any(rooms & set(item.path.parts) for item in session.items):
        return
    from aitown.sim.model import Model
    from tests.sim.tiny import make_map, make_people

    Model(make_map(), make_people(), seed=1)


@pytest.fixture
def client(server):
    """Of the folder's own server."""
    return Client.find(server.url, server.token)


@pytest.fixture
def hamlet(client):
    """A paused town of three."""
    return client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
