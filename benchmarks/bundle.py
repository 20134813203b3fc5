"""The weight of the front end: `python benchmarks/bundle.py`. Aim: at most 60 KB gzip."""

from __future__ import annotations

import gzip
from pathlib import Path

STATIC = Path(__file__).parents[1] / "aitown" / "static"


def main() -> None:
    for path in sorted(STATIC.iterdir()):
        content = path.read_bytes()
        print(f"{path.name}: {len(content) / 1000:.1f} KB, {len(gzip.compress(content)) / 1000:.1f} KB gzip")


if __name__ == "__main__":
    main()
