"""A recorded town where there is no server and no network: from the disk, in a sandboxed frame, by hand and by keys."""

from __future__ import annotations

import html
import re

import pytest

import aitown
from aitown.widget import bundled
from tests.browser.conftest import TICKS, wait_for
from tests.history.importing.test_generative_agents import write


def tick(root):
    return int("".join(re.findall(r"\d", root.locator(".aitown-tick").inner_text())))


def stands_at(root, wanted, within=0):
    wait_for(lambda: abs(tick(root) - wanted) <= within, f"tick {wanted}", 20)


def shown(root):
    root.locator("canvas[data-camera]").wait_for()
    return root


def test_an_exported_page_scrubs_and_plays_from_the_disk(offline, exported):
    page = shown(offline(f"file://{exported}"))
    assert page.inner_text(".aitown-words") == "recorded"
    assert page.get_by_role("button", name="Step one tick").count() == 0
    assert not page.get_by_text("Back to live").is_visible()
    track = page.get_by_role("slider", name="Time of the town")
    box = track.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    stands_at(page, TICKS / 2, 2)
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 10, steps=4)
    page.mouse.up()
    stands_at(page, TICKS / 4, 2)
    page.get_by_label("Pace of the replay").select_option("3600")
    page.get_by_role("button", name="Run the past").click()
    stands_at(page, TICKS)
    page.get_by_role("button", name="Run the past").wait_for()


def test_keys_and_events(offline, exported, run):
    page = shown(offline(f"file://{exported}"))
    track = page.get_by_role("slider", name="Time of the town")
    track.focus()
    page.keyboard.press("Home")
    stands_at(page, 0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    stands_at(page, 11)
    assert re.fullmatch(r"Mon \d\d:\d\d · day 1", track.get_attribute("aria-valuetext"))
    said = run.events(kinds="said")["tick"].unique()
    page.get_by_role("button", name="Next event").click()
    stands_at(page, min(said[said > 11]))
    track.focus()
    page.keyboard.press("End")
    page.get_by_label("Kind of event").select_option("met")
    met = run.events(kinds="met")["tick"].unique()
    page.get_by_role("button", name="Event before").click()
    stands_at(page, max(met[met < TICKS]))


def test_who_is_selected_is_told_of_and_so_are_only_their_events(offline, exported, run):
    page = shown(offline(f"file://{exported}"))
    page.locator("canvas[data-camera]").focus()
    page.keyboard.press("Enter")
    panel = page.locator(".aitown-person")
    panel.get_by_text("lives at").wait_for()
    name = panel.locator("h3").inner_text()
    page.get_by_role("slider", name="Time of the town").focus()
    page.keyboard.press("Home")
    events = run.events(npcs=[name])
    kind = str(events["kind"].mode()[0])
    page.get_by_label("Kind of event").select_option(kind)
    page.get_by_role("button", name="Next event").click()
    stands_at(page, events.loc[(events["kind"] == kind) & (events["tick"] > 0), "tick"].min())


def test_in_a_sandboxed_frame(offline, run):
    view = aitown.show(run, ticks=slice(0, 200), height=420)
    page = offline(content=f"<!doctype html><body>{view.show_static().data}</body>")
    inside = page.frame_locator("iframe")
    inside.locator("canvas[data-camera]").wait_for()
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    inside.get_by_role("slider").focus()
    page.keyboard.press("End")
    stands_at(inside, 199)


def test_a_run_of_another_system_shows_its_people(offline, tmp_path):
    run = aitown.load(write(tmp_path / "sim"))
    page = shown(offline(f"file://{aitown.show(run).export_html(tmp_path / 'sim.html')}"))
    page.get_by_role("slider", name="Time of the town").focus()
    page.keyboard.press("End")
    stands_at(page, run.last_tick)
    page.get_by_placeholder("Find a person").fill("Bo")
    page.keyboard.press("Enter")
    page.locator(".aitown-person").get_by_text("reading").first.wait_for()


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_width(offline, exported, width, scheme):
    page = shown(offline(f"file://{exported}", width=width, scheme=scheme))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = """() => {
        const root = document.querySelector('.aitown-root').getBoundingClientRect();
        return [...document.querySelectorAll('.aitown-timeline *')].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width > 0 && (box.left < root.left - 1 || box.right > root.right + 1 || box.bottom > root.bottom + 1);
        }).length;
    }"""
    assert page.evaluate(outside) == 0


def test_nothing_of_the_machine_travels(exported, run):
    bundle = bundled("widget.js").read_text().replace("</script", "<\\/script").replace("<!--", "<\\!--")
    text = exported.read_text()
    assert bundle in text
    text = text.replace(bundle, "")
    for word in (str(run.folder), run.folder.parent.name, str(exported.parent), "/home/", "token=", "127.0.0.1"):
        assert word not in html.unescape(text), word
