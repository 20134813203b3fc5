"""Inputs: everything that comes into a town from outside. Plain data in, checked; the journal keeps them as JSON."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from aitown.errors import InputRejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_TEXT = 500


@dataclass(frozen=True)
class Say:
    """Somebody outside speaks.

    Args:
        text: 1 to 500 characters.
        to: the id of the NPC that is spoken to, who answers if it is awake; -1 speaks to the town.
        by: the id of the NPC whose voice it is; -1 is the researcher.
    """

    kind: ClassVar[str] = "say"
    text: str
    to: int = -1
    by: int = -1


@dataclass(frozen=True)
class Move:
    """An NPC is asked to go to a place; it goes at once and stays for `Parameters.asked_minutes`."""

    kind: ClassVar[str] = "move"
    npc: int
    place: int


Input = Say | Move
_KINDS: Mapping[str, type[Say | Move]] = {"say": Say, "move": Move}


def to_json(given: Input) -> dict[str, Any]:
    """The input as the journal keeps it, with ids."""
    return {"kind": given.kind, **asdict(given)}


def parse(data: Mapping[str, Any], npcs: Sequence[str], places: Sequence[str]) -> Input:
    """An input from plain data; NPCs and places are given by id or by name.

    Raises:
        InputRejected: for an unknown kind, NPC or place, unknown or missing fields, or a bad text.
    """
    given = dict(data)
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputRejected(f"there is no input {kind!r}.", f"Known kinds: {', '.join(_KINDS)}.")
    readers: dict[str, Callable[[Any], Any]] = {
        "text": _text,
        "to": lambda value: _id(value, npcs, "NPC", none=True),
        "by": lambda value: _id(value, npcs, "NPC", none=True),
        "npc": lambda value: _id(value, npcs, "NPC", none=False),
        "place": lambda value: _id(value, places, "place", none=False),
    }
    wanted = [item.name for item in fields(_KINDS[kind])]
    unknown = sorted(set(given) - set(wanted))
    missing = [name for name in wanted if name not in given and name not in {"to", "by"}]
    if unknown or missing:
        fault = f"unknown fields {', '.join(unknown)}" if unknown else f"{', '.join(missing)} missing"
        raise InputRejected(f"{kind}: {fault}.", f"Fields of {kind}: {', '.join(wanted)}.")
    return _KINDS[kind](**{name: readers[name](value) for name, value in given.items()})


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputRejected(f"the text is {value!r}; expected something to say.", "Give a text.")
    if len(value) > MAX_TEXT:
        raise InputRejected(f"a text of {len(value)} characters; expected at most {MAX_TEXT}.", "Shorten it.")
    return value.strip()


def _id(value: Any, names: Sequence[str], what: str, *, none: bool) -> int:
    if none and (value is None or value == -1):
        return -1
    if isinstance(value, str):
        if value in names:
            return names.index(value)
        near = difflib.get_close_matches(value, names, 3, 0.4) or list(names[:5])
        raise InputRejected(f"there is no {what} {value!r}.", f"Did you mean {', '.join(near)}?")
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= int(value) < len(names):
        raise InputRejected(
            f"{what} {value!r} is not there; expected 0 to {len(names) - 1} or a name.",
            f"Names: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}",  # noqa: PLR2004
        )
    return int(value)
