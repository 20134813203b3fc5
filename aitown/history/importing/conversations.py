"""Who says what, once each, from files that repeat the whole conversation for each speaker at each step.

The words have no times of their own: a conversation is there as a whole from its first step on, until its speakers
have none. So all of it is told at the step at which it first shows, in order, and what is added later when that shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aitown.history.importing.movement import Movement, Row

KINDS = ("said", "met", "parted")
_PERSONA = "<persona> "
Log = list[tuple[int, str, int, int, str]]
"""Step, kind, who, with whom, what."""


@dataclass
class _Talk:
    """An open conversation: its two, its words so far, and who still has it."""

    npc: int
    other: int
    words: tuple[tuple[str, str], ...] = ()
    holders: set[int] = field(default_factory=set)


def log(movement: Movement) -> Log:
    """Events of meeting, saying and parting, in order."""
    ids = {name: number for number, name in enumerate(movement.names)}
    out: Log = []
    open_now: dict[frozenset[int], _Talk] = {}
    for step, rows in enumerate(movement.steps):
        here = sorted((ids[name], row) for name, row in rows.items()) if rows else []
        ended = list(_let_go(open_now, here, ids))
        out += [(step, "parted", talk.npc, talk.other, "") for talk in ended]
        for npc, row in here:
            if row.chat:
                out += _go_on(open_now, step, npc, row, ids)
    return out


def _pair(npc: int, row: Row, ids: dict[str, int]) -> frozenset[int]:
    others = [ids[who] for who, _ in row.chat if who in ids and ids[who] != npc]
    if not others and row.address.startswith(_PERSONA):
        others = [ids[name] for name in (row.address.removeprefix(_PERSONA),) if name in ids]
    return frozenset((npc, others[0] if others else -1))


def _let_go(
    open_now: dict[frozenset[int], _Talk], here: Sequence[tuple[int, Row]], ids: dict[str, int]
) -> Iterator[_Talk]:
    """Conversations that nobody has any more, or that another one of the same two follows."""
    for npc, row in here:
        now = _pair(npc, row, ids) if row.chat else None
        for pair, talk in list(open_now.items()):
            if npc not in pair:
                continue
            if pair == now and row.chat[: len(talk.words)] == talk.words:
                continue
            talk.holders.discard(npc)
            if not talk.holders:
                del open_now[pair]
                yield talk


def _go_on(
    open_now: dict[frozenset[int], _Talk], step: int, npc: int, row: Row, ids: dict[str, int]
) -> Iterator[tuple[int, str, int, int, str]]:
    pair = _pair(npc, row, ids)
    talk = open_now.get(pair)
    if talk is None:
        first = ids.get(row.chat[0][0], npc)
        rest = [one for one in pair if one != first]
        talk = open_now[pair] = _Talk(first, rest[0] if rest else -1)
        yield step, "met", talk.npc, talk.other, ""
    elif row.chat[: len(talk.words)] != talk.words:
        return  # the other one still has the words of before
    talk.holders.add(npc)
    for who, what in row.chat[len(talk.words) :]:
        speaker = ids.get(who, -1)
        yield step, "said", speaker, talk.other if speaker == talk.npc else talk.npc, what
    talk.words = row.chat
