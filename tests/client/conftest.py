"""A real Jupyter server in a process of its own, and a client of it."""

from __future__ import annotations

import pytest

from tests.server.real import jupyter


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with jupyter(tmp_path_factory.mktemp("jupyter"), "--ServerApp.base_url=/a%40b/") as running:
        yield running
