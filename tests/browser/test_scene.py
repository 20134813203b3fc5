"""The picture in a real Chromium: crowds are where the state says, in the colours that the legend says."""

import json
import math
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.browser.conftest import SHOTS, wait_for

CLOTHES = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9",
    "#e8d23a", "#4a3a9a", "#98305f", "#44aa99", "#8d8d2f", "#a94499",
)  # fmt: skip
POINTS = 'globalThis[Symbol.for("aitown.points.1")]'
CROWD = "crowd-3000-paused"
A_CARD = """
const asked = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
    const value = asked.call(this, name);
    return typeof value === 'string' ? 'A graphics card' : value;
};
"""
ALONE = 5


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def people_of(address, town):
    with urllib.request.urlopen(f"{address}aitown/state?town={town}") as answer:
        return json.loads(answer.read())["payload"]["npcs"]


@pytest.fixture
def crowd(address):
    """Columns of the crowd that waits."""
    return people_of(address, CROWD)


def on_canvas(page, crowd, lift=0):
    """Id and place on the canvas of those who stand alone in view."""
    left, top, scale = (float(part) for part in page.locator(".aitown-canvas").get_attribute("data-camera").split(","))
    x = [(value / 8 - left) * scale for value in crowd["x"]]
    y = [(value / 8 + 0.2 - top) * scale - lift for value in crowd["y"]]
    spots = list(zip(crowd["id"], x, y, strict=True))
    near = {}
    for npc, px, py in spots:
        near.setdefault((int(px // ALONE), int(py // ALONE)), []).append(npc)
    for npc, px, py in spots:
        cells = [(int(px // ALONE) + i, int(py // ALONE) + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if 60 < px < 560 and 120 < py < 340 and sum(len(near.get(cell, ())) for cell in cells) == 1:
            yield npc, px, py


def colours_near(page, spots):
    """For each spot, the colours of the nine pixels round it."""
    return page.evaluate(
        """spots => {
            const c = document.querySelector('.aitown-canvas').getContext('2d');
            return spots.map(([, x, y]) => {
                const { data } = c.getImageData(Math.round(x) - 1, Math.round(y) - 1, 3, 3);
                return Array.from({ length: 9 }, (_, i) => [...data.slice(4 * i, 4 * i + 3)]);
            });
        }""",
        spots,
    )


def share_seen(page, spots, expected):
    """The share of spots where the expected colour is seen."""
    found = colours_near(page, spots)
    right = [
        any(all(abs(a - b) <= 6 for a, b in zip(colour, rgb(expected[npc]), strict=True)) for colour in near)
        for (npc, *_), near in zip(spots, found, strict=True)
    ]
    return sum(right) / len(right)


def test_a_crowd_is_drawn_where_it_is_with_webgl_and_without(show, crowd):
    page = show(CROWD, 1200, before=A_CARD)
    wait_for(lambda: page.evaluate(f"{POINTS}?.program !== undefined"), "WebGL")
    spots = list(on_canvas(page, crowd))
    assert len(spots) > 40
    clothes = {npc: CLOTHES[npc % len(CLOTHES)] for npc in crowd["id"]}
    wait_for(lambda: share_seen(page, spots, clothes) > 0.95, "the crowd in its clothes")
    swapped = {npc: CLOTHES[(npc + 3) % len(CLOTHES)] for npc in crowd["id"]}
    assert share_seen(page, spots, swapped) < 0.2

    page.evaluate(f"window.lost = {POINTS}.program.gl.getExtension('WEBGL_lose_context'); lost.loseContext()")
    wait_for(lambda: page.evaluate(f"{POINTS}.program === undefined"), "the context to be lost")
    wait_for(lambda: share_seen(page, spots, clothes) > 0.95, "the crowd on the plain canvas")
    page.evaluate("lost.restoreContext()")
    wait_for(lambda: page.evaluate(f"{POINTS}.program !== undefined"), "the context to come back")
    wait_for(lambda: share_seen(page, spots, clothes) > 0.95, "the crowd again")


def test_where_webgl_is_made_by_software_the_crowd_is_drawn_without_it(show, crowd):
    page = show(CROWD, 1200)
    clothes = {npc: CLOTHES[npc % len(CLOTHES)] for npc in crowd["id"]}
    spots = list(on_canvas(page, crowd))
    wait_for(lambda: share_seen(page, spots, clothes) > 0.95, "the crowd in its clothes")
    assert page.evaluate(f"{POINTS}.program === undefined")


def test_hundreds_are_dots_where_their_figures_would_be(show, address):
    page = show("crowd-1000-paused", 1200)
    people = people_of(address, "crowd-1000-paused")
    clothes = {npc: CLOTHES[npc % len(CLOTHES)] for npc in people["id"]}
    spots = list(on_canvas(page, people, lift=3))
    assert len(spots) > 40
    wait_for(lambda: share_seen(page, spots, clothes) > 0.95, "the dots in their clothes")


def test_a_crowd_has_the_colours_of_a_column(show, crowd):
    page = show(CROWD, 1200)
    page.get_by_label("Colour by").select_option("activity")
    key = page.get_by_role("region", name="What colours mean")
    key.get_by_text("at home").wait_for()
    spots = list(on_canvas(page, crowd))
    expected = {npc: CLOTHES[code] for npc, code in zip(crowd["id"], crowd["activity"], strict=True)}
    wait_for(lambda: share_seen(page, spots, expected) > 0.95, "the colours of what they do")


def test_twenty_views_of_one_page_share_a_context_and_leave_none(show):
    page = show(CROWD, 1200, query="views=20", before=A_CARD)
    for count in range(1, 21):
        page.locator(".aitown-root").nth(count - 1).scroll_into_view_if_needed()
        wait_for(lambda count=count: (page.evaluate(f"{POINTS}?.users") or 0) >= count, f"view {count} to draw points")
    page.evaluate("window.context = globalThis[Symbol.for('aitown.points.1')].program.gl")
    page.evaluate("for (const end of window.ends) end.abort()")
    wait_for(lambda: page.evaluate(f"{POINTS} === undefined"), "the points to go")
    wait_for(lambda: page.evaluate("context.isContextLost()"), "the context to be released")
    assert page.locator("canvas").count() == 0


def test_far_away_there_are_counts_and_near_there_are_people(show):
    page = show("crowd-20000-paused", 1200)
    canvas = page.locator(".aitown-canvas")
    scale = lambda: float(canvas.get_attribute("data-camera").split(",")[2])
    assert scale() < 1
    far = canvas.screenshot()
    canvas.focus()
    for _ in range(14):
        before = scale()
        page.keyboard.press("+")
        wait_for(lambda before=before: scale() > before * 1.2 or scale() > 20, "zoom")
    page.keyboard.press("Enter")
    page.locator(".aitown-person h3").get_by_text("Person ").wait_for()
    assert canvas.screenshot() != far


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_heat_has_a_key_that_says_how_many_are_where(show, address, theme):
    name = "crowd-20000-paused"
    page = show(name, 1200, query=f"theme={theme}")
    key = page.get_by_role("region", name="What colours mean")
    key.get_by_text("people in 100 tiles").wait_for()
    page.evaluate("window.ramp = document.querySelector('.aitown-ramp')")
    low, high = (float(text.replace(",", "")) for text in key.locator("span").all_inner_texts())
    canvas = page.locator(".aitown-canvas")
    side = 2 ** max(0, math.ceil(math.log2(6 / float(canvas.get_attribute("data-camera").split(",")[2]))))
    people = people_of(address, name)
    cells = Counter((int(x / 8 // side), int(y / 8 // side)) for x, y in zip(people["x"], people["y"], strict=True))
    most = 100 * max(cells.values()) / side**2
    assert most / 8 < high <= most * 1.05, "spread over its neighbours, and no more than there are"
    assert 0 < low < 100 * len(people["id"]) / (len(cells) * side**2)
    ramp = key.locator(".aitown-ramp").evaluate("one => getComputedStyle(one).backgroundImage")
    assert ramp.startswith("linear-gradient(to right, rgba(255, 237, 160, 0.08)")
    key.screenshot(path=SHOTS / f"heat-key-{theme}.png")
    page.get_by_role("button", name="Zoom in").click()
    wait_for(lambda: float(key.locator("span").last.inner_text().replace(",", "")) != high, "another scale of the heat")
    assert page.evaluate("ramp.isConnected"), "the key follows the picture without being made anew"
    page.get_by_label("Colour by").select_option("activity")
    key.get_by_text("at home").wait_for()
    page.get_by_label("Colour by").select_option("")
    key.get_by_text("people in 100 tiles").wait_for()
    for _ in range(10):
        page.get_by_role("button", name="Zoom in").click()
    key.wait_for(state="hidden")


def test_somebody_is_found_by_name_and_followed(show):
    page = show("day-find", 1200)
    box = page.get_by_role("combobox", name="Find a person")
    box.fill("otto")
    page.get_by_role("option", name="Otto Amberley").wait_for()
    box.press("Enter")
    person = page.get_by_role("region", name="Person")
    person.get_by_role("heading", name="Otto Amberley").wait_for()
    assert person.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"
    person.get_by_role("button", name="Follow").click()
    wait_for(lambda: person.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "false", "no more")


def test_many_are_selected_with_a_rectangle(show):
    page = show("night", 1200)
    box = page.locator(".aitown-canvas").bounding_box()
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + box["height"] - 60, steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    group = page.get_by_role("region", name="Selected people")
    group.get_by_text(" people").first.wait_for()
    assert int(group.locator("h3").inner_text().split()[0]) > 10
    assert group.locator(".aitown-bar").count() == 5
    group.get_by_role("button").nth(1).click()
    page.get_by_role("region", name="Person").locator("h3").wait_for()


def test_acts_are_accepted_or_refused_with_the_reason(show):
    page = show("night-act", 1200)
    page.get_by_role("button", name="Act").click()
    act = page.get_by_role("region", name="Act")
    answer = act.get_by_role("status")
    what = act.get_by_label("What to do")
    what.select_option(label="Open or close")
    act.get_by_label("Place").select_option(label="Mill Café")
    act.get_by_role("button", name="Close").click()
    answer.get_by_text("Accepted, for tick").wait_for()
    wait_for(lambda: "Mill Café (closed)" in act.get_by_label("Place").inner_text(), "the café to be closed")
    what.select_option(label="Send somewhere")
    assert act.get_by_text("Select somebody first.").is_visible()
    assert act.get_by_role("button", name="Send").is_disabled()
    page.locator(".aitown-canvas").focus()
    page.keyboard.press("Enter")
    what.select_option(label="Say")
    act.get_by_label("Words").fill("Good evening")
    act.get_by_role("button", name="Say").click()
    answer.get_by_text("Accepted, for tick").wait_for()
    what.select_option(label="Send somewhere")
    act.get_by_role("button", name="Send").click()
    answer.get_by_text("Accepted, for tick").wait_for()

    page = show("night-refused", 1200)
    page.get_by_role("button", name="Act").click()
    page.get_by_label("What to do").select_option(label="Open or close")
    page.get_by_role("region", name="Act").get_by_role("button", name="Open").click()
    page.get_by_text("Refused: The town has ended. Open it again.").wait_for()


def test_who_may_not_act_sees_nothing_to_act_with(show):
    page = show("only-act", 1200)
    wait_for(lambda: page.get_by_role("button", name="Legend").count(), "the buttons")
    wait_for(lambda: page.get_by_role("button", name="Act", exact=True).count() == 0, "no way to act")


def test_the_picture_is_kept_as_a_file(show):
    page = show("day-keep", 1200)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a picture").click()
    assert download.value.suggested_filename.startswith("riverbend-2025-03-03T")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
