"""A run that may not be read, or that goes away while it is read: an error of ours that names the file, and no rows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aitown.errors import DamagedRun, UnknownRun
from aitown.history import Metric, Pace, load
from tests.history.run_model import write_run

ASK = """
import json, sys
import aitown
from aitown.errors import AitownError

ASKED = {
    "npcs": lambda run: run.npcs(),
    "events": lambda run: run.events(),
    "inputs": lambda run: run.inputs(),
    "sql": lambda run: run.sql("SELECT count(*) FROM npcs"),
    "map": lambda run: run.map,
    "kept": lambda run: run.kept(),
    "follow": lambda run: next(run.follow(start=0)),
    "repr": lambda run: print(repr(run), run._repr_html_(), run.state, run.nbytes, file=sys.stderr),
}
def asked(folder):
    try:
        run = aitown.load(folder)
    except AitownError as error:
        return {"load": [type(error).__name__, str(error)]}
    found = {}
    for name, ask in ASKED.items():
        try:
            ask(run)
        except AitownError as error:
            found[name] = [type(error).__name__, str(error)]
    return found

print(json.dumps({folder: [asked(folder + "/run"), list(aitown.runs(folder))] for folder in sys.argv[1:]}))
"""
ALL_ROWS = {"npcs", "events", "sql", "follow"}
SHUT = {
    ".": {"load"},
    "manifest.json": {"load"},
    "npcs": ALL_ROWS,
    "npcs/*.parquet": ALL_ROWS,
    "events/*.parquet": {"events"},
    "inputs.jsonl": {"inputs"},
    "map.json": {"map"},
    "metrics": {"kept"},
    "metrics/*.parquet": {"kept"},
}


def python_without_rights():
    """A Python that may not read what it has no permission for, as root may."""
    if os.geteuid():
        return [sys.executable]
    if not shutil.which("setpriv"):
        pytest.skip("root may read everything, and there is no setpriv to give that up")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", sys.executable]


def wide(npcs):
    """How wide they stand."""
    return npcs["x"].max()


def made(folder):
    write_run(folder, 90, pace=Pace(flush_seconds=0.0, seal_rows=150))
    load(folder).record_metrics(Metric("wide", wide, ("x",), "tile"), every=30)
    return folder


@pytest.fixture
def folder(tmp_path):
    return made(tmp_path / "run")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What a process without the right is told, by what it may not read, with the folder that this lies in."""
    home = tmp_path_factory.mktemp("shut")
    whole = made(home / "whole")
    folders, rights = {}, []
    for number, shut in enumerate(SHUT):
        folders[shut] = home / str(number)
        shutil.copytree(whole, folders[shut] / "run")
        shutil.copytree(whole, folders[shut] / "other")
        paths = [folders[shut] / "run"] if shut == "." else sorted((folders[shut] / "run").glob(shut))
        assert paths
        rights += [(path, path.stat().st_mode) for path in paths]
    for path, _ in rights:
        path.chmod(0)
    try:
        child = subprocess.run(
            [*python_without_rights(), "-c", ASK, *map(str, folders.values())],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        for path, mode in rights:
            path.chmod(mode)
    assert child.returncode == 0, child.stderr
    said = json.loads(child.stdout)
    return {shut: (folder, *said[str(folder)]) for shut, folder in folders.items()}


@pytest.mark.parametrize("shut", SHUT)
def test_what_may_not_be_read_is_named_with_the_remedy(answers, shut):
    folder, found, listed = answers[shut]
    assert set(found) == SHUT[shut]
    for kind, said in found.values():
        assert kind == "DamagedRun"
        assert str(folder / "run") in said
        assert "Permission denied" in said
        assert "chmod" in said
    assert listed == (["other"] if shut == "." else ["other", "run"])


def test_a_folder_that_goes_away_between_two_pieces(folder):
    run = load(folder)
    pieces = run.arrow_pieces("npcs", ["x"])
    assert len(next(pieces))
    shutil.rmtree(folder)
    with pytest.raises(UnknownRun, match="is not there any more"):
        list(pieces)
    with pytest.raises(UnknownRun, match="is not"):
        run.npcs()


def test_a_part_that_goes_away_between_two_pieces(folder):
    run = load(folder)
    pieces = run.arrow_pieces("npcs", ["x"])
    assert len(next(pieces))
    last = max((folder / "npcs").glob("*.parquet"))
    last.unlink()
    with pytest.raises(DamagedRun, match=f"{last.name} can't be read: No such file"):
        list(pieces)
