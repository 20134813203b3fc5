"""One viewer's side of a stream: what it has, so what it is owed, and what it asks for.

A viewer owns no queue of states. When there is room on its socket `due` gives the newest of everything that it hasn't
seen; what it missed meanwhile is gone. Only answers to what it asked itself wait for it, and of those a bounded number.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from aitown.errors import BadMessage, TooMany
from aitown.wire import plain
from aitown.wire.dial import VERSION, Dial
from aitown.wire.position import HEARTBEAT, Position
from aitown.wire.standing import begin, need, owed, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aitown.wire.position import Need
    from aitown.wire.stream import Stream
    from aitown.wire.websocket import Prepared

LIMIT = 64 * 1024
"""Most bytes of a message from a viewer."""
MOST_A_SECOND = 200
"""Most messages of a viewer in a second."""
MOST_ANSWERS = 1_000
"""Most answers that wait for a viewer; one that asks on and reads nothing is too slow."""
_LONGEST_ID = 100
_MOST_INPUTS = 100
_LONGEST_ERROR = 500
_LAST_NUMBER = 2**53

Id = str | int | None


class Request(NamedTuple):
    """Something that the server has to do for a viewer, with the right to `execute`.

    Args:
        kind: "input", "control" or "mind"; answered with `id`.
        id: the viewer's own.
        fields: the rest of the message.
    """

    kind: str
    id: Id
    fields: dict[str, Any]


class Decision(NamedTuple):
    """The answer of a viewer's mind to an `observe`."""

    ask: int
    inputs: list[dict[str, Any]]
    error: str | None = None


