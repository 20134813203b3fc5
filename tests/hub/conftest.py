"""One JupyterHub for all tests of this folder, where it can be had."""

from __future__ import annotations

import pytest

from tests.hub.proxy import find_proxy
from tests.hub.real import Browser, jupyterhub

RECHECK_SECONDS = 0.5
"""How often the servers of the tests' users ask whether a viewer may still watch, and how long they believe it."""


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    proxy, reason = find_proxy()
    if proxy is None:
        pytest.skip(f"no JupyterHub: {reason}")
    options = [
        f"--AitownApp.recheck_seconds={RECHECK_SECONDS}",
        "--HubOAuth.cache_max_age=1",
        "--AitownApp.default_npcs=3",
        "--ServerApp.allow_unauthenticated_access=False",
    ]
    with jupyterhub(tmp_path_factory.mktemp("hub"), proxy, *options) as running:
        yield running


@pytest.fixture
def ada(hub):
    """A user's browser, logged in, with her server running."""
    hub.start("ada")
    return Browser(hub, "ada").login()


@pytest.fixture
def ben(hub):
    hub.start("ben")
    return Browser(hub, "ben").login()


@pytest.fixture
def hamlet(ada):
    """A paused town of three on the first user's server."""
    body = {"name": "hamlet", "map": "riverbend", "npcs": 3, "seed": 7, "play": False, "fresh": True}
    answer = ada.fetch("POST", "aitown/api/towns", body)
    assert answer.status_code == 201, answer.text
    return answer.json()
