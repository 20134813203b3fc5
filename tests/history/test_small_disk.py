"""A disk that is really full: a small tmpfs of its own, which only root may mount."""

import gc
import os
import subprocess
import sys
import traceback

import pytest

from aitown.errors import RunError
from aitown.history import History, Pace, RunWriter
from tests.history.run_model import DOCUMENTS, SCHEMA, block, events, expected, manifest, same
from tests.history.test_parts import seal

NPCS, STEP = 60, 50
PACE = Pace(flush_seconds=0.0, sync_seconds=0.0, seal_rows=9_000)


def mount(*words):
    return subprocess.run(["mount", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def disk(tmp_path):
    """A folder on a file system of one megabyte, and a function that gives it another size."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a small tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    found = mount("-t", "tmpfs", "-o", "size=1m", "aitown-test", str(folder))
    if found.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {found.stderr.strip()}")
    try:
        yield folder, lambda size: mount("-o", f"remount,size={size}", str(folder))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(writer, first, stop):
    """Write tick after tick until the disk refuses; the error."""
    for tick in range(first, stop, STEP):
        span = range(tick, tick + STEP)
        try:
            writer.write(block(span, NPCS), events(tick, span, NPCS))
            writer.sync()
        except RunError as error:
            return error
    return None


def stuff(folder, free=0):
    """Leave so many bytes free: a part sealed or a tail let go of while the run ended may have left some."""
    room = os.statvfs(folder)
    (folder / "filler").write_bytes(bytes(room.f_bavail * room.f_bsize - free))


def rows(history):
    return history.npcs(), expected([block(range(history.last_tick + 1), NPCS)], npcs=NPCS)


def test_what_was_kept_is_whole_and_goes_on_when_there_is_room(disk):
    folder, resize = disk
    writer = RunWriter.create(folder / "run", manifest(NPCS), SCHEMA, DOCUMENTS, PACE)
    error = fill(writer, 0, 100_000)
    assert "No space left on device" in str(error)
    with pytest.raises(RunError, match="No space left on device"):
        writer.close()

    history = History.load(folder / "run")
    kept = history.last_tick
    assert f"Everything up to tick {kept} is kept" in str(error)
    assert (history.state, history.damage) == ("interrupted", "")
    assert kept > 5 * STEP
    same(*rows(history))

    stuff(folder)
    with pytest.raises(RunError, match="No space left on device"):
        RunWriter.resume(folder / "run", PACE)
    same(*rows(History.load(folder / "run")))

    assert resize("8m").returncode == 0
    with RunWriter.resume(folder / "run", PACE) as again:
        assert again.last_tick == kept
        first = kept + 1
        assert again.event_count == first
        assert fill(again, first, first + 4 * STEP) is None
    history = History.load(folder / "run")
    assert (history.state, history.last_tick) == ("finished", kept + 4 * STEP)
    same(*rows(history))
    assert history.events().index.tolist() == list(range(kept + 1 + 4 * STEP))


def sealed(folder):
    """Seal a part; what goes wrong in words, so that nothing holds what was made on the way."""
    try:
        seal(folder, [block(range(4_000), NPCS)], NPCS)
    except OSError as error:
        return str(error)
    return ""


def test_a_part_that_finds_no_room_leaves_nothing_that_fails_later(disk, monkeypatch):
    """Arrow formats what its file raises; a writer that tried again once it was let go of would find a closed file."""
    folder, _ = disk
    said = []
    shown = traceback.format_exception
    monkeypatch.setattr(traceback, "format_exception", lambda *error: said.append(error[0]) or shown(*error))
    for free in range(0, 40, 4):
        stuff(folder, free << 10)
        assert "No space left on device" in sealed(folder)
        gc.collect()
        (folder / "filler").unlink()
        for left in folder.glob("*.tmp"):
            left.unlink()
    assert set(said) == {OSError}


def test_an_input_that_finds_no_room_is_refused_and_not_in_the_journal(disk):
    folder, _ = disk
    with RunWriter.create(folder / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write_input({"id": 0, "tick": 1, "kind": "say", "text": "there is room"})
        before = (folder / "run" / "inputs.jsonl").read_bytes()
        stuff(folder)
        with pytest.raises(RunError, match=r"could not be written.*No space left on device"):
            writer.write_input({"id": 1, "tick": 2, "kind": "say", "text": "x" * 20_000})
        assert (folder / "run" / "inputs.jsonl").read_bytes() == before
        (folder / "filler").unlink()
        writer.write_input({"id": 1, "tick": 3, "kind": "say", "text": "again"})
    assert History.load(folder / "run").inputs()["text"].tolist() == ["there is room", "again"]
