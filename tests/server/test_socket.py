from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from aitown.wire.mirror import Mirror, read
from aitown.wire.position import Need
from aitown.wire.session import LIMIT
from tests.server.conftest import eventually, put_to_sleep


async def order(api, op, **fields):
    code, done = await api.towns("POST", "hamlet", "control", body={"op": op, **fields})
    assert code == 200, done
    return done


async def test_the_pattern_in_its_own_words(api, dial):
    """A client that knows two types and one address, and replaces what it shows."""
    await api.open(play=True, speed=50)
    shown = []

    socket = await dial(town="hamlet")
    while len(shown) < 5:
        message = json.loads(await socket.connection.read_message())
        assert message["type"] == ("state_update" if shown else "full_state")
        shown.append(message["payload"])

    _, answer = await api.get("aitown", "state", params={"town": "hamlet"})
    for state in [*shown, answer["payload"]]:
        assert len(state["npcs"]) == 3
        assert len(state["map"]["rows"]) == state["map"]["height"]
        assert {"id", "name", "x", "y", "place", "activity", "mood"} <= set(state["npcs"][0])
    assert [state["tick"] for state in shown] == sorted({state["tick"] for state in shown})


@pytest.mark.parametrize("path", [("ws",), ("aitown", "ws")])
async def test_without_a_name_it_is_the_default_town(dial, path):
    socket = await dial(*path)

    message = await socket.read()

    assert (message["type"], message["payload"]["town"]) == ("full_state", "riverbend")


async def test_who_asks_gets_positions_that_rise(api, dial):
    await api.open(play=True, speed=50)
    socket = await dial(town="hamlet", v=1)
    first = await socket.read("full_state")
    updates = [await socket.read("state_update") for _ in range(5)]

    assert first["hb"] == 10
    assert [column["name"] for column in first["schema"]["npcs"]][:2] == ["x", "y"]
    assert first["status"]["state"] == "running"
    assert all("map" not in update["payload"] for update in updates)
    seqs = [message["seq"] for message in (first, *updates)]
    assert seqs == sorted(set(seqs))
    assert {message["epoch"] for message in (first, *updates)} == {first["epoch"]}


