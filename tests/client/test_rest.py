from __future__ import annotations

import numpy as np
import pytest

from aitown.client import Client
from aitown.errors import BadCount, BadParameter, InputRejected, NoServer, NotAllowed, TownDiffers, UnknownTown


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


def test_a_redirect_is_a_page_for_people_and_no_state(client):
    with pytest.raises(NotAllowed, match="302"):
        client.get("login")
