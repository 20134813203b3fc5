"""The process that answers one question to a run."""

import io
import json
import os
import subprocess
import sys

import pytest

from aitown.history import Pace, load
from aitown.history.answering import tables
from aitown.history.store import joined
from tests.history.run_model import write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "run", 90)


def start(folder, question):
    command = [sys.executable, "-m", "aitown.reader", str(folder), question]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def ask(folder, question):
    process = start(folder, question)
    data = process.stdout.read()
    assert process.wait(30) == 0
    process.stdin.close()
    process.stdout.close()
    head, _, body = data.partition(b"\n")
    return json.loads(head), body


def test_an_answer(folder):
    question = {"op": "rows", "table": "events", "columns": ["text", "kind"], "start": 0, "stop": 90}
    head, body = ask(folder, json.dumps(question))
    assert head == {"status": 200, "type": "application/vnd.apache.arrow.stream"}
    found = joined(list(tables(io.BytesIO(body))))
    assert found["text"].to_pylist() == load(folder).events()["text"].tolist()
    head, body = ask(folder, '{"op": "look"}')
    assert json.loads(body)["stop"] == 90


@pytest.mark.parametrize(
    ("question", "status", "error"),
    [("{", 400, "BadMessage"), ("[]", 400, "BadMessage"), ('{"op": "fly"}', 400, "BadParameter")],
)
def test_a_refusal(folder, question, status, error):
    head, body = ask(folder, question)
    assert (head["status"], head["error"], body) == (status, error, b"")
    assert head["remedy"]


def test_no_run(tmp_path):
    head, _ = ask(tmp_path, '{"op": "look"}')
    assert (head["status"], head["error"]) == (404, "UnknownRun")


def test_it_draws_no_bar_into_the_terminal_of_the_server(tmp_path):
    folder = write_run(tmp_path / "run", 400, pace=Pace(flush_seconds=0.0, seal_rows=500))
    code = (
        "import sys; from aitown.history import progress; progress.PATIENCE = 0.0\n"
        "from aitown.reader import main; sys.exit(main(sys.argv[1:]))"
    )
    question = json.dumps({"op": "rows", "table": "npcs", "columns": ["x"], "start": 0, "stop": 400})
    pty, termios = (
        pytest.importorskip(name, reason="a terminal is made otherwise here") for name in ("pty", "termios")
    )
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (30, 100))  # a new terminal has no columns, and room for no bar
    try:
        command = [sys.executable, "-c", code, str(folder), question]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=end) as process:
            assert json.loads(process.stdout.readline())["status"] == 200
            process.stdout.read()
        os.write(end, b"nothing else\n")
        assert os.read(terminal, 1_000) == b"nothing else\r\n"
    finally:
        os.close(terminal)
        os.close(end)


def test_it_ends_when_whoever_asked_has_gone(folder):
    process = start(folder, '{"op": "look"}')
    process.stdin.close()
    assert process.wait(30) in (0, 3)
    process.stdout.close()
