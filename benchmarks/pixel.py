"""From a tick to the first changed pixel: `python benchmarks/pixel.py [steps]`.

A real JupyterLab in headless Chromium (software rendering) with a paused town of 25 and its live view. A step of one
tick is asked for over REST; a loop in the page reads the whole canvas at every animation frame and notes the clock when
it first differs. The time from the asking to that frame holds the call, the tick, the pipe, the server, the socket and
the drawing, so it is an upper bound on the time from the tick. Beside it, in turn, the same from the asking to the
arrival of the state in a Python client, which draws nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from aitown.client import Client
from tests.browser.conftest import FLAGS, Lab, Notebook

CELL = 'import aitown\nlive = aitown.open("riverbend", npcs=25, seed=7, play=False)\nlive'
WATCH = """() => new Promise((done) => {
  const canvas = document.querySelector(".aitown-canvas");
  const brush = canvas.getContext("2d");
  const pixels = () => new Uint32Array(brush.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  let before = pixels();
  let calm = 0;
  let began = 0;
  const frame = () => {
    const now = pixels();
    const same = now.every((value, at) => value === before[at]);
    if (!same && window.aitownAsked) { done(performance.timeOrigin + performance.now()); return; }
    if (window.aitownAsked && performance.now() - began > 3000) { done(0); return; }
    calm = same ? calm + 1 : 0;
    if (calm === 20) window.aitownReady = true;
    if (!window.aitownAsked) began = performance.now();
    before = now;
    requestAnimationFrame(frame);
  };
  window.aitownReady = window.aitownAsked = false;
  requestAnimationFrame(frame);
})"""


class Arrivals:
    """When a Python client had each tick, in seconds of the wall clock."""

    def __init__(self, client: Client) -> None:
        self.at: dict[int, float] = {}
        self._client = client
        threading.Thread(target=lambda: asyncio.run(self._follow()), daemon=True).start()

    async def _follow(self) -> None:
        async for state in self._client.states("riverbend"):
            self.at[state["tick"]] = time.time()


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    executable = os.environ.get("AITOWN_BROWSER") or shutil.which("chromium")
    pixels, arrivals = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            notebook = Notebook(page, lab, lab.write_notebook("pixel.ipynb", CELL))
            notebook.run_all()
            page.wait_for_selector(".aitown-root[data-link='live'] canvas", timeout=90_000)
            client = Client.find(lab.url, lab.token)
            client.control("riverbend", "step", ticks=1000)  # into the morning, when people walk
            arrived = Arrivals(client)
            for _ in range(steps):
                watching = page.evaluate_handle(f"() => {{ window.aitownSeen = ({WATCH})(); }}")
                page.wait_for_function("window.aitownReady", timeout=60_000)
                page.evaluate("window.aitownAsked = true")
                asked = time.time()
                tick = client.control("riverbend", "step", ticks=1)["tick"]
                seen = page.evaluate("window.aitownSeen") / 1000
                if seen:  # else nobody moved in this tick
                    pixels.append(seen - asked)
                    arrivals.append(arrived.at[tick] - asked)
                watching.dispose()
        finally:
            browser.close()
            lab.close()
    for name, found in (("first changed pixel", pixels), ("state in a Python client", arrivals)):
        cuts = statistics.quantiles(found, n=20)
        print(f"{name:<26} p50 {cuts[9] * 1e3:6.1f} ms   p95 {cuts[18] * 1e3:6.1f} ms   n {len(found)}")


if __name__ == "__main__":
    main()
