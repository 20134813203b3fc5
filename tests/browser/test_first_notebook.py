"""The first notebook in real JupyterLab: the town is seen, moves, is paused, asked, and survives its kernel and its process."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.browser.conftest import HOUSE, SHOTS, wait_for
from tests.browser.looking import on_screen

NAME = "01-a-living-town.ipynb"


@pytest.fixture
def town(lab, open_notebook):
    """The town's widget after its two cells have run; the view is live."""
    lab.put_notebook(HOUSE / "notebooks" / NAME)
    notebook = open_notebook(NAME)
    notebook.run_cell(1)
    notebook.page.wait_for_selector(".aitown-root[data-link='live'] canvas", timeout=90_000)
    notebook.view = notebook.page.locator(".aitown-root")
    return notebook


def tick_shown(notebook):
    return int("".join(filter(str.isdigit, notebook.page.inner_text(".aitown-tick"))) or 0)


def children_of(lab):
    return [
        process
        for process in psutil.Process(lab.process.pid).children(recursive=True)
        if "aitown.process" in " ".join(process.cmdline())
    ]


def test_people_move_and_the_clock_runs(town, lab):
    first = lab.get("aitown/state?town=riverbend")["payload"]
    shown = tick_shown(town)
    before = town.page.locator(".aitown-canvas").screenshot()

    def moved():
        now = lab.get("aitown/state?town=riverbend")["payload"]
        return [
            a["id"] for a, b in zip(first["npcs"], now["npcs"], strict=True) if (a["x"], a["y"]) != (b["x"], b["y"])
        ]

    assert len(first["npcs"]) == 25
    wait_for(moved, "somebody to move")
    wait_for(lambda: tick_shown(town) > shown, "the clock on the page")
    wait_for(lambda: town.page.locator(".aitown-canvas").screenshot() != before, "the picture to change")
    assert town.errors == []


def test_pause_stops_the_tick_on_the_server(town, lab):
    town.page.get_by_role("button", name="Pause").click()
    wait_for(lambda: lab.town()["phase"] == "paused", "the town to pause")
    tick = lab.town()["tick"]
    wait_for(lambda: tick_shown(town) == tick, "the page to show the last tick")
    town.page.get_by_role("button", name="Step one tick").click()
    wait_for(lambda: lab.town()["tick"] == tick + 1, "one step")
    wait_for(lambda: tick_shown(town) == tick + 1, "the page to show the step")
    town.page.get_by_role("button", name="Play", exact=True).click()
    wait_for(lambda: lab.town()["tick"] > tick + 1, "the town to go on")


def test_a_click_selects_who_stands_there(town, lab):
    lab.request("POST", "aitown/api/towns/riverbend/control", {"op": "pause"})
    npcs = lab.get("aitown/state?town=riverbend")["payload"]["npcs"]
    wait_for(lambda: tick_shown(town) == lab.town()["tick"], "the page to be at the paused tick")
    alone = max(npcs, key=lambda a: min(abs(a["x"] - b["x"]) + abs(a["y"] - b["y"]) for b in npcs if b is not a))
    town.page.mouse.click(*on_screen(town.page, alone))
    panel = town.page.locator(".aitown-person")
    panel.get_by_text(alone["name"]).first.wait_for()
    persona = lab.get(f"aitown/api/towns/riverbend/npcs/{alone['id']}")["persona"]
    panel.get_by_text(persona["background"][:20]).first.wait_for()
    for need in ("hunger", "energy", "social", "fun"):
        assert panel.get_by_text(need, exact=False).count(), need
    town.page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    lab.request("POST", "aitown/api/towns/riverbend/control", {"op": "play"})


def test_the_view_lives_on_when_the_kernel_restarts(town, lab):
    child = children_of(lab)[0].pid
    town.restart()
    shown = tick_shown(town)
    wait_for(lambda: tick_shown(town) > shown + 5, "the clock to go on after the restart")
    assert [process.pid for process in children_of(lab)] == [child]
    assert town.view.get_attribute("data-link") == "live"


def test_the_view_comes_back_when_the_town_is_killed(town, lab):
    before = lab.town()
    os.kill(children_of(lab)[0].pid, signal.SIGKILL)
    wait_for(lambda: lab.town()["epoch"] != before["epoch"] and lab.town()["state"] == "running", "a new life")
    shown = tick_shown(town)
    wait_for(lambda: tick_shown(town) > shown, "the clock on the page to go on")
    assert town.view.get_attribute("data-link") == "live"
    after = lab.town()
    assert after["run"] == before["run"]
    assert after["tick"] >= before["tick"] - 2 * before["speed"]


def test_a_restarted_server_is_found_again(browser, tmp_path_factory):
    """The page is left open while its server goes and comes back at the same address."""
    from tests.browser.conftest import Lab, Notebook

    home = tmp_path_factory.mktemp("again")
    lab = Lab(home)
    page = browser.new_page()
    try:
        lab.put_notebook(HOUSE / "notebooks" / NAME)
        notebook = Notebook(page, lab, NAME)
        notebook.run_cell(1)
        page.wait_for_selector(".aitown-root[data-link='live'] canvas", timeout=90_000)
        run = lab.town()["run"]
        lab.restart()
        page.wait_for_selector(".aitown-root:not([data-link='live'])", timeout=30_000)
        page.wait_for_selector(".aitown-root[data-link='live']", timeout=90_000)
        shown = tick_shown(notebook)
        wait_for(lambda: tick_shown(notebook) > shown, "the clock on the page to go on")
        assert lab.town()["run"] == run
    finally:
        page.close()
        lab.close()


def test_the_whole_notebook_runs_top_to_bottom(lab, open_notebook):
    lab.put_notebook(HOUSE / "notebooks" / NAME, name="whole.ipynb")
    notebook = open_notebook("whole.ipynb")
    notebook.run_all()
    notebook.wait_until_run()
    assert notebook.errors == []
    assert notebook.page.locator(".jp-OutputArea-output img").count()
    SHOTS.mkdir(parents=True, exist_ok=True)
    notebook.page.screenshot(path=SHOTS / "whole-end.png")
    assert Path(lab.root / "runs").is_dir()
