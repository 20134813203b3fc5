"""Hours a day by activity in a town without inputs, beside those of the American Time Use Survey.

    python tools/time_use.py                  # the table of docs/time-use.md
    python tools/time_use.py --write          # and put it, and the picture of a day, there

The survey: Bureau of Labor Statistics, American Time Use Survey, annual averages of 2018, persons of 15 years and over,
average hours per day on nonholiday weekdays and on weekend days and holidays, by the series of its database that
`SURVEY` names (activities include the travel that belongs to them). A diary day runs from 4 in the morning to 4.

Ours: everybody of 15 and over, one week from a Monday, 4 o'clock, the first day left out. What somebody does counts
once, as in the survey: a talk at table is a meal, a queue at a shop is shopping, the way to a place belongs to what is
done there, and the way home to what was done before.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from marks import DOCS, Marked, spread

from aitown import towns
from aitown.sim.codes import ACTIVITIES, WALKING
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TABLE = Marked("time-use.md", "time_use")
PICTURE = DOCS / "time-use.png"
HEADINGS = (
    "hours a day", "survey, weekday", "city of 1,000", "riverbend, 25", "city, needs off", "survey, weekend", "city",
)  # fmt: skip
START = "2025-03-03T04:00"
DAY_MINUTES = 1440
ADULT = 15
SEEDS = (1, 2, 3, 4, 5)
TOWNS = (("city", 1000), ("riverbend", 25))


@dataclass(frozen=True)
class Row:
    """One activity of the survey: hours on a weekday and on a day of the weekend, and ours that belong to it."""

    name: str
    weekday: float
    weekend: float
    ours: tuple[str, ...]
    fitted: bool
    series: str


SURVEY = (
    Row("sleep", 8.54, 9.46, ("sleeping",), True, "TUU10101AA01000252"),
    Row("washing, dressing", 0.78, 0.72, ("waking",), False, "TUU10101AA01008834 less 000252"),
    Row("eating and drinking", 1.12, 1.35, ("eating",), True, "TUU10101AA01013242"),
    Row("household", 1.63, 2.13, ("housekeeping",), True, "TUU10101AA01009386"),
    Row("shopping, services", 0.67, 0.84, ("shopping",), True, "TUU10101AA01012657"),
    Row("care for the household", 0.53, 0.47, ("caring",), False, "TUU10101AA01010379"),
    Row("work", 4.61, 1.14, ("working",), False, "TUU10101AA01011992"),
    Row("education", 0.58, 0.17, ("studying",), False, "TUU10101AA01012340"),
    Row("leisure and the rest", 5.55, 7.72, ("relaxing", "socialising", "at home"), False,
        "TUU10101AA01013590, 011179, 015015, 015591, 015930"),
)  # fmt: skip
"""The weekend's series have the numbers of the weekday's less 2. "The rest" is care for others than the household,
organisations, telephone and what has no other class: 0.83 h a weekday, for which the model has no activity."""


class Diaries:
    """What everybody does in each minute of a week."""

    def __init__(self, town: str, npcs: int, seed: int, parameters: Parameters | None = None, days: int = 7) -> None:
        town_map, personas = towns.load(town, npcs, 0)
        self.adult = np.array([persona.age >= ADULT for persona in personas])
        model = Model(town_map, personas, seed=seed, parameters=parameters, start=START)
        npc, home = model.npcs.records, model.npcs["home"].copy()
        before = npc["intent"].copy()
        step = 60 // model.tick_seconds
        self.seen: NDArray[np.uint8] = np.zeros((days * DAY_MINUTES, len(personas)), np.uint8)
        self.counted = self.seen.copy()
        for minute in range(days * DAY_MINUTES):
            model.advance(step, 0)
            walks = npc["activity"] == WALKING
            does = np.where(walks & (npc["target"] == home), before, npc["intent"])
            before = np.where(walks, before, npc["intent"])
            self.counted[minute], self.seen[minute] = does, npc["activity"]

    def hours(self, first: int, last: int) -> NDArray[np.float64]:
        """Mean hours a day by code of activity on the days from `first` to before `last`, ways counted as above."""
        part = self.counted[first * DAY_MINUTES : last * DAY_MINUTES, self.adult]
        return np.bincount(part.reshape(-1), minlength=len(ACTIVITIES)) / part.size * 24

    def rows(self, first: int, last: int) -> list[float]:
        """Hours a day of each row of `SURVEY`, and then of `PARTS`."""
        hours = self.hours(first, last)
        parts = [float(hours[ACTIVITIES.index(name)]) for name in ("socialising", "relaxing", "at home")]
        return [*by_row(hours), self.walked(first, last), *parts]

    def walked(self, first: int, last: int) -> float:
        """Mean hours a day on the way."""
        return float((self.seen[first * DAY_MINUTES : last * DAY_MINUTES, self.adult] == WALKING).mean() * 24)


PARTS = (
    ("on the way", "–", "–"),
    ("socialising", "0.49", "0.98"),
    ("outside, relaxing", "–", "–"),
    ("at home, at leisure", "–", "–"),
)
"""Parts of the rows above: name and the survey's hours on a weekday and on the weekend (TUU10101AA01013956, 013954)."""


