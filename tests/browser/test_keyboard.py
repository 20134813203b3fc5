"""By keyboard alone: who somebody is, finding them, acting, and the time of a town; and what axe-core says of these."""

from __future__ import annotations

import pytest

from tests.browser.conftest import HOUSE, TICKS, wait_for
from tests.browser.looking import tick_in

AXE = HOUSE / "widgets/node_modules/axe-core/axe.min.js"


def serious(page):
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run('.aitown-root')).violations")
    return [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def tab_to(page, label, most=30):
    """Tab until what is called `label` has the focus; then it is what keys go to."""
    for _ in range(most):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
        )
        if label == (name or "").strip():
            return
    pytest.fail(f"Tab never came to {label!r}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_axe_finds_nothing_serious_in_a_recorded_town(offline, exported, width, scheme):
    page = offline(f"file://{exported}", width=width, scheme=scheme)
    page.locator("canvas[data-camera]").focus()
    page.keyboard.press("Enter")
    page.get_by_text("lives at").wait_for()
    page.get_by_role("button", name="Run the past").click()
    page.get_by_role("button", name="Hold the past").wait_for()
    assert serious(page) == []
    page.get_by_role("button", name="Hold the past").click()
    assert serious(page) == []


@pytest.mark.parametrize("width", [400, 1200])
def test_axe_finds_nothing_serious_in_what_was_answered(show, width):
    page = show("day-refused", width)
    page.locator(".aitown-canvas").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Act").click()
    page.get_by_label("Words").fill("Good morning")
    page.keyboard.press("Enter")
    page.get_by_text("The town has ended.").first.wait_for()
    assert serious(page) == []


def test_a_recorded_town_by_keys_alone(offline, exported, run):
    page = offline(f"file://{exported}")
    page.locator("canvas[data-camera]").wait_for()
    tab_to(page, "Time of the town")
    page.keyboard.press("End")
    wait_for(lambda: tick_in(page) == TICKS, "the newest that was recorded")
    page.keyboard.press("Home")
    wait_for(lambda: tick_in(page) == 0, "the beginning")
    for key, tick in (("ArrowRight", 1), ("PageUp", 11), ("Shift+ArrowRight", 21), ("ArrowLeft", 20)):
        page.keyboard.press(key)
        wait_for(lambda tick=tick: tick_in(page) == tick, key)
    page.keyboard.press("Space")
    wait_for(lambda: tick_in(page) > 40, "the past to play")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Run the past").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Kind of event"
    page.keyboard.type("met")
    wait_for(lambda: page.get_by_label("Kind of event").input_value() == "met", "the kind that was typed")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    met = run.events(kinds="met")["tick"]
    wait_for(lambda: tick_in(page) == met[met > 0].min(), "the first meeting")


def test_a_live_town_by_keys_alone(show):
    page = show("day-keys", 1200)
    wait_for(lambda: tick_in(page) > 0, "a tick")
    tab_to(page, "Pause")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    tab_to(page, "Find a person")
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    panel = page.locator(".aitown-person")
    panel.get_by_text("Ada").first.wait_for()
    tab_to(page, "Act")
    page.keyboard.press("Enter")
    tab_to(page, "Words")
    page.keyboard.type("Good morning")
    page.keyboard.press("Enter")
    page.get_by_text("Accepted, for tick").wait_for()
    tab_to(page, "Time of the town")
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")


def test_names_in_the_talk_and_in_a_selection_are_one_stop_of_tab_each(show):
    page = show("night-roving", 1200)
    lines = page.get_by_role("list", name="Newest first; arrows go from name to name")
    wait_for(lambda: lines.get_by_role("button").count() > 5, "what was said")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    focused = "[...document.querySelectorAll('.aitown-lines button')].indexOf(document.activeElement)"
    stops = lines.locator("button[tabindex='0']")
    assert (stops.count(), lines.locator("button[tabindex='-1']").count()) == (1, lines.locator("button").count() - 1)
    stops.focus()
    for key, at in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0), ("ArrowUp", 0)):
        page.keyboard.press(key)
        assert page.evaluate(focused) == at
    page.keyboard.press("End")
    assert page.evaluate(focused) == lines.locator("button").count() - 1
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == -1
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == lines.locator("button").count() - 1, "where one was before"
    name = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Person").get_by_role("heading", name=name).wait_for()
    assert serious(page) == []


def test_who_wants_no_motion_gets_a_timeline_without_any(offline, exported):
    page = offline(f"file://{exported}")  # with reduced motion
    page.locator("canvas[data-camera]").wait_for()
    moving = """() => [...document.querySelectorAll('.aitown-root *')].filter((one) => {
        const { transitionDuration, animationName, animationDuration } = getComputedStyle(one);
        const lasts = (words) => words.split(', ').some((word) => parseFloat(word) > 0.01);
        return lasts(transitionDuration) || (animationName !== 'none' && lasts(animationDuration));
    }).map((one) => one.className)"""
    assert page.evaluate(moving) == []


def test_a_live_timeline_offers_events_before_anybody_looked_back(show):
    page = show("day-events", 1200)
    kinds = page.get_by_label("Kind of event")
    assert "said" in kinds.locator("option").all_inner_texts()
    wait_for(lambda: "arrived" in kinds.locator("option").all_inner_texts(), "what was heard to be offered")
    assert kinds.input_value() == "said"
