from __future__ import annotations

import json
from typing import ClassVar

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError

from tests.server.conftest import Api

NAME = ("aitown", "api", "towns", "hamlet")
ROUTES = [
    ("GET", ("aitown", "api", "nothing"), None),
    ("GET", ("state",), None),
    ("GET", ("aitown", "state"), None),
    ("GET", ("aitown", "api", "towns"), None),
    ("POST", ("aitown", "api", "towns"), {"name": "hamlet"}),
    ("GET", NAME, None),
    ("DELETE", NAME, None),
    ("POST", (*NAME, "control"), {"op": "pause"}),
    ("POST", (*NAME, "input"), {"kind": "say", "text": "Hello"}),
    ("GET", (*NAME, "npcs", "0"), None),
    ("GET", (*NAME, "npcs", "0", "ties"), None),
    ("GET", (*NAME, "art", "0"), None),
    ("GET", (*NAME, "log"), None),
    ("GET", (*NAME, "history"), None),
]
SOCKETS = [("ws",), ("aitown", "ws")]
READS = [route for route in ROUTES if route[0] == "GET"]
ACTS = [route for route in ROUTES if route[0] != "GET"]


def ids(route):
    return f"{route[0]} {'/'.join(route[1])}"


def test_every_route_is_tried_here(app):
    """What the extension serves and this page knows are the same."""
    served = {pattern for pattern, *_ in app.handlers}
    assert len(served) == 14
    assert len({path for _, path, _ in ROUTES}) + len(SOCKETS) == len(served)


@pytest.mark.parametrize("route", ROUTES, ids=ids)
@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_without_the_token_nothing_is_answered(api, registry, route, header):
    method, path, body = route

    code, answer = await api(method, *path, body=body, headers={"Authorization": header})

    assert (code, answer["error"]) == (403, "NotAllowed")
    assert answer["remedy"]
    assert registry.all() == []


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_without_the_token_no_socket_opens(app, jp_ws_fetch, path, header):
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch(*path, headers={"Authorization": header})

    assert refused.value.code == 403


@pytest.fixture
def host(jp_http_port):
    """Cookies are named after it."""
    return f"localhost:{jp_http_port}"


@pytest.fixture
def browser(app, jp_fetch, jp_serverapp, jp_asyncio_loop, host):
    """The headers of a browser that has logged in, and its XSRF token."""

    async def login():
        first = {"Authorization": "", "Host": host}
        token = {"token": jp_serverapp.identity_provider.token}
        pages = [await jp_fetch("login", headers=first), await jp_fetch("api", "status", params=token, headers=first)]
        pairs = [cookie.split(";")[0] for page in pages for cookie in page.headers.get_list("Set-Cookie")]
        return {**first, "Cookie": "; ".join(pairs)}, dict(pair.split("=", 1) for pair in pairs)["_xsrf"]

    return jp_asyncio_loop.run_until_complete(login())


async def test_a_browser_of_this_origin_may_watch(jp_ws_fetch, browser, host):
    socket = await jp_ws_fetch("ws", headers={**browser[0], "Origin": f"http://{host}"})

    assert json.loads(await socket.read_message())["type"] == "full_state"
    socket.close()


@pytest.mark.parametrize("path", SOCKETS)
async def test_a_page_of_another_origin_may_not_though_the_browser_is_logged_in(jp_ws_fetch, browser, path):
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch(*path, headers={**browser[0], "Origin": "http://evil.example"})

    assert refused.value.code == 403


@pytest.mark.parametrize("route", READS[2:3], ids=ids)
async def test_nor_may_it_read(api, browser, route):
    method, path, _ = route

    assert (await api(method, *path, headers=browser[0]))[0] == 200
    code, _ = await api(method, *path, headers={**browser[0], "Origin": "http://evil.example"})
    assert code == 404


@pytest.mark.parametrize("route", ACTS, ids=ids)
async def test_a_browser_that_acts_has_to_send_the_xsrf_token(api, registry, browser, route):
    method, path, body = route

    code, answer = await api(method, *path, body=body, headers=browser[0])

    assert (code, answer["error"]) == (403, "NotAllowed")
    assert registry.all() == []


async def test_with_the_xsrf_token_it_may(api, browser):
    headers, xsrf = browser

    code, _ = await api(
        "POST",
        *("aitown", "api", "towns"),
        body={"name": "hamlet", "map": "riverbend", "npcs": 2},
        headers={**headers, "X-XSRFToken": xsrf},
    )

    assert code == 201


class TestWhereOtherPagesAreOpen:
    """Jupyter's own default leaves it to every handler to ask who comes."""

    @pytest.fixture
    def jp_server_config(self):
        return {"ServerApp": {"jpserver_extensions": {"aitown": True}, "allow_unauthenticated_access": True}}

    @pytest.mark.parametrize("route", ROUTES, ids=ids)
    async def test_the_routes_are_not(self, api, registry, route):
        method, path, body = route

        code, answer = await api(method, *path, body=body, headers={"Authorization": ""})

        assert (code, answer["error"]) == (403, "NotAllowed")
        assert registry.all() == []

    @pytest.mark.parametrize("path", SOCKETS)
    async def test_the_sockets_are_not(self, app, jp_ws_fetch, path):
        with pytest.raises(HTTPClientError) as refused:
            await jp_ws_fetch(*path, headers={"Authorization": ""})

        assert refused.value.code == 403


class ReadersOnly(Authorizer):
    """Everybody may read, nobody may do anything."""

    asked: ClassVar = []

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return action == "read"


class Strangers(ReadersOnly):
    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return False


class TestRights:
    """What the authoriser is asked, and that its answer counts."""

    @pytest.fixture(params=[ReadersOnly, Strangers])
    def authorizer(self, request):
        request.param.asked.clear()
        return request.param

    @pytest.fixture
    def jp_server_config(self, authorizer):
        return {
            "ServerApp": {
                "jpserver_extensions": {"aitown": True},
                "authorizer_class": f"{__name__}.{authorizer.__name__}",
            }
        }

    async def test_acts_need_the_right_to_execute(self, app, jp_fetch, authorizer):
        api = Api(jp_fetch)
        for method, path, body in ACTS:
            code, answer = await api(method, *path, body=body)
            assert (code, answer["error"]) == (403, "NotAllowed")
        assert set(authorizer.asked) == {("execute", "aitown")}

    async def test_looking_needs_the_right_to_read(self, app, jp_fetch, authorizer):
        api = Api(jp_fetch)
        for method, path, body in READS[2:]:
            code, _ = await api(method, *path, body=body)
            assert (code == 403) == (authorizer is Strangers)
        assert set(authorizer.asked) == {("read", "aitown")}

    async def test_so_does_a_socket(self, app, jp_ws_fetch, authorizer):
        if authorizer is Strangers:
            with pytest.raises(HTTPClientError) as refused:
                await jp_ws_fetch("aitown", "ws", params={"town": "none"})
            assert refused.value.code == 403
        else:
            (await jp_ws_fetch("aitown", "ws", params={"town": "none"})).close()
        assert authorizer.asked == [("read", "aitown")]
