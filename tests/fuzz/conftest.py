"""A real server, and what holds for its log whatever it is asked."""

from __future__ import annotations

import contextlib

import pytest

from aitown.client import Client
from tests.fuzz.nonsense import Asked, ask
from tests.server.real import jupyter

_FAULTS = ("Traceback", "Uncaught", "Exception ignored", "never awaited", "never retrieved", "[E ", "[C ")
_NEXT = Asked("GET", "aitown/api/towns", "", (), b"")


class Watched:
    """A server with a town `hamlet` of three, paused, and `gone`, which was stopped."""

    def __init__(self, server, log):
        self.url, self.token, self.process = server.url, server.token, server.process
        self._log = log

    def said(self):
        return self._log.read_text(errors="replace")

    @contextlib.contextmanager
    def untroubled(self):
        """Nothing that is done meanwhile leaves a fault in the log."""
        before = len(self.said())
        yield
        ask(self, _NEXT)  # what was asked before has been logged when this is answered
        news = self.said()[before:]
        assert not any(fault in news for fault in _FAULTS), news
        assert self.process.poll() is None

    def is_well(self):
        """The town answers, and it is as it was."""
        control = ask(self, Asked("POST", "aitown/api/towns/hamlet/control", "", (), b'{"op": "pause"}'))
        assert control.status == 200, control
        log = ask(self, Asked("GET", "aitown/api/towns/hamlet/log", "", (), b""))
        assert b"Traceback" not in log.body, log.body.decode()


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jupyter")
    with jupyter(folder, "--AitownApp.max_towns=3", "--AitownApp.default_npcs=3") as running:
        client = Client.find(running.url, running.token)
        client.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)
        client.open("gone", map="riverbend", npcs=3, seed=7, play=False)
        client.stop("gone")
        yield Watched(running, folder / "log")
