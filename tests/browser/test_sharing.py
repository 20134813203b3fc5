"""What a notebook shows and carries, in real JupyterLab: a timeline on a live town, a run's view, and what is saved."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.browser.conftest import SHOTS, wait_for

OPEN = """import aitown
live = aitown.open("shared", map="riverbend", seed=7, play=False, fresh=True)
live.step(720);"""
RUN = "aitown.load(live.history.folder)"
TRAITS = """from ipywidgets import HTML, VBox
view = aitown.show(live)
words = HTML("nobody")
view.observe(lambda change: setattr(words, "value", " ".join(live.npcs["name"].iloc[i] for i in change.new)), "selected")
VBox([view, words])"""


@pytest.fixture(scope="module")
def saved(lab):
    return lab.write_notebook("shared.ipynb", OPEN, "live", RUN, TRAITS)


@pytest.fixture
def notebook(open_notebook, saved):
    made = open_notebook(saved)
    made.run_all()
    made.wait_until_run()
    made.page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=90_000)
    made.cells = made.page.locator(".jp-CodeCell")
    return made


def tick_in(view):
    return int("".join(filter(str.isdigit, view.locator(".aitown-tick").inner_text())) or -1)


def test_a_live_town_is_scrubbed_a_run_shows_and_what_is_saved_can_be_shared(notebook, lab):
    page = notebook.page
    assert notebook.errors == []
    live = notebook.cells.nth(1).locator(".aitown-root")
    wait_for(lambda: tick_in(live) == 720, "the live town")
    live.scroll_into_view_if_needed()
    track = live.get_by_role("slider")
    box = track.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    wait_for(lambda: live.locator(".aitown-words").inner_text() == "recorded", "the past")
    assert abs(tick_in(live) - 360) <= 4
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "timeline-in-lab.png")
    live.get_by_role("button", name="Back to live").click()
    wait_for(lambda: live.locator(".aitown-words").inner_text() == "live", "now")
    assert tick_in(live) == 720

    run = notebook.cells.nth(2).locator(".aitown-root")
    run.scroll_into_view_if_needed()
    run.locator("canvas[data-camera]").wait_for()
    assert run.locator(".aitown-words").inner_text() == "recorded"

    with_words = notebook.cells.nth(3)
    with_words.scroll_into_view_if_needed()
    with_words.locator("canvas[data-camera]").focus()
    page.keyboard.press("Enter")
    name = with_words.locator(".aitown-person h3").inner_text()
    wait_for(lambda: name in with_words.locator(".widget-html").inner_text(), "the name beside the view")

    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    path = lab.root / "shared.ipynb"
    wait_for(lambda: "image/png" in path.read_text(), "the notebook to be saved")
    kept = nbformat.read(path, as_version=4)
    for cell in kept.cells[1:3]:
        (output,) = cell.outputs
        assert {"image/png", "text/plain"} <= set(output.data)
        assert "text/html" not in output.data
    text = path.read_text()
    for word in (lab.token, str(lab.root), "127.0.0.1", "localhost"):
        assert word not in text, word
    size = len(json.dumps([cell.outputs for cell in kept.cells]))
    assert size < 400_000
    html, _ = HTMLExporter().from_notebook_node(kept)
    assert (
        html.count('<img alt="No description has been provided for this image"') >= 2
        or html.count("data:image/png") >= 2
    )


KERNEL = """import os
os.environ.pop("JPY_PARENT_PID", None)
import aitown
here = aitown.open("here", map="riverbend", npcs=5, seed=7, speed=10)
here"""


def test_a_town_of_the_kernel_goes_on_in_the_page(lab, open_notebook):
    notebook = open_notebook(lab.write_notebook("kernel.ipynb", KERNEL))
    notebook.run_all()
    page = notebook.page
    page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=90_000)
    assert page.locator(".aitown-words").inner_text() == "live, by the kernel"
    view = page.locator(".aitown-root")
    at = tick_in(view)
    wait_for(lambda: tick_in(view) > at + 30, "the town to go on")
    assert notebook.errors == []
