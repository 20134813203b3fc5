"""All benchmarks, one after the other: `make bench`, or `python benchmarks/run.py`. Twenty minutes on two cores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALL = (
    "sim_vs_mesa.py",
    "systems.py",
    "coming.py",
    "million.py",
    "history.py",
    "server_latency.py",
    "opening.py",
    "bundle.py",
    "carried.py",
    "fanout.py",
    "lines.py",
    "pixel.py",
    "view.py",
)


def main() -> int:
    """The number of benchmarks that failed."""
    failed = 0
    for name in ALL:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, str(HERE / name)], cwd=HERE.parent, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
