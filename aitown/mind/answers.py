"""What a mind may answer: where its NPC goes, and what it says and tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aitown.errors import InputRejected

if TYPE_CHECKING:
    from aitown.mind.observation import Answer

KINDS = ("decide", "say", "tell")
MOST = 8
_OWNER = {"decide": "npc", "say": "by", "tell": "by"}


def go(place: int | str | None = None, doing: str = "", *, why: str = "", minutes: float = 0) -> dict[str, Any]:
    """A decision.

    Args:
        place: where to go, by id or name; None stays.
        doing: what to do there: "sleeping", "waking", "eating", "working", "studying", "shopping", "relaxing",
            "socialising", "at home", "housekeeping" or "caring"; "" does what one does in such a place.
        why: for people, up to 500 characters; the text of the `decided` event.
        minutes: for how long from now, the way included, 1 to 1440; 0 takes half an hour.
    """
    where = {} if place is None else {"place": place}
    return {"kind": "decide", **where, "doing": doing, "why": why, "minutes": minutes}


def say(text: str, to: int | str | None = None) -> dict[str, Any]:
    """Something that the NPC says, to another one or to nobody in particular; up to 500 characters."""
    return {"kind": "say", "text": text, "to": to}


def tell(fact: str, to: int | str) -> dict[str, Any]:
    """A fact that the NPC knows, told to one in the same place, who believes it or not.

    A fact that it doesn't know, or somebody who isn't there, is a `mind_error` event.
    """
    return {"kind": "tell", "fact": fact, "to": to}


def wishes(answer: Answer, npc: int, name: str) -> list[dict[str, Any]]:
    """The answer of a mind as inputs of its NPC: what it says and tells, then what it decides, if it does.

    Raises:
        InputRejected: for what isn't an answer, or concerns somebody else.
    """
    those = [] if answer is None else [answer] if isinstance(answer, Mapping) else answer
    if not isinstance(those, list | tuple) or len(those) > MOST:
        raise InputRejected(
            f"a mind answered {_said(those)}; expected up to {MOST} inputs.",
            "Answer with go(…), say(…), tell(…), a list of these, or None.",
        )
    made = [_one(wish, npc, name) for wish in those]
    decisions = [wish for wish in made if wish["kind"] == "decide"]
    if len(decisions) > 1:
        raise InputRejected(f"a mind decided {len(decisions)} things at once.", "Answer with one decision.")
    return [wish for wish in made if wish["kind"] != "decide"] + decisions


def _one(wish: Any, npc: int, name: str) -> dict[str, Any]:
    kind = wish.get("kind") if isinstance(wish, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputRejected(f"a mind answered {_said(wish)}; expected a decision or something said.", "See go and say.")
    owner = wish.get(_OWNER[kind], npc)
    if isinstance(owner, bool) or owner not in (npc, name):
        raise InputRejected(f"the mind of {name} decided for {owner!r:.80}.", "It decides for the NPC that it sees.")
    return {**wish, _OWNER[kind]: npc}


def _said(answer: Any) -> str:
    """An answer as a sentence names it: the same in each run, so without the addresses that most objects print."""
    plain = isinstance(answer, str | int | float | bool | bytes | list | tuple | Mapping)
    said = repr(answer)
    return f"{said:.80}" if plain and " at 0x" not in said else f"an object of type {type(answer).__name__}"
