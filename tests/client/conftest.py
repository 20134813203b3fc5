"""A real Jupyter server in a process of its own, and a client of it."""

from __future__ import annotations

import pytest

from aitown.client import Client
from tests.server.real import jupyter


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with jupyter(tmp_path_factory.mktemp("jupyter"), "--ServerApp.base_url=/a%40b/") as running:
        yield running


@pytest.fixture
def client(server):
    return Client.find(server.url, server.token)


@pytest.fixture
def hamlet(client):
    """A paused town of three."""
    return client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
