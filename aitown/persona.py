"""A Persona is who an NPC is: constant identity, written by people, read from Python, a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import BadPersona

if TYPE_CHECKING:
    import pandas as pd

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MAX_AGE = 130
MAX_FACT = 200
EVERYBODY = "all"
"""What inputs call everybody, so that nobody can have it as a name."""


@lru_cache(4096)
def minutes(text: str) -> int:
    """Minutes since midnight of a time like "07:30".

    Raises:
        BadPersona: for anything else.
    """
    found = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise BadPersona(f"{text!r} is not a time of day.", 'Write it as "HH:MM", 00:00 to 23:59.')
    return int(found[1]) * 60 + int(found[2])


@dataclass(frozen=True)
class Routine:
    """The times of an ordinary day, as "HH:MM"; no work when `work_from` is empty."""

    wake: str = "07:00"
    bed: str = "22:30"
    breakfast: str = "07:30"
    lunch: str = "12:30"
    dinner: str = "18:30"
    work_from: str = ""
    work_to: str = ""
    workdays: tuple[str, ...] = DAYS[:5]

    def __post_init__(self) -> None:
        object.__setattr__(self, "workdays", _words("a routine", "workdays", self.workdays))
        for name in ("wake", "bed", "breakfast", "lunch", "dinner"):
            minutes(getattr(self, name))
        if self.wake == self.bed:
            raise BadPersona(f"wake and bed are both {self.wake}: a night of no length.", "Give two times.")
        if bool(self.work_from) != bool(self.work_to):
            raise BadPersona(
                f"work from {self.work_from!r} to {self.work_to!r}: one of the two is missing.",
                "Give both times, or neither for somebody who does not work.",
            )
        if self.work_from and minutes(self.work_to) == minutes(self.work_from):
            raise BadPersona(f"work from and to {self.work_from}: a shift of no length.", "Give two times.")
        unknown = [day for day in self.workdays if day not in DAYS]
        if unknown:
            raise BadPersona(f"unknown workdays {', '.join(unknown)}.", f"Use {', '.join(DAYS)}.")


@dataclass(frozen=True)
class Persona:
    """Constant identity of one NPC.

    Args:
        name: unique in a town.
        age: years.
        traits: a few words, "curious", "patient".
        background: a sentence or two, for people and for language models.
        home: name of the home place; empty lets the town assign one.
        work: name of the place of work or study; empty for none.
        occupation: "baker", "pupil", "retired".
        sociability: 0 to 1, how readily they start a conversation.
        routine: the times of an ordinary day.
        ties: other people by name, with a strength from 0 to 1.
        kin: those of `ties` who are family; such ties hardly fade.
        knows: facts, each a sentence of up to 200 characters, that this person knows and may tell from the beginning.
    """

    name: str
    age: int = 35
    traits: tuple[str, ...] = ()
    background: str = ""
    home: str = ""
    work: str = ""
    occupation: str = ""
    sociability: float = 0.5
    routine: Routine = field(default_factory=Routine)
    ties: Mapping[str, float] = field(default_factory=dict)
    knows: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.ties, Mapping):
            raise BadPersona(f"{self.name}: ties are {self.ties!r:.80}; expected names and numbers.", _AS_TIES)
        for name in ("traits", "kin"):
            object.__setattr__(self, name, _words(self.name, name, getattr(self, name)))
        _check_texts(self)
        object.__setattr__(self, "knows", _facts(self.name, self.knows))
        object.__setattr__(self, "age", int(_number(self.name, "age", self.age, MAX_AGE, "years")))
        object.__setattr__(self, "sociability", _number(self.name, "sociability", self.sociability))
        ties = {other: _number(self.name, f"the tie to {other}", tie) for other, tie in self.ties.items()}
        object.__setattr__(self, "ties", ties)
        if not isinstance(self.routine, Routine):
            raise BadPersona(
                f"{self.name}: routine is {self.routine!r:.80}; expected a Routine.",
                'Give aitown.persona.Routine(wake="06:30"), or leave it out.',
            )
        if unknown := [name for name in self.kin if name not in self.ties]:
            raise BadPersona(f"{self.name}: {unknown[0]!r} is kin without a tie.", "Give every kin a tie too.")
        if self.routine.work_from and not self.work:
            raise BadPersona(
                f"{self.name} works from {self.routine.work_from} but has no place of work.",
                "Name a place in `work`, or leave `work_from` and `work_to` empty.",
            )

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` makes the same persona again."""
        routine = {**vars(self.routine), "workdays": list(self.routine.workdays)}
        lists = {"traits": list(self.traits), "knows": list(self.knows), "kin": list(self.kin)}
        return {**vars(self), **lists, "routine": routine, "ties": dict(self.ties)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Persona:
        """A persona from plain data.

        Raises:
            BadPersona: for unknown or missing fields and values out of range.
        """
        if not isinstance(data, Mapping):
            raise BadPersona(f"a persona is {data!r:.80}; expected an object.", "See the fields of Persona.")
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise BadPersona(
                f"unknown fields {', '.join(unknown)} of persona {data.get('name', '?')!r}.",
                f"Known fields: {', '.join(sorted(known))}.",
            )
        if "name" not in data:
            raise BadPersona(f"a persona without a name: {dict(data)!r:.80}.", "Give every persona a name of its own.")
        values = dict(data)
        routine = values.pop("routine", None) or {}
        if not isinstance(routine, Mapping):
            raise BadPersona(f"{data['name']}: routine is {routine!r:.80}; expected times by name.", _AS_TIMES)
        try:
            values["routine"] = Routine(**routine)
            return cls(**values)
        except TypeError as error:
            raise BadPersona(f"persona {data.get('name', '?')!r}: {error}.", "See the fields of Persona.") from error


_AS_TIES, _AS_TIMES = 'Write {"Bo Reed": 0.8}.', 'Write {"wake": "06:30"}.'


def _check_texts(given: Persona) -> None:
    """Hold all words of somebody to be text that UTF-8 can write, and the name to be one."""
    name, ties = given.name, given.ties
    try:
        "".join((name, given.background, given.home, given.work, given.occupation, *given.traits, *ties)).encode()
    except (TypeError, UnicodeEncodeError):
        _find_fault(given)
    if not name.strip():
        raise BadPersona("a persona without a name.", "Give every persona a name of its own.")
    if name == EVERYBODY or len(name.splitlines()) > 1:
        why = "it means everybody in inputs" if name == EVERYBODY else "it has more than one line"
        raise BadPersona(f"{name!r:.80} can't be a name: {why}.", "Give another name.")


def _find_fault(given: Persona) -> None:
    """Say which word of somebody is no text."""
    single = [(field, getattr(given, field)) for field in ("name", "background", "home", "work", "occupation")]
    for what, word in (
        *single,
        *(("a trait", word) for word in given.traits),
        *(("a tie's name", word) for word in given.ties),
    ):
        whose = "a persona" if what == "name" else f"{given.name!a:.80}"
        if not isinstance(word, str):
            raise BadPersona(f"{whose}: {what} is {word!r:.80}; expected text.", 'Give text, or "" for none.')
        if not word.isascii() and word.encode(errors="ignore").decode() != word:
            raise BadPersona(f"{whose}: {what} is {word!a:.80}; expected Unicode.", "Mend the odd character.")


def _words(whose: str, what: str, given: Any) -> tuple[str, ...]:
    """Words of a sequence."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadPersona(f"{whose}: {what} is {given!r:.80}; expected a list of words.", "Put it into brackets.")
    return tuple(given)


def _number(whose: str, what: str, given: Any, most: float = 1, unit: str = "") -> float:
    """A number from 0 to `most`; a whole one where there is a unit."""
    if type(given) is float and not unit and 0 <= given <= most:
        return given
    kind, word = (Integral, "a whole number from 0") if unit else (Real, "a number from 0")
    whole = isinstance(given, float) and given.is_integer()
    if isinstance(given, bool) or not (isinstance(given, kind) or whole) or not 0 <= given <= most:
        raise BadPersona(
            f"{whose}: {what} is {given!r:.80}; expected {word} to {most} {unit}".rstrip() + ".", "Mend it."
        )
    return float(given)


def _facts(name: str, given: Any) -> tuple[str, ...]:
    """Sentences, each once."""
    if not isinstance(given, Iterable):
        raise BadPersona(f"{name} knows {given!r:.80}; expected sentences.", "Give a list of them.")
    facts = [given] if isinstance(given, str) else list(given)
    for fact in facts:
        if not isinstance(fact, str) or not 0 < len(fact.strip()) <= MAX_FACT:
            raise BadPersona(
                f"{name} knows {fact!r:.80}; expected a sentence of 1 to {MAX_FACT} characters.", "Mend that fact."
            )
    return tuple(dict.fromkeys(fact.strip() for fact in facts))


_ROUTINE_FIELDS = tuple(f.name for f in fields(Routine))


def _from_row(row: Mapping[str, Any]) -> Persona:
    """One table row: routine fields stand beside the others, lists are separated by ';', ties are 'Name:0.8'."""
    given = {key: value for key, value in row.items() if isinstance(value, (list, tuple, dict)) or value == value}  # noqa: PLR0124 (drops NaN)
    given = {key: value for key, value in given.items() if value not in ("", None)}
    data: dict[str, Any] = {key: value for key, value in given.items() if key not in _ROUTINE_FIELDS}
    routine: dict[str, Any] = {key: value for key, value in given.items() if key in _ROUTINE_FIELDS}
    for target, key in ((data, "traits"), (data, "knows"), (data, "kin"), (routine, "workdays")):
        if isinstance(target.get(key), str):
            target[key] = [part.strip() for part in target[key].split(";") if part.strip()]
    try:
        if "age" in data:
            data["age"] = int(data["age"])
        if "sociability" in data:
            data["sociability"] = float(data["sociability"])
        if isinstance(data.get("ties"), str):
            pairs = (part.rsplit(":", 1) for part in data["ties"].split(";") if part.strip())
            data["ties"] = {name.strip(): float(strength) for name, strength in pairs}
    except ValueError as error:
        raise BadPersona(f"persona {row.get('name', '?')!r}: {error}.", "Mend that cell.") from error
    if "name" not in data:
        raise BadPersona(f"a row without a name: {dict(row)!r}.", "Give every row a name.")
    return Persona.from_json({**data, "name": str(data["name"]), "routine": routine})


def check_personas(personas: Iterable[Persona]) -> tuple[Persona, ...]:
    """The same personas, held to unique names and ties to people who are there.

    Raises:
        BadPersona: naming the first fault.
    """
    found = tuple(personas) if isinstance(personas, Iterable) else ()
    if not isinstance(personas, Iterable) or not all(isinstance(persona, Persona) for persona in found):
        raise BadPersona(
            f"personas={personas!r:.80}; expected a sequence of Persona.",
            "Give Persona objects, a DataFrame, or a .csv or .json file.",
        )
    names = [persona.name for persona in found]
    known = set(names)
    if len(known) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise BadPersona(f"two personas are called {twice[0]!r}.", "Names must be unique in a town.")
    for persona in found:
        strangers = sorted(persona.ties.keys() - known)
        if strangers:
            raise BadPersona(
                f"{persona.name} has a tie to {strangers[0]!r}, who is not in the town.",
                "Add that persona or drop the tie.",
            )
    return found


def personas_from_table(table: pd.DataFrame) -> tuple[Persona, ...]:
    """Personas from a DataFrame: one row each, columns named like the fields of `Persona` and `Routine`.

    Lists may be Python lists or text separated by ';'; ties are a dict or "Name:0.8; Other:0.3".
    """
    return check_personas(
        _from_row({str(key): value for key, value in row.items()}) for row in table.to_dict("records")
    )


def personas_from_file(path: str | Path) -> tuple[Persona, ...]:
    """Personas from a `.csv` file (see `personas_from_table`) or a `.json` file (a list of objects).

    Raises:
        BadPersona: for a missing, unreadable or malformed file.
    """
    path = Path(path)
    try:
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                return check_personas(_from_row(row) for row in csv.DictReader(file))
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadPersona(f"can't read personas from {path}: {error}.", "Give a .csv or .json file.") from error
    if not isinstance(data, Sequence) or not all(isinstance(item, Mapping) for item in data):
        raise BadPersona(f"{path} is not a list of personas.", "Write a JSON list of objects.")
    return check_personas(Persona.from_json(item) for item in data)
