from __future__ import annotations

import asyncio
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from aitown.client import Client, Server, find_server
from aitown.errors import (
    BadCount,
    BadParameter,
    InputRejected,
    NoServer,
    NotAllowed,
    TownDiffers,
    TownEnded,
    UnknownTown,
)
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


def test_the_calls(client, hamlet):
    assert hamlet["name"] in [town["name"] for town in client.towns()]
    assert client.control("hamlet", "step", ticks=10)["tick"] == 10
    assert client.input("hamlet", "say", text="Hello", by=0)["tick"] == 11
    assert client.state("hamlet")["payload"]["tick"] == 10
    assert client.town("hamlet")["tick"] == 10


def test_numbers_of_numpy_are_numbers(client, hamlet):
    assert client.open("hamlet", npcs=np.int64(3))["run"] == hamlet["run"]
    assert client.control("hamlet", "step", ticks=np.int32(2))["tick"] == 2
    assert client.control("hamlet", "play", speed=np.float32(0.5))["speed"] == 0.5


@pytest.mark.parametrize("speed", [float("nan"), float("inf"), object()])
def test_what_has_no_json_is_not_sent(client, speed):
    with pytest.raises(BadParameter, match="can't be sent"):
        client.open("hamlet", speed=speed)


def test_errors_come_back_as_themselves(client, hamlet):
    with pytest.raises(TownDiffers, match="npcs 3"):
        client.open("hamlet", npcs=4)
    with pytest.raises(BadCount):
        client.open("other", map="riverbend", npcs=0)
    with pytest.raises(UnknownTown):
        client.control("atlantis", "pause")
    with pytest.raises(InputRejected):
        client.input("hamlet", "say", text="")


def test_a_wrong_token(server):
    with pytest.raises(NotAllowed):
        Client.find(server.url, "wrong").towns()


def test_nothing_listens_there():
    with pytest.raises(NoServer, match="no server answers"):
        Client.find("http://127.0.0.1:9/").towns()


def test_a_server_without_aitown(server):
    with pytest.raises(NoServer, match="no aitown"):
        Client.find(server.url + "api/", server.token).towns()


def test_a_name_is_quoted(client):
    client.open("Mein Dorf – 2", map="riverbend", npcs=1, seed=1, play=False)

    assert client.town("Mein Dorf – 2")["npcs"] == 1
    client.stop("Mein Dorf – 2")


async def some(states, count):
    found = []
    async for state in states:
        found.append(state)
        if len(found) == count:
            return found
    return found


def test_states_come_whole_and_in_order(client, hamlet):
    client.control("hamlet", "play", speed=50)

    states = asyncio.run(asyncio.wait_for(some(client.states("hamlet"), 5), 60))

    ticks = [state["tick"] for state in states]
    assert ticks == sorted(set(ticks))
    assert all(state["map"]["rows"] and len(state["npcs"]) == 3 for state in states)


def test_states_go_on_after_the_process_was_killed(client, hamlet, server):
    client.control("hamlet", "play", speed=50)

    async def watch():
        last, killed = -1, None
        async for state in client.states("hamlet"):
            if killed is None and state["tick"] > 20:
                killed = state["tick"]
                for town in server.towns:
                    os.kill(town.pid, signal.SIGKILL)
            elif killed is not None and state["tick"] < last:
                killed = -1
            if killed is not None and state["tick"] > killed + 100:
                return state
            last = state["tick"]
        return None

    assert asyncio.run(asyncio.wait_for(watch(), 90))["run"] == hamlet["run"]


@pytest.mark.parametrize("end", ["stopped", "unknown", "token"])
def test_states_end_when_dialling_is_of_no_use(client, hamlet, server, end):
    error = {"stopped": TownEnded, "unknown": UnknownTown, "token": NotAllowed}[end]
    if end == "stopped":
        client.stop("hamlet")
    if end == "token":
        client = Client.find(server.url, "wrong")

    with pytest.raises(error):
        asyncio.run(asyncio.wait_for(some(client.states("atlantis" if end == "unknown" else "hamlet"), 1), 60))


def test_a_redirect_is_a_page_for_people_and_no_state(client):
    with pytest.raises(NotAllowed, match="302"):
        client.get("login")
