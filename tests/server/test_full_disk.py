"""A hosted town whose disk takes no more: it stops and says why, its folder is whole, and it goes on when there is room.

The disk is a limit on the size of files, which the kernel holds to and anybody may set; the errors are real ones.
"""

import resource

import psutil

import aitown
from aitown.client import Client, find_server
from tests.server.real import jupyter, until

HELD = 60_000


def limit(processes, size):
    for process in processes:
        process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_it_stops_and_says_why_and_goes_on_when_there_is_room(tmp_path):
    with jupyter(tmp_path) as server:
        client = Client(find_server(server.url, server.token))
        town = client.open("hamlet", map="riverbend", npcs=6, seed=7, play=False)
        client.control("hamlet", "step", ticks=100)
        folder = server.runtime.parent / "root" / town["folder"]
        limit(server.towns, HELD)

        client.control("hamlet", "play", speed=2_000)
        until(lambda: client.town("hamlet")["state"] != "running")
        told = client.town("hamlet")
        kept = aitown.load(folder)

        assert told["state"] == "failed"
        assert "can't be written: File too large" in told["reason"]
        last = kept.last_tick
        assert f"Everything up to tick {last} is kept" in told["reason"]
        assert told["reason"].endswith("resume the run")
        assert server.towns == []
        assert (kept.state, kept.damage) == ("interrupted", "")
        before = kept.npcs()
        assert last >= 100

        again = client.open("hamlet")
        assert again["run"] == town["run"]
        client.control("hamlet", "pause")
        client.control("hamlet", "step", ticks=500)
        run = aitown.load(folder)
        until(lambda: run.last_tick >= last + 500)
        assert run.npcs(ticks=slice(0, last + 1)).equals(before)
        client.stop("hamlet")

    alone = aitown.Town(map="riverbend", npcs=6, seed=7)
    alone.run(ticks=run.last_tick, record=tmp_path / "alone", progress=False)
    compared = aitown.compare(run, tmp_path / "alone")
    assert compared.same, str(compared)
    assert compared.last == run.last_tick
