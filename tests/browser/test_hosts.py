"""The live view in the other hosts of notebooks: Notebook 7, Voilà beside a server of ours and alone, marimo."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.browser.conftest import HOUSE, SHOTS, wait_for, wait_for_kernel
from tests.browser.looking import all_stand_where, tick_in

OPEN = """import aitown
live = aitown.open("{name}", map="riverbend", npcs=25, seed=7, play=False, fresh=True)
live.step(360);"""
TRUTH = """live.npcs[["name", "x", "y"]].to_json(orient="records")"""


def seen(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def state_of(lab, town):
    return lab.get(f"aitown/state?town={town}")["payload"]


def test_the_first_notebook_in_notebook_7(page, lab):
    pytest.importorskip("notebook", minversion="7", reason="Notebook 7 isn't installed")
    name = lab.put_notebook(HOUSE / "notebooks" / "01-a-living-town.ipynb")
    page.goto(f"{lab.url}notebooks/{name}?token={lab.token}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    cell = page.locator(".jp-CodeCell").first
    wait_for_kernel(page)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=120_000)
    assert page.locator(".aitown-words").inner_text() == "live"
    before = tick_in(page)
    wait_for(lambda: tick_in(page) > before + 10, "the clock to run")
    page.get_by_role("button", name="Pause").click()
    wait_for(lambda: lab.town()["phase"] == "paused", "the town to pause")
    wait_for(lambda: tick_in(page) == lab.town()["tick"], "the last tick")
    all_stand_where(page, state_of(lab, "riverbend")["npcs"])
    seen(page, "notebook-7")
    lab.request("POST", "aitown/api/towns/riverbend/control", {"op": "play"})


def test_voila_beside_a_server_of_ours_shows_the_servers_town(page, lab):
    pytest.importorskip("voila", reason="Voilà isn't installed")
    name = lab.write_notebook("board.ipynb", OPEN.format(name="board"), "live")
    page.goto(f"{lab.url}voila/render/{name}?token={lab.token}", wait_until="commit")
    page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=180_000)
    assert page.locator(".aitown-words").inner_text() == "live"
    wait_for(lambda: tick_in(page) == 360, "the state")
    assert lab.town("board")["viewers"] == 1
    page.get_by_role("button", name="Step one simulated minute").click()
    wait_for(lambda: lab.town("board")["tick"] == 366, "a minute")
    wait_for(lambda: tick_in(page) == 366, "the page to show it")
    all_stand_where(page, state_of(lab, "board")["npcs"])
    seen(page, "voila-extension")


@contextlib.contextmanager
def alone(lab, module, *arguments):
    """A host that runs by itself, with a home and files of its own; its address and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = lab.root / f"{module}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, f"--port={port}"],
            cwd=lab.root,
            env=lab.environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}/", log
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url):
    """Somebody listens there."""
    host, port = url.removeprefix("http://").strip("/").split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=5):
        return True
    return False


def test_voila_alone_has_a_kernel_and_shows_its_town(page, lab):
    pytest.importorskip("voila", reason="Voilà isn't installed")
    name = lab.write_notebook("alone.ipynb", OPEN.format(name="alone"), "live", TRUTH)
    with alone(lab, "voila", name, "--no-browser", "--Voila.ip=127.0.0.1") as (url, log):
        wait_for(lambda: answers(url), f"Voilà: {log}", 120)
        page.goto(url, wait_until="commit")
        page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=180_000)
        assert page.locator(".aitown-words").inner_text() == "live, by the kernel"
        wait_for(lambda: tick_in(page) == 360, "the state")
        npcs = json.loads(page.locator("pre", has_text='"name":').last.inner_text().strip("'"))
        all_stand_where(page, npcs)
        page.get_by_role("button", name="Step one simulated minute").click()
        wait_for(lambda: tick_in(page) == 366, "a minute")
        page.get_by_role("button", name="Play", exact=True).click()
        wait_for(lambda: tick_in(page) > 400, "the town to go on")
        seen(page, "voila-alone")


MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
    import aitown
    live = aitown.open("hamlet", map="riverbend", npcs=25, seed=7, play=False, fresh=True)
    live.step(360)
    return (live,)


@app.cell
def _(live):
    live.view
    return


@app.cell
def _(live):
    import marimo as mo
    mo.plain_text(live.npcs[["name", "x", "y"]].to_json(orient="records"))
    return
"""


def test_marimo_has_a_kernel_and_shows_its_town(page, lab):
    pytest.importorskip("marimo", reason="marimo isn't installed; it is 132 MB, so the test extra leaves it out")
    (lab.root / "board.py").write_text(MARIMO)
    command = ["run", "board.py", "--headless", "--no-token", "--host=127.0.0.1"]
    with alone(lab, "marimo", *command) as (url, log):
        wait_for(lambda: answers(url), f"marimo: {log}", 120)
        page.goto(url, wait_until="commit")
        page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=180_000)
        assert page.locator(".aitown-words").inner_text() == "live, by the kernel"
        wait_for(lambda: tick_in(page) == 360, "the state")
        truth = page.get_by_text('[{"name":')
        truth.wait_for()
        all_stand_where(page, json.loads(truth.inner_text()))
        page.get_by_role("button", name="Play", exact=True).click()
        wait_for(lambda: tick_in(page) > 400, "the town to go on")
        seen(page, "marimo")
