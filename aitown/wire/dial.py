"""What a viewer asks for when it dials: the query of `/ws` and of `/state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from aitown.errors import BadParameter
from aitown.wire.position import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitown.wire.position import Form

VERSION = 1
Asked = Literal["rows", "cols", "bin", "auto"]
COLS_FROM = 1_000
BIN_FROM = 10_000
_LONGEST_EPOCH = 100
_MOST = 2**53


@dataclass(frozen=True)
class Dial:
    """One viewer's wishes.

    Args:
        versioned: it speaks the protocol; the others get whole states and nothing else.
        delta: updates may hold only what changed.
        form: of states.
        have: the state that it has already.
        event: the id of the next event that it wants; None is whatever comes.
        events: it wants events at all.
        hidden: nobody looks at it now.
    """

    versioned: bool = False
    delta: bool = False
    form: Asked = "rows"
    have: Position | None = None
    event: int | None = None
    events: bool = True
    hidden: bool = False

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Dial:
        """The wishes in a query, of which other parameters are ignored.

        Raises:
            BadParameter: for a value that can't be.
        """
        if "v" not in query:
            return cls()
        if _number(query, "v") < 1:
            raise BadParameter(f"v={query['v']!r:.40}; expected 1 or more.", "This server speaks version 1.")
        have = None
        if "epoch" in query or "seq" in query:
            if not 0 < len(query.get("epoch", "")) <= _LONGEST_EPOCH or "seq" not in query:
                raise BadParameter("epoch and seq belong together.", "Give both or neither.")
            have = Position(query["epoch"], _number(query, "seq"))
        return cls(
            versioned=True,
            delta=_flag(query, "delta", default=False),
            form=asked_form(query.get("fmt", "rows")),
            have=have,
            event=_number(query, "event") if "event" in query else None,
            events=_flag(query, "events", default=True),
            hidden=_flag(query, "hidden", default=False),
        )


def asked_form(said: str) -> Asked:
    """The form of states that `fmt` names.

    Raises:
        BadParameter: for another than rows, cols, bin and auto.
    """
    forms: tuple[Asked, ...] = get_args(Asked)
    if said not in forms:
        raise BadParameter(f"fmt={said!r:.40}; expected {', '.join(forms)}.", "See PROTOCOL.md.")
    return forms[forms.index(said)]


def form_for(asked: Asked, npcs: int) -> Form:
    """The form in which a town of `npcs` is sent: what was asked for, or what pays at that size."""
    if asked != "auto":
        return asked
    return "rows" if npcs < COLS_FROM else "cols" if npcs < BIN_FROM else "bin"


def _number(query: Mapping[str, str], name: str) -> int:
    said = query[name]
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(_MOST))):
        raise BadParameter(f"{name}={said!r:.40}; expected a whole number, 0 or more.", "See PROTOCOL.md.")
    return int(said)


def _flag(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    said = query.get(name, str(int(default)))
    if said not in ("0", "1"):
        raise BadParameter(f"{name}={said!r:.40}; expected 0 or 1.", "See PROTOCOL.md.")
    return said == "1"
