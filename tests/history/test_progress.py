import io
import sys

from aitown.history import Pace, load, progress
from aitown.history.source import EVERYTHING
from tests.history.run_model import write_run


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, patience=0.0):
    """In the test itself: pytest puts its own stderr there when a fixture is done."""
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_a_long_read_shows_how_many_parts_are_read(tmp_path, monkeypatch):
    run = load(write_run(tmp_path / "run", 400, pace=Pace(flush_seconds=0.0, seal_rows=500)))
    parts = len(list((tmp_path / "run" / "npcs").glob("*.parquet")))
    assert parts > 1
    shown = terminal(monkeypatch)
    run.npcs()
    assert f"/{parts} [" in shown.getvalue()
    assert "reading npcs" in shown.getvalue()


def test_what_is_read_soon_shows_nothing(tmp_path, monkeypatch):
    shown = terminal(monkeypatch, 60.0)
    load(write_run(tmp_path / "run", 400, pace=Pace(flush_seconds=0.0, seal_rows=500))).npcs()
    assert shown.getvalue() == ""


def test_pieces_pass_and_say_how_far_they_reach(tmp_path, monkeypatch):
    run = load(write_run(tmp_path / "run", 30))
    whole = next(run.frozen_pieces("npcs", ["x"], EVERYTHING))
    pieces = [whole.slice(0, 0), whole.slice(0, 50), whole.slice(50)]
    shown = terminal(monkeypatch)
    assert list(progress.reaching(pieces, range(30), "reading npcs")) == pieces
    assert "/30 [" in shown.getvalue()
