from __future__ import annotations

import asyncio
import json

import pytest

TOWN_KEYS = (
    {"name", "run", "folder", "map", "npcs", "seed", "start", "tick_seconds", "state", "phase", "speed"}
    | {"tick", "clock", "epoch", "viewers", "reason", "lines"}
)  # fmt: skip


async def test_open_a_town_and_find_it_again(api, jp_root_dir):
    code, town = await api.open()

    assert code == 201
    assert set(town) == TOWN_KEYS
    assert (town["name"], town["map"], town["npcs"], town["seed"]) == ("hamlet", "riverbend", 3, 7)
    assert (jp_root_dir / town["folder"] / "manifest.json").is_file()
    assert not town["folder"].startswith("/")
    code, again = await api.open()
    assert (code, again["run"]) == (200, town["run"])
    code, found = await api.towns("GET")
    assert [one["name"] for one in found["towns"]] == ["hamlet"]


async def test_opened_at_once_by_two_it_is_one_town(api):
    (one, first), (two, second) = await asyncio.gather(api.open(), api.open())

    assert sorted((one, two)) == [200, 201]
    assert first["run"] == second["run"]


async def test_other_parameters_are_named(api):
    await api.open()

    code, error = await api.open(npcs=4, seed=8)

    assert (code, error["error"]) == (409, "TownDiffers")
    assert "npcs 3 (asked for 4)" in error["message"]
    assert "seed 7 (asked for 8)" in error["message"]
    assert "fresh=True" in error["remedy"]


async def test_what_is_not_said_is_not_compared(api):
    _, town = await api.open()

    code, again = await api.towns("POST", body={"name": "hamlet"})

    assert (code, again["run"]) == (200, town["run"])


async def test_fresh_begins_another_run_and_keeps_the_folder_of_the_old(api, jp_root_dir):
    _, old = await api.open()

    code, new = await api.open(fresh=True)

    assert code == 201
    assert new["run"] != old["run"]
    assert (jp_root_dir / old["folder"] / "manifest.json").is_file()
    _, listed = await api.towns("GET")
    assert [town["run"] for town in listed["towns"]] == [new["run"]]


@pytest.mark.parametrize(
    ("parameters", "error", "status"),
    [
        ({"map": "atlantis"}, "UnknownMap", 400),
        ({"npcs": 0}, "BadCount", 400),
        ({"npcs": 100_000}, "BadCount", 400),
        ({"personas": [{"name": "A", "age": -3}]}, "BadPersona", 400),
        ({"seed": "seven"}, "BadParameter", 400),
        ({"speed": -1}, "BadParameter", 400),
        ({"colour": "red"}, "BadParameter", 400),
        ({"start": "tomorrow"}, "BadParameter", 400),
        ({"tick_seconds": -1}, "BadParameter", 400),
        ({"name": "a/b"}, "BadParameter", 400),
        ({"name": ".."}, "BadParameter", 400),
        ({"name": ""}, "BadParameter", 400),
    ],
)
async def test_a_bad_wish_is_a_named_error_and_leaves_nothing_behind(api, jp_root_dir, parameters, error, status):
    code, answer = await api.open(**parameters)

    assert (code, answer["error"]) == (status, error), answer
    assert answer["message"]
    assert answer["remedy"]
    assert list(jp_root_dir.rglob("*")) == []
    assert (await api.towns("GET"))[1] == {"towns": []}


async def test_a_broken_map_file(api, jp_root_dir):
    (jp_root_dir / "map.tmj").write_text("{")

    code, answer = await api.open(map="map.tmj")

    assert (code, answer["error"]) == (400, "BrokenMapFile")
    assert [path.name for path in jp_root_dir.iterdir()] == ["map.tmj"]


async def test_a_good_run_survives_a_bad_fresh_one(api):
    _, old = await api.open()

    code, _ = await api.open(fresh=True, npcs=0)

    assert code == 400
    assert (await api.towns("GET", "hamlet"))[1]["run"] == old["run"]
    assert (await api.towns("POST", "hamlet", "control", body={"op": "step"}))[1]["tick"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", (), None),
        ("DELETE", (), None),
        ("POST", ("control",), {"op": "pause"}),
        ("POST", ("input",), {"kind": "say", "text": "Hello"}),
        ("GET", ("npcs", "0"), None),
        ("GET", ("log",), None),
    ],
)
async def test_a_name_that_was_never_opened(api, method, path, body):
    code, answer = await api.towns(method, "atlantis", *path, body=body)

    assert (code, answer["error"]) == (404, "UnknownTown")


async def test_step_is_answered_when_it_is_done(api):
    await api.open()

    code, done = await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 700})

    assert code == 200
    assert (done["tick"], done["phase"]) == (700, "paused")
    assert done["clock"] == "2025-03-03T07:56:40"
    _, state = await api.get("aitown", "state", params={"town": "hamlet"})
    assert state["payload"]["tick"] == 700


