"""The view in a real Chromium, with the scripted town of widgets/dev at the other end of the wire."""

from __future__ import annotations

import re
import urllib.request

import pytest

from tests.browser.conftest import wait_for


def tick(page):
    return int("".join(re.findall(r"\d", page.inner_text(".aitown-tick"))))


@pytest.mark.parametrize("width", [400, 900, 1600])
def test_it_fits_its_width(show, width):
    page = show("day", width)
    assert page.inner_text(".aitown-name").lower() == "riverbend"
    assert re.fullmatch(r"Mon \d\d:\d\d · day 1", page.inner_text(".aitown-clock"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = """() => {
        const root = document.querySelector('.aitown-root').getBoundingClientRect();
        return [...document.querySelectorAll('.aitown-header button, .aitown-header select')].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.left < root.left || box.right > root.right || box.width < 24;
        }).length;
    }"""
    assert page.evaluate(outside) == 0


def test_the_picture_moves_and_rests_with_the_town(show):
    page = show("day-still")
    canvas = page.locator(".aitown-canvas")
    before = canvas.screenshot()
    wait_for(lambda: canvas.screenshot() != before, "the picture to change")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    count = """async () => {
        let frames = 0;
        const draw = CanvasRenderingContext2D.prototype.setTransform;
        CanvasRenderingContext2D.prototype.setTransform = function (...args) { frames++; return draw.apply(this, args); };
        await new Promise((done) => setTimeout(done, 400));
        CanvasRenderingContext2D.prototype.setTransform = draw;
        return frames;
    }"""
    wait_for(lambda: page.evaluate(count) == 0, "drawing to stop when nothing changes")


def test_pause_and_step(show):
    page = show("day-pause")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    at = wait_for(lambda: tick(page), "a tick")
    page.get_by_role("button", name="Step one tick").click()
    wait_for(lambda: tick(page) == at + 1, "one tick")
    page.get_by_role("button", name="Step one simulated minute").click()
    wait_for(lambda: tick(page) == at + 7, "six ticks more")
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_for(lambda: tick(page) > at + 30, "the town to go on, faster")


def test_who_may_not_act_sees_no_controls(show):
    page = show("only-day")
    wait_for(lambda: tick(page), "a tick")
    assert page.get_by_role("button", name="Pause").count() == 0
    assert page.get_by_role("button", name="Town talk").count() == 1


def test_a_link_that_stopped_says_why_and_what_to_do(show, address):
    page = show("day-ends")
    urllib.request.urlopen(f"{address}dev/close?code=4410&town=day-ends").close()
    page.locator(".aitown-words").get_by_text("stopped: the town has ended").wait_for()
    page.locator(".aitown-notice").get_by_text("Open it again with aitown.open").wait_for()


def test_a_person_by_keyboard_and_by_pointer(show):
    page = show("day-person")
    page.locator(".aitown-canvas").focus()
    page.keyboard.press("Enter")
    panel = page.locator(".aitown-person")
    panel.get_by_text("lives at").wait_for()
    name = panel.locator("h3").inner_text()
    assert panel.locator(".aitown-bar").count() == 5
    page.keyboard.press("ArrowRight")
    wait_for(lambda: panel.locator("h3").inner_text() != name, "the selection to move")
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    before = page.locator(".aitown-canvas").get_attribute("data-camera")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    wait_for(lambda: page.locator(".aitown-canvas").get_attribute("data-camera") != before, "the map to move")


def test_the_wheel_belongs_to_the_page_until_the_map_has_focus(show):
    page = show("day-wheel")
    canvas = page.locator(".aitown-canvas")
    camera = canvas.get_attribute("data-camera")
    page.mouse.move(450, 300)
    page.mouse.wheel(0, -200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    wait_for(lambda: canvas.get_attribute("data-camera") != camera, "zoom with Ctrl")
    zoomed = float(canvas.get_attribute("data-camera").split(",")[2])
    # One wheel turn of the two: the one without a key did nothing.
    assert zoomed / float(camera.split(",")[2]) == pytest.approx(2.718281828 ** (200 * 0.0022), rel=0.02)


def test_a_lost_connection_is_said_and_found_again(show, address):
    page = show("day-lost")
    page.request.get(f"{address}dev/drop?seconds=1.5")
    page.wait_for_selector(".aitown-root[data-link='reconnecting']")
    page.wait_for_selector(".aitown-root[data-link='live']", timeout=20_000)
    at = tick(page)
    wait_for(lambda: tick(page) > at, "the clock to go on")


def test_two_views_share_a_connection_and_leave_nothing(show, address):
    page = show("day-two", query="views=2")
    viewers = lambda: page.request.get(f"{address}dev/viewers").json()["day-two"]
    assert viewers() == 1
    page.evaluate("window.ends[0].abort()")
    wait_for(lambda: page.locator(".aitown-root").count() == 1, "one view to go")
    assert viewers() == 1
    page.evaluate("window.ends[1].abort()")
    wait_for(lambda: viewers() == 0, "the connection to close")
    assert page.locator("#host").inner_text().strip() == ""


def test_where_no_server_is_it_says_so(show):
    page = show("day", query="alone=1", live=False)
    page.get_by_text("none serves this page").wait_for()


def test_what_a_refused_control_says_is_shown(show):
    page = show("day-refused")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("alert").get_by_text("The town has ended. Open it again.").wait_for()


def test_a_town_that_has_failed_says_why_and_what_its_log_says(show):
    page = show("failed")
    card = page.locator(".aitown-card")
    card.get_by_text("The town has failed. Its process was ended by SIGKILL.").wait_for()
    card.get_by_text("ZeroDivisionError: division by zero").wait_for()
    card.get_by_text('aitown.open("failed") starts it again.').wait_for()


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True)])
def test_a_view_that_is_attached_late_has_the_colours_of_the_page(show, theme, dark):
    page = show("day", 1600, query=f"theme={theme}&late=1")
    outskirts = """() => {
        const canvas = document.querySelector('.aitown-canvas');
        const [r, g, b] = canvas.getContext('2d').getImageData(4, 4, 1, 1).data;
        return r + g + b;
    }"""
    wait_for(lambda: (0 < page.evaluate(outskirts) < 330) == dark, f"the colours of the {theme} theme")


