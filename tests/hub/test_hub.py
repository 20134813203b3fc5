"""On a JupyterHub shared by several people: cookies, other people's servers, servers that are stopped, logins that end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aitown.client import Client, Server
from aitown.errors import NotAllowed
from aitown.wire.codes import EXPIRED, after_close
from tests.hub.real import Browser, read

SAY = {"kind": "say", "text": "Good morning!", "by": 0}
INPUT = "aitown/api/towns/hamlet/input"


def closed(socket, seconds=30):
    """The code with which the socket ends."""
    deadline = time.monotonic() + seconds
    while True:
        assert time.monotonic() < deadline, "the socket is open still"
        try:
            socket.recv(timeout=seconds)
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 1006


class TestWithCookiesAlone:
    @pytest.mark.parametrize("path", ["aitown/ws?town=hamlet&v=1", "aitown/ws?town=hamlet", "ws"])
    def test_the_socket_opens(self, ada, hamlet, path):
        with ada.socket(path) as socket:
            assert len(read(socket, "full_state")["payload"]["npcs"]) == 3

    @pytest.mark.parametrize(
        "path", ["aitown/state?town=hamlet", "state", "aitown/api/towns", "aitown/api/towns/hamlet"]
    )
    def test_reading_takes_the_header_that_the_hub_asks_of_everybody(self, ada, hamlet, path):
        assert ada.fetch("GET", path).status_code == 200

        refused = ada.fetch("GET", path, xsrf=False)
        assert refused.status_code == 403
        assert refused.json()["error"] == "NotAllowed"
        assert "X-XSRFToken" in refused.json()["remedy"]

    def test_so_does_acting(self, ada, hamlet):
        done = ada.fetch("POST", INPUT, SAY)
        assert (done.status_code, done.json()) == (200, {"accepted": True, "id": 0, "tick": 1})

        refused = ada.fetch("POST", INPUT, SAY, xsrf=False)
        assert (refused.status_code, refused.json()["error"]) == (403, "NotAllowed")
        assert ada.fetch("POST", INPUT, SAY).json()["id"] == 1, "the refused one is not in the journal"

    def test_acting_over_the_socket(self, ada, hamlet):
        with ada.socket("aitown/ws?town=hamlet&v=1") as socket:
            assert read(socket, "welcome")["rights"] == ["read", "execute"]
            socket.send(json.dumps({"type": "input", "id": 1, **SAY}))
            assert read(socket, "accepted") == {"type": "accepted", "id": 1, "input": 0, "tick": 1}


class TestOthers:
    def test_another_user_sees_nothing_of_it(self, ada, ben, hamlet):
        for method, path in (("GET", "aitown/state?town=hamlet"), ("GET", "aitown/api/towns"), ("POST", INPUT)):
            answer = ben.fetch(method, path, SAY if method == "POST" else None, base=ada.base)
            assert answer.status_code == 403
            assert answer.json()["error"] == "NotAllowed"
        with pytest.raises(InvalidStatus) as refused, ben.socket("aitown/ws?town=hamlet", base=ada.base):
            pass
        assert refused.value.response.status_code == 403
        assert ben.fetch("GET", "aitown/state?town=hamlet").status_code == 404, "on a server of his own"

    def test_nor_after_asking_the_hub_for_a_login_there(self, ada, ben, hamlet):
        assert ben.visit(ada.base).status_code in (403, 404)
        assert ben.fetch("GET", "aitown/state?town=hamlet", base=ada.base).status_code == 403

    @pytest.mark.parametrize(
        ("origin", "site"),
        [
            ("http://evil.example", "cross-site"),
            ("http://evil.example", None),
            ("http://127.0.0.1:1", "same-site"),
            ("null", "cross-site"),
        ],
    )
    def test_a_page_from_elsewhere_opens_no_socket(self, ada, hamlet, origin, site):
        with pytest.raises(InvalidStatus) as refused, ada.socket("aitown/ws?town=hamlet", origin=origin, site=site):
            pass
        assert refused.value.response.status_code == 403

    def test_who_is_not_logged_in(self, hub, ada, hamlet):
        stranger = Browser(hub, "ada")
        assert stranger.fetch("GET", "aitown/state?town=hamlet").status_code == 403
        with pytest.raises(InvalidStatus) as refused, stranger.socket("aitown/ws?town=hamlet"):
            pass
        assert refused.value.response.status_code == 403


KERNEL = """
import asyncio, json
from aitown.client import Client, find_server

async def main():
    client = Client(find_server())
    opened = client.open("of-a-kernel", map="riverbend", npcs=2, play=False)
    async with client.link("of-a-kernel") as link:
        done = await link.input("say", text="Hello", by=0)
        stepped = await link.control("step", ticks=5)
        async for state in link.states():
            if state["tick"] == 5:
                break
    print(json.dumps([client.server.url, opened["npcs"], done, stepped["tick"], len(state["npcs"])]))

