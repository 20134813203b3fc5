"""A server that ends while people watch, a step runs and a mind decides; and what they find when it is there again.

The viewers are real: links of the Python client, which come back by themselves, and bare sockets, which tell how they
were closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import urllib.request
from urllib.parse import urlencode

import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

import aitown
from aitown.client import Client
from aitown.errors import NoAnswer
from aitown.wire.codes import after_close
from tests.server.real import jupyter

ENDS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, "api"]
SUDDEN = (signal.SIGKILL, signal.SIGINT)
"""Without a terminal Jupyter takes SIGINT as the end of its loop and cleans nothing up."""


class Server:
    """A Jupyter server that is ended and started again at the same address, with the same files."""

    def __init__(self, folder):
        self.folder = folder
        self._stack = contextlib.ExitStack()
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]

    async def start(self):
        server = jupyter(self.folder, "--ServerApp.port_retries=0", port=self.port)
        self.running = await asyncio.to_thread(self._stack.enter_context, server)
        return self

    async def end(self, how):
        """End it, and wait until it and its towns are gone."""
        towns = self.running.towns
        process = self.running.process
        if how == "api":
            headers = {"Authorization": f"token {self.running.token}"}
            request = urllib.request.Request(f"{self.running.url}api/shutdown", method="POST", headers=headers)
            await asyncio.to_thread(lambda: urllib.request.urlopen(request).close())
        else:
            process.send_signal(how)
            if how == signal.SIGINT:  # Python loses one that strikes where nothing can be raised
                process.send_signal(how)
        await asyncio.to_thread(process.wait, 30)
        _, alive = await asyncio.to_thread(psutil.wait_procs, towns, 15)
        assert not alive
        return towns

    @property
    def client(self):
        return Client.find(self.running.url, self.running.token)

    def dial(self, **query):
        address = f"{self.running.url.replace('http', 'ws', 1)}aitown/ws?{urlencode(query)}"
        headers = {"Authorization": f"token {self.running.token}"}
        return connect(address, additional_headers=headers, proxy=None, max_size=None)

    async def __aenter__(self):
        return await self.start()

    async def __aexit__(self, *_):
        await asyncio.to_thread(self._stack.close)


async def read(viewer, *kinds, where=lambda _: True):
    """The next message of these kinds that fits."""
    while True:
        message = json.loads(await asyncio.wait_for(viewer.recv(), 60))
        if message["type"] in kinds and where(message):
            return message


async def goodbye(viewer):
    """The code with which it ends, and the newest state that it had."""
    newest = None
    try:
        while True:
            message = json.loads(await asyncio.wait_for(viewer.recv(), 60))
            newest = message if "payload" in message else newest
    except ConnectionClosed as ended:
        return (ended.rcvd.code if ended.rcvd else 1006), newest


async def shown(link, where=lambda _: True):
    """The first state of the link from now on that fits."""
    async for state in link.states():
        if where(state):
            return state
    return None


def last_tick(run):
    return int(run.npcs(columns=["x"]).index.get_level_values("tick").max())


@pytest.mark.parametrize("how", ENDS, ids=str)
def test_ended_in_the_middle_of_everything_it_leaves_nothing_and_all_go_on(tmp_path, how):
    """Three links and two sockets watch a step that would take days, with a mind that is asked for one of the NPCs."""
    asked = []

    async def decide(message):
        asked.append(message["tick"])
        return [{"kind": "decide", "npc": message["npc"], "place": "Willow Park", "minutes": 10}]

    async def play():
        async with Server(tmp_path) as server, contextlib.AsyncExitStack() as stack:
            client = server.client
            opened = await asyncio.to_thread(client.open, "hamlet", map="riverbend", npcs=3, seed=7, play=False)
            links = [await stack.enter_async_context(client.link("hamlet")) for _ in range(3)]
            sockets = [await stack.enter_async_context(server.dial(town="hamlet", **wish)) for wish in ({}, {"v": 1})]
            assert await links[0].mind([0], decide) == [0]
            stepping = asyncio.create_task(links[1].control("step", ticks=10**9))
            await asyncio.gather(*(shown(link, lambda state: state["tick"] > 500 and asked) for link in links))
            goodbyes = [asyncio.create_task(goodbye(one)) for one in sockets]

            assert len(await server.end(how)) == 1

            with pytest.raises(NoAnswer, match="perhaps"):
                await stepping
            for code, newest in await asyncio.gather(*goodbyes):
                assert code == (1006 if how in SUDDEN else 1001)
                assert after_close(code) == "retry"
                seen = newest["payload"]["tick"]
            run = aitown.load(tmp_path / "root" / opened["folder"])
            written = last_tick(run)
            assert written >= seen, "what was shown is on the disk"
            assert "decide" in set(run.inputs()["kind"])

            await server.start()
            states = await asyncio.gather(*(shown(link, lambda state: state["tick"] >= written) for link in links))
            assert [(state["run"], state["tick"]) for state in states] == [(opened["run"], written)] * 3
            before = len(asked)
            await links[2].control("play", speed=200)
            await shown(links[1], lambda _: len(asked) > before)
            assert min(asked[before:]) >= written

    asyncio.run(asyncio.wait_for(play(), 150))


TOWNS = {
    "hamlet": {"npcs": 3, "seed": 7, "play": True, "speed": 50},
    "paused": {"npcs": 4, "seed": 8, "play": False},
    "hurried": {"npcs": 5, "seed": 9, "play": True, "speed": 0},
}


class Watched:
    """What one viewer of one town knows of it."""

    def __init__(self, first, newest, event):
        self.payload = first["payload"]
        self.people = [npc["name"] for npc in first["payload"]["npcs"]]
        self.epoch, self.seq, self.event = newest["epoch"], newest["seq"], event
        self.tick = newest["payload"]["tick"]


async def watch(server, name, count=5, **have):
    """Look on for `count` states."""
    async with server.dial(town=name, v=1, delta=1, **have) as viewer:
        newest = first = await read(viewer, "full_state")
        event = None if "event" not in have else min(have["event"], first["event"])
        while name != "paused" and (newest["seq"] < first["seq"] + count or event is None):
            message = await read(viewer, "state_update", "event")
            if message["type"] == "event":
                ids = [row["id"] for row in message["events"]]
                assert ids == list(range(ids[0] if event is None else event + message["missed"], message["next"]))
                event = message["next"]
            else:
                newest = message
        return Watched(first, newest, event or 0)


@pytest.mark.parametrize("how", ENDS[:2], ids=str)
def test_three_towns_go_on_each_by_itself(tmp_path, how):
    """Each resumes its own run in an epoch of its own; a position that was another town's is worth nothing."""

    async def play():
        async with Server(tmp_path) as server:
            client = server.client
            for name, parameters in TOWNS.items():
                await asyncio.to_thread(client.open, name, map="riverbend", **parameters)
            await asyncio.to_thread(client.control, "paused", "step", ticks=20)
            before = dict(zip(TOWNS, await asyncio.gather(*(watch(server, name) for name in TOWNS)), strict=True))
            assert len({one.epoch for one in before.values()}) == 3
            told = await asyncio.to_thread(client.input, "paused", "say", text="Only here", by=0)

            assert len(await server.end(how)) == 3

            await server.start()
            assert server.running.towns == [], "a town starts when it is asked for"
            names = list(TOWNS)
            for name, other in zip(names, names[1:] + names[:1], strict=True):
                mine, theirs = before[name], before[other]
                after = await watch(server, name, epoch=mine.epoch, seq=mine.seq, event=mine.event)
                strange = await watch(server, name, epoch=theirs.epoch, seq=theirs.seq)
                for now in (after, strange):
                    assert (now.payload["town"], now.payload["run"]) == (name, mine.payload["run"])
                    assert now.people == mine.people
                    assert now.epoch not in {one.epoch for one in before.values()}
                assert after.epoch == strange.epoch
                assert strange.tick >= after.tick >= mine.tick
                assert len(server.running.towns) == names.index(name) + 1
                before[name] = after
            assert len({one.epoch for one in before.values()}) == 3
            assert before["paused"].tick == 20
            towns = {town["name"]: town for town in await asyncio.to_thread(client.towns)}
            phases = {name: (town["phase"], town["speed"]) for name, town in towns.items()}
            assert phases == {"hamlet": ("running", 50), "paused": ("paused", 10), "hurried": ("running", 0)}
            for name, town in towns.items():
                said = aitown.load(tmp_path / "root" / town["folder"]).inputs()
                assert list(said.get("text", [])) == (["Only here"] if name == "paused" else [])
            assert told["tick"] == 21

    asyncio.run(asyncio.wait_for(play(), 150))
