"""A map that brings pictures is shown in them, pixel by pixel; and drawn when somebody would rather have that."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aitown
from aitown.sim.map import TownMap
from tests.browser.conftest import wait_for
from tests.browser.host import CommHost

SHOWN = '[title="The map\'s own tiles"][aria-pressed=true]'
RIVERBEND = Path(aitown.__file__).parent / "towns" / "riverbend" / "riverbend.tmj"


@pytest.fixture(scope="module")
def means():
    """The mean colour of each cell of the map's own tiles, float[height, width, 3]."""
    header, cells, data = TownMap.from_tiled(RIVERBEND).art.open()
    size, columns = header["tile"], header["columns"]
    atlas = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)
    tiles = [
        atlas[n // columns * size :, n % columns * size :][:size, :size].mean((0, 1)) for n in range(header["tiles"])
    ]
    return np.array(tiles)[cells.astype(int) - 1]


def cells_on(page):
    """Mean colours of the canvas by map cell, of those that lie whole on it and under nothing else, by (x, y)."""
    canvas = page.locator(".aitown-canvas")
    left, top, scale = (float(part) for part in canvas.get_attribute("data-camera").split(","))
    found = page.evaluate(
        """([left, top, scale]) => {
            const canvas = document.querySelector('.aitown-canvas');
            const c = canvas.getContext('2d');
            const size = Math.floor(scale) - 1;
            const out = [];
            for (let y = 0; y < 56; y++) for (let x = 0; x < 80; x++) {
                const [px, py] = [Math.ceil((x - left) * scale), Math.ceil((y - top) * scale)];
                if (px < 0 || py < 0 || px + size > canvas.width || py + size > canvas.height) continue;
                const { data } = c.getImageData(px, py, size, size);
                const mean = [0, 1, 2].map(k => {
                    let sum = 0;
                    for (let i = k; i < data.length; i += 4) sum += data[i];
                    return sum / (size * size);
                });
                out.push([x, y, ...mean]);
            }
            return out;
        }""",
        [left, top, scale],
    )
    return {(x, y): np.array(colour) for x, y, *colour in found}


def likeness(page, means):
    """The share of cells that have about the colour of the map's tile there."""
    found = cells_on(page)
    assert len(found) > 500
    return np.mean([np.abs(colour - means[y, x]).max() < 24 for (x, y), colour in found.items()])


def test_each_cell_has_its_own_tile_until_it_shall_be_drawn(show, means):
    page = show("day-tiles", 1200)
    button = page.get_by_role("button", name="The map's own tiles")
    wait_for(lambda: button.get_attribute("aria-pressed") == "true", "the tiles")
    wait_for(lambda: likeness(page, means) > 0.8, "the tiles on the canvas")
    assert likeness(page, np.roll(means, 7, axis=1)) < 0.5
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    wait_for(lambda: likeness(page, means) < 0.5, "the drawn map")
    button.click()
    wait_for(lambda: likeness(page, means) > 0.8, "the tiles again")


def test_a_map_without_pictures_offers_none(show):
    page = show("day-plain", 1200)
    assert page.get_by_role("button", name="The map's own tiles").is_hidden()


def test_over_a_comm_and_in_an_exported_page_without_a_network(page, means, tmp_path, monkeypatch):
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    monkeypatch.chdir(tmp_path)
    live = aitown.open("tiled", map=str(RIVERBEND), npcs=5, seed=7, play=False, fresh=True)
    try:
        live.step(2160)  # noon
        host = CommHost(page, live._host.comm.receive, run=live.run_id)
        host.until(lambda: page.locator(SHOWN).count(), "the tiles over the comm")
        host.until(lambda: likeness(page, means) > 0.7, "them on the canvas")
        exported = aitown.show(live).export_html(tmp_path / "town.html")
    finally:
        live.stop()
    text = exported.read_text(encoding="utf-8")
    assert str(RIVERBEND.parent) not in text
    page.route("http**", lambda route: route.abort())
    page.goto(exported.as_uri())
    wait_for(lambda: page.locator(SHOWN).count(), "the tiles of the exported page")
    page.get_by_role("slider").press("End")  # noon
    wait_for(lambda: likeness(page, means) > 0.7, "them on its canvas")
