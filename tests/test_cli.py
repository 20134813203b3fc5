import os
import re
import signal
import subprocess
import sys

import pytest

import aitown
from aitown.cli import main
from tests.history.run_model import write_run


def said(capsys, *arguments):
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"aitown {aitown.__version__}\n"


def test_run_info_and_listing(capsys, tmp_path):
    folder = tmp_path / "runs" / "base"
    code, out, err = said(
        capsys, "run", "--map", "riverbend", "--npcs", "5", "--days", "0.01", "--seed", "7", "--out", str(folder)
    )
    assert code == 0
    assert "finished" in out
    assert "100%" in err
    run = aitown.load(folder)
    assert (run.state, run.seed, len(run.names), run.last_tick) == ("finished", 7, 5, 86)
    code, out, _ = said(capsys, "info", str(folder))
    assert code == 0
    for part in (run.run_id, "5 NPCs", "86 ticks", "seed 7", "finished", "riverbend", "a simulated day", "hunger"):
        assert part in out
    code, out, _ = said(capsys, "runs", str(tmp_path / "runs"))
    assert code == 0
    assert re.search(r"base\s+riverbend\s+riverbend\s+5\s+7\s+86", out)


def test_the_seed_is_said_when_none_was_given(capsys, tmp_path):
    _, out, _ = said(capsys, "run", "--npcs", "2", "--days", "0.001", "--out", str(tmp_path / "run"))
    seed = aitown.load(tmp_path / "run").seed
    assert f"seed: {seed}" in out


def test_a_fork(capsys, tmp_path):
    base, fork = str(tmp_path / "base"), str(tmp_path / "fork")
    said(capsys, "run", "--npcs", "4", "--days", "0.02", "--seed", "7", "--out", base)
    code, out, _ = said(capsys, "fork", base, "--tick", "day 1 06:10", "--out", fork)
    assert (code, "finished" in out) == (0, True)
    run = aitown.load(fork)
    assert (run.first_tick, run.last_tick, run.manifest["parent"]["run"]) == (60, 173, aitown.load(base).run_id)
    code, out, _ = said(capsys, "info", fork)
    assert f"{run.manifest['parent']['run']} at tick 60" in out
    code, _, err = said(capsys, "fork", base, "--tick", "900", "--out", str(tmp_path / "late"))
    assert (code, "from 0 to 173" in err) == (2, True)


def test_a_run_is_deleted(capsys, tmp_path):
    write_run(tmp_path / "old", 10)
    code, out, _ = said(capsys, "runs", str(tmp_path), "--delete", "old")
    assert code == 0
    assert "no runs in" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["info", "nowhere"], "nowhere is not there."),
        (["runs", ".", "--delete", "nothing"], "no run 'nothing'"),
        (["run", "--map", "atlantis", "--out", "new"], "atlantis"),
        (["run", "--npcs", "0", "--out", "new"], "0"),
        (["run", "--days", "0", "--out", "new"], "days=0"),
        (["run", "--out", "taken"], "taken is there already"),
    ],
)
def test_mistakes_are_said_in_a_line_or_two(capsys, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    code, _, err = said(capsys, *arguments)
    assert code == 2
    assert says in err
    assert err.startswith("aitown: ")
    assert len(err.strip().splitlines()) <= 2
    assert not (tmp_path / "new").exists()


def test_an_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["walk"])
    assert ended.value.code == 2
    assert "invalid choice: 'walk'" in capsys.readouterr().err


def test_ctrl_c_ends_a_run_cleanly(tmp_path):
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "aitown.cli",
            "run",
            "--npcs",
            "25",
            "--days",
            "100000",
            "--seed",
            "1",
            "--out",
            str(folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    while process.poll() is None and not ((folder / "npcs").is_dir() and (aitown.load(folder).last_tick or 0) > 1000):
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"stopped at tick" in err
    run = aitown.load(folder)
    assert run.state == "finished"
    assert run.last_tick > 1000