def by_row(hours: NDArray[np.float64]) -> list[float]:
    """Hours of each row of `SURVEY`."""
    return [float(sum(hours[ACTIVITIES.index(name)] for name in row.ours if name in ACTIVITIES)) for row in SURVEY]


def week(town: str, npcs: int, seed: int, parameters: Parameters | None = None) -> tuple[list[float], list[float]]:
    """Hours a weekday (Tuesday to Friday) and of the weekend, by row of `SURVEY` and then of `PARTS`."""
    days = Diaries(town, npcs, seed, parameters)
    return days.rows(1, 5), days.rows(5, 7)


def needs_off() -> Parameters:
    """The shipped parameters, with needs that no choice heeds."""
    return Parameters(heeding=0)


def measure(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """{town: {"weekday", "weekend", "off"}: hours[seeds, rows]}."""
    found: dict[str, Any] = {}
    for town, npcs in TOWNS:
        weeks = [week(town, npcs, seed) for seed in seeds]
        off = [week(town, npcs, seed, needs_off())[0] for seed in seeds]
        found[town] = {
            "weekday": np.array([one for one, _ in weeks]),
            "weekend": np.array([two for _, two in weeks]),
            "off": np.array(off),
        }
    return found


def table(found: dict[str, Any]) -> str:
    """The table of the docs, in Markdown."""
    lines = [
        "| " + " | ".join(HEADINGS) + " | |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    rows = [
        (row.name, f"{row.weekday:.2f}", f"{row.weekend:.2f}", "fitted" if row.fitted else "test") for row in SURVEY
    ]
    rows += [(f"*of these: {name}*", weekday, weekend, "") for name, weekday, weekend in PARTS]
    for i, (name, weekday, weekend, how) in enumerate(rows):
        cells = [name, weekday, *(spread(found[town]["weekday"][:, i], 2) for town, _ in TOWNS)]
        cells += [spread(found["city"]["off"][:, i], 2), weekend, spread(found["city"]["weekend"][:, i], 2), how]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def picture() -> None:
    """Draw the shares of activities over a Tuesday and a Saturday in a city of 1,000."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    days = Diaries("city", 1000, SEEDS[0])
    figure = Figure(figsize=(11, 7), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    hours = 4 + np.arange(DAY_MINUTES) / 60
    for panel, day, title in zip(panels, (1, 5), ("Tuesday", "Saturday"), strict=True):
        seen = days.seen[day * DAY_MINUTES : (day + 1) * DAY_MINUTES, days.adult]
        shares = [(seen == code).mean(1) for code in range(len(ACTIVITIES))]
        panel.stackplot(
            hours,
            shares,
            labels=ACTIVITIES,
            colors=colormaps["tab20"].colors[: len(ACTIVITIES)],
        )
        panel.set(title=f"{title}, city of 1,000, those of 15 and over", ylabel="share", ylim=(0, 1), xlim=(4, 28))
    panels[1].set(xlabel="hour of the day", xticks=range(4, 29, 2), xticklabels=[str(h % 24) for h in range(4, 29, 2)])
    panels[0].legend(loc="upper left", bbox_to_anchor=(1, 1), reverse=True)
    figure.savefig(PICTURE, dpi=80)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seeds", type=int, default=len(SEEDS), help="how many seeds")
    given.add_argument("--write", action="store_true", help="put table and picture into docs/")
    options = given.parse_args()
    made = table(measure(range(1, options.seeds + 1)))
    print(made)
    if options.write:
        TABLE.write(made)
        picture()


if __name__ == "__main__":
    main()
