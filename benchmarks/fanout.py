"""What it costs a server to show one town to a thousand viewers, beside the usual ways.

    python benchmarks/fanout.py [--viewers 1000] [--seconds 5] [--repeats 3] [--size large|small|both]

One Jupyter server with a town at 10 ticks a second, and two peers (`peers.py`) that send a message of the same content
and size at the same rate; each in turn, several times, with a crowd of viewers in another process (`crowd.py`). The
figure is the server's own CPU time divided by the messages that the crowd received, so an overloaded server is not
flattered. The town's process is another one and not counted; a peer has no town. Then, at half the crowd,
`/api/status` beside an idle server's, and the memory at the whole crowd.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import psutil
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from aitown.client import Client
from benchmarks.server_latency import asked, show
from tests.server.real import jupyter

HERE = Path(__file__).parent
HZ = 10
SIZES = {"large": ("city", 170, "v=1&events=0"), "small": ("riverbend", 10, "v=1&delta=1&events=0")}
"""Map, NPCs, and what the viewers ask for: whole states of some 50 KB; the changes of 10 NPCs, some 2 KB."""


@contextlib.contextmanager
def crowd(port: int, path: str, count: int, seconds: float, *, deflate: bool):
    """A crowd that is there; `measure()` has it count for `seconds`."""
    command = [sys.executable, str(HERE / "crowd.py"), str(port), path, str(count), str(seconds)]
    command += ["--deflate"] if deflate else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"

        def measure() -> dict[str, int]:
            process.stdin.write("go\n")
            process.stdin.flush()
            found: dict[str, int] = json.loads(process.stdout.readline())
            return found

        yield measure
        process.kill()


@contextlib.contextmanager
def peer(way: str, message: Path):
    """A running peer: its process and its port."""
    command = [sys.executable, str(HERE / "peers.py"), way, str(message), str(HZ)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        process.kill()


def cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def cost(pid: int, port: int, path: str, options, *, deflate: bool = False) -> tuple[float, dict[str, int]]:
    """µs of CPU a viewer and message, and what the crowd counted, once the garbage of the handshakes is collected."""
    with crowd(port, path, options.viewers, options.seconds, deflate=deflate) as measure:
        measure()
        before = cpu(pid)
        counted = measure()
        spent = cpu(pid) - before
    return spent / max(1, counted["messages"]) * 1e6, counted


async def one_update(url: str) -> dict:
    """An update as the viewers get it, of middling size."""
    updates: list[str] = []
    async with connect(url, max_size=None, compression=None) as link:
        while len(updates) < 20:
            text = await link.recv()
            if '"state_update"' in text[:40]:
                updates.append(text)
    middling: dict = json.loads(sorted(updates, key=len)[10])
    return middling


def measure_size(name: str, server, options, folder: Path) -> None:
    map_name, npcs, query = SIZES[name]
    client = Client.find(server.url, server.token)
    client.open("bench", map=map_name, npcs=npcs, seed=7, speed=HZ, fresh=True, start="2025-03-03T08:00")
    message = folder / f"{name}.json"
    url = f"{server.url.replace('http', 'ws', 1)}aitown/ws?town=bench&token={server.token}&{query}"
    message.write_text(json.dumps(asyncio.run(one_update(url)), separators=(",", ":")))
    print(f"\n{name}: {map_name} with {npcs} NPCs, {query}: {message.stat().st_size / 1000:.1f} KB a message")
    port = int(server.url.split(":")[2].split("/")[0])
    path = f"/aitown/ws?town=bench&token={server.token}&{query}"
    found = defaultdict(list)
    for _ in range(options.repeats):
        for way in ("aitown", "aitown, deflate", "broadcast", "write_message"):
            if way.startswith("aitown"):
                figure, counted = cost(server.process.pid, port, path, options, deflate="deflate" in way)
            else:
                with peer(way, message) as (pid, its_port):
                    figure, counted = cost(pid, its_port, "/", options)
            found[way].append(figure)
            rate, megabytes = counted["messages"] / options.seconds, counted["bytes"] / options.seconds / 1e6
            print(f"  {way:<18} {figure:8.1f} µs   {rate:8.0f} messages/s   {megabytes:6.1f} MB/s")
    ours = statistics.median(found["aitown"])
    print(f"  median {ours:.1f} µs, with deflate {statistics.median(found['aitown, deflate']):.1f} µs")
    for way in ("broadcast", "write_message"):
        theirs = statistics.median(found[way])
        print(f"  {way:<18} {theirs:8.1f} µs: {theirs / ours:.2f} × ours")
    if name == "large":
        calm(server, port, path, options, folder)
    client.stop("bench")


def calm(server, port: int, path: str, options, folder: Path) -> None:
    """Jupyter's own calls at half the crowd, and memory at the whole of it."""
    process = psutil.Process(server.process.pid)
    with jupyter(folder / "idle") as idle:
        with crowd(port, path, options.viewers // 2, 60, deflate=True):
            found = {"idle": [], "busy": []}
            for _ in range(options.requests):
                found["idle"].append(asked(idle))
                found["busy"].append(asked(server))
        show("  /api/status, idle server", found["idle"])
        show(f"  /api/status, {options.viewers // 2} viewers", found["busy"])
    before = process.memory_info().rss
    with crowd(port, path, options.viewers, 60, deflate=True):
        print(f"  memory at {options.viewers} viewers: {(process.memory_info().rss - before) / 1e6:+.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--requests", type=int, default=800)
    parser.add_argument("--size", choices=("large", "small", "both"), default="both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with jupyter(folder / "busy") as server:
            for size in ("large", "small") if options.size == "both" else (options.size,):
                measure_size(size, server, options, folder)


if __name__ == "__main__":
    main()
