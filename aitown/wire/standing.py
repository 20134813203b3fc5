"""Where a viewer stands in a stream, and what that makes it owed.

A standing is a value and `owed` a pure function, so viewers that stand together are owed the same: it is worked out
once for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from aitown.wire.dial import form_for
from aitown.wire.position import HEARTBEAT, Need, Position
from aitown.wire.websocket import Prepared

if TYPE_CHECKING:
    from aitown.wire.dial import Asked, Dial
    from aitown.wire.stream import Stream


class Standing(NamedTuple):
    """What a viewer asked for and what it has been sent.

    Args:
        versioned: it speaks the protocol.
        delta: updates may hold only what changed.
        form: of states.
        events: it wants events.
        position: the state that it was sent last.
        have: the state that it says it has, before it was sent any.
        told: how many events it has been told, and the id that follows; None before the first state.
        event: the id that it asked to be told from.
        status: the version of the status that it was told.
    """

    versioned: bool
    delta: bool
    form: Asked
    events: bool
    position: Position | None = None
    have: Position | None = None
    told: tuple[int, int] | None = None
    event: int | None = None
    status: int = -1


def begin(dial: Dial) -> Standing:
    """The standing of somebody who has just dialled."""
    return Standing(
        dial.versioned, dial.delta, dial.form, dial.events and dial.versioned, have=dial.have, event=dial.event
    )


def need(at: Standing, stream: Stream) -> Need | None:
    """The message with a state that somebody standing there is owed, if any."""
    newest = stream.position
    if newest is None or newest == at.position:
        return None
    if not at.versioned:
        first = at.position is None or at.position.epoch != newest.epoch
        return Need("plain full_state" if first else "plain state_update")
    form = form_for(at.form, stream.npcs)
    have = at.position or at.have
    if have is None or have.epoch != newest.epoch or have.seq > newest.seq:
        return Need("full_state", form, status=stream.status)
    return Need("state_update", form, have.seq if at.delta else None) if have.seq < newest.seq else None


def owed(at: Standing, stream: Stream) -> tuple[list[Prepared], Standing]:
    """What somebody standing there is owed, and where it stands when it has got that."""
    out, at = _state(at, stream)
    if at.versioned and at.status != stream.status_version:
        out.append(stream.status_message())
        at = at._replace(status=stream.status_version)
    return out, at


def _state(at: Standing, stream: Stream) -> tuple[list[Prepared], Standing]:
    """The newest state, after the events that led to it; but what begins an epoch comes before its events."""
    newest, wanted = stream.position, need(at, stream)
    if newest is None:
        return [], at
    begins = wanted is not None and wanted.kind != "state_update"
    out = []
    if not begins and at.position is None and at.have is not None:
        out.append(said("resumed", epoch=newest.epoch, seq=at.have.seq, hb=HEARTBEAT))
    news, told = _news(at, stream)
    if not begins:
        out += news
    if wanted is not None:
        out.append(stream.state().get(wanted))
    if begins:
        out += news
    status = stream.status_version if begins else at.status
    return out, at._replace(position=newest, have=None, told=told, event=None, status=status)


def _news(at: Standing, stream: Stream) -> tuple[list[Prepared], tuple[int, int] | None]:
    """Events since the last ones; of those before its first state only what it asked for."""
    if not at.events:
        return [], None
    now = stream.told, stream.next_event
    told = at.told
    if told is None:
        told = now if at.event is None else stream.told_before(at.event, at.have.epoch if at.have else None)
    return [stream.events_since(*told)] if told[0] < stream.told else [], now


def said(kind: str, /, **fields: Any) -> Prepared:
    """A message that carries no state."""
    return Prepared(orjson.dumps({"type": kind, **fields}))
