"""Values of plain data, read strictly: what an input needs, or an error for people."""

from __future__ import annotations

import difflib
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import orjson

from aitown.errors import BadPersona, InputRejected
from aitown.persona import DAYS, Persona, minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TEXT = 500
MAX_NAME = 100
MAX_BACKGROUND = 10_000
MAX_PERSONA = 50_000
_SHOWN = 5
_COMPARED = 80


def text(value: Any, what: str, least: int = 1, most: int = MAX_TEXT) -> str:
    """A text without the space around it, of `least` to `most` characters, that UTF-8 can write."""
    if not isinstance(value, str) or len(value.strip()) < least:
        raise InputRejected(f"{what} is {value!r:.80}; expected something to say.", "Give a text.")
    if len(value) > most:
        raise InputRejected(f"{what} has {len(value)} characters; expected at most {most}.", "Shorten it.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputRejected(
            f"{what} is {value!r:.80}, which is no Unicode text.", "Leave the odd character out."
        ) from None
    return value.strip()


def plain(value: Any) -> str:
    """A key as an error can show it, whatever it is."""
    return str(value).encode("ascii", "backslashreplace").decode()


def _names(names: Sequence[str]) -> str:
    return f"Names: {', '.join(names[:_SHOWN])}{f' … ({len(names)} in all)' if len(names) > _SHOWN else '.'}"


def one(value: Any, names: Sequence[str], what: str) -> int:
    """An id, from an id or a name."""
    if isinstance(value, str):
        if value in names:
            return names.index(value)
        near = difflib.get_close_matches(value[:_COMPARED], names, 3, 0.4)
        raise InputRejected(
            f"there is no {what} {value!r:.80}.", f"Did you mean {', '.join(near)}?" if near else _names(names)
        )
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= int(value) < len(names):
        raise InputRejected(
            f"{what} {value!r:.80} is not there; expected 0 to {len(names) - 1} or a name.",
            _names(names),
        )
    return int(value)


def some(value: Any, names: Sequence[str], what: str) -> tuple[int, ...]:
    """Ids in rising order, each once, from one id or name or a list of them."""
    those = value if isinstance(value, list | tuple) else [value]
    if not those:
        raise InputRejected(f"a list of no {what}.", 'Give ids or names, or "all".')
    return tuple(sorted({one(item, names, what) for item in those}))


def number(value: Any, low: float, high: float, what: str) -> float:
    """A finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not bool(low <= cast("Any", value) <= high):
        raise InputRejected(
            f"{what} is {value!r:.80}; expected a number from {low:g} to {high:g}.", "Give such a number."
        )
    found = float(value)
    return int(found) if found.is_integer() else found


def whole(value: Any, low: int, high: int, what: str) -> int:
    """A whole number from `low` to `high`."""
    found = number(value, low, high, what)
    if not isinstance(found, int):
        raise InputRejected(f"{what} is {value!r:.80}; expected a whole number.", f"Give {low} to {high}.")
    return found


def label(value: Any, labels: Sequence[str], what: str) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in labels:
        raise InputRejected(f"{what} is {value!r:.80}.", f"Expected one of: {', '.join(labels)}.")
    return value


def persona(value: Any) -> Persona:
    """Who somebody is, from a Persona or plain data."""
    try:
        found = value if isinstance(value, Persona) else Persona.from_json(value)
        if text(found.name, "the persona's name", most=MAX_NAME) != found.name:
            raise InputRejected(f"the name {found.name!r:.80} has space around it.", "Take it away.")
        for name in ("background", "home", "work", "occupation"):
            text(getattr(found, name), name, 0, MAX_BACKGROUND)
        if any(not isinstance(word, str) for word in (*found.traits, *found.ties)):
            raise InputRejected(f"{found.name}: traits and ties are named by words.", "See aitown.Persona.")
        if len(orjson.dumps(found.to_json())) > MAX_PERSONA:
            raise InputRejected(f"{found.name}: more than {MAX_PERSONA:,} bytes of persona.", "Shorten it.")
    except BadPersona as error:
        raise InputRejected(error.message, error.remedy) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputRejected(f"a persona that can't be read: {plain(error):.200}.", "See aitown.Persona.") from None
    return found


def time(value: Any) -> int | None:
    """Minutes since midnight, from "HH:MM"; None stays None."""
    if value is None:
        return None
    try:
        return minutes(value[:_COMPARED] if isinstance(value, str) else repr(value)[:_COMPARED])
    except BadPersona as error:
        raise InputRejected(error.message, error.remedy) from None


def days(value: Any) -> tuple[str, ...] | None:
    """Days of the week, from their short names; None stays None."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise InputRejected(f"workdays is {value!r:.80}; expected a list.", f"Use {', '.join(DAYS)}.")
    return tuple(sorted({label(day, DAYS, "a workday") for day in value}, key=DAYS.index))
