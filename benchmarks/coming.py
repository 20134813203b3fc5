"""What it costs that people come and go in a large city: ms of CPU per newcomer and leaver. See README.md.

Three cities from the same checkpoint run the same ticks: one that nobody comes to or leaves, one with newcomers, one
with leavers, a few of them before each tick. What a newcomer costs is the time of `Town.add` and what its ticks take
longer than those of the quiet city; the first `add` is left out, as it makes the rooms of all homes known.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from aitown import Persona
from aitown.town import Town

SEED = 7
START = "2025-03-03T07:00"


def measure(town, ticks, act):
    """Seconds of CPU of the acts before each of some ticks and of these ticks: two arrays."""
    acts, steps = np.zeros(ticks), np.zeros(ticks)
    for tick in range(ticks):
        begun = time.process_time()
        act(town, tick)
        acted = time.process_time()
        town.step(1)
        acts[tick], steps[tick] = acted - begun, time.process_time() - acted
    return acts, steps


def main():
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--npcs", type=int, default=100_000)
    given.add_argument("--ticks", type=int, default=30)
    given.add_argument("--each", type=int, default=5, help="newcomers or leavers before each tick")
    given = given.parse_args()
    npcs, each = given.npcs, given.each

    def come(town, tick):
        for number in range(each):
            town.add(Persona(f"Newcomer {tick}-{number}", ties={town.names[tick * each + number]: 0.6}))

    def go(town, tick):
        for number in range(each):
            town.remove(npcs - 1 - tick * each - number)

    with Town("city", npcs, seed=SEED, start=START) as town:
        town.step(1)
        found = {}
        for name, act in (("nobody", lambda *_: None), ("newcomers", come), ("leavers", go)):
            with town.fork() as fork:
                measure(fork, 2, lambda *_: None)
                if act is come:
                    fork.add(Persona("First"))
                found[name] = measure(fork, given.ticks, act)
    print(f"{npcs:,} NPCs in city, {given.ticks} ticks of 10 s from {START[-5:]}, {each} people before each; CPU")
    quiet = np.median(found["nobody"][1])
    print(f"a tick when nobody comes or goes  {1e3 * quiet:9.2f} ms")
    for name in ("newcomers", "leavers"):
        acts, steps = found[name]
        print(f"an input of {name:22}{1e3 * np.median(acts) / each:9.2f} ms")
        print(f"the longer tick, for each of {name:9}{1e3 * (np.median(steps) - quiet) / each:5.2f} ms")


if __name__ == "__main__":
    main()
