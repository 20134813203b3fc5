"""A Persona is who an NPC is: constant identity, written by people, read from Python, a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import BadPersona

if TYPE_CHECKING:
    import pandas as pd

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MAX_AGE = 130
MAX_FACT = 200


@lru_cache(4096)
def minutes(text: str) -> int:
    """Minutes since midnight of a time like "07:30".

    Raises:
        BadPersona: for anything else.
    """
    found = _TIME.fullmatch(text.strip())
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
        object.__setattr__(self, "workdays", tuple(self.workdays))
        for name in ("wake", "bed", "breakfast", "lunch", "dinner"):
            minutes(getattr(self, name))
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
        object.__setattr__(self, "traits", tuple(self.traits))
        object.__setattr__(self, "ties", dict(self.ties))
        object.__setattr__(self, "knows", _facts(self.name, self.knows))
        object.__setattr__(self, "kin", tuple(self.kin))
        if not self.name.strip():
            raise BadPersona("a persona without a name.", "Give every persona a name of its own.")
        if not 0 <= self.age <= MAX_AGE:
            raise BadPersona(f"{self.name}: age {self.age}; expected 0 to {MAX_AGE} years.", "Mend the age.")
        if not 0 <= self.sociability <= 1:
            raise BadPersona(f"{self.name}: sociability {self.sociability}; expected 0 to 1.", "Mend the number.")
        for other, strength in self.ties.items():
            if not 0 <= strength <= 1:
                raise BadPersona(f"{self.name}: tie to {other} is {strength}; expected 0 to 1.", "Mend the number.")
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
        values = dict(data)
        try:
            routine = values.pop("routine", None) or {}
            values["routine"] = Routine(**routine)
            return cls(**values)
        except TypeError as error:
            raise BadPersona(f"persona {data.get('name', '?')!r}: {error}.", "See the fields of Persona.") from error


def _facts(name: str, given: Any) -> tuple[str, ...]:
    """Sentences, each once."""
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