async def test_play_and_pause(api, registry):
    await api.open()

    _, playing = await api.towns("POST", "hamlet", "control", body={"op": "play", "speed": 200})
    assert (playing["phase"], playing["speed"]) == ("running", 200)
    town = await registry.get("hamlet")
    while town.tick < 20:
        town.hub.shown.clear()
        await town.hub.shown.wait()
    _, paused = await api.towns("POST", "hamlet", "control", body={"op": "pause"})

    assert paused["phase"] == "paused"
    _, state = await api.get("aitown", "state", params={"town": "hamlet"})
    assert state["payload"]["tick"] == paused["tick"] >= 20


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"op": "fly"},
        {"op": "step", "ticks": 0},
        {"op": "step", "ticks": "1"},
        {"op": "play", "speed": -1},
        {"op": "play", "speed": "fast"},
        {"op": "pause", "who": 1},
        [],
        3,
    ],
)
async def test_a_bad_order(api, body):
    await api.open()

    code, answer = await api.towns("POST", "hamlet", "control", body=body)

    assert (code, answer["error"]) in {(400, "BadParameter"), (400, "BadMessage")}, answer
    assert (await api.towns("POST", "hamlet", "control", body={"op": "step"}))[1]["tick"] == 1


async def test_a_body_that_is_not_json(api, jp_fetch):
    code, answer = await api("POST", "aitown", "api", "towns")
    assert (code, answer["error"]) == (400, "BadParameter")


async def test_an_input_is_accepted_and_heard(api):
    await api.open()

    code, accepted = await api.towns("POST", "hamlet", "input", body={"kind": "say", "text": "Fire!", "by": 1})
    assert (code, accepted) == (200, {"accepted": True, "id": 0, "tick": 1})
    await api.towns("POST", "hamlet", "control", body={"op": "step"})

    _, state = await api.get("aitown", "state", params={"town": "hamlet"})
    assert state["payload"]["npcs"][1]["saying"] == "Fire!"


@pytest.mark.parametrize(
    "fields", [{"text": ""}, {"text": "Hi", "to": 99}, {"text": "Hi", "to": "Nobody"}, {"kind": "fly"}]
)
async def test_an_input_that_is_rejected(api, fields):
    await api.open()

    code, answer = await api.towns("POST", "hamlet", "input", body={"kind": "say", **fields})

    assert (code, answer["error"]) == (422, "InputRejected")


async def test_one_npc(api):
    await api.open()

    code, answer = await api.towns("GET", "hamlet", "npcs", "2")

    assert code == 200
    assert answer["npc"]["id"] == 2
    assert answer["npc"]["name"] == answer["persona"]["name"]
    assert (await api.towns("GET", "hamlet", "npcs", "3"))[0] == 404


async def test_the_log(api):
    await api.open(seed=None)

    code, answer = await api.towns("GET", "hamlet", "log")

    assert code == 200
    assert any(line.startswith("seed: ") for line in answer["lines"])


async def test_stopped_it_is_ended_and_opened_anew_it_is_another_run(api):
    _, old = await api.open()

    assert await api.towns("DELETE", "hamlet") == (204, None)
    assert (await api.towns("GET", "hamlet"))[1]["state"] == "ended"
    assert (await api.towns("POST", "hamlet", "control", body={"op": "pause"}))[0] == 410
    code, answer = await api.get("aitown", "state", params={"town": "hamlet"})
    assert (code, answer["error"]) == (410, "TownEnded")
    code, new = await api.open()
    assert code == 201
    assert new["run"] != old["run"]


async def test_only_so_many_towns(api, app):
    app.registry._max_towns = 1
    await api.open()

    code, answer = await api.open("second")

    assert (code, answer["error"]) == (409, "TownError")
    assert "max_towns" in answer["remedy"]


async def test_the_state_has_a_tag_and_is_not_stored(api, jp_fetch):
    await api.open()
    answer = await jp_fetch("aitown", "state", params={"town": "hamlet"})
    state = json.loads(answer.body)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == f'"{state["epoch"]}-{state["seq"]}"'
    assert (state["type"], set(state["payload"]) >= {"npcs", "places", "map"}) == ("full_state", True)
    code, body = await api.get(
        "aitown", "state", params={"town": "hamlet"}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (code, body) == (304, None)
    await api.towns("POST", "hamlet", "control", body={"op": "step"})
    code, _ = await api.get(
        "aitown", "state", params={"town": "hamlet"}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert code == 200


@pytest.mark.parametrize("path", [("aitown", "state"), ("state",)])
async def test_the_default_town_starts_when_it_is_asked_for(api, path):
    assert (await api.towns("GET"))[1] == {"towns": []}

    code, state = await api.get(*path)

    assert code == 200
    assert (state["payload"]["town"], len(state["payload"]["npcs"])) == ("riverbend", 5)


async def test_watching_is_no_activity_and_acting_is(api, jp_serverapp):
    await api.open()
    acted = jp_serverapp.web_app.settings["last_activity_times"].pop("aitown")
    await api.get("aitown", "state", params={"town": "hamlet"})
    await api.towns("GET", "hamlet")

    assert "aitown" not in jp_serverapp.web_app.settings["last_activity_times"]
    assert jp_serverapp.web_app.settings.get("api_last_activity", acted) <= acted
    await api.towns("POST", "hamlet", "control", body={"op": "step"})
    assert jp_serverapp.web_app.settings["last_activity_times"]["aitown"] >= acted
