"""How long until somebody is seen moving: `python benchmarks/opening.py [repeats]`; and what `import aitown` costs.

A real JupyterLab in headless Chromium, with the town running and its rules compiled already ("warm"). Counted from the
moment that the browser is sent to the notebook's address: Lab loads, a kernel starts, the first cell is run, the
widget connects and draws, until two pictures of the canvas differ while the page says "live".
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, HOUSE, Lab, Notebook

NAME = "01-a-living-town.ipynb"


def import_seconds(statement: str) -> float:
    """Median seconds of a Python that runs the statement, less that of one which runs nothing."""

    def run(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    pairs = [(run(statement), run("pass")) for _ in range(15)]
    return statistics.median(a - b for a, b in pairs)


def opening_seconds(lab: Lab, browser: object) -> dict[str, float]:
    """Seconds from the address to each milestone."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})  # type: ignore[attr-defined]
    began = time.perf_counter()
    notebook = Notebook(page, lab, NAME)
    out = {"notebook ready": time.perf_counter() - began}
    notebook.run_cell(1)
    page.wait_for_selector(".aitown-root[data-link='live'] canvas", timeout=60_000)
    out["live"] = time.perf_counter() - began
    canvas = page.locator(".aitown-canvas")
    first = canvas.screenshot()
    while canvas.screenshot() == first:
        pass
    out["somebody moved"] = time.perf_counter() - began
    page.close()
    return out


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"import aitown: {import_seconds('import aitown') * 1000:.1f} ms over an empty Python (median of 15 pairs)")
    executable = os.environ.get("AITOWN_BROWSER") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            lab.put_notebook(HOUSE / "notebooks" / NAME)
            lab.request("POST", "aitown/api/towns", {"name": "riverbend", "npcs": 25, "seed": 7})
            lab.request("POST", "aitown/api/towns/riverbend/control", {"op": "play", "speed": 10})
            rows = [opening_seconds(lab, browser) for _ in range(repeats)]
        finally:
            browser.close()
            lab.close()
    for name in rows[0]:
        values = sorted(row[name] for row in rows)
        print(f"{name}: median {statistics.median(values):.1f} s, worst {values[-1]:.1f} s of {repeats}")


if __name__ == "__main__":
    main()
