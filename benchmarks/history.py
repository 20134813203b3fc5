"""What a history costs: bytes and microseconds a row (1 NPC at 1 tick), written and read.

    python benchmarks/history.py [--npcs 25 1000] [--rows 2000000]

Blocks come from a real town, simulated before the clock starts, so that only the history
is measured. Prints one line a size.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import aitown
from aitown.history import History, RunWriter
from aitown.sim.codes import EVENT_KINDS
from aitown.sim.model import Model

if TYPE_CHECKING:
    from aitown.columns import Events, FrameBlock


def simulate(npcs: int, rows: int) -> tuple[aitown.Town, list[tuple[FrameBlock, Events]]]:
    """Blocks of every tick, from six in the morning on."""
    town = aitown.Town("riverbend" if npcs <= 25 else "city", npcs, seed=7)
    model = Model(town.map, town.personas, seed=7)
    out = []
    while model.tick * npcs < rows:
        block = model.advance(min(256, max(1, 100_000 // npcs)))
        out.append((block, model.events()))
    return town, out


def megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(npcs: int, rows: int) -> None:
    town, blocks = simulate(npcs, rows)
    folder = Path(tempfile.mkdtemp(prefix="aitown-bench-")) / "run"
    manifest = {
        "seed": 7,
        "names": list(town.names),
        "places": [{"name": place.name} for place in town.map.places],
        "event_kinds": list(EVENT_KINDS),
    }
    rows = sum(len(block) for block, _ in blocks) * npcs
    wall, cpu = time.perf_counter(), time.process_time()
    writer = RunWriter.create(folder, manifest, Model.schema, {})
    slowest = 0.0
    for block, events in blocks:
        before = time.perf_counter()
        writer.write(block, events)
        slowest = max(slowest, time.perf_counter() - before)
    handed = time.perf_counter() - wall
    writer.close()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = {table: sum(p.stat().st_size for p in (folder / table).iterdir()) for table in ("npcs", "places", "events")}
    print(
        f"{npcs:>7,} NPCs {rows:>11,} rows  write {cpu / rows * 1e6:.2f} µs CPU a row, {wall:.2f} s until closed, "
        f"{handed:.2f} s until handed over, slowest call {slowest * 1e3:.0f} ms; "
        f"{size['npcs'] / rows:.2f} B a row + {size['places'] / rows:.2f} places + {size['events'] / rows:.2f} events"
    )
    history = History.load(folder)
    last = history.last_tick or 0
    for name, ask in {
        "everything": history.npcs,
        "x and y": lambda: history.npcs(["x", "y"]),
        "one NPC": lambda: history.trajectory(npcs // 2),
        "1 % window": lambda: history.npcs(ticks=slice(last // 2, last // 2 + max(1, last // 100))),
        "every 60th": lambda: history.npcs(every=60),
        "events": history.events,
    }.items():
        ask()
        before = time.perf_counter()
        found = len(ask())
        print(
            f"        read {name:<11} {time.perf_counter() - before:7.3f} s  {found:>11,} rows  peak {megabytes():,} MB"
        )
    shutil.rmtree(folder.parent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npcs", type=int, nargs="+", default=[25, 1000])
    parser.add_argument("--rows", type=int, default=2_000_000)
    asked = parser.parse_args()
    for npcs in asked.npcs:
        measure(npcs, asked.rows)


if __name__ == "__main__":
    main()
