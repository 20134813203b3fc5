"""What the picture costs a page: `python benchmarks/view.py [seconds]`.

The page of `widgets/dev` in headless Chromium (software rendering), with crowds that stroll, a third of them at each
update. Every message of the socket and every animation frame is timed inside the page. Printed for each size: the time
to take an update in, the time to draw a frame, their sum (what an update costs the main thread when it is drawn once),
frames a second while the map is dragged, and the time from the arrival of the first state to the end of the first
picture. CPU is what the main thread uses for a frame with all that the browser does for it, rasterising included; it
hardly depends on what else runs on the machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, HOUSE

SIZES = (25, 1_000, 20_000, 100_000)
ZOOM = {1_000: 0, 20_000: 4, 100_000: 6}
TIMED = """
window.took = { take: [], draw: [], first: 0 };
let arrived = 0;
const timed = (list, run) => function (...args) {
  const began = performance.now();
  try { return run.apply(this, args); } finally { list.push(performance.now() - began); }
};
const { set, get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  get,
  set(run) {
    const inner = timed(took.take, run);
    set.call(this, function (event) {
      const large = typeof event.data !== "string" || event.data.includes('"full_state"');
      if (large && !arrived) arrived = performance.now();
      return (large || event.data.includes('"state_update"') ? inner : run).call(this, event);
    });
  },
});
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (run) => ask((now) => {
  const began = performance.now();
  run(now);
  took.draw.push(performance.now() - began);
  if (!took.first && document.querySelector("canvas[data-camera]")) took.first = performance.now() - arrived;
});
"""
PAN = """(seconds) => new Promise((done) => {
  const canvas = document.querySelector(".aitown-canvas");
  const box = canvas.getBoundingClientRect();
  const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, clientX: box.left + x, clientY: box.top + y, button: 0, bubbles: true, isPrimary: true,
  }));
  canvas.setPointerCapture = () => {};
  send("pointerdown", 300, 200);
  let frames = 0;
  const began = performance.now();
  const step = (now) => {
    const t = (now - began) / 1000;
    send("pointermove", 300 + 120 * Math.sin(2 * t), 200 + 60 * Math.cos(3 * t));
    frames += 1;
    if (t < seconds) requestAnimationFrame(step);
    else { send("pointercancel", 300, 200); done(frames / t); }
  };
  requestAnimationFrame(step);
})"""


def cuts(values: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    found = statistics.quantiles(values, n=20) if len(values) > 1 else [0.0] * 19
    return found[9], found[18]


def used(devtools: Any) -> float:
    """Milliseconds of a processor that the page's main thread has used so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")


def one(browser: Any, address: str, size: int, seconds: float) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 640})
    page.add_init_script(TIMED)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    name = f"crowd-{size}"
    page.goto(f"{address}?town={name}")  # makes the crowd, which takes its time
    page.wait_for_selector("canvas[data-camera]", timeout=120_000)
    page.goto(f"{address}?town={name}")
    page.wait_for_selector("canvas[data-camera]", timeout=60_000)
    page.get_by_label("Speed").select_option("30")
    page.wait_for_timeout(1500)
    first = page.evaluate("took.first")
    for zoom in (0, ZOOM[size]) if ZOOM.get(size) else (0,):
        page.locator(".aitown-canvas").focus()
        for _ in range(zoom):
            page.keyboard.press("+")
            page.wait_for_timeout(250)
        page.wait_for_timeout(2500)
        page.evaluate("took.take.length = took.draw.length = 0")
        before = used(devtools)
        page.wait_for_timeout(1000 * seconds)
        take, draw = page.evaluate("[took.take, took.draw]")
        moving = (used(devtools) - before) / max(1, len(draw))
        before = used(devtools)
        frames = page.evaluate(PAN, seconds)
        dragging = (used(devtools) - before) / max(1, frames * seconds)
        (take50, take95), (draw50, draw95) = cuts(take), cuts(draw)
        near = "near" if zoom else "whole"
        print(
            f"{size:>7,} {near:<6} updates/s {len(take) / seconds:5.1f}  take {take50:5.1f} ({take95:5.1f})  "
            f"draw {draw50:5.1f} ({draw95:5.1f})  both {take50 + draw50:5.1f} ms  frames/s {len(draw) / seconds:5.1f}, "
            f"dragged {frames:5.1f}  CPU a frame {moving:5.1f}, dragged {dragging:5.1f} ms  "
            f"first picture {first:6.0f} ms",
            flush=True,
        )
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=float, nargs="?", default=4.0)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    executable = os.environ.get("AITOWN_BROWSER") or shutil.which("chromium")
    command = [sys.executable, "-u", "widgets/dev/serve.py", "0"]
    with (
        sync_playwright() as playwright,
        subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server,
    ):
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
            for size in options.sizes:
                one(browser, address, size, options.seconds)
            browser.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