class Session:
    """What one viewer has been sent and is still to be sent.

    Args:
        dial: what it asked for.
        rights: what it may do: "read", and "execute" perhaps.

    Attributes:
        standing: where it stands in the stream.
        apart: it is owed something that others who stand there are not, or nothing while nobody looks.
    """

    __slots__ = (
        "_answers",
        "_count",
        "_greeted",
        "_owes_pong",
        "_rights",
        "_second",
        "apart",
        "dial",
        "hidden",
        "standing",
    )

    def __init__(self, dial: Dial | None = None, *, rights: Sequence[str] = ("read",)) -> None:
        self.dial = dial or Dial()
        self.hidden = self.dial.hidden
        self.standing = begin(self.dial)
        self._rights = list(rights)
        self._greeted = not self.dial.versioned
        self._owes_pong = False
        self._answers: deque[Prepared] = deque()
        self._second = 0
        self._count = 0
        self._look()

    @property
    def versioned(self) -> bool:
        """It speaks the protocol."""
        return self.dial.versioned

    @property
    def position(self) -> Position | None:
        """The state that it was sent last."""
        return self.standing.position

    # what comes from the viewer

    def receive(self, text: str | bytes, now: float) -> Request | Decision | None:
        """Take a message from the viewer; what the server has to do for it, if anything.

        Args:
            text: as it came.
            now: seconds of any monotonic clock.

        Raises:
            TooMany: for the 201st message in a second.
            BadMessage: when it is too long, no JSON object, of an unknown type or with fields of a wrong kind.
        """
        self._count_one(now)
        message = _read(text)
        kind = message.pop("type", None)
        read = _READERS.get(kind) if isinstance(kind, str) else None
        if read is None:
            raise BadMessage(f"a message of type {kind!r:.60}; expected {', '.join(_READERS)}.", "See PROTOCOL.md.")
        if not self.versioned:
            return None
        wish = read(self, message)
        self._look()
        return wish

    def answer(self, kind: str, /, **fields: Any) -> None:
        """Say this to the viewer when there is room.

        Raises:
            TooMany: when too much waits for it already.
        """
        if len(self._answers) >= MOST_ANSWERS:
            raise TooMany(f"{MOST_ANSWERS} answers wait to be read.", "Read them, or ask for less.")
        self._answers.append(said(kind, **fields))
        self.apart = True

    def _count_one(self, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if self._count > MOST_A_SECOND:
            raise TooMany(f"more than {MOST_A_SECOND} messages in a second.", "Send less.")

    def _look(self) -> None:
        self.apart = self.hidden or not self._greeted or self._owes_pong or bool(self._answers)

    def _ping(self, _: dict[str, Any]) -> None:
        self._owes_pong = True

    def _resync(self, message: dict[str, Any]) -> None:
        epoch: Any = message.get("epoch")
        seq: Any = message.get("seq")
        if not isinstance(epoch, str) or not _whole(seq):
            raise BadMessage("a resync without epoch and seq.", "Say which state you have.")
        self.standing = self.standing._replace(position=None, have=Position(epoch, seq))

    def _visibility(self, message: dict[str, Any]) -> None:
        hidden = message.get("hidden")
        if not isinstance(hidden, bool):
            raise BadMessage(f"visibility with hidden {hidden!r:.60}; expected true or false.", "See PROTOCOL.md.")
        self.hidden = hidden

    def _request(self, kind: str, message: dict[str, Any]) -> Request:
        number: Any = message.pop("id", None)
        named = isinstance(number, str) and len(number) <= _LONGEST_ID
        if not (number is None or named or _whole(number)):
            raise BadMessage(f"an id {number!r:.60}; expected a number or a short text.", "See PROTOCOL.md.")
        return Request(kind, number, message)

    def _decide(self, message: dict[str, Any]) -> Decision:
        ask: Any = message.get("ask")
        inputs: Any = message.get("inputs")
        if not _whole(ask):
            raise BadMessage(f"a decision on {ask!r:.60}; expected the `ask` of an `observe`.", "See PROTOCOL.md.")
        error: Any = message.get("error")
        if error is not None:
            if not isinstance(error, str):
                raise BadMessage(f"a decision with error {error!r:.60}; expected a text.", "See PROTOCOL.md.")
            return Decision(ask, [], error[:_LONGEST_ERROR])
        listed = isinstance(inputs, list) and len(inputs) <= _MOST_INPUTS
        if not listed or not all(isinstance(one, dict) for one in inputs):
            raise BadMessage(
                f"a decision of {inputs!r:.60}; expected at most {_MOST_INPUTS} inputs.", "Send a list of objects."
            )
        return Decision(ask, inputs)

    # what goes to it

    @property
    def wants_beat(self) -> bool:
        """A quiet link has to be shown to be alive."""
        return self.versioned and not self.hidden

    def need(self, stream: Stream) -> Need | None:
        """The message with a state that `due` would give, if any."""
        return None if self.hidden else need(self.standing, stream)

    def due(self, stream: Stream) -> list[Prepared]:
        """What this viewer is owed now, taken as sent; empty when it has all."""
        out: list[Prepared] = []
        if not self._greeted:
            self._greeted = True
            out.append(said("welcome", protocol=VERSION, rights=self._rights, hb=HEARTBEAT))
        if not self.hidden:
            news, self.standing = owed(self.standing, stream)
            out += news
        if self._answers:
            out += self._answers
            self._answers.clear()
        if self._owes_pong:
            self._owes_pong = False
            out.append(self.mark("pong"))
        self._look()
        return out

    def mark(self, kind: str) -> Prepared:
        """A message that says where this viewer stands."""
        epoch, seq = self.position or (None, 0)
        return said(kind, epoch=epoch, seq=seq)


def _read(text: str | bytes) -> dict[str, Any]:
    if isinstance(text, bytes):
        raise BadMessage("a binary message; expected JSON text.", "See PROTOCOL.md.")
    if len(text) > LIMIT:
        raise BadMessage(f"a message of {len(text)} characters; at most {LIMIT}.", "Send less.")
    message = plain.read(text)
    if not isinstance(message, dict):
        raise BadMessage(f"not a JSON object: {text[:40]!r}.", "See PROTOCOL.md.")
    return message


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_NUMBER


_READERS: Mapping[str, Callable[[Session, dict[str, Any]], Request | Decision | None]] = {
    "ping": Session._ping,  # noqa: SLF001 (its own, as a table)
    "resync": Session._resync,  # noqa: SLF001
    "visibility": Session._visibility,  # noqa: SLF001
    "input": lambda session, message: session._request("input", message),  # noqa: SLF001
    "control": lambda session, message: session._request("control", message),  # noqa: SLF001
    "mind": lambda session, message: session._request("mind", message),  # noqa: SLF001
    "decide": Session._decide,  # noqa: SLF001
}
