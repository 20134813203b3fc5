"""Soak: half an hour of open widgets at 20 updates a second; memory stays flat and nothing is left behind."""

import os
import time

import pytest

from tests.browser.conftest import HOUSE, wait_for

MINUTES = float(os.environ.get("AITOWN_SOAK_MINUTES", "30"))
CELL = 'import aitown\nlive = aitown.open("riverbend", npcs=25, seed=7)\nlive.play(speed=20)\nlive'


def heap_mb(page):
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.enable")
    client.send("HeapProfiler.collectGarbage")
    usage = client.send("Runtime.getHeapUsage")
    client.detach()
    return usage["usedSize"] / 1e6


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_an_open_widget_stays_flat(lab, open_notebook):
    notebook = open_notebook(lab.write_notebook("long.ipynb", CELL, "live"))
    notebook.run_all()
    notebook.page.wait_for_selector(".aitown-root[data-link='live'] >> nth=1", timeout=90_000)
    began, first, worst = time.monotonic(), None, 0.0
    while time.monotonic() - began < MINUTES * 60:
        notebook.page.wait_for_timeout(15_000)
        now = heap_mb(notebook.page)
        first = first or now
        worst = max(worst, now)
        assert notebook.page.locator(".aitown-root[data-link='live']").count() == 2
    assert worst < first + 15
    assert notebook.errors == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_running_a_cell_again_and_again_leaves_one_socket(lab, open_notebook):
    lab.put_notebook(HOUSE / "notebooks" / "01-a-living-town.ipynb")
    notebook = open_notebook(lab.write_notebook("again.ipynb", CELL))
    for count in range(1, 101):
        notebook.run_all()
        notebook.wait_until_run(count)
        notebook.page.wait_for_selector(".aitown-root[data-link='live']", timeout=60_000)
    wait_for(lambda: lab.town()["viewers"] == 1, "the other sockets to close")
    assert notebook.page.locator("canvas.aitown-canvas").count() == 1