async def test_every_value_of_a_label_is_of_the_schema(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    message = await socket.read("full_state")

    places = {place["name"] for place in message["payload"]["places"]}
    for column in message["schema"]["npcs"]:
        if column["name"] == "alive":
            continue
        for npc in message["payload"]["npcs"]:
            value = npc[column["name"]]
            if "labels" in column:
                assert value in column["labels"]
            elif column.get("refers") == "places":
                assert value is None or value in places


async def test_the_status_is_told_when_it_changes(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    await socket.read("full_state")

    await order(api, "play", speed=30)
    status = await socket.read("status", where=lambda message: message["phase"] == "running")
    assert (status["state"], status["speed"]) == ("running", 30)
    await order(api, "pause")
    assert await socket.read("status", where=lambda message: message["phase"] == "paused")


async def test_what_is_said_comes_as_an_event_before_its_state(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    await socket.read("full_state")

    await api.towns("POST", "hamlet", "input", body={"kind": "say", "text": "Fire!", "by": 0})
    await order(api, "step")

    said = await socket.read("event", "state_update", where=lambda m: m["type"] != "event" or "Fire!" in str(m))
    assert said["type"] == "event"
    (event,) = [event for event in said["events"] if event["text"] == "Fire!"]
    assert (event["kind"], event["npc"], event["tick"]) == ("said", 0, 1)
    update = await socket.read("state_update")
    assert update["payload"]["npcs"][0]["saying"] == "Fire!"


async def test_a_ping_is_answered_with_the_position(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    full = await socket.read("full_state")

    await socket.connection.write_message('{"type": "ping", "seq": 0}')

    assert await socket.read("pong") == {"type": "pong", "epoch": full["epoch"], "seq": full["seq"]}


async def test_a_quiet_town_beats(api, dial, monkeypatch):
    monkeypatch.setattr("aitown.server.hub.HEARTBEAT", 0)
    await api.open()
    socket = await dial(town="hamlet", v=1)
    full = await socket.read("full_state")

    assert await socket.read("hb") == {"type": "hb", "epoch": full["epoch"], "seq": full["seq"]}


@pytest.mark.parametrize("message", ["hello", "[]", '{"type": "dance"}', b'{"type": "ping"}'])
async def test_a_message_that_means_nothing_closes_the_socket(api, dial, message):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    await socket.read("full_state")

    await socket.connection.write_message(message, binary=isinstance(message, bytes))

    assert await socket.read("never") is None
    assert socket.code == 4400


async def test_a_message_that_is_too_long_closes_the_socket(api, dial):
    await api.open()
    socket = await dial(town="hamlet", v=1)
    await socket.read("full_state")

    await socket.connection.write_message(json.dumps({"type": "ping", "seq": "x" * LIMIT}))

    assert await socket.read("never") is None
    assert socket.code in (1009, None)


async def test_a_town_that_was_never_opened(dial):
    socket = await dial(town="atlantis", v=1)

    assert await socket.read() is None
    assert socket.code == 4404


async def test_a_town_that_is_stopped_closes_its_sockets_and_refuses_others(api, dial):
    await api.open()
    watching = await dial(town="hamlet", v=1)
    await watching.read("full_state")

    await api.towns("DELETE", "hamlet")

    status = await watching.read("status")
    assert (status["state"], status["reason"]) == ("ended", "stopped")
    assert await watching.read() is None
    assert watching.code == 4410
    late = await dial(town="hamlet", v=1)
    assert await late.read() is None
    assert late.code == 4410


async def test_a_fresh_run_tells_its_viewers_to_dial_again(api, dial):
    await api.open()
    watching = await dial(town="hamlet", v=1)
    await watching.read("full_state")

    await api.open(fresh=True)

    assert await watching.read("never") is None
    assert watching.code == 1012


async def test_a_town_that_can_not_be_started_is_not_dialled_again(api, dial, registry, jp_root_dir):
    _, town = await api.open()
    await put_to_sleep(registry, "hamlet")
    (jp_root_dir / town["folder"] / "manifest.json").unlink()

    late = await dial(town="hamlet", v=1)

    assert await late.read() is None
    assert late.code == 4410


async def test_a_full_server_asks_to_dial_later(api, dial, registry):
    await api.open()
    registry._max_towns = 1

    late = await dial(v=1)

    assert await late.read() is None
    assert late.code == 1013


async def test_who_goes_away_does_not_end_the_town_that_is_being_started(dial, registry, jp_root_dir):
    viewer = await dial()
    await eventually(registry._locks["riverbend"].locked)
    viewer.connection.close()

    await eventually(lambda: "riverbend" in registry._towns)
    (run,) = [path for path in (jp_root_dir / "runs").iterdir() if path.name != ".towns"]
    assert registry._towns["riverbend"].entry.folder == f"runs/{run.name}"


async def test_viewers_are_counted(api, dial, registry):
    await api.open()
    sockets = [await dial(town="hamlet") for _ in range(3)]
    for viewer in sockets:
        await viewer.read()
    assert (await api.towns("GET", "hamlet"))[1]["viewers"] == 3

    for viewer in sockets:
        viewer.connection.close()
    town = await registry.get("hamlet")
    await eventually(lambda: not town.hub.viewers)


async def test_compressed_and_plain_messages_say_the_same(api, dial, jp_http_port, jp_base_url, jp_serverapp):
    """Another library decompresses what is shared, beside control frames and small messages that aren't compressed."""
    await api.open(npcs=25)
    plain = await dial(town="hamlet", v=1, fmt="bin", delta=1)
    url = f"ws://localhost:{jp_http_port}{jp_base_url}aitown/ws?town=hamlet&v=1&fmt=bin&delta=1"
    token = jp_serverapp.identity_provider.token
    offer = [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
    async with connect(url, additional_headers={"Authorization": f"token {token}"}, extensions=offer) as compressed:
        assert compressed.protocol.extensions
        await compressed.ping()
        for _ in range(5):
            await order(api, "step")
        for viewer in (plain.connection.read_message, compressed.recv):
            mirror = Mirror()
            while mirror.payload is None or mirror.payload["tick"] < 5:
                mirror.apply(read(await asyncio.wait_for(viewer(), 30)))
            _, whole = await api.get("aitown", "state", params={"town": "hamlet"})
            assert mirror.payload == whole["payload"]


async def test_a_state_by_http_in_columns(api, app, jp_fetch):
    await api.open()
    _, whole = await api.get("aitown", "state", params={"town": "hamlet"})
    for form in ("cols", "bin", "auto"):
        answer = await jp_fetch("aitown", "state", params={"town": "hamlet", "fmt": form})
        mirror = Mirror()
        mirror.apply(read(answer.body if form == "bin" else answer.body.decode()))
        assert mirror.payload == whole["payload"]
    code, error = await api.get("aitown", "state", params={"town": "hamlet", "fmt": "xml"})
    assert (code, error["error"]) == (400, "BadParameter")


def stalled_dial(port, path, token):
    """A viewer that shakes hands and reads no more."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.connect(("127.0.0.1", port))
    viewer.sendall(
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: token {token}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    return viewer


async def test_a_stalled_viewer_holds_one_message_and_delays_nobody(
    api, dial, registry, jp_http_port, jp_base_url, jp_serverapp, monkeypatch
):
    monkeypatch.setattr("aitown.server.hub.BLOCKED_SECONDS", 2.0)
    await api.open(npcs=25)
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    stalled = stalled_dial(jp_http_port, f"{jp_base_url}aitown/ws?town=hamlet", jp_serverapp.identity_provider.token)
    lively = await dial(town="hamlet", v=1)
    (viewer,) = await eventually(lambda: [v for v in town.hub.viewers if not v.session.versioned])
    buffered = 0

    await order(api, "play", speed=20)
    await lively.read("full_state")
    while viewer.writing is None:
        await lively.read("state_update")
    held = viewer.session.position
    for _ in range(20):
        update = await lively.read("state_update")
        buffer = viewer.sink.ws_connection.stream._write_buffer
        buffered = max(buffered, len(buffer))
        assert viewer.session.position == held

    assert update["seq"] > held.seq + 15
    assert 0 < buffered <= len(town.hub.stream.state().get(Need("plain state_update")).data) + 100
    await eventually(lambda: viewer not in town.hub.viewers)
    stalled.close()


async def test_a_slow_viewer_that_drains_gets_the_newest_at_once(
    api, dial, registry, jp_http_port, jp_base_url, jp_serverapp
):
    await api.open(npcs=25)
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    slow = stalled_dial(jp_http_port, f"{jp_base_url}aitown/ws?town=hamlet", jp_serverapp.identity_provider.token)
    (viewer,) = await eventually(lambda: set(town.hub.viewers))
    while viewer.writing is None:
        await order(api, "step")
    for _ in range(10):
        await order(api, "step")
    newest = town.tick

    slow.setblocking(False)
    loop = asyncio.get_running_loop()
    data = b""
    ticks = []
    while newest not in ticks:
        data += await asyncio.wait_for(loop.sock_recv(slow, 1 << 16), 30)
        _, _, rest = data.partition(b"\r\n\r\n")
        ticks = [json.loads(text)["payload"]["tick"] for text in texts(rest)]
    slow.close()

    assert ticks == sorted(set(ticks))
    assert len(ticks) < newest, "those in between were passed over"


async def test_nothing_is_pushed_into_the_middle_of_a_frame_of_tornados(
    api, registry, jp_http_port, jp_base_url, jp_serverapp
):
    """Messages go around tornado's buffer, but not while a ping of its own is in it."""
    await api.open()
    town = await registry.get("hamlet")
    await town.wait_shown(60)
    slow = stalled_dial(jp_http_port, f"{jp_base_url}aitown/ws?town=hamlet", jp_serverapp.identity_provider.token)
    (viewer,) = await eventually(lambda: [one for one in town.hub.viewers if one.push is not None])
    stream, pings = viewer.sink.ws_connection.stream, 0
    while not stream.writing():
        viewer.sink.ws_connection.write_ping(b"p" * 125)
        pings += 1
    assert viewer.writing is None
    assert viewer.push is None

    await order(api, "step")

    slow.setblocking(False)
    loop = asyncio.get_running_loop()
    data = b""
    while True:
        data += await asyncio.wait_for(loop.sock_recv(slow, 1 << 16), 30)
        _, _, rest = data.partition(b"\r\n\r\n")
        found = texts(rest)
        if len(found) == pings + 2:
            break
    slow.close()

    assert [json.loads(text)["payload"]["tick"] for text in found if text[:1] != b"p"] == [0, 1]
    assert [text for text in found if text[:1] == b"p"] == [b"p" * 125] * pings
    assert viewer.push is not None or viewer.sink._closing, "and then they are again"


def texts(data):
    """What the whole frames in `data` carry."""
    found = []
    while len(data) >= 10:
        size, head = data[1], 2
        if size == 126:
            size, head = struct.unpack("!H", data[2:4])[0], 4
        elif size == 127:
            size, head = struct.unpack("!Q", data[2:10])[0], 10
        if len(data) < head + size:
            break
        found.append(data[head : head + size])
        data = data[head + size :]
    return found
