"""Minds of a town: who has which, what they were asked, what they answered, and who took too long.

Time on the wall counts here and nowhere else: what comes out are inputs, which the journal keeps with their tick. A
mind is silent when it gives no sign for its seconds while somebody waits for it. All that wait for it are then left to
the default, and it isn't asked again until it gives a sign, or for `REST_SECONDS`.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from aitown.errors import BadParameter
from aitown.mind.asking import Asker
from aitown.mind.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aitown.mind import Observation

log = logging.getLogger("aitown.mind")

Mode = Literal["lockstep", "paced"]
MODES = ("lockstep", "paced")
SECONDS = 10.0
"""How long a decision may take, unless somebody says otherwise."""
MOST_SECONDS = 3600.0
REST_SECONDS = 60.0
KEPT_LATE = 1_000


class Asked(Protocol):
    """What is asked: a mind of this process, or the way to one outside."""

    def ask(self, number: int, seen: Observation) -> None: ...
    def drop(self, number: int) -> None: ...


@dataclass(eq=False)
class Held:
    """A mind that decides here."""

    name: str
    asked: Asked
    mode: Mode
    seconds: float
    sign: float = 0.0  # when it last answered
    rests_until: float = 0.0

    def __post_init__(self) -> None:
        self.faults = Faults(self.name)


@dataclass(frozen=True)
class Open:
    """A question that waits for its answer."""

    npc: int
    held: Held
    tick: int
    since: float


@dataclass
class Minds:
    """The minds of one town.

    Args:
        clock: a monotonic clock in seconds.
        notify: called from any thread when an answer has come.
    """

    clock: Callable[[], float] = time.monotonic
    notify: Callable[[], None] = lambda: None
    of: dict[int, Held] = field(default_factory=dict)
    _open: dict[int, Open] = field(default_factory=dict)
    _late: dict[int, Held] = field(default_factory=dict)  # whose answers were given up
    _ready: dict[int, Any] = field(default_factory=dict)  # answers by NPC
    _came: queue.SimpleQueue[tuple[int | None, Any]] = field(default_factory=queue.SimpleQueue)
    _next: int = field(default_factory=lambda: secrets.randbits(30) << 20)  # so that no other life's answers fit

    # who has which

    def hold(self, mind: Any, name: str, mode: Mode, seconds: float) -> Held:
        """A mind of this process, ready to be given NPCs; the same object is asked in one place."""
        for held in self.of.values():
            if isinstance(held.asked, Asker) and held.asked.mind is mind:
                held.mode, held.seconds = mode, seconds
                return held
        return Held(name, Asker(mind, self.reply), mode, seconds)

    def give(self, npcs: Iterable[int], held: Held | None) -> None:
        """From now on this mind decides for these; None: none does."""
        for npc in npcs:
            self._drop(npc)
            self._ready.pop(npc, None)
            self.of.pop(npc, None)
            if held is not None:
                self.of[npc] = held

    def _drop(self, npc: int) -> None:
        for number in [number for number, question in self._open.items() if question.npc == npc]:
            self._open.pop(number).held.asked.drop(number)

    # questions and answers

    def waits_for(self, npc: int) -> bool:
        """Whether a question for this NPC is open, or its answer not taken yet."""
        return npc in self._ready or any(question.npc == npc for question in self._open.values())

    def ask(self, npc: int, seen: Observation) -> None:
        """Ask the mind of an NPC."""
        held, now = self.of[npc], self.clock()
        if now < held.rests_until:
            self._ready[npc] = TimeoutError(f"{held.name} is silent and was not asked")
            return
        number = self._next
        self._next += 1
        self._open[number] = Open(npc, held, seen.tick, now)
        held.asked.ask(number, seen)

    def reply(self, number: Any, answer: Any) -> None:
        """An answer, or what was raised instead. From any thread."""
        if not isinstance(number, int):
            number = None
        self._came.put((number, answer))
        self.notify()

    @property
    def waiting(self) -> bool:
        """Whether the town has to wait for somebody in lockstep."""
        return any(question.held.mode == "lockstep" for question in self._open.values())

    @property
    def deadline(self) -> float | None:
        """When the next mind will have been silent for too long, if any is asked."""
        return min((_deadline(question) for question in self._open.values()), default=None)

    def wait(self) -> None:
        """Until an answer comes or a mind has been silent for too long."""
        deadline = self.deadline
        if deadline is None:
            return
        with contextlib.suppress(queue.Empty):
            self._take(*self._came.get(timeout=max(0.0, deadline - self.clock())))

    def collect(self) -> list[tuple[int, Any]]:
        """The answers that are to be applied now, by NPC: those that came, once nobody is waited for in lockstep.

        An answer is a list of wishes, or an exception.
        """
        while True:
            try:
                self._take(*self._came.get_nowait())
            except queue.Empty:
                break
        self._expire()
        if self.waiting:
            return []
        found, self._ready = sorted(self._ready.items()), {}
        return found

    def ignore(self) -> None:
        """Nobody has a mind any more: what still comes is too late."""
        if not self._came.empty():
            self.collect()

    def _take(self, number: int | None, answer: Any) -> None:
        question = self._open.pop(number, None) if number is not None else None
        held = question.held if question else self._late.pop(number or 0, None)
        if held is not None:
            held.sign, held.rests_until = self.clock(), 0.0
        if question is None:
            log.warning("an answer that nobody waits for (any more) was ignored: %r", number)
            return
        self._ready[question.npc] = answer

    def _expire(self) -> None:
        now = self.clock()
        late = {number: question for number, question in self._open.items() if now >= _deadline(question)}
        for number, question in late.items():
            held = question.held
            del self._open[number]
            held.asked.drop(number)
            held.rests_until = now + REST_SECONDS
            self._late[number] = held
            self._ready[question.npc] = TimeoutError(f"no answer in {held.seconds:g} s")
        while len(self._late) > KEPT_LATE:
            del self._late[next(iter(self._late))]

    def close(self) -> None:
        """Nobody is asked any more."""
        self.give(list(self.of), None)


def _deadline(question: Open) -> float:
    return max(question.since, question.held.sign) + question.held.seconds


def check_mode(mode: Any) -> Mode:
    """How a town goes with its minds.

    Raises:
        BadParameter: unless it is "lockstep" or "paced".
    """
    if mode not in MODES:
        raise BadParameter(f"mode is {mode!r:.80}; expected lockstep or paced.", "In lockstep it waits for minds.")
    return "lockstep" if mode == "lockstep" else "paced"


def check_seconds(seconds: Any) -> float:
    """How long a decision may take.

    Raises:
        BadParameter: unless it is a number of seconds above 0, up to an hour.
    """
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 < seconds <= MOST_SECONDS:
        raise BadParameter(f"seconds is {seconds!r:.80}; expected a number above 0, up to 3600.", "10 is the default.")
    return float(seconds)
