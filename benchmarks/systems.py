"""What each system costs: ns of CPU per NPC-step in the default town, system by system. See README.md.

The compiled loop is that of `aitown.sim.schedule`, with the processor's cycle counter read between the systems of
`SYSTEMS` and around the freezing of frames; the cycles are shared out over the CPU time that the whole loop took.
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
    steps += [["if every > 0 and tick % every == 0:", "    freeze(out, frame, tick)", "    frame += 1"]]
    for number, step in enumerate(steps):
        lines += [f"        {line}" for line in step]
        lines += ["        after = cycles()", f"        spent[{number}] += after - before", "        before = after"]
    lines += ["        if world.log.filled[0] > room:", "            world.log.filled[0] = 0"]
    names = {"cycles": cycles, "moment": schedule.moment, "freeze": freeze}
    names |= {system.__name__: system for system in schedule.SYSTEMS}
    exec("\n".join(lines), names)
    return numba.njit(nogil=True, error_model="numpy", _nrt=False)(names["run"])


def measure(npcs, loop, repeats):
    name, start, ticks = SPANS[npcs]
    best, shares = None, None
    for _ in range(repeats):
        town = Town(name, npcs, seed=SEED, start=f"2025-03-03T{start}")
        town.prepare()
        model = town._running.model()  # noqa: SLF001
        world, arrays = model._world, model.map.arrays  # noqa: SLF001
        room = len(world.log.rows) - EVENTS_A_TICK * npcs
        frames = model._freezing.blocks(ticks // EVERY)  # noqa: SLF001
        loop(world, arrays, frames, 0, 0, EVERY, room, np.zeros(len(schedule.SYSTEMS) + 2, np.int64))
        spent = np.zeros(len(schedule.SYSTEMS) + 2, np.int64)
        used = time.process_time()
        loop(world, arrays, frames, 0, ticks, EVERY, room, spent)
        used = time.process_time() - used
        if best is None or used < best:
            best, shares = used, spent / spent.sum()
        town.close()
    return best / npcs / ticks * 1e9 * shares


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--npcs", type=int, nargs="+", default=[25, 1_000, 100_000], choices=list(SPANS))
    given.add_argument("--repeats", type=int, default=3)
    given = given.parse_args()
    loop = timed()
    found = {npcs: measure(npcs, loop, given.repeats) for npcs in given.npcs}
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
