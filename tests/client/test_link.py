"""Following a town of a real server from Python, through a proxy of the tests that breaks the line."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

import pytest

from aitown.client import Client
from aitown.errors import InputRejected, NoAnswer, NotAllowed, TownEnded, UnknownTown
from tests.client.proxy import Proxy
from tests.server.real import until


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


def through(client, proxy):
    """The same client, behind the proxy."""
    return Client(replace(client.server, url=client.server.url.replace(f":{proxy.target[1]}/", f":{proxy.port}/")))


def with_proxy(client, work):
    """Run `work(link, proxy)` with a link to the hamlet behind a proxy."""

    async def run():
        host, port = client.server.url.split("/")[2].split(":")
        async with Proxy(host, int(port)) as proxy, through(client, proxy).link("hamlet") as link:
            await asyncio.wait_for(work(link, proxy), 90)

    asyncio.run(run())


async def shown(link, where=lambda _: True):
    """The first state from now on that fits."""
    async for state in link.states():
        if where(state):
            return state
    return None


async def shown_after(link, tick):
    return await shown(link, lambda state: state["tick"] > tick)


@pytest.fixture
def lively(client, hamlet):
    client.control("hamlet", "play", speed=50)
    return hamlet


def test_a_cut_line_is_dialled_again_and_resumed(client, lively):
    async def work(link, proxy):
        before = (await shown(link))["tick"]
        proxy.cut()
        assert (await shown_after(link, before + 20))["tick"] > before
        assert len(proxy.dials) == 2
        assert b"epoch=" in proxy.dials[1]
        assert b"full_state" not in await proxy.heard_text(1), "it was brought up to date from what it had"

    with_proxy(client, work)


def test_a_line_that_is_cut_in_the_middle_of_a_message(client, lively):
    async def work(link, proxy):
        before = (await shown(link))["tick"]
        proxy.cut_after(700)
        assert await shown_after(link, before + 20)
        assert len(proxy.dials) >= 2

    with_proxy(client, work)


def test_a_line_that_goes_dead_is_replaced(client, lively):
    """Half open: nothing comes any more, and nobody says so."""

    async def work(link, proxy):
        link._line._socket.hb = 0.2  # so that the test needn't wait for real heartbeats
        before = (await shown(link))["tick"]
        proxy.freeze()
        assert await shown_after(link, before + 20)
        assert len(proxy.dials) == 2

    with_proxy(client, lambda link, proxy: _after_first(link, proxy, work))


async def _after_first(link, proxy, work):
    await shown(link)
    await work(link, proxy)


def test_a_slow_line_shows_fewer_states_and_none_of_them_old(client, lively):
    async def work(link, proxy):
        await shown(link)
        proxy.bytes_per_second = 20_000
        ticks = []
        async for state in link.states():
            ticks.append(state["tick"])
            if len(ticks) == 10:
                break
        now = (await asyncio.to_thread(client.town, "hamlet"))["tick"]
        assert ticks == sorted(set(ticks))
        assert now - ticks[-1] < 50 * 5

    with_proxy(client, work)


def test_the_proxy_going_away_is_only_a_break(client, lively):
    async def work(link, proxy):
        before = (await shown(link))["tick"]
        await proxy.refuse()
        await proxy.dialled_in_vain(2)
        await proxy.listen()
        assert await shown_after(link, before + 20)

    with_proxy(client, work)


def test_events_come_once_and_in_order_over_broken_lines(client, lively):
    """The ids that a link tells are those that the history has, whatever the line does."""

    async def work(link, proxy):
        await shown(link)
        heard = []
        async for event in link.events():
            heard.append(event)
            if len(heard) in (5, 10):
                proxy.cut()
            if len(heard) == 15:
                break
        ids = [event["id"] for event in heard]
        assert ids == sorted(set(ids))
        assert link.missed == ids[-1] - ids[0] + 1 - len(ids) == 0

    client.control("hamlet", "play", speed=0)
    with_proxy(client, work)


def test_inputs_are_answered_over_the_socket(client, hamlet):
    async def work(link, _):
        assert await link.input("say", text="Fire!", by=0) == {"input": 0, "tick": 1}
        assert (await link.control("step", ticks=2))["tick"] == 2
        with pytest.raises(InputRejected, match="dance"):
            await link.input("dance")
        assert link.rights == ["read", "execute"]

    with_proxy(client, work)


@pytest.mark.parametrize("form", ["rows", "cols", "bin"])
def test_who_moves_in_is_seen_with_a_name_and_who_moves_out_no_longer(client, hamlet, server, form):
    async def work(link, control, later):
        await shown(link)
        assert (await link.input("add", persona={"name": "Zoe Hart", "age": 9})) == {"input": 0, "tick": 1, "npc": 3}
        assert (await link.input("remove", npc=1)) == {"input": 1, "tick": 1}
        await control("step", ticks=2)
        state = await shown(link, lambda state: len(state["npcs"]) == 3 and state["tick"] >= 1)
        assert [row["id"] for row in state["npcs"]] == [0, 2, 3]
        assert state["npcs"][-1]["name"] == "Zoe Hart"
        assert client.get("aitown/api/towns/hamlet/npcs/3")["persona"]["name"] == "Zoe Hart"
        assert client.get("aitown/api/towns/hamlet/npcs/1")["npc"] is None
        await shown(later, lambda state: [row["name"] for row in state["npcs"]][-1] == "Zoe Hart")
        with pytest.raises(InputRejected, match="moved out at tick 1"):
            await link.input("say", text="Hello?", to=1)
        epoch = client.town("hamlet")["epoch"]
        for town in server.towns:
            os.kill(town.pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: client.town("hamlet")["epoch"] not in (None, epoch))
        async with client.link("hamlet", delta="1", fmt=form) as again:
            state = await shown(again)
        assert [row["id"] for row in state["npcs"]] == [0, 2, 3]
        assert state["npcs"][-1]["name"] == "Zoe Hart"

    async def run():
        options = {"delta": "1", "fmt": form}
        async with client.link("hamlet", **options) as link, client.link("hamlet", fmt=form) as later:
            await asyncio.wait_for(work(link, link.control, later), 90)

    asyncio.run(run())


def test_an_answer_that_is_lost_is_said_to_be_lost(client, hamlet):
    async def work(link, proxy):
        await shown(link)
        proxy.freeze()
        asked = asyncio.ensure_future(link.input("say", text="Hello?"))
        await proxy.swallowed()
        proxy.cut()
        with pytest.raises(NoAnswer, match="perhaps it was done, perhaps not"):
            await asked
        assert (await link.input("say", text="Hello!"))["tick"] == 1, "over the next line"

    with_proxy(client, work)


def test_a_closed_link_leaves_no_task(client, lively):
    async def run():
        before = asyncio.all_tasks()
        link = client.link("hamlet")
        async with link:
            await shown(link)
            waiting = asyncio.ensure_future(link.control("step", ticks=10**9))
            await asyncio.sleep(0)
        with pytest.raises((TownEnded, NoAnswer)):
            await waiting
        await asyncio.to_thread(client.control, "hamlet", "pause")
        return asyncio.all_tasks() - before

    assert asyncio.run(asyncio.wait_for(run(), 60)) == set()


def test_a_mind_in_this_process_decides_for_a_hosted_town(client, hamlet):
    """Asked over the socket, its decisions are in the journal; over a broken line it is asked again."""
    asked = []

    async def decide(message):
        asked.append(message["npc"])
        return [{"kind": "decide", "npc": message["npc"], "place": "Willow Park", "minutes": 30}]

    async def work(link, proxy):
        assert await link.mind(["Ada Marsh"], decide) == [0]
        await asyncio.to_thread(client.control, "hamlet", "play", speed=200)
        decided = await shown(link, lambda state: state["npcs"][0]["why"] == "mind")
        assert decided["npcs"][0]["target"] == "Willow Park"
        proxy.cut()
        before = len(asked)
        await shown(link, lambda _: len(asked) > before)
        assert set(asked) == {0}

    with_proxy(client, work)


def test_a_mind_is_asked_by_the_next_process_of_its_town_too(client, hamlet, server):
    """The link is whole all the while: the server tells the new process who decides for whom."""
    asked = []

    async def work(link, _):
        await link.mind([0], lambda message: asked.append(message["npc"]) or [])
        await asyncio.to_thread(client.control, "hamlet", "play", speed=200)
        await shown(link, lambda _: asked)
        for town in server.towns:
            town.kill()
            await asyncio.to_thread(town.wait, 30)
        before = len(asked)
        await shown(link, lambda _: len(asked) > before)

    with_proxy(client, work)


def test_a_mind_that_leaves_gives_its_npcs_back(client, hamlet):
    async def work(link, _):
        async with client.link("hamlet") as other:
            assert await other.mind("all", lambda _: []) == [0, 1, 2]
        await asyncio.to_thread(client.control, "hamlet", "play", speed=50)
        async for event in link.events():
            if event["kind"] == "mind" and event["npc"] == 2:
                break

    with_proxy(client, work)
