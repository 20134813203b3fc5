"""A table between two marks of a document: tools write it there, tests read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOCS = Path(__file__).parents[1] / "docs"
_END = "<!-- end of table -->"


@dataclass(frozen=True)
class Marked:
    """The part of a page of docs/ that a tool makes."""

    page: str
    tool: str

    def _parts(self) -> tuple[str, str, str]:
        begin = f"<!-- table: tools/{self.tool}.py -->\n"
        head, found, rest = (DOCS / self.page).read_text(encoding="utf-8").partition(begin)
        table, ends, tail = rest.partition(_END)
        if not found or not ends:
            raise SystemExit(f"docs/{self.page} lacks a mark; expected {begin.strip()} and later {_END}.")
        return head + begin, table, _END + tail

    def rows(self) -> list[list[str]]:
        """The cells of each line below the head of the table, as they are."""
        lines = self._parts()[1].strip().splitlines()[2:]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def write(self, table: str) -> None:
        """Put a table there in place of the old one."""
        head, _, tail = self._parts()
        (DOCS / self.page).write_text(f"{head}{table}\n{tail}", encoding="utf-8")


def spread(values: NDArray[np.float64], digits: int) -> str:
    """Mean and standard deviation over seeds; of one seed the number alone."""
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else mean
