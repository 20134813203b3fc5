"""What the writer says when the disk fails it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aitown.errors import RunError
from aitown.history import History, Pace, RunWriter
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, expected, manifest, same

FULL = """
import resource, sys
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, events, manifest
from aitown.errors import RunError
from aitown.history import Pace, RunWriter

writer = RunWriter.create(sys.argv[1], manifest(), SCHEMA, DOCUMENTS, Pace(flush_seconds=0.0))
writer.write(block(range(50)), events(0, range(50)))
writer.sync()
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    for first in range(50, 100_000, 50):
        writer.write(block(range(first, first + 50)), events(first, range(first, first + 50)))
        writer.sync()
except RunError as error:
    print(error)
try:
    writer.write_input({"id": 0, "text": "x" * 30_000})
except RunError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
try:
    writer.close()
except RunError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_told_and_what_was_written_stays(tmp_path):
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert child.stdout.count("can't be written: File too large") == 3, child.stdout + child.stderr
    assert "is kept" in child.stdout
    history = History.load(tmp_path / "run")
    assert history.state == "interrupted"
    last = history.last_tick
    assert last >= 49
    same(history.npcs(), expected([block(range(last + 1))]))
    with RunWriter.resume(tmp_path / "run") as writer:
        writer.write(block(range(last + 1, last + 50)), NO_EVENTS)
    same(History.load(tmp_path / "run").npcs(), expected([block(range(last + 50))]))


def test_a_folder_that_is_deleted_while_it_is_written_is_noticed(tmp_path):
    writer = RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS, Pace(flush_seconds=0.0, seal_rows=100))
    writer.write(block(range(50)), NO_EVENTS)
    writer.sync()
    (tmp_path / "run").rename(tmp_path / "elsewhere")

    writer.write(block(range(50, 60)), NO_EVENTS)
    with pytest.raises(RunError, match="moved or deleted"):
        writer.sync()

    with pytest.raises(RunError, match="moved or deleted"):
        writer.close()
    assert not (tmp_path / "run").exists()
    same(History.load(tmp_path / "elsewhere").npcs(ticks=slice(0, 50)), expected([block(range(50))]))
