"""Runs the tests of history and pictures with the other major version of pandas, 2 or 3, than is installed here.

pip puts it into a folder of its own below build/, once; nothing that is installed changes. With `--install` this only
installs it, or says in its last line why it can't be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
HERE = int(version("pandas").partition(".")[0])
OTHER = 2 if HERE > 2 else 3  # noqa: PLR2004 (the versions that there are)
WANTED = (f"pandas>={'2.2' if OTHER == 2 else OTHER},<{OTHER + 1}", "pytz")  # noqa: PLR2004 (pandas 2 needs pytz)
FOLDER = HOUSE / "build" / f"pandas-{OTHER}"
PARTS = ("accessor", "export", "kept", "metrics", "reader", "sql", "tables", "talk", "times")
TESTS = (
    "tests/test_pandas.py",
    "tests/plot",
    "tests/history/importing",
    *(f"tests/history/test_{part}.py" for part in PARTS),
)


def install() -> str:
    """Put it below build/; why it failed, or ""."""
    if FOLDER.exists():
        return ""
    unfinished = FOLDER.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, "--target", str(unfinished), *WANTED], capture_output=True, text=True, check=False, cwd=HOUSE
    )
    if done.returncode:
        return f"pip could not install pandas {OTHER}: {done.stderr.strip().rpartition(chr(10))[2]:.200}"
    unfinished.rename(FOLDER)
    return ""


def main() -> int:
    """The exit code of pytest, or 1 when there is no other pandas."""
    if reason := install():
        print(reason, file=sys.stderr)
        return 1
    if "--install" in sys.argv:
        return 0
    path = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "AITOWN_PANDAS": str(OTHER)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    return subprocess.run(command, cwd=HOUSE, check=False, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
