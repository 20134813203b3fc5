"""The weight of the front end: `python benchmarks/bundle.py`. Aim: at most 60 KB gzip and 200 KB raw, together."""

from __future__ import annotations

import gzip
from pathlib import Path

STATIC = Path(__file__).parents[1] / "aitown" / "static"
KB = 1024


def main() -> None:
    sizes = {}
    for path in sorted(STATIC.iterdir()):
        content = path.read_bytes()
        sizes[path.name] = len(content), len(gzip.compress(content))
    sizes["together"] = tuple(sum(column) for column in zip(*sizes.values(), strict=True))
    for name, (raw, packed) in sizes.items():
        print(f"{name}: {raw / KB:.1f} KB, {packed / KB:.1f} KB gzip")


if __name__ == "__main__":
    main()
