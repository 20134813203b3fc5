"""Whatever is asked over HTTP, the answer is an answer: never a 500, a traceback or a connection that hangs."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.nonsense import ask, requests

_quietly = {"deadline": None, "suppress_health_check": list(HealthCheck), "report_multiple_bugs": False}


def check(server, asked):
    with server.untroubled():
        answer = ask(server, asked)
        assert answer is not None, f"hung up without an answer: {asked}"
        assert answer.status < 500, (asked, answer)
        if answer.status >= 400 and asked.method != "HEAD":
            assert answer.headers.get("content-type", "").startswith("application/json"), (asked, answer)
            assert set(json.loads(answer.body)) == {"error", "message", "remedy"}, (asked, answer)


@settings(max_examples=250, **_quietly)
@given(requests())
def test_any_request_is_answered(server, asked):
    check(server, asked)


@pytest.mark.soak
@settings(max_examples=20_000, **_quietly)
@given(requests())
def test_twenty_thousand_requests_are_answered(server, asked):
    check(server, asked)
