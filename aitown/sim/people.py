"""Drawing people for a map: households in its homes, work, hours, ties, from stated distributions.

What is drawn, and from what. Figures marked (E) are Eurostat's, from the EU Labour Force Survey: households by size in
the EU-28 in 2017 ("Household composition statistics"; five stands for five or more), and employment from 20 to 64 in
the EU in 2023 ("Employment - annual statistics"). All others are assumptions, chosen to be plain, not fitted.

* Households: 1, 2, 3, 4 or 5 people with the shares 33.6, 31.9, 15.6, 13.1 and 5.8 % (E); four of five pairs are
  couples, the rest a parent and a child. From three on: two parents, and with each further one a child, or, two times
  in five, a grown one. A household is cut short where a home has less room.
* Age: adults alone are 20 to 89, couples 22 to 84 with at most 6 years between, parents 27 to 58, children 6 to 17,
  grown ones 18 to 26, all at least 20 years younger than the first parent. Small children are left out: they don't walk
  alone.
* Work: 75.4 % of those aged 20 to 64 (E), and 4 % of those above, work; children go to the nearest school with room. A
  place of work is the nearest of three drawn in proportion to `WORKERS` × capacity.
* Hours: 68 % begin between 07:00 and 09:30, 14 % between 05:30 and 06:45, 18 % between 11:00 and 15:00; for 8 hours, or
  4 to 6 for the one in five who work part time; moved into the opening hours of the place. Five days a week: Monday to
  Friday, except in cafés and shops, where it is five of their open days, in a row as far as they go. School is from
  08:00 to 14:30.
* Sleep: people wake at 07:30 ± 60 minutes (normal), 40 minutes later below 20 and 45 minutes earlier from 65 on, but 45
  to 100 minutes before work at the latest. They go to bed 14⅔ to 16⅙ hours after waking, children 14.
* Meals: breakfast 15 to 40 minutes after waking, lunch at 12:30 ± 35 and dinner at 18:30 ± 40 minutes (normal).
* Sociability: Beta(4, 4). Ties: .75 to .95 in the household, whose members are kin; two colleagues or schoolmates and a
  neighbour, .2 to .6.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadCount
from aitown.persona import DAYS, Persona, Routine
from aitown.sim.people_words import GIVEN, HEADS, LOVES, NO_WORK, OCCUPATIONS, TAILS, TRAITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from aitown.sim.map.townmap import Place, TownMap

HOUSEHOLDS = (0.336, 0.319, 0.156, 0.131, 0.058)
COUPLES, STILL_HOME, EMPLOYED, STILL_WORKING, PART_TIME = 0.8, 0.4, 0.754, 0.04, 0.2
SHIFTS = ((0.68, 420, 570), (0.14, 330, 405), (0.18, 660, 900))
"""Share, earliest and latest begin in minutes."""
WORKERS = {"work": 1.0, "shop": 0.3, "cafe": 0.3, "school": 0.1, "other": 0.15}
"""Workers for each unit of a place's capacity, by kind."""
SINGLE_HOUSEHOLD = 6
"""A home for at most so many is lived in by one household, as long as there is room for everybody elsewhere."""
ADULT, GROWN, OLD = 18, 20, 65


def draw(town_map: TownMap, count: int, seed: int = 0, beside: Collection[Persona] = ()) -> tuple[Persona, ...]:
    """People who live on a map, drawn as this module's text says; the same for the same arguments.

    Args:
        town_map: gives homes, schools and places of work.
        count: how many.
        seed: of the drawing.
        beside: people who live there already: their homes are counted, their names not given again.

    Raises:
        BadCount: if there is not that much room in the homes.
    """
    digest = hashlib.sha256(f"people {town_map.name} {count} {seed}".encode()).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
    homes = [place for place in town_map.places if place.kind == "home"]
    taken = {place.name: 0 for place in homes}
    for persona in beside:
        if persona.home in taken:
            taken[persona.home] += 1
    free = np.array([max(0, place.capacity - taken[place.name]) for place in homes])
    if count < 0 or count > free.sum():
        raise BadCount(
            f"{count} more people for the map {town_map.name!r}, whose homes have room for {free.sum()} more.",
            f"Ask for at most {free.sum()}.",
        )
    if count == 0:
        return ()
    home, family = _households(free, count, rng)
    age = _ages(family, rng)
    places = town_map.places
    where = np.array([homes[h].id for h in home])
    work = _work(places, where, age, rng)
    names = _names(family, {persona.name for persona in beside}, rng)
    ties = _ties(family, work, rng)
    return tuple(_personas(places, where, work, age, names, family, ties, rng))


