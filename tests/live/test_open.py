from __future__ import annotations

import os
import shutil
import signal
import threading

import pandas as pd
import pytest

import aitown
from aitown.errors import BadCount, BadParameter, InputRejected, TownDiffers, TownEnded, UnknownRun
from tests.server.real import until


@pytest.fixture(params=["in_a_kernel_of_the_server", "in_a_plain_kernel"])
def anywhere(request):
    request.getfixturevalue(request.param)
    return request.param


@pytest.fixture
def live(anywhere):
    town = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)
    yield town
    town.stop()


def test_a_handle_is_the_same_wherever_the_town_lives(live):
    assert (live.name, live.seed) == ("hamlet", 7)
    assert live.step(100) == 100
    assert live.tick == 100
    assert live.clock.isoformat() == "2025-03-03T06:16:40"
    assert live.say("Hello", to=1) == 101
    live.play(speed=0)
    until(lambda: live.tick > 200)
    live.pause()
    tick = live.tick
    assert live.step() == tick + 1


def test_more_than_a_page_can_show_are_refused_before_anything_is_made(anywhere):
    with pytest.raises(BadCount, match="at most 100,000") as refused:
        aitown.open("metropolis", map="city", npcs=1_000_000, fresh=True)
    assert "in this process" in refused.value.remedy


def test_it_is_told_facts_and_invites(live):
    live.step(10)
    assert live.tell("The mill closes", to=0) == 11
    assert live.invite(1, "Mill Café", "17:00", to=[0], text="A party") == 11
    assert live.input("need", npc=2, need="fun", value=0.5)["tick"] == 11
    live.step(5)
    run = live.history
    assert run.facts()["text"].tolist() == ["The mill closes", "A party"]
    assert run.tellings()[["npc", "other"]].to_numpy().tolist() == [[-1, 0], [-1, 1], [1, 0]]
    assert run.invitations()["host"].tolist() == [1]
    with pytest.raises(InputRejected, match="at most 200"):
        live.tell("x" * 201, to=0)


def test_people_come_and_go(live):
    live.step(10)
    assert live.add(aitown.Persona("Zoe Hart", 30, work="Mill Café", occupation="waiter")) == 3
    assert live.add({"name": "Cy Hart", "age": 8}) == 4
    assert live.remove(0) == 11
    live.step(20)
    now = live.npcs
    assert now.index.tolist() == [1, 2, 3, 4]
    assert now["name"].tolist()[-2:] == ["Zoe Hart", "Cy Hart"]
    with pytest.raises(InputRejected, match="moved out at tick 11"):
        live.remove(0)
    with pytest.raises(InputRejected, match="'Zoe Hart' is taken"):
        live.add({"name": "Zoe Hart"})
    run = live.history
    assert run.people()[["since", "until"]].to_numpy().tolist() == [[0, 11], [0, -1], [0, -1], [11, -1], [11, -1]]
    assert run.at(30).index.tolist() == [1, 2, 3, 4]
    fork = live.fork("hamlet without them", tick=10, replay=False)
    try:
        fork.step(5)
        assert fork.npcs.index.tolist() == [0, 1, 2]
        assert fork.add({"name": "Zoe Hart"}) == 3
    finally:
        fork.stop()


def test_its_table_is_that_of_a_town(live):
    live.step(10)
    town = aitown.Town("riverbend", npcs=3, seed=7)
    town.step(10)
    expected = town.npcs

    found = live.npcs[expected.columns]

    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_index_type=False)
    assert [str(dtype) for dtype in found.dtypes] == [str(dtype) for dtype in expected.dtypes]


def test_its_history_is_at_hand(live):
    live.step(50)

    run = live.history

    assert run.run_id == live.run_id
    assert len(run.npcs(columns=["x"])) == 51 * 3


def test_each_step_can_be_read_when_it_is_done(live):
    for tick in range(1, 6):
        live.step()
        assert live.history.last_tick == live.tick == tick
    live.play(speed=500)
    assert until(lambda: live.tick > 20)
    live.pause()
    assert live.history.last_tick == live.tick


def test_an_interrupted_step_goes_no_further(live):
    def interrupt():
        try:
            until(lambda: live.tick > 0)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in a shell's background ignores it
    try:
        helper.start()
        with pytest.raises(KeyboardInterrupt):
            live.step(10**8)
        helper.join()
    finally:
        signal.signal(signal.SIGINT, before)
    until(lambda: "paused" in repr(live))


def test_opened_again_it_is_the_same(live):
    live.step(5)
    again = aitown.open("hamlet", seed=7)

    assert (again.run_id, again.tick) == (live.run_id, 5)


def test_other_parameters(live):
    with pytest.raises(TownDiffers, match="npcs"):
        aitown.open("hamlet", npcs=4)
    with pytest.raises(TownDiffers, match="personas"):
        aitown.open("hamlet", personas=[aitown.Persona("Zoe")])


def test_a_fresh_one(live):
    new = aitown.open("hamlet", map="riverbend", npcs=2, play=False, fresh=True)

    assert new.run_id != live.run_id
    assert len(new.npcs) == 2


def test_a_handle_keeps_the_history_of_its_own_run(live):
    live.step(5)
    aitown.open("hamlet", map="riverbend", npcs=2, play=False, fresh=True).step(7)

    assert live.history.run_id == live.run_id
    assert live.history.last_tick == 5
    assert live.run_id in repr(live)