asyncio.run(main())
"""


def test_a_kernel_finds_its_server_and_uses_it(hub, ada):
    """A process with what a kernel inherits: the environment of the user's server, and its id where Jupyter says it."""
    server = hub.server("ada")
    hub_alone = {key: value for key, value in server.environ().items() if key != "JPY_PARENT_PID"}
    for environ in (hub_alone, {**hub_alone, "JPY_PARENT_PID": str(server.pid)}):
        said = subprocess.run(
            [sys.executable, "-c", KERNEL], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert said.returncode == 0, said.stderr
        url, npcs, done, tick, shown = json.loads(said.stdout)
        assert url.endswith("/user/ada/")
        assert (npcs, done["tick"], tick, shown) == (2, 1, 5, 2)
        assert ada.fetch("DELETE", "aitown/api/towns/of-a-kernel").status_code == 204


def test_a_stopped_server_leaves_nothing_and_goes_on_when_it_is_started_again(hub, ada, hamlet):
    assert ada.fetch("POST", "aitown/api/towns/hamlet/control", {"op": "step", "ticks": 40}).json()["tick"] == 40
    with ada.socket("aitown/ws?town=hamlet&v=1") as one, ada.socket("aitown/ws?town=hamlet") as other:
        before = read(one, "full_state")
        read(other, "full_state")
        towns = hub.towns("ada")
        assert towns

        hub.stop("ada")

        for socket in (one, other):
            assert after_close(closed(socket)) == "retry"
    _, alive = psutil.wait_procs(towns, 15)
    assert not alive
    asked = ada.fetch("GET", "aitown/state?town=hamlet")
    assert asked.status_code == 424, "the Hub answers for it, and with nothing that ends a client"

    hub.start("ada")
    ada.visit()
    known = f"&epoch={before['epoch']}&seq={before['seq']}"
    with ada.socket(f"aitown/ws?town=hamlet&v=1{known}") as socket:
        again = read(socket, "full_state", "resumed")
    assert again["type"] == "full_state", "its epoch has gone"
    assert (again["payload"]["run"], again["payload"]["tick"]) == (hamlet["run"], 40)


def script(hub, user):
    """A script elsewhere, with an API token of the user's, and the id of that token."""
    made = hub.api("POST", f"/users/{user}/tokens")
    return Client(Server(f"{hub.url}user/{user}/", made["token"])), made["id"]


def test_a_script_elsewhere_lives_through_a_stop(hub, ada, hamlet):
    client, _ = script(hub, "ada")
    client.control("hamlet", "step", ticks=10)

    async def watch():
        async with client.link("hamlet") as link:
            states = link.states()
            assert (await anext(states))["tick"] == 10
            await asyncio.to_thread(hub.stop, "ada")
            await asyncio.to_thread(hub.start, "ada")
            assert (await link.control("step", ticks=2))["tick"] == 12
            async for state in states:
                if state["tick"] == 12:
                    return state
        return None

    assert asyncio.run(asyncio.wait_for(watch(), 90))["run"] == hamlet["run"]


def test_a_server_that_is_killed_leaves_nothing_either(hub, ada, hamlet):
    towns = hub.towns("ada")
    server = hub.server("ada")
    with ada.socket("aitown/ws?town=hamlet&v=1") as socket:
        read(socket, "full_state")
        server.kill()
        assert after_close(closed(socket)) == "retry"
    _, alive = psutil.wait_procs(towns, 15)
    assert not alive
    hub.stop("ada")


class TestLoginsThatEnd:
    def test_a_revoked_token_closes_the_socket(self, hub, ada, hamlet):
        client, token = script(hub, "ada")
        address = f"aitown/ws?town=hamlet&v=1&token={client.server.token}"
        with Browser(hub, "ada").socket(address) as socket:
            read(socket, "full_state")
            hub.api("DELETE", f"/users/ada/tokens/{token}")
            assert closed(socket) == EXPIRED

    def test_a_script_whose_token_is_revoked_is_told(self, hub, ada, hamlet):
        client, token = script(hub, "ada")

        async def watch():
            async for _ in client.states("hamlet"):
                await asyncio.to_thread(hub.api, "DELETE", f"/users/ada/tokens/{token}")

        with pytest.raises(NotAllowed):
            asyncio.run(asyncio.wait_for(watch(), 60))

    def test_a_browser_whose_tokens_are_revoked_is_shown_out(self, hub, ada, hamlet):
        with ada.socket("aitown/ws?town=hamlet&v=1") as socket:
            read(socket, "full_state")
            hub.log_out("ada")
            assert closed(socket) == EXPIRED
        assert ada.fetch("GET", "aitown/state?town=hamlet").status_code == 403

    def test_logging_out_closes_the_sockets_of_this_browser_alone(self, hub, ada, hamlet):
        other = Browser(hub, "ada").login()
        with ada.socket("aitown/ws?town=hamlet&v=1") as mine, other.socket("aitown/ws?town=hamlet&v=1") as theirs:
            read(mine, "full_state")
            read(theirs, "full_state")
            ada.logout()
            assert closed(mine) == EXPIRED
            theirs.send('{"type": "ping"}')
            assert read(theirs, "pong")

    def test_who_stays_logged_in_stays(self, ada, hamlet):
        with ada.socket("aitown/ws?town=hamlet&v=1") as socket:
            read(socket, "full_state")
            with pytest.raises(TimeoutError):
                socket.recv(timeout=3)  # six rechecks, and twice the time for which the Hub's answer is kept


def test_watching_is_no_activity_and_acting_is(ada, hamlet):
    """What the Hub's culler goes by is the `last_activity` that the user's server reports."""
    last = lambda: ada.fetch("GET", "api/status").json()["last_activity"]
    before = last()
    ada.fetch("POST", "aitown/api/towns/hamlet/control", {"op": "play", "speed": 50})
    played = last()
    assert played > before
    with ada.socket("aitown/ws?town=hamlet&v=1") as socket:
        first = read(socket, "full_state")["payload"]["tick"]
        read(socket, "state_update", where=lambda message: message["payload"]["tick"] > first + 20)
        socket.send('{"type": "ping"}')
        read(socket, "pong")
        ada.fetch("GET", "aitown/state?town=hamlet")
        ada.fetch("GET", "aitown/api/towns/hamlet")
        assert last() == played

        socket.send(json.dumps({"type": "input", "id": 1, **SAY}))
        read(socket, "accepted")
        assert last() > played
    ada.fetch("POST", "aitown/api/towns/hamlet/control", {"op": "pause"})
