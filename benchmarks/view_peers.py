"""The widget beside SolaraViz, on the same Mesa model in the same browser.

Wants what SolaraViz needs, with its scripts on the disk instead of from a CDN:

    pip install 'mesa[viz]<4' 'solara[assets]' 'ipyvuetify<2' 'ipyvue<2' 'reacton<1.10'

Printed for each: from the navigation to the first picture, the median of some visits after a first one; and for a step
by the view's own button, what the page's main thread uses of a processor until the new picture is there, what it uses
until all has come to rest (the widget walks people to where they are, a plot stands still), and how long it takes by
the clock from the click to the picture; each the median of some.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, HOUSE

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (1_000, 20_000)
SIDES = ("aitown", "matplotlib", "altair")
PORT = 8798
STARTS_IN = 120
STEPS = 20
REST = 700
"""Milliseconds after a picture until nothing moves any more; the widget walks people for a part of it."""
WATCH = """
window.seen = { first: 0, pictures: 0, last: 0 };
const shown = () => { seen.last = performance.now(); seen.first ||= seen.last; seen.pictures += 1; };
"""
# A state has been shown when the frame after it is drawn; a plot when its image is loaded, or its canvas is there.
WATCH_AITOWN = """
const { set, get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  get,
  set(run) {
    set.call(this, function (event) {
      run.call(this, event);
      if (typeof event.data !== "string") requestAnimationFrame(shown);
    });
  },
});
"""
WATCH_SOLARA = """
document.addEventListener("load", ({ target }) => { if (target.src?.startsWith("blob:")) shown(); }, true);
new MutationObserver((changes) => {
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
  if (added.some((node) => node.nodeName === "CANVAS" || node.querySelector?.("canvas"))) requestAnimationFrame(shown);
}).observe(document, { childList: true, subtree: true });
"""


def lend_vega() -> None:
    """Gives the scripts of solara-assets the names that Altair asks for, which have no minor version."""
    folder = Path(sys.prefix) / "share/solara/cdn"
    for name in ("vega@5", "vega-lite@5", "vega-embed@6"):
        has = sorted(folder.glob(f"{name}.*"))
        if has and not (folder / name).exists():
            (folder / name).symlink_to(has[-1].name)


@contextmanager
def served(side: str, size: int) -> Iterator[str]:
    """The address of a server of its own, gone afterwards."""
    if side == "aitown":
        command, address = [sys.executable, "-u", "benchmarks/mesa_page.py"], ""
    else:
        solara = Path(sys.executable).with_name("solara")
        command = [str(solara), "run", "benchmarks/solara_view.py", f"--port={PORT}", "--no-open", "--production"]
        address = f"http://localhost:{PORT}/"
    environment = os.environ | {
        "VIEW_NPCS": str(size),
        "VIEW_BACKEND": side,
        "SOLARA_ASSETS_PROXY": "True",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    }
    out = subprocess.PIPE if side == "aitown" else subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=HOUSE, env=environment, stdout=out, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            if process.stdout:
                address = f"{process.stdout.readline().strip()}?town=crowd-{size}"
            until = time.monotonic() + STARTS_IN
            while not answers(address):
                if time.monotonic() > until or process.poll() is not None:
                    raise SystemExit(f"{side} doesn't start: {' '.join(command)} says why")
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status == 200
    except OSError:
        return False


def one(browser: Any, side: str, address: str, repeats: int) -> str:
    page = browser.new_page(viewport={"width": 1200, "height": 640})
    page.add_init_script(WATCH + (WATCH_AITOWN if side == "aitown" else WATCH_SOLARA))
    firsts = []
    for _ in range(repeats + 1):  # the first time, servers and caches are cold
        page.goto(address)
        page.wait_for_function("seen.first > 0", timeout=180_000)
        firsts.append(page.evaluate("seen.first"))
    page.wait_for_timeout(2000)
    used, rested, waited = (statistics.median(column) for column in zip(*steps(page, side), strict=True))
    page.close()
    return (
        f"{side:<11} first picture {statistics.median(firsts[1:]):6.0f} ms   a step: main thread {used:6.1f} ms of CPU "
        f"to its picture, {rested:6.1f} until it rests; picture after {waited:6.0f} ms"
    )


def steps(page: Any, side: str) -> Iterator[tuple[float, float, float]]:
    """What each step costs the main thread until it is seen and until it rests, and when it is seen, in ms."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    if side == "aitown":
        page.get_by_role("button", name="Pause", exact=True).click()
        page.get_by_role("button", name="Play", exact=True).wait_for()
        button = page.get_by_role("button", name="Step one tick")
    else:
        button = page.get_by_role("button", name="Step", exact=True)
    step = button.element_handle()
    page.wait_for_timeout(REST)
    for _ in range(STEPS):
        before, pictures = processor(devtools), page.evaluate("seen.pictures")
        clicked = page.evaluate("(step) => { step.click(); return performance.now(); }", step)
        page.wait_for_function("(before) => seen.pictures > before", arg=pictures, timeout=60_000)
        used, waited = processor(devtools) - before, page.evaluate("seen.last") - clicked
        page.wait_for_timeout(REST)
        yield used, processor(devtools) - before, waited


def processor(devtools: Any) -> float:
    """Milliseconds that the page's main thread has used so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    lend_vega()
    executable = os.environ.get("AITOWN_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for size in options.sizes:
            for side in SIDES:
                with served(side, size) as address:
                    print(f"{size:>7,} {one(browser, side, address, options.repeats)}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
