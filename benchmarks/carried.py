"""What a view carries of a run of 25 NPCs: bytes, and CPU to make it, beside other levels of gzip. See README.md."""

from __future__ import annotations

import base64
import gzip
import tempfile
import time
from pathlib import Path

from aitown import load
from aitown.display import recorded
from aitown.history.replay import stretch
from aitown.town import Town

LEVELS = (1, 6, 9)


def least(run, times=3):
    """The least CPU of some tries, in seconds, and what came of the last."""
    best, found = float("inf"), None
    for _ in range(times):
        began = time.process_time()
        found = run()
        best = min(best, time.process_time() - began)
    return best, found


def main():
    with tempfile.TemporaryDirectory() as folder:
        for days in (1, 7):
            path = Path(folder) / str(days)
            with Town("riverbend", seed=7) as town:
                town.run(days=days, record=path, progress=False)
            for every in ("1min", None):
                made = stretch(load(path), None, every)
                plain = gzip.decompress(made.data)
                print(
                    f"{days} days, a frame every {made.every} ticks: {len(made.data) / 1e3:.1f} KB,"
                    f" {len(base64.b64encode(made.data)) / 1e3:.1f} as base64"
                )
                for level in LEVELS:
                    used, packed = least(lambda plain=plain, level=level: gzip.compress(plain, level, mtime=0))
                    print(f"    gzip {level}: {len(packed) / 1e3:.1f} KB in {used * 1e3:.0f} ms")
            used, _ = least(lambda path=path: recorded(load(path)))
            print(f"  shown, with its picture: {used:.2f} s of CPU")


if __name__ == "__main__":
    main()
