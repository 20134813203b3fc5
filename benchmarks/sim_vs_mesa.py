"""NPC-steps per CPU second: aitown against the same rules in Mesa, in one run. See README.md.

aitown runs its shipped systems, which do more than the Mesa side (`mesa_town.py` says what it leaves out). Recording is
every tick on both sides: Mesa's DataCollector in memory, aitown's History on the disk. CPU time of the whole process,
writer threads included; building the town and the run's folder, compiling and the routes are outside.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import time
from collections import Counter
from importlib.metadata import version

import numpy as np
from mesa_town import MesaTown

from aitown import towns
from aitown.town import Town

SEED = 7
AIMS = {
    (25, False): 40, (1_000, False): 100, (100_000, False): 250,
    (25, True): 8, (1_000, True): 10, (100_000, True): 20,
}  # fmt: skip


def cpu(run):
    gc.collect()
    wall, used = time.perf_counter(), time.process_time()
    run()
    return time.process_time() - used, time.perf_counter() - wall


def mesa_side(town_map, personas, start, ticks, record):
    hours, minutes = map(int, start.split(":"))
    model = MesaTown(town_map, personas, hours * 60 + minutes, SEED, 1 if record else 0)
    shares = Counter()

    def run():
        for _ in range(ticks):
            model.step()

    used = cpu(run)
    if record:
        frame = model.datacollector.get_agent_vars_dataframe()
        shares.update(frame["activity"].value_counts(normalize=True).to_dict())
    return used, shares


def aitown_side(town_map, personas, start, ticks, record):
    town = Town(town_map, personas=personas, seed=SEED, start=f"2025-03-03T{start}", record_every=1)
    town.prepare()
    shares = Counter()
    if not record:
        town.step(1)
        return cpu(lambda: town.step(ticks)), shares
    town.run(ticks=1, progress=False)  # makes the run's folder

    def run():
        town.run(ticks=ticks, progress=False)
        town.close()

    used = cpu(run)
    frame = town.history.npcs(columns=["activity"])
    shares.update(frame["activity"].value_counts(normalize=True).to_dict())
    return used, shares


def best(side, repeats, *given):
    found = [side(*given) for _ in range(repeats)]
    return min((used for used, _ in found), key=lambda used: used[0]), found[0][1]


def compare(name, npcs, start, mesa_ticks, ticks, repeats):
    town_map, personas = towns.load(name, npcs, SEED)
    print(f"\n{name}, {npcs} NPCs, from {start}; Mesa {mesa_ticks:,} ticks, aitown {ticks:,}; best of {repeats}")
    for record in (False, True):
        (theirs, their_wall), their_shares = best(mesa_side, repeats, town_map, personas, start, mesa_ticks, record)
        (ours, our_wall), our_shares = best(aitown_side, repeats, town_map, personas, start, ticks, record)
        mesa_rate, rate = npcs * mesa_ticks / theirs, npcs * ticks / ours
        print(
            f"  {'recording every tick' if record else 'no recording':21}"
            f" Mesa {mesa_rate / 1e3:9,.0f} k/s ({their_wall:.1f} s)"
            f"   aitown {rate / 1e3:10,.0f} k/s ({our_wall:.2f} s)"
            f"   ratio {rate / mesa_rate:6.1f}   aim {AIMS.get((npcs, record), '')}"
        )
    print("  shares of activities (Mesa / aitown), over the recorded ticks:")
    for label in sorted(set(their_shares) | set(our_shares)):
        print(f"    {label:12} {their_shares[label]:6.1%} {our_shares[label]:6.1%}")


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--repeats", type=int, default=3)
    given.add_argument("--big", action="store_true", help="100,000 NPCs too: five minutes and 10 GB more")
    given = given.parse_args()
    cpu_name = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")  # noqa: PTH123, SIM115
    print(f"{platform.platform()}, {cpu_name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    names = ("aitown", "mesa", "numba", "numpy", "pyarrow")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names))
    np.seterr(all="raise")
    compare("riverbend", 25, "06:00", 8_640, 8_640, given.repeats)
    compare("city", 1_000, "07:00", 720, 720, given.repeats)
    if given.big:
        compare("city", 100_000, "07:00", 12, 120, 2)


if __name__ == "__main__":
    main()
