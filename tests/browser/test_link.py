"""The widget's link in a real Chromium, against a real server, through a proxy that breaks it.

The page has a token and no cookie, as where it is framed by another; that must do from the first dial on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil

import psutil
import pytest

from tests.browser.conftest import FLAGS, wait_for
from tests.browser.proxy import Proxy

TOWN = "riverbend"


class Sockets:
    """What a page dialled and heard."""

    def __init__(self, page):
        self.dialled = []
        page.on("websocket", self._add)

    def _add(self, socket):
        mine = {"url": socket.url, "heard": [], "said": []}
        self.dialled.append(mine)
        socket.on("framereceived", lambda data: mine["heard"].append(json.loads(data)))
        socket.on("framesent", lambda data: mine["said"].append(json.loads(data)))

    @property
    def newest(self):
        return self.dialled[-1]

    def kinds(self, which=-1):
        return [message["type"] for message in self.dialled[which]["heard"]]


@pytest.fixture(scope="module")
def proxy(lab):
    lab.request("POST", "aitown/api/towns", {"name": TOWN, "npcs": 25, "seed": 7, "speed": 20})
    made = Proxy(lab.port, lab.token)
    yield made
    made.close()


@pytest.fixture
def show(page, proxy, lab):
    """Opens the widget; gives the page's sockets, once the town is live."""
    proxy.refusing = False

    def open_page(views=1):
        sockets = Sockets(page)
        page.goto(proxy.url(TOWN, views))
        page.wait_for_selector(f".aitown-root[data-link='live'] >> nth={views - 1}")
        page.wait_for_selector("canvas[data-camera]")
        return sockets

    yield open_page
    assert [line for line in page.messages if "aitown:" in line or line.startswith("pageerror")] == []


def tick(page):
    return int("".join(re.findall(r"\d", page.inner_text(".aitown-tick >> nth=0"))) or 0)


def goes_on(page):
    before = tick(page)
    page.wait_for_function(
        "before => Number(document.querySelector('.aitown-tick').textContent.replace(/\\D/g, '')) > before",
        arg=before + 5,
    )


def test_it_asks_for_deltas_and_gets_them(page, show):
    sockets = show()
    goes_on(page)
    assert "v=1&delta=1&fmt=auto" in sockets.newest["url"]
    assert len(sockets.dialled) == 1, "the first dial is let in"
    first, *rest = [one for one in sockets.newest["heard"] if one["type"] in ("full_state", "state_update")]
    assert first["type"] == "full_state"
    assert all(one["base"] < one["seq"] for one in rest)
    assert rest


def test_a_broken_connection_is_resumed_where_the_page_stood(page, show, proxy):
    sockets = show()
    goes_on(page)
    proxy.cut()
    page.wait_for_function("() => document.querySelector('.aitown-root').dataset.link !== 'live'", polling=20)
    page.wait_for_selector(".aitown-root[data-link='live']")
    goes_on(page)
    assert len(sockets.dialled) == 2
    last = next(one for one in reversed(sockets.dialled[0]["heard"]) if "seq" in one)
    assert re.search(rf"epoch={last['epoch']}&seq={last['seq']}\b", sockets.newest["url"])
    assert sockets.kinds()[:2] == ["welcome", "resumed"]
    assert "full_state" not in sockets.kinds()
    state = next(one for one in sockets.newest["heard"] if one["type"] == "state_update")
    assert state["base"] == last["seq"]


def test_where_no_socket_is_let_through_it_polls_and_comes_back(page, show, proxy):
    sockets = show()
    proxy.refusing = True
    proxy.cut()
    words = page.locator(".aitown-words")
    words.get_by_text("live, polled", exact=True).wait_for()
    before = len([path for path in proxy.asked if path.startswith("/aitown/state")])
    goes_on(page)
    until(page, lambda: len(sockets.dialled) > 4, "dialling to go on")
    goes_on(page)
    assert len([path for path in proxy.asked if path.startswith("/aitown/state")]) > before
    proxy.refusing = False
    words.get_by_text("live", exact=True).wait_for()
    assert sockets.kinds()[:2] == ["welcome", "resumed"]
    asked = len(proxy.asked)
    goes_on(page)
    assert len(proxy.asked) == asked


