"""A city of up to a million: what it takes to make it, to hold it, to run it and to record it. See README.md."""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import aitown
from aitown import towns
from aitown.sim.codes import ACTIVITIES
from aitown.sim.map import PLACE_KINDS

START, SEED = "2025-03-03T07:00", 7
HOME, WALKING = PLACE_KINDS.index("home"), ACTIVITIES.index("walking")


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def machine():
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return pages * size


@contextmanager
def stage(label):
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{label:44}{cpu:9.1f} s CPU {wall:9.1f} s  peak {peak() / 1e9:6.2f} GB", flush=True)


def staged(label, function):
    def run(*given, **more):
        with stage(label):
            return function(*given, **more)

    return run


def make(npcs):
    """The town of `aitown.Town("city", npcs)`, its stages timed."""
    towns.city, towns.people.draw = staged("map", towns.city), staged("people", towns.people.draw)
    with stage("map, people and checking them"):
        town = aitown.Town("city", npcs, seed=SEED, start=START)
    with stage("routes"):
        arrays = town.map.arrays
    with stage("tables (and compiling, the first time)"):
        town.prepare()
    return town, arrays


def check(town):
    """What must hold in any town, of everybody at once."""
    model = town._running.model()  # noqa: SLF001
    npcs, places = model.npcs, model.places
    x, y = npcs["x"].astype(int), npcs["y"].astype(int)
    assert town.map.reachable.reshape(-1)[npcs["tile"]].all(), "somebody stands in a wall"
    assert town.map.reachable[y, x].all(), "somebody is drawn in a wall"
    public = places["kind"] != HOME
    assert (places["visitors"][public] <= places["capacity"][public]).all(), "a place is too full"
    assert (places["occupants"] == np.bincount(npcs["place"][npcs["place"] >= 0], minlength=places.rows)).all()
    for need in ("hunger", "energy", "social", "fun", "comfort", "mood"):
        assert ((npcs[need] >= 0) & (npcs[need] <= 1)).all(), need
    return sum(model.accounts().values())


def run(town, arrays, ticks):
    npcs, money = len(town.names), check(town)
    cpu = time.process_time()
    with stage(f"{ticks} ticks from {START[-5:]}"):
        town.step(ticks)
    cpu = time.process_time() - cpu
    assert check(town) == money, "money was made or lost"
    walk = (town.frame.tables["npcs"]["activity"] == 2).sum()
    tables = town._running.model()._tables  # noqa: SLF001
    state = sum(table.records.nbytes for table in tables.values())
    routes = sum(getattr(arrays, name).nbytes for name in ("window", "field_start", "field_beyond", "fields"))
    ground = sum(a.nbytes for a in arrays if isinstance(a, np.ndarray)) - routes
    print(f"{cpu / ticks / npcs * 1e9:.1f} ns of CPU per NPC-step; {walk:,} of {npcs:,} walk at the end")
    for label, size in (("state", state), ("of it, of an NPC alone", tables["npcs"].records.nbytes),
                        ("routes", routes), ("map", ground), ("peak of the process", peak())):  # fmt: skip
        print(f"  {label:24}{size / npcs:10,.0f} bytes an NPC {size / 1e9:8.2f} GB")
    print(f"  {'memory of the machine':24}{'':10}              {machine() / 1e9:8.2f} GB", flush=True)


def record(town, ticks):
    with tempfile.TemporaryDirectory(prefix="aitown-million-") as folder:
        path = Path(folder) / "run"
        with stage(f"{ticks} ticks, recorded every {town.record_every}"):
            town.run(ticks=ticks, record=path, progress=False)
            town.close()
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        with stage("opening the history, the newest frame of all"):
            history = aitown.load(path)
            last = history.npcs(columns=["activity", "mood"], ticks=slice(town.tick, town.tick + 1))
        assert len(last) == len(town.names)
        print(f"  {size / 1e9:.2f} GB on the disk; {len(history.events()):,} events", flush=True)


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--npcs", type=int, nargs="+", default=[100_000])
    given.add_argument("--ticks", type=int, default=360)
    given.add_argument("--record", type=int, default=0, help="ticks to record after that")
    given = given.parse_args()
    for npcs in given.npcs:
        if len(given.npcs) > 1 and os.fork():  # each in a process of its own, for the peaks
            if os.wait()[1]:
                raise SystemExit(1)
            continue
        print(f"{npcs:,} NPCs in city, seed {SEED}, {os.cpu_count()} processors")
        town, arrays = make(npcs)
        run(town, arrays, given.ticks)
        if given.record:
            record(town, given.record)
        if len(given.npcs) > 1:
            os._exit(0)


if __name__ == "__main__":
    main()
