"""What a viewer asks over its socket."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar

import pytest
from jupyter_server.auth.authorizer import Authorizer

from aitown.wire.session import MOST_A_SECOND
from tests.server.conftest import put_to_sleep


async def send(socket, **message):
    await socket.connection.write_message(json.dumps(message))


async def ask(socket, **message):
    """The answer to a request."""
    await send(socket, **message)
    return await socket.read("accepted", "done", "minding", "rejected")


async def watching(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    await socket.read("full_state")
    return socket


@pytest.fixture
def viewer(api, dial, jp_asyncio_loop):
    """Watches a paused town of three."""
    return jp_asyncio_loop.run_until_complete(watching(api, dial))


async def test_an_input_is_accepted_with_its_number_and_its_tick(api, viewer):
    first = await ask(viewer, type="input", id=1, kind="say", text="Fire!", by=0)
    assert first == {"type": "accepted", "id": 1, "input": 0, "tick": 1}
    assert (await ask(viewer, type="input", id="b", kind="say", text="Water!", by=1))["input"] == 1

    assert (await ask(viewer, type="control", id=2, op="step", ticks=1))["tick"] == 1
    _, state = await api.get("aitown", "state", params={"town": "hamlet"})
    assert [npc["saying"] for npc in state["payload"]["npcs"]] == ["Fire!", "Water!", ""]


async def test_only_who_was_asked_decides(viewer, dial, registry):
    minds = (await registry.get("hamlet")).minds
    await ask(viewer, type="mind", id=1, npcs=[0])
    await ask(viewer, type="control", id=2, op="play", speed=100)
    observe = await viewer.read("observe")
    other = await dial(town="hamlet", v=1)
    inputs = [{"kind": "say", "text": "Let me!", "by": 0}]
    late = minds.late

    await send(other, type="decide", ask=observe["ask"], inputs=inputs)
    await ask(other, type="control", id=1, op="pause")

    assert minds.late == late + 1
    await send(viewer, type="decide", ask=observe["ask"], inputs=[])
    await ask(viewer, type="control", id=3, op="pause")
    assert minds.late == late + 1, "it waits still for who was asked"


async def test_the_state_of_a_done_step_has_come_before_it(viewer, registry):
    (await registry.get("hamlet")).hub._spent = 3600.0  # as if the last one had cost much
    await send(viewer, type="control", id=1, op="step", ticks=3)
    seen = []
    while (message := await viewer.read())["type"] != "done":
        seen.append(message)

    assert (message["tick"], message["phase"]) == (3, "paused")
    assert [one["payload"]["tick"] for one in seen if one["type"] == "state_update"][-1] == 3


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "input", "kind": "dance"}, "InputRejected"),
        ({"type": "input", "kind": "say", "text": ""}, "InputRejected"),
        ({"type": "input", "kind": "say", "text": "x", "self": 1}, "InputRejected"),
        ({"type": "input", "text": "x"}, "BadParameter"),
        ({"type": "input", "kind": "say", "no name": 1}, "BadParameter"),
        ({"type": "input", "kind": 3}, "BadParameter"),
        ({"type": "control", "op": "explode"}, "BadParameter"),
        ({"type": "control", "op": "step", "ticks": -1}, "BadParameter"),
        ({"type": "control", "op": "play", "speed": "fast"}, "BadParameter"),
        ({"type": "control", "op": "pause", "why": 1}, "BadParameter"),
        ({"type": "mind", "npcs": [], "name": 1}, "BadParameter"),
    ],
)
async def test_what_can_not_be_is_rejected_and_the_socket_stays(viewer, message, error):
    answer = await ask(viewer, id=7, **message)

    assert (answer["type"], answer["id"], answer["error"]) == ("rejected", 7, error)
    assert answer["message"]
    await send(viewer, type="ping")
    assert await viewer.read("pong")


async def test_a_pause_does_not_wait_for_the_step_before_it(viewer):
    await send(viewer, type="control", id=1, op="step", ticks=10_000_000)
    await send(viewer, type="control", id=2, op="pause")

    answers = [await viewer.read("done", "rejected") for _ in range(2)]
    assert {answer["id"] for answer in answers} == {1, 2}
    assert all(answer["tick"] < 10_000_000 for answer in answers)


async def test_a_flood_is_closed(viewer):
    for _ in range(3 * MOST_A_SECOND):
        await send(viewer, type="ping")

    assert await viewer.read("never") is None
    assert viewer.code == 4429


@pytest.mark.parametrize("query", [{"fmt": "xml"}, {"delta": "yes"}, {"epoch": "e"}, {"event": "-1"}])
async def test_a_dial_with_a_senseless_wish(api, dial, query):
    await api.open()
    socket = await dial(town="hamlet", v=1, **query)

    assert await socket.read() is None
    assert socket.code == 4400


async def test_a_full_house(api, dial, registry):
    await api.open()
    registry.max_viewers = 1
    first = await dial(town="hamlet", v=1)
    await first.read("full_state")
    second = await dial(town="hamlet", v=1)

    assert await second.read() is None
    assert second.code == 4429


async def test_a_persons_act_keeps_the_server_alive_and_watching_does_not(app, viewer):
    marks = app.serverapp.web_app.settings["last_activity_times"]
    marks.pop("aitown", None)
    await send(viewer, type="ping")
    await viewer.read("pong")
    assert "aitown" not in marks

    await ask(viewer, type="input", id=1, kind="say", text="Hello")
    assert "aitown" in marks


class Fickle(Authorizer):
    """Everybody may do what is in `may`."""

    may: ClassVar = {"read", "write", "execute"}

    def is_authorized(self, handler, user, action, resource):
        return action in self.may


class TestRights:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        Fickle.may = {"read", "write", "execute"}
        return jp_server_config | {
            "ServerApp": jp_server_config["ServerApp"] | {"authorizer_class": Fickle},
            "AitownApp": jp_server_config["AitownApp"] | {"recheck_seconds": 0.05},
        }

    async def test_the_welcome_tells_what_one_may(self, api, dial):
        await api.open()
        assert (await (await dial(town="hamlet", v=1)).read("welcome"))["rights"] == ["read", "execute"]
        Fickle.may = {"read"}
        assert (await (await dial(town="hamlet", v=1)).read("welcome"))["rights"] == ["read"]

    @pytest.mark.parametrize(
        "message", [{"type": "input", "kind": "say", "text": "x"}, {"type": "control", "op": "step"}]
    )
    async def test_each_message_is_authorised_by_itself(self, api, viewer, message):
        assert (await ask(viewer, id=1, **message))["type"] != "rejected"
        Fickle.may = {"read"}
        answer = await ask(viewer, id=2, **message)

        assert (answer["type"], answer["error"]) == ("rejected", "NotAllowed")
        _, town = await api.towns("GET", "hamlet")
        assert town["tick"] <= 1

    async def test_who_may_not_read_any_more_is_shown_out(self, api, dial):
        await api.open()
        socket = await dial(town="hamlet", v=1)
        await socket.read("full_state")
        await asyncio.sleep(0.2)
        await send(socket, type="ping")
        assert await socket.read("pong"), "who may, stays"

        Fickle.may = set()
        assert await socket.read("never") is None
        assert socket.code == 4403

    async def test_whose_login_has_expired_is_told_so(self, api, dial, jp_serverapp):
        await api.open()
        socket = await dial(town="hamlet", v=1)
        await socket.read("full_state")

        jp_serverapp.identity_provider.token = "another"
        assert await socket.read("never") is None
        assert socket.code == 4401


async def test_what_is_asked_before_the_town_is_there_is_answered(api, dial, registry):
    await api.open()
    await put_to_sleep(registry, "hamlet")  # the dial has to start it again first
    socket = await dial(town="hamlet", v=1)

    answer = await ask(socket, type="input", id="early", kind="say", text="Hello?", by=0)

    assert (answer["type"], answer["id"]) == ("accepted", "early")


async def test_who_says_too_much_before_the_town_is_there_is_closed(api, dial, registry):
    await api.open()
    await put_to_sleep(registry, "hamlet")
    socket = await dial(town="hamlet", v=1)

    for _ in range(MOST_A_SECOND + 1):
        await send(socket, type="ping")

    assert await socket.read("never") is None
    assert socket.code == 4429
