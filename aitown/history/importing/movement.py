"""The files of a Generative Agents simulation as steps: who is where, doing what, saying what.

Both forms are read: `master_movement.json` with `meta.json` (compressed_storage), in which a step has only those who
changed, and `movement/<step>.json` with `reverie/meta.json` (storage), in which each has everybody.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import DamagedRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MASTER, META, RAW_META, RAW = "master_movement.json", "meta.json", "reverie/meta.json", "movement"
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DATE = re.compile(r"(\w+) (\d{1,2}), (\d{4})(?:, (\d{2}):(\d{2}):(\d{2}))?")
_REMEDY = "Give the folder as the simulation left it."


@dataclass(frozen=True)
class Row:
    """One agent at one step, as the file says it: tile, what it does, where that is meant to be, its conversation."""

    x: int
    y: int
    act: str
    address: str
    emoji: str
    chat: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Movement:
    """A whole simulation. `steps[i]` has the agents that step i names; `rows` counts them all."""

    start: dt.datetime
    seconds: int
    maze: str
    names: tuple[str, ...]
    steps: tuple[Mapping[str, Row], ...]

    @property
    def rows(self) -> int:
        return sum(map(len, self.steps))


def read(folder: Path) -> Movement:
    """The simulation in a folder of either form.

    Raises:
        DamagedRun: for a file that is missing, no JSON, or lacks what is needed; it says which and where.
    """
    compressed = (folder / MASTER).is_file()
    meta_path = folder / (META if compressed else RAW_META)
    meta = _json(meta_path)
    try:
        start, seconds = _date(str(meta["start_date"])), int(meta["sec_per_step"])
        names = tuple(str(name) for name in meta["persona_names"])
        maze = str(meta.get("maze_name", "the ville"))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedRun(f"{meta_path} lacks what is needed: {error!r}.", _REMEDY) from error
    if seconds < 1 or not names:
        raise DamagedRun(f"{meta_path} has sec_per_step {seconds} and {len(names)} personas.", _REMEDY)
    found = dict(_compressed(folder / MASTER) if compressed else _raw(folder / RAW))
    if not found:
        raise DamagedRun(f"{folder} has no step.", _REMEDY)
    strangers = sorted({name for step in found.values() for name in step} - set(names))
    if strangers:
        raise DamagedRun(f"{folder} has steps of {', '.join(strangers)}, whom {meta_path.name} doesn't name.", _REMEDY)
    return Movement(start, seconds, maze, names, tuple(found.get(step, {}) for step in range(max(found) + 1)))


def _compressed(path: Path) -> Iterator[tuple[int, dict[str, Row]]]:
    for step, people in _json(path).items():
        yield _step(path, step), {name: _row(path, step, name, row) for name, row in _items(path, step, people)}


def _raw(folder: Path) -> Iterator[tuple[int, dict[str, Row]]]:
    for path in folder.glob("*.json"):
        people = _json(path).get("persona")
        yield _step(path, path.stem), {n: _row(path, path.stem, n, r) for n, r in _items(path, path.stem, people)}


def _json(path: Path) -> dict[str, Any]:
    try:
        data = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DamagedRun(f"{path} is not there.", _REMEDY) from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise DamagedRun(f"{path} can't be read: {error}.", _REMEDY) from error
    if not isinstance(data, dict):
        raise DamagedRun(f"{path} holds a {type(data).__name__}; expected an object.", _REMEDY)
    return data


def _step(path: Path, text: str) -> int:
    if not text.isdecimal():
        raise DamagedRun(f"{path} has a step {text!r}; expected a number.", _REMEDY)
    return int(text)


def _items(path: Path, step: str, people: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(people, dict):
        raise DamagedRun(f"{path}, step {step}: no agents.", _REMEDY)
    yield from people.items()


def _row(path: Path, step: str, name: str, data: Any) -> Row:
    try:
        x, y = data["movement"]
        act, _, address = str(data["description"]).partition(" @ ")
        chat = tuple((str(who), str(what)) for who, what in data.get("chat") or ())
        return Row(int(x), int(y), act.strip(), address.strip(), str(data.get("pronunciatio", "")), chat)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedRun(f"{path}, step {step}, {name}: not a row of a movement ({error!r}).", _REMEDY) from error


def _date(text: str) -> dt.datetime:
    found = _DATE.fullmatch(text.strip())
    if found is None or found[1].lower() not in _MONTHS:
        raise ValueError(text)
    hour, minute, second = (int(part or 0) for part in found.groups()[3:])
    month = _MONTHS.index(found[1].lower()) + 1
    return dt.datetime(int(found[3]), month, int(found[2]), hour, minute, second)
