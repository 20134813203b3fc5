"""The view changes over between the ways to its town: a real server behind a proxy that breaks, a real kernel's relay."""

from __future__ import annotations

import base64

import pytest

import aitown
from aitown.client import Client
from aitown.live.relay import Relay
from tests.browser.conftest import wait_for
from tests.browser.host import CommHost
from tests.browser.looking import all_stand_where, tick_in
from tests.browser.proxy import Proxy


@pytest.fixture
def proxy(lab):
    made = Proxy(lab.port, lab.token)
    yield made
    made.close()


@pytest.fixture
def client(lab):
    return Client.find(lab.url, lab.token)


@pytest.fixture
def town(client):
    """Paused, after an hour."""
    info = client.open("hamlet", map="riverbend", npcs=25, seed=7, play=False, fresh=True)
    client.control("hamlet", "step", ticks=360)
    return info


@pytest.fixture
def run(lab, client, town):
    found = aitown.load(lab.root / town["folder"])
    wait_for(lambda: found.last_tick == 360, "the run on the disk")
    return found


@pytest.fixture
def carried(run):
    view = aitown.show(run)
    return base64.b64encode(view.replay).decode()


@pytest.fixture
def host(page, client, run, proxy):
    """Opens a page of the proxy's, with one view that has a kernel behind it."""

    def open_page(**traits):
        relay = Relay(client, "hamlet", lambda: run)
        page.goto(proxy.url("hamlet", views=0))
        given = {"kernel": False, "relay": True, "run": run.run_id} | traits
        return CommHost(page, relay.receive, config=proxy.config, **given)

    return open_page


def words(page):
    return page.locator(".aitown-words").inner_text()


def test_the_kernel_takes_over_from_a_server_that_is_gone_and_gives_back(page, host, proxy, client):
    host = host()
    host.until(lambda: words(page) == "live" and tick_in(page) == 360, "the server's town")
    proxy.down = True
    proxy.cut()
    host.until(lambda: words(page) != "live", "the break to be noticed")
    assert tick_in(page) == 360
    host.until(lambda: words(page) == "live, by the kernel", "the kernel to take over", 60)
    assert client.town("hamlet")["viewers"] == 1
    host.press("Step one simulated minute")
    host.until(lambda: tick_in(page) == 366, "a minute, by the kernel")
    box = page.get_by_role("slider", name="Time of the town").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    host.until(lambda: words(page) == "recorded" and abs(tick_in(page) - 183) <= 4, "the past, by the kernel")
    host.press("Back to live")
    host.until(lambda: tick_in(page) == 366, "now")
    proxy.down = False
    host.until(lambda: words(page) == "live", "the server to be found again", 60)
    host.until(lambda: client.town("hamlet")["viewers"] == 1, "the kernel's socket to close")
    client.control("hamlet", "step", ticks=6)
    host.until(lambda: tick_in(page) == 372, "a minute, by the server")
    all_stand_where(page, client.state("hamlet")["payload"]["npcs"], 2)


def test_what_was_recorded_stands_in_until_the_server_answers(page, host, proxy, carried, client):
    proxy.down = True
    host = host(relay=False, replay=carried)
    host.until(lambda: words(page).startswith("recorded; reconnecting"), "the recording", 60)
    assert tick_in(page) == 360
    assert page.get_by_role("button", name="Step one tick").is_hidden()
    page.get_by_role("slider", name="Time of the town").focus()
    client.control("hamlet", "step", ticks=6)
    proxy.down = False
    host.until(lambda: words(page) == "live" and tick_in(page) == 366, "the server's town", 60)
    assert page.get_by_role("button", name="Step one tick").is_visible()


def test_a_server_without_the_town_leaves_the_recording_and_says_why(page, host, carried):
    host = host(relay=False, replay=carried, town="elsewhere")
    host.until(lambda: words(page).startswith("recorded; stopped:"), "the recording", 60)
    assert tick_in(page) == 360
    page.get_by_role("slider", name="Time of the town").focus()
    page.keyboard.press("Home")
    host.until(lambda: tick_in(page) == 0, "the beginning")


def test_neither_server_nor_kernel(page, host, proxy, carried):
    proxy.down = True
    host = host(replay=carried)
    host.cut = True
    host.until(lambda: words(page).startswith("recorded; "), "the recording", 60)
    host.cut = False
    host.until(lambda: words(page) == "live, by the kernel", "the kernel", 60)
    page.evaluate("end.abort()")
    assert page.evaluate("listeners()") == 0
    assert page.locator("canvas").count() == 0
