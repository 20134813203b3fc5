"""The child, driven over its pipe by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import aitown
from aitown.columns import schema_from_json
from aitown.wire import frames, framing

START = {
    "type": "start",
    "town": "hamlet",
    "run": "r1",
    "map": "riverbend",
    "npcs": 3,
    "seed": 7,
    "personas": None,
    "start": None,
    "tick_seconds": None,
    "speed": 10,
    "play": False,
    "resume": False,
}


class Child:
    """One process: messages in, messages out."""

    def __init__(self, environ):
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "aitown.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | environ,
        )
        self.reader = framing.Reader()
        self.waiting = []
        self.schema = None

    def send(self, **message):
        self.process.stdin.write(framing.pack_json(message))
        self.process.stdin.flush()

    def read(self):
        """The next message; a frame as {"type": "frame", …}; None at the end."""
        while not self.waiting:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                self.reader.end()
                return None
            self.waiting += self.reader.feed(data)
        message = self.waiting.pop(0)
        if message.kind == framing.JSON:
            return framing.unpack_json(message.body)
        frame, clock = frames.decode(message.body, self.schema)
        return {"type": "frame", "tick": frame.tick, "clock": clock, "frame": frame}

    def until(self, kind, **fields):
        """The next message of this kind with these fields, and those that came before it."""
        seen = []
        while (message := self.read()) is not None:
            if message["type"] == "hello":
                self.schema = schema_from_json(message["schema"])
            if message["type"] == kind and all(message.get(key) == value for key, value in fields.items()):
                return message, seen
            seen.append(message)
        raise AssertionError(f"the pipe ended before {kind}: {seen}\n{self.process.stderr.read().decode()}")

    def end(self):
        """Hang up; the exit code and the log."""
        self.process.stdin.close()
        while self.read() is not None:
            pass
        log = self.process.stderr.read().decode()
        return self.process.wait(20), log


@pytest.fixture
def spawn(tmp_path):
    made = []

    def start(environ=None, **changes):
        child = Child(environ or {})
        made.append(child.process)
        child.send(**START | {"folder": str(tmp_path / "run")} | changes)
        return child

    yield start
    for process in made:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_hello_then_the_first_frame_then_what_is_asked(spawn):
    child = spawn()

    hello, before = child.until("hello")
    assert before == []
    assert (hello["protocol"], hello["town"], hello["run"], hello["seed"]) == (1, "hamlet", "r1", 7)
    assert hello["pid"] == child.process.pid
    assert len(hello["names"]) == len(hello["personas"]) == 3
    _, before = child.until("frame", tick=0, clock="2025-03-03T06:00:00")
    assert [message["phase"] for message in before if message["type"] == "phase"] == ["compiling", "paused"]
    child.send(type="control", id=1, op="step", ticks=25)
    done, before = child.until("done", id=1)
    assert (done["tick"], done["phase"]) == (25, "paused")
    assert [message["tick"] for message in before if message["type"] == "frame"][-1] == 25, "its frame is there first"
    child.send(type="stop", id=2)
    assert child.until("done", id=2)[0]["tick"] == 25
    assert child.end()[0] == 0


def test_it_beats_every_second_also_when_paused(spawn):
    child = spawn()
    child.until("hello")

    child.until("beat", tick=0, phase="paused")
    child.until("beat", tick=0, phase="paused")


def test_however_fast_at_most_twenty_frames_a_second(spawn):
    child = spawn(speed=0, play=True)
    child.until("hello")
    child.until("beat", phase="running")
    beat, seen = child.until("beat")

    frames_seen = [message["tick"] for message in seen if message["type"] == "frame"]
    assert 1 <= len(frames_seen) <= 23
    assert frames_seen == sorted(set(frames_seen))
    assert beat["tick"] > 1000


def test_events_come_before_their_frame(spawn):
    child = spawn()
    child.until("frame")
    child.send(type="input", id=1, kind="say", text="Hello", by=0)
    accepted, _ = child.until("done", id=1)
    assert (accepted["input"], accepted["tick"]) == (0, 1)
    child.send(type="control", id=2, op="step", ticks=1)
    _, before = child.until("frame", tick=1)

    (events,) = [message["events"] for message in before if message["type"] == "events"]
    assert ("said", 0, "Hello") in {(event["kind"], event["npc"], event["text"]) for event in events}


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "control", "op": "step", "ticks": 0}, "BadParameter"),
        ({"type": "control", "op": "look"}, "BadParameter"),
        ({"type": "control", "op": "play", "speed": -1}, "BadParameter"),
        ({"type": "control"}, "BadParameter"),
        ({"type": "input", "kind": "say", "text": ""}, "InputRejected"),
        ({"type": "dance"}, "BadMessage"),
    ],
)
def test_a_bad_request_is_answered_and_survived(spawn, message, error):
    child = spawn()
    child.until("frame")

    child.send(**message, id=5)
    answer, _ = child.until("error", id=5)
    assert answer["error"] == error
    child.send(type="control", id=6, op="step", ticks=1)
    assert child.until("done", id=6)[0]["tick"] == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"map": "atlantis"}, "UnknownMap"),
        ({"npcs": 0}, "BadCount"),
        ({"map": "city", "npcs": 1_000_000}, "BadCount"),
        ({"type": "hello"}, "BadMessage"),
    ],
)
def test_what_it_refuses_it_names(spawn, tmp_path, changes, error):
    child = spawn(**changes)

    refused, _ = child.until("refused")

    assert (refused["error"], refused["remedy"] != "") == (error, True)
    assert child.end()[0] == 2
    assert not (tmp_path / "run").exists()


def test_a_taken_folder_is_refused(spawn, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")

    refused, _ = spawn().until("refused")

    assert refused["error"] == "RunExists"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine.txt"]


def broken(tmp_path, body):
    """Code of the user's own that is loaded with the town and changes what a step does."""
    text = "import aitown.town as t\nwhole = t.Town.step\ndef step(self, n=1):\n"
    (tmp_path / "sitecustomize.py").write_text(f"{text}    {body}\n    whole(self, n)\nt.Town.step = step\n")
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))}


