"""A real Jupyter server in this process with the extension, real town processes below it, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os

import platformdirs
import psutil
import pytest
from jupyter_server.serverapp import ServerApp
from pytest_jupyter.jupyter_server import *  # noqa: F403 (fixtures and hooks, for this folder only)
from tornado.httpclient import HTTPClientError

# Tests get a home of their own; machine code is compiled once for all of them.
os.environ.setdefault("XDG_CACHE_HOME", platformdirs.user_cache_dir())


@pytest.fixture
def jp_server_config():
    return {
        "ServerApp": {"jpserver_extensions": {"aitown": True}, "allow_unauthenticated_access": False},
        "AitownApp": {"default_npcs": 5},
    }


@pytest.fixture(autouse=True)
def jp_server_cleanup(jp_asyncio_loop):
    """Stop the server as Jupyter does, and see that every process that the test has started is gone."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    app = ServerApp.instance()
    jp_asyncio_loop.run_until_complete(app._cleanup())
    if hasattr(app, "kernel_manager"):
        app.kernel_manager.context.destroy()
    ServerApp.clear_instance()
    started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    _, alive = psutil.wait_procs(started, 5)
    for process in alive:
        process.kill()
    assert not alive, f"left behind: {alive}"


@pytest.fixture
def app(jp_serverapp, jp_asyncio_loop):
    """The extension, started."""
    jp_asyncio_loop.run_until_complete(jp_serverapp.extension_manager.start_all_extensions())
    (found,) = jp_serverapp.extension_manager.extension_apps["aitown"]
    return found


@pytest.fixture
def registry(app):
    return app.registry


class Api:
    """REST calls that answer with a status and JSON, whatever the status."""

    def __init__(self, fetch):
        self._fetch = fetch

    async def __call__(self, method, *parts, body=None, **options):
        data = None if body is None else json.dumps(body)
        try:
            answer = await self._fetch(
                *parts, method=method, body=data, allow_nonstandard_methods=True, request_timeout=120, **options
            )
        except HTTPClientError as error:
            answer = error.response
        return answer.code, json.loads(answer.body) if answer.body else None

    async def get(self, *parts, **options):
        return await self("GET", *parts, **options)

    async def towns(self, method, *parts, body=None):
        return await self(method, "aitown", "api", "towns", *parts, body=body)

    async def open(self, name="hamlet", **parameters):
        parameters = {"map": "riverbend", "npcs": 3, "seed": 7, "play": False} | parameters
        return await self.towns("POST", body={"name": name, **parameters})


@pytest.fixture
def api(app, jp_fetch):
    return Api(jp_fetch)


class Socket:
    """A viewer that reads JSON."""

    def __init__(self, connection):
        self.connection = connection

    async def read(self, *kinds, where=lambda _: True):
        """The next message, or the next of these kinds that fits; None when the socket has closed."""
        while (text := await asyncio.wait_for(self.connection.read_message(), 60)) is not None:
            message = json.loads(text)
            if (not kinds or message["type"] in kinds) and where(message):
                return message
        return None

    @property
    def code(self):
        return self.connection.close_code


@pytest.fixture
def dial(app, jp_ws_fetch, jp_asyncio_loop):
    """Opens sockets: `await dial("aitown", "ws", town="hamlet", v=1)`."""
    opened = []

    async def open_socket(*parts, **params):
        opened.append(await jp_ws_fetch(*(parts or ("aitown", "ws")), params=params))
        return Socket(opened[-1])

    async def close_all():
        for connection in opened:
            connection.close()

    yield open_socket
    jp_asyncio_loop.run_until_complete(close_all())  # closing needs a loop, which earlier tests may have taken away


async def eventually(condition, seconds=60):
    """What `condition` gives, as soon as it is true."""
    async with asyncio.timeout(seconds):
        while not (found := condition()):  # noqa: ASYNC110 (any condition will do)
            await asyncio.sleep(0.01)
    return found


async def put_to_sleep(registry, name):
    """As after the server has been started again: the town is known and has no process."""
    await registry._towns.pop(name).stop()
