"""The process that answers one question to a run."""

import io
import json
import subprocess
import sys

import pytest

from aitown.history import load
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


def test_it_ends_when_whoever_asked_has_gone(folder):
    process = start(folder, '{"op": "look"}')
    process.stdin.close()
    assert process.wait(30) in (0, 3)
    process.stdout.close()