@pytest.mark.parametrize("act", ["play", "pause", "step"])
def test_a_handle_of_an_old_run_does_not_move_the_new_one(live, act):
    new = aitown.open("hamlet", map="riverbend", npcs=2, play=False, fresh=True)

    with pytest.raises(TownEnded):
        getattr(live, act)()
    live.stop()

    assert new.tick == 0
    assert new.step() == 1
    new.stop()


def test_a_history_that_was_deleted(in_a_kernel_of_the_server):
    live = aitown.open("brief", map="riverbend", npcs=2, seed=1, play=False)
    live.step(3)
    folder = live.history.folder
    live.stop()
    shutil.rmtree(folder)

    with pytest.raises(UnknownRun, match="not there any more"):
        _ = live.history


def test_bad_wishes(anywhere):
    with pytest.raises(BadCount):
        aitown.open("village", map="riverbend", npcs=0)


def test_an_input_that_is_rejected(live):
    with pytest.raises(InputRejected):
        live.say("Hello", to="Nobody at all")


def test_stopped(anywhere):
    live = aitown.open("short", map="riverbend", npcs=2, seed=1, play=False)
    live.step(3)
    live.stop()

    with pytest.raises(TownEnded):
        live.step()
    assert "None" not in repr(live)
    assert live.history.run_id == live.run_id


def test_its_words(live):
    live.pause()

    assert repr(live).startswith("<LiveTown hamlet: 3 NPCs, tick 0, 2025-03-03T06:00:00, paused")
    assert live._repr_mimebundle_()[0]["text/plain"] == "<hamlet: 3 NPCs, recorded to day 1 06:00, tick 0>"


def test_on_a_server_it_shows_the_view(in_a_kernel_of_the_server):
    pytest.importorskip("aitown.widget")
    live = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False, fresh=True)

    bundle = live._repr_mimebundle_()[0]

    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert (
        live._repr_mimebundle_()[0]["application/vnd.jupyter.widget-view+json"]
        == bundle["application/vnd.jupyter.widget-view+json"]
    ), "one view, however often it is shown"
    live.stop()


def test_with_no_server_it_says_so_once_and_shows_the_view_too(in_a_plain_kernel, capsys):
    live = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)

    assert capsys.readouterr().out.count("\n") == 1
    assert "application/vnd.jupyter.widget-view+json" in live._repr_mimebundle_()[0]
    assert live.view.kernel
    live.stop()


def test_the_same_town_on_a_server_and_in_a_kernel(server, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    address = f"{server.url}?token={server.token}"
    hosted = aitown.open("twin", map="riverbend", npcs=5, seed=3, play=False, server=address)
    here = aitown.open("twin", map="riverbend", npcs=5, seed=3, play=False)
    hosted.step(300)
    here.step(300)

    pd.testing.assert_frame_equal(
        hosted.npcs, here.npcs[hosted.npcs.columns], check_dtype=False, check_index_type=False
    )
    over_http, from_folder = hosted.history, here.history
    pd.testing.assert_frame_equal(over_http.npcs(), from_folder.npcs(), check_index_type=False)
    hosted.stop()
    here.stop()


def test_a_town_map_is_not_sent(in_a_kernel_of_the_server):
    with pytest.raises(BadParameter, match="TownMap"):
        aitown.open("mine", map=aitown.Town("riverbend", npcs=1, seed=1).map)


def test_nothing_runs_on_when_all_are_stopped(in_a_plain_kernel):
    before = set(threading.enumerate())
    live = aitown.open("alone", map="riverbend", npcs=2, seed=7, play=False)
    assert {thread for thread in threading.enumerate() if thread.name.startswith("aitown")} - before
    live.stop()

    assert not {thread for thread in threading.enumerate() if thread.name.startswith("aitown")} - before


def test_a_live_town_forks_into_another_that_is_the_same_until_it_is_changed(live):
    live.step(60)
    live.input("move", npc=1, place="Mill Café")
    live.step(40)
    until(lambda: live.history.last_tick == 100)
    fork = live.fork("hamlet again", tick=50)
    try:
        assert (fork.name, fork.seed, fork.tick) == ("hamlet again", 7, 50)
        assert fork.run_id != live.run_id
        assert fork.step(50) == 100
        until(lambda: fork.history.last_tick == 100)
        found = aitown.compare(live.history, fork.history)
        assert (found.same, found.first, found.last) == (True, 50, 100)
        assert fork.history.manifest["parent"]["run"] == live.run_id
        with pytest.raises(TownDiffers):
            live.fork("hamlet again")
        with pytest.raises(BadParameter, match="reaches from 0 to"):
            live.fork("hamlet late", tick=5000)
    finally:
        fork.stop()


def test_a_hosted_town_has_systems_by_name(anywhere, server, tmp_path, monkeypatch):
    folder = server.runtime.parent / "root" if anywhere == "in_a_kernel_of_the_server" else tmp_path
    (folder / "my_rules.py").write_text(
        "from aitown.system import column\n"
        "class Count:\n"
        "    columns = [column('count', 'Steps.', 'count')]\n"
        "    def step(self, npcs, places, now):\n"
        "        npcs.count += 1\n"
    )
    town = aitown.open("ruled", map="riverbend", npcs=3, seed=7, systems=["my_rules:Count"], play=False, fresh=True)
    try:
        town.step(60)
        assert town.npcs["count"].tolist() == [10, 10, 10]
        with pytest.raises(BadParameter):
            aitown.open("unruled", map="riverbend", npcs=3, systems=["my_rules:Nothing"], play=False)
    finally:
        town.stop()
