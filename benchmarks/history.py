"""What a history costs beside other ways to keep one: microseconds and bytes a row (1 NPC at 1 tick), and questions.

    python benchmarks/history.py [--npcs 25 1000] [--rows 10000000] [--slow-rows 1000000] [--pace 20]

Blocks come from a real town, simulated before the clock starts, so that only the history is measured. Everybody gets
the same blocks; the slow ones a tenth of them, and what they say of rows is by row. Then a town at a pace: how late
its ticks are with nobody recording, with recording, and with a reader that asks without a pause.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from history_peers import PEERS, SLOW, Aitown, Mesa

import aitown
from aitown.sim.model import Model

if TYPE_CHECKING:
    from aitown.columns import Events, FrameBlock

Blocks = list[tuple["FrameBlock", "Events"]]


def simulate(npcs: int, rows: int) -> tuple[aitown.Town, Blocks]:
    """Blocks of every tick, from six in the morning on."""
    town = aitown.Town("riverbend" if npcs <= 25 else "city", npcs, seed=7)
    model = Model(town.map, town.personas, seed=7)
    out = []
    while model.tick * npcs < rows:
        block = model.advance(min(256, max(1, 100_000 // npcs)))
        out.append((block, model.events()))
    return town, out


def write(peer: Any, blocks: Blocks) -> tuple[float, float, int]:
    """CPU seconds, seconds until closed, ticks."""
    wall, cpu, ticks = time.perf_counter(), time.process_time(), 0
    if isinstance(peer, Mesa):
        cpu = wall = 0.0
        for block, _ in blocks:
            for index in range(len(block)):
                peer.set(block, index)
                before = time.process_time()
                peer.collect()
                cpu += time.process_time() - before
            ticks += len(block)
        return cpu, cpu, ticks
    for block, events in blocks:
        peer.write(block, events)
        ticks += len(block)
    peer.close()
    return time.process_time() - cpu, time.perf_counter() - wall, ticks


def best(ask: Any, times: int) -> float:
    found = []
    for _ in range(times):
        before = time.perf_counter()
        answer = ask()
        found.append(time.perf_counter() - before)
        assert len(answer)
    return min(found)


def beside(npcs: int, rows: int, slow_rows: int) -> None:
    town, blocks = simulate(npcs, rows)
    print(
        f"\n{npcs:,} NPCs        rows   µs CPU/row  s until closed   B/row   one NPC  100 ticks  2 columns  place × day"
    )
    for kind in PEERS:
        slow = kind.name in SLOW
        some = blocks
        if slow:
            each = sum(len(block) for block, _ in blocks) * npcs / len(blocks)
            some = blocks[: max(1, round(slow_rows / each))]
        with tempfile.TemporaryDirectory(prefix="aitown-bench-") as folder:
            gc.collect()
            peer = kind(Path(folder), town)
            cpu, wall, ticks = write(peer, some)
            done = ticks * npcs
            middle = ticks // 2
            asked = [
                best(lambda peer=peer: peer.one(npcs // 2), 1 if slow else 3),
                best(lambda peer=peer, middle=middle: peer.window(middle, middle + 100), 1 if slow else 3),
                best(peer.two, 1 if slow else 3),
                best(peer.mean, 1 if slow else 3),
            ]
            print(
                f"{kind.name:<18} {done:>11,}  {cpu / done * 1e6:>9.2f}  {wall:>13.2f}  {peer.nbytes() / done:>7.2f}  "
                + "  ".join(f"{seconds:>7.3f} s" for seconds in asked)
            )
            del peer


def late(blocks: Blocks, town: aitown.Town, folder: Path, *, record: bool, read: bool, pace: float) -> np.ndarray:
    """How late each block was handed over, in milliseconds, at so many blocks a second."""
    peer = Aitown(folder, town) if record else None
    reader = None
    if read:
        code = (
            "import sys, itertools, aitown\nrun = aitown.load(sys.argv[1])\n"
            "while True:\n    run.npcs(['x', 'y']); run.events(); run.places()"
        )
        reader = subprocess.Popen([sys.executable, "-c", code, str(folder / "run")], stderr=subprocess.DEVNULL)
    out = []
    due = time.perf_counter()
    for block, events in blocks:
        due += 1 / pace
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        if peer is not None:
            peer.write(block, events)
        out.append((time.perf_counter() - due) * 1e3)
    if reader is not None:
        reader.kill()
        reader.wait()
    if peer is not None:
        peer.close()
    return np.array(out)


def paced(npcs: int, seconds: float) -> None:
    pace = 50.0
    town = aitown.Town("riverbend" if npcs <= 25 else "city", npcs, seed=7)
    model = Model(town.map, town.personas, seed=7)
    blocks = [(model.advance(10), model.events()) for _ in range(int(pace * seconds))]
    print(f"\n{npcs:,} NPCs at {pace * 10:,.0f} ticks a second: how late a tick is (ms)")
    for title, record, read in (("no history", False, False), ("recording", True, False), ("and a reader", True, True)):
        with tempfile.TemporaryDirectory(prefix="aitown-bench-") as folder:
            found = late(blocks, town, Path(folder), record=record, read=read, pace=pace)
        print(f"{title:<14} p50 {np.median(found):6.2f}  p99 {np.percentile(found, 99):6.2f}  worst {found.max():6.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npcs", type=int, nargs="+", default=[25, 1000])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--slow-rows", type=int, default=1_000_000)
    parser.add_argument("--pace", type=float, default=20.0, help="seconds of the town at a pace, three times")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for npcs in asked.npcs:
        beside(npcs, asked.rows, asked.slow_rows)
        paced(npcs, asked.pace)


if __name__ == "__main__":
    main()
