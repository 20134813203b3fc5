"""How old what a slow reader sees is, and how a crowd comes back after an outage.

    python benchmarks/lines.py [--clients 500] [--outage 3] [--bandwidth 200]

First a town whose states make some 500 KB a second: one viewer reads all of it, another only so many KB a second, and
so does one of a naive server that writes every state to everybody (`peers.py write_message`). The age of a state is
the time from when the fast reader had it to when the slow one had all of it. Then so many Python clients
(`Client.link`, the dialling of `wire/line.py`, the same rule as in the browser) follow a town through a proxy that
turns everybody away for some seconds; every dial is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from websockets.asyncio.client import connect

from aitown.client import Client
from benchmarks.fanout import HZ, one_update, peer
from tests.client.proxy import Proxy
from tests.server.real import jupyter

SECONDS = 20
TICK = re.compile(r'"tick": ?(\d+)')
PIECE = 10_000


async def ages(fast_url: str, slow_url: str, kilobytes: float) -> list[float]:
    """Seconds by which each state came later to a reader of that bandwidth than to one that takes all."""
    had: dict[int, float] = {}
    found = []

    async def fast() -> None:
        async with connect(fast_url, max_size=None, compression=None) as link:
            async for text in link:
                had.setdefault(tick_of(text), time.monotonic())

    async def slow() -> None:
        async for text in at_bandwidth(slow_url, kilobytes * 1000):
            tick = tick_of(text)
            if tick >= 0 and tick in had:
                found.append(time.monotonic() - had[tick])

    reading = asyncio.ensure_future(fast())
    await asyncio.sleep(1)
    try:
        async with asyncio.timeout(SECONDS):
            await slow()
    except TimeoutError:
        pass
    reading.cancel()
    return found


async def at_bandwidth(url: str, bandwidth: float):
    """The texts of a socket that is read no faster than so many bytes a second, with a small buffer."""
    host, port = url.split("/")[2].split(":")
    async with Proxy(host, int(port)) as proxy:
        proxy.bytes_per_second = bandwidth
        proxy.buffer = PIECE
        async with connect(url.replace(f":{port}/", f":{proxy.port}/"), max_size=None, compression=None) as link:
            async for text in link:
                yield text


def tick_of(text: str) -> int:
    """The tick of a state, or the number that the naive peer puts there; −1 for what is no state."""
    found = TICK.search(text)
    return int(found[1]) if found and "payload" in text[:60] else -1


def slow_reader(server, options, folder: Path) -> None:
    client = Client.find(server.url, server.token)
    client.open("slow", map="city", npcs=170, seed=7, speed=HZ, start="2025-03-03T08:00")
    url = f"{server.url.replace('http', 'ws', 1)}aitown/ws?token={server.token}&v=1&events=0&town="
    message = folder / "message.json"
    message.write_text(json.dumps(asyncio.run(one_update(f"{url}slow"))))
    size = message.stat().st_size * HZ / 1000
    print(f"a stream of {size:.0f} KB/s, a reader of {options.bandwidth} KB/s, {SECONDS} s")
    report("aitown", asyncio.run(ages(f"{url}slow", f"{url}slow", options.bandwidth)))
    with peer("write_message", message) as (_, port):
        theirs = f"ws://127.0.0.1:{port}/ws?"
        report("write_message", asyncio.run(ages(theirs, theirs, options.bandwidth)))
    client.stop("slow")


def report(way: str, found: list[float]) -> None:
    if not found:
        print(f"  {way:<14} nothing came")
        return
    print(
        f"  {way:<14} {len(found)} states, age median {statistics.median(found):.2f} s, "
        f"worst {max(found):.2f} s, last {found[-1]:.2f} s"
    )


async def outage(server, options) -> None:
    host, port = server.url.split("/")[2].split(":")
    async with Proxy(host, int(port)) as proxy:
        client = Client(replace(Client.find(server.url, server.token).server, url=f"http://127.0.0.1:{proxy.port}/"))
        links = [client.link("back", events="0", delta="1", fmt="auto") for _ in range(options.clients)]
        entered = [await link.__aenter__() for link in links]
        await asyncio.gather(*(shown(link) for link in entered))
        proxy.dials.clear()
        proxy.when.clear()
        await proxy.refuse()
        await asyncio.sleep(options.outage)
        turned_away = len(proxy.when)
        back = time.monotonic()
        await proxy.listen()
        took = await asyncio.gather(*(shown(link) for link in entered))
        dials = [at - back for at in proxy.when[turned_away:]]
        busiest = max(sum(at <= other < at + 0.1 for other in dials) for at in dials)
        print(f"{options.clients} clients, an outage of {options.outage} s: {turned_away} dials in vain")
        print(f"  back after: median {statistics.median(t - back for t in took):.1f} s, last {max(took) - back:.1f} s")
        print(f"  {len(dials)} dials after the return, at most {busiest} in any 100 ms")
        for link in links:
            await link.__aexit__(None, None, None)


async def shown(link) -> float:
    """When its next state came."""
    async for _ in link.states():
        if link._socket is not None:  # noqa: SLF001 (not one from before the break)
            return time.monotonic()
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--outage", type=float, default=3.0)
    parser.add_argument("--bandwidth", type=float, default=200.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, jupyter(Path(name) / "server") as server:
        slow_reader(server, options, Path(name))
        Client.find(server.url, server.token).open("back", map="riverbend", npcs=10, seed=7, speed=2)
        asyncio.run(outage(server, options))


if __name__ == "__main__":
    main()
