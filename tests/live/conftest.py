from __future__ import annotations

import pytest

from tests.server.real import jupyter


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with jupyter(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def in_a_kernel_of_the_server(server, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(server.process.pid))


@pytest.fixture
def in_a_plain_kernel(monkeypatch, tmp_path):
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    monkeypatch.chdir(tmp_path)
