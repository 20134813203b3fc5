"""What a town costs a Jupyter server: `/api/status` with and without one, and the import of the extension.

    python benchmarks/server_latency.py [--requests 1500] [--viewers 5] [--npcs 25]

Two servers run at the same time in one run: one idle, one with a town at 20 ticks a second and its viewers. Requests go
to them in turn, so that whatever else the machine does falls on both. Then the import of the extension is measured
beside that of an empty one, each in fresh processes, in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from aitown.client import Client
from tests.server.real import jupyter

EMPTY = (
    "from jupyter_server.extension.application import ExtensionApp\nclass Empty(ExtensionApp):\n    name = 'empty'\n"
)
OURS = "import aitown.server.app"
TIMED = "import time; start = time.perf_counter()\n{}\nprint(time.perf_counter() - start)"


def asked(server) -> float:
    """Seconds that one `/api/status` takes."""
    request = urllib.request.Request(f"{server.url}api/status", headers={"Authorization": f"token {server.token}"})
    start = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return time.perf_counter() - start


async def watch(client: Client, viewers: int, stop: asyncio.Event) -> int:
    """Follow the town with so many viewers until told to stop; how many states came."""

    async def one() -> int:
        states = 0
        async for _ in client.states("bench"):
            states += 1
            if stop.is_set():
                break
        return states

    return sum(await asyncio.gather(*(one() for _ in range(viewers))))


async def latencies(idle, busy, requests: int, viewers: int) -> tuple[list[float], list[float], int]:
    stop = asyncio.Event()
    watching = asyncio.create_task(watch(Client.find(busy.url, busy.token), viewers, stop))
    found: dict[str, list[float]] = {"idle": [], "busy": []}
    for _ in range(requests):
        for name, server in (("idle", idle), ("busy", busy)):
            found[name].append(await asyncio.to_thread(asked, server))
            await asyncio.sleep(0.002)
    stop.set()
    return found["idle"], found["busy"], await watching


def imports(times: int) -> tuple[float, float]:
    """Median seconds to import an empty extension and ours."""
    found: dict[str, list[float]] = {EMPTY: [], OURS: []}
    for _ in range(times):
        for code in (EMPTY, OURS):
            run = subprocess.run([sys.executable, "-c", TIMED.format(code)], capture_output=True, text=True, check=True)
            found[code].append(float(run.stdout))
    return statistics.median(found[EMPTY]), statistics.median(found[OURS])


def show(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{name:<40} p50 {cuts[49] * 1e3:6.2f} ms   p99 {cuts[98] * 1e3:6.2f} ms   n {len(seconds)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--viewers", type=int, default=5)
    parser.add_argument("--npcs", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with jupyter(root / "idle") as idle, jupyter(root / "busy") as busy:
            client = Client.find(busy.url, busy.token)
            client.open("bench", map="riverbend" if options.npcs <= 25 else "city", npcs=options.npcs, seed=7, speed=20)
            client.state("bench")
            for server in (idle, busy):
                asked(server)
            started = time.perf_counter()
            quiet, loaded, states = asyncio.run(latencies(idle, busy, options.requests, options.viewers))
            seconds = time.perf_counter() - started
            tick = client.town("bench")["tick"]
            client.stop("bench")
    show("/api/status, idle server", quiet)
    show(f"/api/status, {options.npcs} NPCs at 20/s, {options.viewers} viewers", loaded)
    print(f"{states} states to {options.viewers} viewers in {seconds:.1f} s; the town came to tick {tick}")
    empty, ours = imports(9)
    print(f"import: empty extension {empty * 1e3:.0f} ms, aitown {ours * 1e3:.0f} ms, {(ours - empty) * 1e3:+.0f} ms")


if __name__ == "__main__":
    main()
