"""A hundred million rows: what is asked of them stays within a memory far smaller than they are (`make soak`)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aitown.history import RunWriter, load
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest

NPCS, PLACES, TICKS, CHUNK = 1_000, 20, 100_000, 500
LIMIT_MB = 1_500

ASK = """
import resource, sys, time
import aitown
run = aitown.load(sys.argv[1])
asked = {
    "trajectory": lambda: len(run.trajectory(777)),
    "window": lambda: len(run.npcs(ticks=slice(50_000, 50_100))),
    "every": lambda: len(run.npcs(["hunger"], every=1000)),
    "metric": lambda: len(run.metrics("hunger")),
    "sql": lambda: len(run.sql("SELECT place, avg(hunger) FROM npcs GROUP BY place")),
    "pieces": lambda: sum(len(piece) for piece in run.arrow_pieces("npcs", ["x", "y"])),
}
before = time.perf_counter()
rows = asked[sys.argv[2]]()
seconds = time.perf_counter() - before
print(rows, round(seconds, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "large"
    with RunWriter.create(folder, manifest(NPCS, PLACES), SCHEMA, DOCUMENTS) as writer:
        for first in range(0, TICKS, CHUNK):
            writer.write(block(range(first, first + CHUNK), NPCS, PLACES), NO_EVENTS)
    return folder


@pytest.mark.soak
@pytest.mark.parametrize(
    ("ask", "rows"),
    [
        ("trajectory", TICKS),
        ("window", 100 * NPCS),
        ("every", 100 * NPCS),
        ("metric", TICKS),
        ("sql", PLACES + 1),
        ("pieces", NPCS * TICKS),
    ],
)
def test_questions_to_a_hundred_million_rows(folder, ask, rows):
    answer = subprocess.run(
        [sys.executable, "-c", ASK, str(folder), ask],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    found, seconds, megabytes = answer.stdout.split()
    print(f"\n{ask}: {seconds} s, {megabytes} MB; the run is {load(folder).nbytes / 1e6:,.0f} MB")  # noqa: T201
    assert int(found) == rows
    assert int(megabytes) < LIMIT_MB