def test_what_user_code_prints_and_reads_never_reaches_the_pipe(spawn, tmp_path):
    body = "print('a stray print'); import os, sys; os.write(1, b'a stray write'); assert sys.stdin.read() == ''"
    child = spawn(broken(tmp_path, body))
    child.until("frame")
    child.send(type="control", id=1, op="step", ticks=1)

    assert child.until("done", id=1)[0]["tick"] == 1
    code, log = child.end()
    assert code == 0
    assert "a stray print" in log
    assert "a stray write" in log


def test_a_failing_step_is_told_logged_and_ends_it(spawn, tmp_path):
    child = spawn(broken(tmp_path, "raise RuntimeError('a system of mine is broken')"))
    child.until("frame")
    child.send(type="control", id=1, op="step", ticks=1)

    failed, _ = child.until("failed")

    assert (failed["tick"], failed["message"]) == (0, "RuntimeError: a system of mine is broken")
    code, log = child.end()
    assert code == 1
    assert "Traceback" in log


def test_when_its_parent_goes_it_writes_all_and_ends(spawn, tmp_path):
    child = spawn(play=True, speed=100)
    child.until("beat", phase="running")
    last, _ = child.until("frame")

    code, _ = child.end()

    assert code == 0
    run = aitown.load(tmp_path / "run")
    assert run.npcs(columns=["x"]).index.get_level_values("tick").max() >= last["tick"]


def test_an_orphan_that_is_stuck_ends_all_the_same(spawn, tmp_path):
    child = spawn(broken(tmp_path, "import time; print('stuck'); time.sleep(10**6)"), play=True)
    child.until("frame")
    while b"stuck" not in child.process.stderr.readline():
        pass

    assert child.end()[0] == 1, "not cleanly, but within ten seconds"


def test_it_goes_on_from_where_it_was_killed(spawn):
    child = spawn()
    child.until("frame")
    child.send(type="control", id=1, op="step", ticks=500)
    child.until("done", id=1)
    child.process.send_signal(signal.SIGKILL)
    child.process.wait()

    again = spawn(resume=True)

    hello, _ = again.until("hello")
    assert hello["run"] == "r1"
    frame, _ = again.until("frame")
    assert frame["tick"] == hello["tick"] <= 500


def test_junk_on_its_stdin_ends_it(spawn):
    child = spawn()
    child.until("frame")
    child.process.stdin.write(b"Traceback (most recent call last)")
    child.process.stdin.flush()

    code, log = child.end()
    assert code == 0
    assert "BadMessage" in log
