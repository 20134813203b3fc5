"""What each system costs: ns per NPC-step in the default town, system by system. See README.md.

The compiled loop is that of `aitown.sim.schedule`, with the processor's cycle counter read between the systems of
`SYSTEMS` and around the freezing of frames. Of several runs each system's least counts, as others may have had the
processor in between.
"""

from __future__ import annotations

import argparse
import inspect
import resource
import time

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from aitown.sim import schedule
from aitown.sim.events import EVENTS_A_TICK
from aitown.sim.freezing import freeze
from aitown.sim.systems.needs import feel
from aitown.town import Town

SEED = 7
SPANS = {25: ("riverbend", "00:00", 8_640), 1_000: ("city", "07:00", 720), 100_000: ("city", "07:00", 30)}
EVERY = 10


@intrinsic
def cycles(_typing):
    def code(_context, builder, _signature, _arguments):
        counter = builder.module.declare_intrinsic("llvm.readcyclecounter", fnty=ir.FunctionType(ir.IntType(64), []))
        return builder.call(counter, [])

    return types.int64(), code


def timed():
    """The loop of the schedule with the counter read after each step; it fills `spent` (i8[systems + 2])."""
    lines = ["def run(world, town, out, since, until, every, room, spent):", "    frame = 0"]
    lines += ["    for tick in range(since + 1, until + 1):", "        before = cycles()"]
    steps = [["now = moment(world, tick, False)"]]
    for system in schedule.SYSTEMS:
        steps += [[f"{system.__name__}({', '.join(inspect.signature(system.py_func).parameters)})"]]
    steps += [
        [
            "if every > 0 and tick % every == 0:",
            "    feel(world, tick)",
            "    freeze(out, frame, tick)",
            "    frame += 1",
        ]
    ]
    for number, step in enumerate(steps):
        lines += [f"        {line}" for line in step]
        lines += ["        after = cycles()", f"        spent[{number}] += after - before", "        before = after"]
    lines += ["        if world.log.filled[0] > room:", "            world.log.filled[0] = 0"]
    names = {"cycles": cycles, "moment": schedule.moment, "feel": feel, "freeze": freeze}
    names |= {system.__name__: system for system in schedule.SYSTEMS}
    exec("\n".join(lines), names)
    return numba.njit(nogil=True, error_model="numpy", _nrt=False)(names["run"])


def pace(loop_cycles):
    """ns in a cycle of the counter, which runs at one pace whatever the processor does."""
    begun, since = loop_cycles(), time.perf_counter_ns()
    while time.perf_counter_ns() - since < 1e8:
        pass
    return (time.perf_counter_ns() - since) / (loop_cycles() - begun)


def measure(npcs, loop, repeats):
    name, start, ticks = SPANS[npcs]
    found = []
    for _ in range(repeats):
        town = Town(name, npcs, seed=SEED, start=f"2025-03-03T{start}")
        town.prepare()
        model = town._running.model()  # noqa: SLF001
        world, arrays = model._world, model.map.arrays  # noqa: SLF001
        room = len(world.log.rows) - EVENTS_A_TICK * npcs
        frames = model._freezing.blocks(ticks // EVERY)  # noqa: SLF001
        loop(world, arrays, frames, 0, 0, EVERY, room, np.zeros(len(schedule.SYSTEMS) + 2, np.int64))
        spent = np.zeros(len(schedule.SYSTEMS) + 2, np.int64)
        loop(world, arrays, frames, 0, ticks, EVERY, room, spent)
        found.append(spent)
        town.close()
    return np.min(found, axis=0) / npcs / ticks


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--npcs", type=int, nargs="+", default=[25, 1_000, 100_000], choices=list(SPANS))
    given.add_argument("--repeats", type=int, default=5)
    given = given.parse_args()
    loop = timed()
    now = numba.njit(lambda: cycles())  # noqa: PLW0108 (an intrinsic isn't called from outside)
    now()
    ns = pace(now)
    found = {npcs: ns * measure(npcs, loop, given.repeats) for npcs in given.npcs}
    for npcs in given.npcs:
        name, start, ticks = SPANS[npcs]
        print(f"{npcs:,} NPCs in {name}, {ticks:,} ticks of 10 s from {start}, a frame every {EVERY} ticks")
    print(f"{'ns per NPC-step':16}" + "".join(f"{npcs:>12,}" for npcs in given.npcs))
    names = ["(clock)", *(system.__name__ for system in schedule.SYSTEMS), "(frames)"]
    for number, label in enumerate(names):
        print(f"{label:16}" + "".join(f"{found[npcs][number]:12.2f}" for npcs in given.npcs))
    print(f"{'all':16}" + "".join(f"{found[npcs].sum():12.2f}" for npcs in given.npcs))
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