def test_a_zombie_is_replaced_when_the_network_comes_back(page, show, proxy):
    sockets = show()
    goes_on(page)
    proxy.stall()
    page.evaluate("dispatchEvent(new Event('online'))")
    until(page, lambda: len(sockets.dialled) == 2, "the silent socket to be given up")
    assert sockets.dialled[0]["said"] == [{"type": "ping", "seq": sockets.dialled[0]["heard"][-1]["seq"]}]
    page.wait_for_selector(".aitown-root[data-link='live']")
    goes_on(page)
    assert sockets.kinds()[:2] == ["welcome", "resumed"]


def test_a_page_that_comes_back_from_the_browsers_cache_goes_on(browser, lab, proxy):
    """Playwright turns that cache off, so this browser is started without its doing so."""
    cached = browser.browser_type.launch(
        executable_path=os.environ.get("AITOWN_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome"),
        args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = cached.new_page()
    sockets = Sockets(page)
    page.goto(proxy.url(TOWN))
    page.wait_for_selector(".aitown-root[data-link='live']")
    goes_on(page)
    page.evaluate("addEventListener('pageshow', event => { window.cameFromCache = event.persisted; })")
    page.goto(f"http://127.0.0.1:{proxy.port}/bundle/widget.css")
    page.go_back(wait_until="commit")
    until(page, lambda: len(sockets.dialled) == 2, "the page to dial anew")
    assert page.evaluate("window.cameFromCache")
    page.wait_for_selector(".aitown-root[data-link='live']")
    goes_on(page)
    cached.close()


def test_a_tab_that_nobody_sees_costs_no_message(page, show, lab):
    sockets = show()
    goes_on(page)
    see(page, hidden=True)
    until(page, lambda: sockets.newest["said"], "the page to say that it is hidden")
    assert sockets.newest["said"] == [{"type": "visibility", "hidden": True}]
    began = lab.town()["tick"]
    until(page, lambda: lab.town()["tick"] > began + 5, "what was under way")
    heard, began = len(sockets.newest["heard"]), lab.town()["tick"]
    until(page, lambda: lab.town()["tick"] > began + 60, "the town to go on")
    assert len(sockets.newest["heard"]) == heard
    assert len(sockets.newest["said"]) == 1
    see(page, hidden=False)
    until(page, lambda: tick(page) > began + 60, "the page to catch up")
    caught = [one for one in sockets.newest["heard"][heard:] if one["type"] == "state_update"]
    assert caught[0]["payload"]["tick"] > began + 60
    assert len(sockets.dialled) == 1


def test_two_widgets_of_one_town_share_one_socket(page, show, lab):
    sockets = show(views=2)
    goes_on(page)
    assert len(sockets.dialled) == 1
    wait_for(lambda: lab.town()["viewers"] == 1, "the viewers of earlier tests to be gone")
    ticks = page.locator(".aitown-tick").all_inner_texts()
    assert len(ticks) == 2
    assert all(ticks)


def test_a_control_goes_over_the_socket(page, show, lab, proxy):
    sockets = show()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    assert lab.town()["phase"] == "paused"
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    said = [message for message in sockets.newest["said"] if message["type"] == "control"]
    assert [message["op"] for message in said] == ["pause", "play"]
    assert sockets.kinds().count("done") == 2
    assert not any("control" in path for path in proxy.asked)


def test_a_town_that_can_not_go_on_says_why(page, show, proxy, lab):
    """Its process is killed as often as it is started again."""
    run = lab.request("POST", "aitown/api/towns", {"name": "doomed", "map": TOWN, "npcs": 3, "seed": 7})["run"]
    page.goto(proxy.url("doomed"))
    page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]")
    server = psutil.Process(lab.process.pid)

    def end():
        for child in server.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(run in file.path for file in child.open_files()):
                    child.kill()
        return lab.town("doomed")["state"] == "failed"

    until(page, end, "the town to fail")
    card = page.locator(".aitown-card")
    card.get_by_text("The town has failed. Its process was ended by SIGKILL.").wait_for()
    card.get_by_text('aitown.open("doomed") starts it again.').wait_for()
    assert page.inner_text(".aitown-words") == "the town has failed"
    assert page.locator(".aitown-root").get_attribute("data-link") == "live"


def until(page, condition, what):
    """Waits as `wait_for` does, and lets the page's events through meanwhile."""
    return wait_for(lambda: page.evaluate("true") and condition(), what)


def see(page, *, hidden):
    """Headless Chromium shows every tab at once, so the page is told what a browser would tell it."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )
