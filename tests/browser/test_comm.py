"""A town of the kernel in a page that has nothing but a comm, and the traits of its view."""

from __future__ import annotations

import pytest

import aitown
from aitown.wire.lanes import WINDOW
from tests.browser.host import CommHost


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JPY_PARENT_PID", raising=False)
        patch.chdir(tmp_path_factory.mktemp("kernel"))
        town = aitown.open("hamlet", map="riverbend", seed=7, play=False, fresh=True)
        town.step(360)
        yield town
        town.stop()


@pytest.fixture
def host(page, live):
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    made = CommHost(page, live._host.comm.receive, run=live.run_id)
    made.until(lambda: page.locator("canvas[data-camera]").count(), "the picture")
    yield made
    assert faults == []


def test_it_is_live_and_says_how(host, live, page):
    assert page.locator(".aitown-words").inner_text() == "live, by the kernel"
    at = live.tick
    host.press("Step one simulated minute")
    host.until(lambda: host.tick() == at + 6, "six ticks")
    page.get_by_label("Speed", exact=True).select_option("60")
    host.press("Play")
    host.until(lambda: host.tick() > at + 20, "the town to go on")
    host.press("Pause")
    host.until(lambda: page.get_by_role("button", name="Play", exact=True).count(), "the pause")
    assert live.tick >= at + 20


def test_at_two_thousand_ticks_a_second_little_is_on_the_way_and_no_event_is_lost(host, live, page):
    at = live.tick
    live.play(speed=2000)
    host.until(lambda: live.tick > at + 4000, "four thousand ticks")
    live.pause()
    host.until(lambda: host.tick() == live.tick, "the newest state")
    assert host.most <= WINDOW
    said = live.history.events(kinds="said")
    page.get_by_role("button", name="Town talk").click()
    newest = page.locator(".aitown-line q").first
    host.until(lambda: newest.count() and newest.inner_text() == said["text"].iloc[-1], "the last words")
    assert page.get_by_text("lines were missed").is_hidden()


def test_the_past_and_people_are_asked_for_over_it_too(host, live, page):
    page.locator("canvas[data-camera]").focus()
    page.keyboard.press("Enter")
    panel = page.locator(".aitown-person")
    host.until(lambda: panel.get_by_text("lives at").count(), "the persona")
    box = page.get_by_role("slider").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 10)
    host.until(lambda: page.locator(".aitown-words").inner_text() == "recorded", "the past")
    assert host.tick() < live.tick / 4
    host.press("Back to live")
    host.until(lambda: host.tick() == live.tick, "now")


def test_who_moves_in_appears_and_who_moves_out_disappears(host, live, page):
    zoe = live.add({"name": "Zoe Hart", "age": 34, "occupation": "baker"})
    live.step(6)
    host.until(lambda: host.tick() == live.tick, "the newest state")
    find = page.get_by_role("combobox", name="Find a person")
    find.fill("zoe")
    host.until(lambda: page.get_by_role("option", name="Zoe Hart").count() == 1, "the newcomer to be found")
    find.press("Enter")
    panel = page.locator(".aitown-person")
    host.until(lambda: panel.get_by_role("heading", name="Zoe Hart").count(), "the newcomer's panel")
    host.until(lambda: panel.get_by_text("baker, 34 years").count(), "the newcomer's persona")
    host.until(lambda: host.traits.get("selected") == [zoe], "the selection")

    live.remove(zoe)
    live.step(1)
    host.until(lambda: panel.get_by_text("no longer in town").count(), "the leave-taking")
    find.fill("zoe")
    host.until(lambda: page.get_by_role("option", name="Zoe Hart").count() == 0, "nobody to be found")
    page.get_by_role("button", name="everything").click()
    host.until(lambda: page.get_by_text("moved out of the town").count(), "the event")
    assert (
        page.locator(".aitown-line", has_text="moved out of the town").get_by_role("button").inner_text() == "Zoe Hart"
    )


def test_a_kernel_that_is_gone_is_said_and_found_again(host, live, page):
    host.cut = True
    live.step()
    host.until(lambda: page.locator(".aitown-root[data-link='reconnecting']").count(), "the silence to be noticed", 60)
    host.cut = False
    host.until(lambda: page.locator(".aitown-root[data-link='live']").count(), "the link to come back", 60)
    host.until(lambda: host.tick() == live.tick, "the newest state")


def test_traits_follow_the_page_and_the_page_follows_them(host, live, page):
    host.set("selected", [3])
    name = live.npcs["name"].iloc[3]
    panel = page.locator(".aitown-person h3")
    host.until(lambda: panel.is_visible() and panel.inner_text() == name, "the selected person")
    page.locator("canvas[data-camera]").focus()
    page.keyboard.press("Escape")
    host.until(lambda: host.traits.get("selected") == [], "the selection to be told")
    page.keyboard.press("Enter")
    host.until(lambda: len(host.traits["selected"]) == 1, "the next one to be told")
    host.set("tick", 100)
    host.until(lambda: host.tick() == 100, "the tick that was set")
    assert page.locator(".aitown-words").inner_text() == "recorded"
    host.until(lambda: host.traits["now"] is False, "that it isn't now")
    host.set("speed", 60)
    host.until(lambda: host.traits["tick"] > 120, "the past to play")
    host.set("speed", 0)
    host.until(lambda: page.get_by_role("button", name="Run the past").count(), "it to stand still")
    host.set("now", True)
    host.until(lambda: host.traits["tick"] == live.tick and host.traits["now"], "now")
    host.set("camera", {"x": 10, "y": 10, "zoom": 30})
    host.until(lambda: abs((host.traits.get("camera") or {}).get("zoom", 0) - 30) < 0.5, "the camera")
    host.set("color", "hunger")
    host.until(lambda: page.get_by_text("hunger").count(), "the legend of the colour")


def test_nothing_is_left_of_a_view_that_ends(host, page):
    page.evaluate("end.abort()")
    assert page.evaluate("listeners()") == 0
    assert page.locator("#host").inner_text() == ""
