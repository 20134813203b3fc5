"""A town that lives in a thread of the kernel, seen by a page over a comm."""

import json
import threading

from aitown.live import in_kernel
from aitown.live.in_kernel import KernelHost
from tests.server.real import until
from tests.town.test_town import tiny


def test_a_page_is_told_that_its_town_is_compiled_and_about_how_long(monkeypatch):
    town, compiled = tiny(), threading.Event()
    prepare = town.prepare
    monkeypatch.setattr(town, "prepare", lambda: compiled.wait(60) and prepare())
    monkeypatch.setattr(in_kernel, "compiling_seconds", lambda: 25.0)
    host = KernelHost(town, speed=10, play=False)
    heard = []

    def send(content, _):
        heard.extend(json.loads(part) for part in content.get("parts", []) if part is not None)

    def statuses():
        return [message for message in heard if message["type"] == "status"]

    host.comm.receive({"aitown": "p", "dial": "v=1"}, send)
    until(statuses)
    assert statuses()[-1] == {
        "type": "status", "state": "running", "phase": "compiling", "speed": 10.0, "reason": "", "expects": 25.0,
    }  # fmt: skip
    compiled.set()
    until(lambda: statuses()[-1]["phase"] == "paused")
    assert "expects" not in statuses()[-1]
    host.stop()