def test_however_often_a_host_evaluates_the_module_its_code_is_one(show):
    """What an evaluation compiles stays with the page, 1.1 MB of it each time."""
    page = show("day", 900)
    one = "Promise.all([import('/static/widget.js?1'), import('/static/widget.js?2')])"
    assert page.evaluate(f"async () => {{ const [a, b] = await {one}; return a !== b && a.default === b.default; }}")


def test_the_legend_has_the_places_and_activities_of_its_town(show, address):
    page = show("crowd-500-paused", 1200)
    legend = page.locator(".aitown-legend")
    assert not legend.is_visible()
    page.get_by_role("button", name="Legend").click()
    state = page.request.get(f"{address}aitown/state?town=crowd-500-paused").json()
    (activity,) = [column for column in state["schema"]["npcs"] if column["name"] == "activity"]
    kinds = {"café" if place["kind"] == "cafe" else place["kind"] for place in state["payload"]["place_info"]}
    assert len(kinds) > 3
    places, activities = legend.locator("ul").nth(0), legend.locator("ul").nth(1)
    assert sorted(places.locator("li").all_inner_texts()) == sorted(kinds)
    assert places.locator("li svg").count() == len(kinds)
    # Who walks is seen to walk, and has no sign.
    assert set(activities.locator("li").all_inner_texts()) == set(activity["labels"]) - {"walking"}
    page.get_by_role("button", name="Legend").click()
    legend.wait_for(state="hidden")


def test_what_can_be_chosen_fits_a_narrow_view(show):
    """Each speed as wide as the browser makes a list of it alone; the longest names of columns end in dots."""
    page = show("day-narrow", 400)
    cut = """() => [...document.querySelector('.aitown-controls select').options].filter((option) => {
        const list = option.parentElement;
        const alone = list.cloneNode(false);
        alone.append(option.cloneNode(true));
        alone.style.width = 'auto';
        list.after(alone);
        const { width } = alone.getBoundingClientRect();
        alone.remove();
        return width > list.getBoundingClientRect().width;
    }).map((option) => option.text)"""
    assert page.locator(".aitown-controls option").count() > 3
    assert page.evaluate(cut) == []
    assert page.locator(".aitown-tools select").evaluate("one => getComputedStyle(one).textOverflow") == "ellipsis"
    words = "one => { const c = document.createElement('canvas').getContext('2d'); c.font = getComputedStyle(one).font;"
    room = "return c.measureText(one.placeholder).width <= one.clientWidth - 16; }"
    assert page.locator(".aitown-find input").evaluate(words + room)
