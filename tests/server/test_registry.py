"""What is on disk, and what a server that starts again makes of it."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace

import psutil
import pytest

from aitown.errors import AitownError, BadParameter, TownDiffers, TownEnded, TownError, UnknownTown
from aitown.server.book import Book, Entry
from aitown.server.registry import Registry, Wish, check_name
from tests.server.conftest import eventually

LOG = logging.getLogger("test")
ENTRY = Entry(name="Mein Dorf", run="r1", folder="runs/x", map="riverbend", npcs=3, seed=7)
WISH = Wish("hamlet", map="riverbend", npcs=3, seed=7, play=False)


def test_an_entry_is_on_disk_when_put_returns(tmp_path):
    Book(tmp_path, LOG).put(ENTRY)

    assert Book(tmp_path, LOG).entries == {"Mein Dorf": ENTRY}
    assert [path.name for path in (tmp_path / ".towns").iterdir()] == ["Mein%20Dorf.json"]


def test_a_change_is_on_disk_too(tmp_path):
    book = Book(tmp_path, LOG)
    book.put(ENTRY)
    book.change("Mein Dorf", speed=3.0)

    assert Book(tmp_path, LOG).entries["Mein Dorf"].speed == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": 3'])
def test_a_broken_file_is_left_alone_and_said(tmp_path, caplog, text):
    book = Book(tmp_path, LOG)
    book.put(ENTRY)
    broken = tmp_path / ".towns" / "other.json"
    broken.write_text(text)

    assert set(Book(tmp_path, LOG).entries) == {"Mein Dorf"}
    assert broken.read_text() == text
    assert "other.json" in caplog.text


def test_an_entry_of_a_later_version_is_read(tmp_path):
    book = Book(tmp_path, LOG)
    book.put(ENTRY)
    path = tmp_path / ".towns" / "Mein%20Dorf.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"colour": "red"}))

    assert Book(tmp_path, LOG).entries == {"Mein Dorf": ENTRY}


@pytest.mark.parametrize("name", [None, 3, "", " a", "a/b", "a\\b", "a\n", ".", "..", "x" * 81])
def test_names_that_no_town_may_have(name):
    with pytest.raises(BadParameter):
        check_name(name)


@pytest.mark.parametrize("name", ["riverbend", "Mein Dorf", "...", "村", "x" * 80, "村" * 80, "𠀀" * 80])
def test_names_that_a_town_may_have(name, tmp_path):
    assert check_name(name) == name
    Book(tmp_path, LOG).put(Entry(name, "r", "f", "m"))
    assert set(Book(tmp_path, LOG).entries) == {name}
    assert all(path.parent == tmp_path / ".towns" for path in tmp_path.rglob("*.json"))


@pytest.fixture
def server(tmp_path, jp_asyncio_loop):
    """Registries of servers that start one after the other in one folder."""
    made = []

    def start():
        made.append(Registry(tmp_path, tmp_path / "runs", LOG, default=Wish("riverbend", npcs=2), max_towns=5))
        return made[-1]

    yield start
    for registry in made:
        jp_asyncio_loop.run_until_complete(registry.stop_all())


async def test_after_a_restart_the_first_to_ask_resumes_the_town(server):
    first = server()
    town, new = await first.open(WISH)
    done = await first.control(town, {"op": "step", "ticks": 40})
    await first.stop_all()

    second = server()

    assert [(info["name"], info["state"]) for info in second.all()] == [("hamlet", "asleep")]
    again = await second.get("hamlet")
    await again.wait_shown(60)
    assert new
    assert done["tick"] == 40
    assert (again.tick, again.entry.run) == (40, town.entry.run)
    assert again.phase == "paused"
    assert again.hub.stream.position.epoch != town.hub.stream.position.epoch


async def test_a_server_that_stops_starts_no_town(server):
    first = server()
    await first.open(WISH)
    await first.stop_all()

    for asked in (first.get("hamlet"), first.get("riverbend"), first.open(replace(WISH, name="other"))):
        with pytest.raises(TownError, match="the server stops"):
            await asked
    assert town_processes() == []


@pytest.mark.parametrize("resume", [False, True])
async def test_a_town_that_is_being_started_when_the_server_stops_is_ended_too(server, resume):
    if resume:
        first = server()
        await first.open(WISH)
        await first.stop_all()
    registry = server()
    opening = asyncio.create_task(registry.get("hamlet") if resume else registry.open(WISH))
    await eventually(town_processes)

    await registry.stop_all()

    assert town_processes() == []
    with pytest.raises(TownError, match="the server stops"):
        await opening
    assert registry.running == 0


def town_processes():
    return [child for child in psutil.Process().children() if "aitown.process" in " ".join(child.cmdline())]


async def test_what_was_played_goes_on_as_fast(server):
    first = server()
    town, _ = await first.open(WISH)
    await first.control(town, {"op": "play", "speed": 33})
    await first.stop_all()

    again = await server().get("hamlet")
    await again.wait_shown(60)

    assert (again.phase, again.speed) == ("running", 33)


async def test_opening_it_after_a_restart_compares_first(server):
    first = server()
    town, _ = await first.open(WISH)
    await first.stop_all()
    second = server()

    with pytest.raises(TownDiffers, match="seed 7"):
        await second.open(Wish("hamlet", seed=8))
    assert second.all()[0]["state"] == "asleep"
    again, new = await second.open(Wish("hamlet", start="2025-03-03T06:00"))
    assert (again.entry.run, new) == (town.entry.run, False)


async def test_a_run_whose_folder_has_gone_is_said(server, tmp_path):
    first = server()
    town, _ = await first.open(WISH)
    await first.stop_all()
    (tmp_path / town.entry.folder / "manifest.json").unlink()

    with pytest.raises(AitownError) as error:
        await server().get("hamlet")
    assert town.entry.run in str(error.value)


async def test_stopped_for_good_it_stays_so(server):
    first = server()
    await first.open(WISH)
    await first.end("hamlet")

    with pytest.raises(TownEnded):
        await server().get("hamlet")


async def test_never_opened(server):
    with pytest.raises(UnknownTown, match="atlantis"):
        await server().get("atlantis")


async def test_two_servers_in_one_folder_do_not_write_one_run(server):
    first, second = server(), server()
    await first.open(WISH)
    third = server()

    with pytest.raises(AitownError, match="being written"):
        await third.get("hamlet")
    assert second.all() == []


async def test_the_longest_name_makes_a_run_and_is_found_again(server):
    first = server()
    town, _ = await first.open(replace(WISH, name="村" * 80))
    await first.stop_all()
    assert (await server().info("村" * 80))["run"] == town.entry.run


async def test_a_town_that_can_not_be_kept_does_not_run(server, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".towns").touch()  # no folder can be made here
    registry = server()
    with pytest.raises(TownError, match="can't be kept"):
        await registry.open(WISH)
    assert registry.all() == []
    assert town_processes() == []


async def test_the_clock_is_that_of_the_tick_before_anything_is_shown(server):
    first = server()
    town, _ = await first.open(WISH)
    await first.control(town, {"op": "step", "ticks": 360})
    await first.stop_all()

    info = (await server().get("hamlet")).info()
    assert (info["tick"], info["clock"]) == (360, "2025-03-03T07:00:00")
