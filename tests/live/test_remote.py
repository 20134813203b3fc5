"""The same questions to a live town over HTTP, where its folder isn't at hand."""

import http.client
import io
import json
import sys
import urllib.parse

import pandas as pd
import psutil
import pytest

import aitown
from aitown.client import Client, find_server
from aitown.errors import DamagedRun, NoServer, NotAllowed, TownEnded, UnknownTown
from aitown.history import Metric, progress
from aitown.live.remote import ServerSource
from tests.server.real import jupyter, until


@pytest.fixture(scope="module")
def both(server, tmp_path_factory):
    """A town's History over HTTP, and from its folder."""
    client = Client(find_server(server.url, server.token))
    town = client.open("hamlet", map="riverbend", npcs=6, seed=7, play=False)
    client.control("hamlet", "step", ticks=2_000)
    client.input("hamlet", "say", text="hello", to=1)
    client.control("hamlet", "step", ticks=10)
    source = ServerSource(client.server, "hamlet", town["run"])
    folder = server.runtime.parent / "root" / town["folder"]
    run = aitown.load(folder)
    until(lambda: run.last_tick == 2_010)
    run.record_metrics(Metric("few", _few, ("x",), "tile"), every=1_000)
    return source.history(), run


def _few(npcs):
    """Of NPC 0 alone; no number where it is not far to the right."""
    return npcs["x"].iloc[0] if npcs["x"].iloc[0] > 20 else None


QUESTIONS = {
    "npcs": lambda run: run.npcs(),
    "some": lambda run: run.npcs(["x", "activity", "name"], ["Ada Marsh", 3], slice("day 1 07:00", None), "10min"),
    "places": lambda run: run.places(["occupants"], ticks=-1),
    "at": lambda run: run.at("day 1 09:00"),
    "trajectory": lambda run: run.trajectory(2, every=60),
    "events": lambda run: run.events(["met", "woke"], ticks=slice(0, 1_000)),
    "talk": lambda run: run.talk(),
    "network": lambda run: run.network(),
    "metrics": lambda run: run.metrics(every="30min"),
    "recorded": lambda run: run.metrics("few"),
    "inputs": lambda run: run.inputs(),
    "sql": lambda run: run.sql("SELECT place, avg(mood) AS m, count(*) AS n FROM npcs GROUP BY place ORDER BY place"),
    "follow": lambda run: next(run.follow(columns=["mood"], start=1_990)),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_the_answers_are_those_of_the_folder(both, ask):
    over_http, from_folder = both
    found, wanted = ask(over_http), ask(from_folder)
    assert len(wanted)
    pd.testing.assert_frame_equal(found, wanted)


def test_a_long_answer_shows_how_far_it_has_come(both, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    both[0].npcs(["x"], ticks=slice(0, 2_000))
    assert "reading npcs" in sys.stderr.getvalue()
    assert "/2000 [" in sys.stderr.getvalue()


def test_what_the_run_is(both):
    over_http, from_folder = both
    assert over_http.names == from_folder.names
    assert over_http.state == "running"
    assert over_http.ticks == from_folder.ticks
    assert over_http.map == from_folder.map
    assert over_http.personas == from_folder.personas
    assert "6 NPCs" in repr(over_http)
    assert "on its server" in over_http._repr_html_()
    assert not over_http.damage


def test_ids_too_many_for_an_address_are_chosen_here(both, monkeypatch):
    monkeypatch.setattr("aitown.live.remote._IDS", 2)
    over_http, from_folder = both
    for who in ([0, 1, 5], [4]):
        pd.testing.assert_frame_equal(over_http.npcs(["x"], who), from_folder.npcs(["x"], who))


def test_mistakes(server, both):
    good = find_server(server.url, server.token)
    with pytest.raises(NotAllowed):
        ServerSource(find_server(server.url, "wrong"), "hamlet", "x").history()
    with pytest.raises(UnknownTown):
        ServerSource(good, "atlantis", "x").history()
    with pytest.raises(TownEnded, match="lives the run"):
        ServerSource(good, "hamlet", "another").history()
    with pytest.raises(NoServer):
        ServerSource(find_server("http://localhost:9/"), "hamlet", "x").history()


def readers(server):
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [child for child in children if "aitown.reader" in " ".join(_words(child))]


def _words(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_a_question_that_is_given_up_ends_its_process(server):
    client = Client(find_server(server.url, server.token))
    client.open("long", map="riverbend", npcs=25, seed=7, play=False)
    client.control("long", "step", ticks=60_000)
    question = {"op": "rows", "table": "npcs", "columns": ["x", "y", "mood", "fun"], "start": 0, "stop": 60_000}
    where = urllib.parse.urlsplit(server.url)
    link = http.client.HTTPConnection(where.hostname, where.port)
    path = f"{where.path}aitown/api/towns/long/history?{urllib.parse.urlencode({'ask': json.dumps(question)})}"
    link.request("GET", path, headers={"Authorization": f"token {server.token}"})
    until(lambda: readers(server))
    link.close()
    until(lambda: not readers(server))
    assert client.town("long")["tick"] == 60_000


def test_a_server_that_is_killed_midway_gives_an_error_and_no_part_of_a_table(tmp_path):
    with jupyter(tmp_path) as doomed:
        client = Client(find_server(doomed.url, doomed.token))
        town = client.open("doomed", map="riverbend", npcs=25, seed=7, play=False)
        client.control("doomed", "step", ticks=60_000)
        run = ServerSource(client.server, "doomed", town["run"]).history()
        pieces = run.arrow_pieces("npcs")
        assert len(next(piece for piece in pieces if len(piece)))
        doomed.process.kill()
        with pytest.raises(DamagedRun, match=r"the answer of the server broke off.*\nAsk again"):
            list(pieces)
        with pytest.raises(NoServer, match="Is Jupyter running"):
            run.npcs()