def _households(free: NDArray[Any], count: int, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each person the index of a home and the number of a household, households together."""
    spare = int(free.sum()) - count
    sizes = rng.choice(np.arange(1, 6), size=count + len(free), p=HOUSEHOLDS).tolist()
    home: list[int] = []
    family: list[int] = []
    number = 0
    for h in rng.permutation(len(free)).tolist():
        room, small = int(free[h]), free[h] <= SINGLE_HOUSEHOLD
        while room and len(home) < count:
            size = min(sizes[number], room, count - len(home))
            home += [h] * size
            family += [number] * size
            number += 1
            room -= size
            if small and room <= spare:
                spare -= room
                break
    return np.array(home), np.array(family)


def _ages(family: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    count = len(family)
    first = np.flatnonzero(np.diff(family, prepend=-1))
    size = np.diff(first, append=count)
    place_in = np.arange(count) - np.repeat(first, size)
    size_of = np.repeat(size, size)
    head = rng.integers(GROWN, 90, len(first))
    couple = (size == 2) & (rng.random(len(first)) < COUPLES)  # noqa: PLR2004
    head = np.where(couple, rng.integers(22, 85, len(first)), head)
    parents = (size > 1) & ~couple
    head = np.where(parents, rng.integers(27, 59, len(first)), head)
    head_of = np.repeat(head, size)
    age = head_of.copy()
    partner = (place_in == 1) & (np.repeat(couple, size) | (size_of > 2))  # noqa: PLR2004
    age = np.where(partner, np.maximum(22, head_of + rng.integers(-6, 7, count)), age)
    child = (place_in > 0) & ~partner
    grown = (place_in > 1) & (rng.random(count) < STILL_HOME)
    young = np.where(grown, rng.integers(ADULT, 27, count), rng.integers(6, ADULT, count))
    return np.where(child, np.minimum(young, head_of - 20), age)


def _work(places: tuple[Place, ...], home: NDArray[Any], age: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """The id of the place of work or study of each person, or -1."""
    count = len(home)
    x, y = np.array([place.x for place in places]), np.array([place.y for place in places])
    weight = np.array([WORKERS.get(place.kind, 0) * place.capacity for place in places])
    rate = np.where(age < OLD, EMPLOYED, STILL_WORKING)
    works = (age >= GROWN) & (rng.random(count) < rate)
    found = np.full(count, -1)
    if weight.sum():
        options = rng.choice(len(places), size=(count, 3), p=weight / weight.sum())
        away = np.hypot(x[options] - x[home][:, None], y[options] - y[home][:, None])
        found = np.where(works, options[np.arange(count), away.argmin(1)], -1)
    return _send_to_school(places, home, age, found)


def _send_to_school(
    places: tuple[Place, ...], home: NDArray[Any], age: NDArray[Any], found: NDArray[Any]
) -> NDArray[Any]:
    """Each pupil, in order, to the nearest school with room; if all are full, to the nearest."""
    x, y = np.array([place.x for place in places]), np.array([place.y for place in places])
    schools = np.flatnonzero([place.kind == "school" for place in places])
    room = np.array([places[school].capacity for school in schools.tolist()])
    for pupil in np.flatnonzero(age < ADULT).tolist() if len(schools) else ():
        away = np.hypot(x[schools] - x[home[pupil]], y[schools] - y[home[pupil]])
        best = int(away.argmin())
        if room[best] <= 0 and (room > 0).any():
            best = int(np.where(room > 0, away, np.inf).argmin())
        found[pupil] = schools[best]
        room[best] -= 1
    return found


def _names(family: NDArray[Any], taken: set[str], rng: np.random.Generator) -> list[str]:
    """Unique names; a household shares its last name, and a middle initial comes where first names run out."""
    surnames = [head + tail for head in HEADS for tail in TAILS]
    surname = rng.integers(0, len(surnames), int(family[-1]) + 1)
    used = np.zeros(len(surnames), np.int64)
    names = []
    for number in surname[family].tolist():
        while True:
            turn, i = divmod(int(used[number]), len(GIVEN))
            used[number] += 1
            middle = f" {_initials(turn)}." if turn else ""
            name = f"{GIVEN[(i * 53 + number * 17) % len(GIVEN)]}{middle} {surnames[number]}"
            if name not in taken:
                break
        names.append(name)
    return names


def _initials(number: int) -> str:
    """1 is A, 26 is Z, 27 is AA …"""
    more, last = divmod(number - 1, 26)
    return (_initials(more) if more else "") + chr(ord("A") + last)


def _ties(family: NDArray[Any], work: NDArray[Any], rng: np.random.Generator) -> list[dict[int, float]]:
    """For each person who they know, and how well; as well the other way round."""
    count = len(family)
    ties: list[dict[int, float]] = [{} for _ in range(count)]
    strength = np.round(rng.uniform(0.2, 0.6, 3 * count), 2).tolist()
    close = np.round(rng.uniform(0.75, 0.95, count), 2).tolist()

    def tie(a: int, b: int, how: float) -> None:
        ties[a].setdefault(b, how)
        ties[b].setdefault(a, ties[a][b])

    first = [*np.flatnonzero(np.diff(family, prepend=-1)).tolist(), count]
    for start, end in itertools.pairwise(first):
        for a in range(start, end):
            for b in range(a + 1, end):
                tie(a, b, close[a])
        if end < count:
            tie(end - 1, end, strength[end])
    order = np.lexsort((rng.random(count), work))
    order = order[work[order] >= 0]
    for step in (1, 2):
        left, right = order[:-step], order[step:]
        same = work[left] == work[right]
        for one, other in zip(left[same].tolist(), right[same].tolist(), strict=True):
            tie(one, other, strength[step * count + one])
    return ties


_CLOCKS = tuple(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 1440, 5))


def _clock(minutes: float) -> str:
    return _CLOCKS[int(minutes) // 5 % len(_CLOCKS)]


def _hours(place: Place, begin: int, length: int) -> tuple[int, int]:
    """Work hours moved into the opening hours of a place, on its first open day, as far as they fit."""
    opens, closes = next(filter(None, place.week), (0, 1440))
    closes = closes if closes > opens else closes + 1440
    length = min(length, closes - opens)
    begin = min(max(begin, opens), closes - length)
    return begin, begin + length


def _days(place: Place, first: int) -> tuple[str, ...]:
    """The first five days, from `first` on, on which a place is open."""
    week = [(first + k) % 7 for k in range(7)]
    return tuple(DAYS[day] for day in week if place.week[day] is not None)[:5]


def _personas(
    places: tuple[Place, ...], home: NDArray[Any], work: NDArray[Any], age: NDArray[Any], names: list[str],
    family: NDArray[Any], ties: list[dict[int, float]], rng: np.random.Generator,
) -> Iterator[Persona]:  # fmt: skip
    count = len(names)
    shift = rng.choice(len(SHIFTS), size=count, p=[share for share, _, _ in SHIFTS])
    low, high = np.array(SHIFTS)[shift, 1], np.array(SHIFTS)[shift, 2]
    begins = (low + rng.random(count) * (high - low)).astype(int) // 15 * 15
    lengths = np.where(rng.random(count) < PART_TIME, rng.integers(4, 7, count) * 60, 480)
    free_days = rng.integers(0, 7, count).tolist()
    wakes = rng.normal(450, 60, count) + np.where(age < GROWN, 40, 0) - np.where(age >= OLD, 45, 0)
    wakes = np.clip(wakes, 270, 660).tolist()
    before, awake = rng.uniform(45, 100, count), np.where(age < ADULT, 840, rng.uniform(880, 970, count))
    eats = np.stack([rng.uniform(15, 40, count), rng.normal(750, 35, count), rng.normal(1110, 40, count)], 1)
    sociability = np.round(rng.beta(4, 4, count), 2).tolist()
    picks = rng.random((count, 5)).tolist()
    begins, lengths, before, awake, eats, home, work, age = (
        array.tolist() for array in (begins, lengths, before, awake, eats, home, work, age)
    )
    for i, name in enumerate(names):
        place = places[work[i]] if work[i] >= 0 else None
        years, begin, end = age[i], 0, 0
        days: tuple[str, ...] = DAYS[:5]
        wake = wakes[i]
        if place is not None:
            begin, end = (480, 870) if years < ADULT else _hours(place, begins[i], lengths[i])
            if place.kind in ("cafe", "shop") and years >= ADULT:
                days = _days(place, free_days[i])
            wake = min(wake, begin - before[i]) if begin - before[i] > 0 else wake
        breakfast, lunch, dinner = eats[i]
        routine = Routine(
            _clock(wake), _clock(wake + awake[i]), _clock(wake + breakfast), _clock(lunch), _clock(dinner),
            _clock(begin) if place else "", _clock(end) if place else "", days,
        )  # fmt: skip
        job = _job(place, years, picks[i][0])
        traits = tuple(TRAITS[k] for k in dict.fromkeys(int(pick * len(TRAITS)) for pick in picks[i][1:4]))
        article = "an" if job[0] in "aeiou" else "a"
        doing = f"is {article} {job} at {place.name}" if place else f"is {job}"
        background = (
            f"{name.split()[0]} {doing} and lives at {places[home[i]].name}. "
            f"Known as {traits[0]}, and fond of {LOVES[int(picks[i][4] * len(LOVES))]}."
        )
        yield Persona(
            name, years, traits, background, places[home[i]].name, place.name if place else "", job, sociability[i],
            routine, {names[other]: how for other, how in ties[i].items()},
            kin=tuple(names[other] for other in ties[i] if family[other] == family[i]),
        )  # fmt: skip


def _job(place: Place | None, age: int, pick: float) -> str:
    if age < ADULT:
        return "pupil" if place else "at home"
    if place is None:
        return "retired" if age >= OLD else NO_WORK[int(pick * len(NO_WORK))]
    jobs = next((jobs for word, jobs in OCCUPATIONS.items() if word in place.name), None) or OCCUPATIONS[place.kind]
    return jobs[int(pick * len(jobs))]
