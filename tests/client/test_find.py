from __future__ import annotations

from types import SimpleNamespace

import pytest

from aitown.client import Client, Server, find_server
from aitown.errors import NoServer


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    for name in ("JPY_PARENT_PID", "JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return SimpleNamespace(setenv=monkeypatch.setenv, runtime=tmp_path)


def test_a_kernel_finds_the_server_that_started_it(server, nowhere):
    nowhere.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime))
    nowhere.setenv("JPY_PARENT_PID", str(server.process.pid))

    found = find_server()

    assert (found.url, found.token) == (server.url, "secret")
    assert found.root
    assert isinstance(Client(found).towns(), list)


def test_a_process_that_no_server_started(nowhere):
    with pytest.raises(NoServer, match="not started by a Jupyter server"):
        find_server()


@pytest.mark.parametrize("note", ["", "{", '{"pid": 1, "url": "http://x/"}', '{"pid": 77}', "[]"])
def test_a_note_that_is_not_the_servers(nowhere, note):
    (nowhere.runtime / "jpserver-77.json").write_text(note)
    nowhere.setenv("JPY_PARENT_PID", "77")

    with pytest.raises(NoServer):
        find_server()


def test_on_a_hub(nowhere):
    nowhere.setenv("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/ada/")
    nowhere.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    nowhere.setenv("JUPYTERHUB_API_TOKEN", "t")

    assert find_server() == Server("http://127.0.0.1:8888/user/ada/", "t")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://h:1/?token=t", Server("http://h:1/", "t")),
        ("http://h:1/base/lab/tree/a.ipynb?token=t", Server("http://h:1/base/", "t")),
        ("https://h/tree", Server("https://h/", "")),
        ("https://h/user/labrador/lab?token=t", Server("https://h/user/labrador/", "t")),
        ("https://h/user/treebeard/", Server("https://h/user/treebeard/", "")),
    ],
)
def test_an_address_as_the_browser_shows_it(url, found):
    assert find_server(url) == found


def test_a_token_never_shows():
    assert "t0ken" not in repr(Server("http://h/", "t0ken"))
