"""What a town's people spend their money on, beside the Consumer Expenditure Survey.

    python tools/budgets.py                   # the table of docs/budgets.md
    python tools/budgets.py --write           # and put it there

The survey: U.S. Bureau of Labor Statistics, Consumer Expenditures 2022, average annual expenditures of all consumer
units in dollars, by the major components of its table B, whose sum is `TOTAL` but for a dollar of rounding. A consumer
unit is a household.

Ours: what all people of a town pay in the weeks after the first four, in which savings come to rest.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from marks import Marked, spread

from aitown import towns
from aitown.sim.codes import EVENT_KINDS
from aitown.sim.households import ADULT
from aitown.sim.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aitown.sim.parameters import Parameters

TABLE = Marked("budgets.md", "budgets")
SEEDS = (1, 2, 3)
TOWNS = (("city", 1000), ("riverbend", 25))
FIRST, LAST = 4, 8
"""Weeks that are counted: from the fifth to the eighth."""
WEEK = 7 * 8640
TOTAL = 72_967
HOME, AWAY, BUY, REST = "rent", "cafe", "shop", "spent"


@dataclass(frozen=True)
class Row:
    """Some components of the survey, in dollars a year, and what of a town is beside them."""

    name: str
    survey: tuple[int, ...]
    ours: str

    @property
    def share(self) -> float:
        """Percent of what the survey's households spend."""
        return 100 * sum(self.survey) / TOTAL


SURVEY = (
    Row("housing: rent", (24_298,), HOME),
    Row("food away from home: cafés", (3_639,), AWAY),
    Row("food at home, drink, clothes, personal care, tobacco, reading: shops",
        (5_703, 583, 1_945, 866, 371, 117), BUY),
    Row("all else: spent beyond the town",
        (12_295, 5_850, 3_458, 1_335, 1_009, 2_755, 8_742), REST),
)  # fmt: skip
"""All else: transportation, healthcare, entertainment, education, miscellaneous, cash contributions, insurance and
pensions."""


def spending(town: str, npcs: int, seed: int, parameters: Parameters | None = None) -> NDArray[np.float64]:
    """Percent of all spending by row of `SURVEY`, and then what an adult spends a week, in whole units."""
    town_map, personas = towns.load(town, npcs, 0)
    model = Model(town_map, personas, seed=seed, parameters=parameters)
    kind_of = {place.id: place.kind for place in town_map.places}
    paid: Counter[str] = Counter()
    while model.tick < LAST * WEEK:
        model.advance(960, 0)
        events = model.events()
        if model.tick <= FIRST * WEEK:
            continue
        for code, place, text in zip(events.kind, events.place, events.text, strict=True):
            kind = EVENT_KINDS[code]
            if kind in (HOME, REST, "sold"):
                paid[kind_of[int(place)] if kind == "sold" else kind] += round(float(text) * 100)
    adults = sum(persona.age >= ADULT for persona in personas)
    sums = np.array([paid[row.ours] for row in SURVEY])
    return np.append(100 * sums / sums.sum(), sums.sum() / 100 / adults / (LAST - FIRST))


def measure(seeds: Sequence[int] = SEEDS) -> dict[str, NDArray[np.float64]]:
    """{town: `spending` by seed}."""
    return {town: np.array([spending(town, npcs, seed) for seed in seeds]) for town, npcs in TOWNS}


def table(found: dict[str, NDArray[np.float64]]) -> str:
    """The table of the docs, in Markdown."""
    lines = [
        "| percent of spending | survey | city of 1,000 (fitted) | riverbend, 25 (not fitted) |",
        "|---|--:|--:|--:|",
    ]
    for i, row in enumerate(SURVEY):
        cells = [spread(found[town][:, i], 1) for town, _ in TOWNS]
        lines.append(f"| {row.name} | {row.share:.1f} | {' | '.join(cells)} |")
    cells = [f"{found[town][:, -1].mean():.0f}" for town, _ in TOWNS]
    lines.append(f"| *an adult's spending a week, in units of 100 cents* | – | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seeds", type=int, default=len(SEEDS), help="how many seeds")
    given.add_argument("--write", action="store_true", help="put the table into docs/")
    options = given.parse_args()
    made = table(measure(range(1, options.seeds + 1)))
    print(made)
    if options.write:
        TABLE.write(made)


if __name__ == "__main__":
    main()
