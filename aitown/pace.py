"""A Town run at a pace and told what to do through an inbox: in the child process, or in a thread of a kernel.

The town is touched by one thread, the one that calls `Runner.run`. Everybody else asks; asked things are done between
ticks, in order. Whatever the speed, a state is published at most 20 times a second, and always after a pause, a step
and the start. Who is told that a step or a pause is done can read all of it in the history.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aitown.errors import AitownError, BadParameter, TownEnded, TownError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aitown.columns import Events
    from aitown.town import Town

PUBLISH_EVERY = 1 / 20
BEAT_EVERY = 1.0
MAX_LAG = 1.0
"""Seconds of ticks that are caught up with; what is later than that is let go."""
MAX_SPEED = 1e6
MAX_STEP = 10**9
MAX_WAITING = 10_000
"""Most commands that wait in the inbox."""
_BLOCK_SECONDS = 0.02
_MAX_BLOCK = 4096

MINDING: Mapping[str, Callable[..., tuple[int, ...]]] = {
    "mind": lambda town, **fields: town.mind(**fields),
    "minds": lambda town, **fields: town.mind_outside(**fields),
}

Result = dict[str, Any] | AitownError
"""What a command comes to: fields of the answer, or the error."""


class Sink(Protocol):
    """Where a runner's news go; called from its thread."""

    def frame(self, town: Town) -> None: ...
    def events(self, events: Events) -> None: ...
    def phase(self, phase: str, tick: int, speed: float) -> None: ...
    def beat(self, tick: int, phase: str) -> None: ...


class Pace:
    """Which ticks are due when: `speed` a second, counted from a fixed moment, so that it never drifts.

    Args:
        speed: ticks a second; 0 is as fast as possible.
        now: the moment from which ticks are counted, in seconds of any monotonic clock.
    """

    def __init__(self, speed: float, now: float) -> None:
        self.speed = speed
        self._from = now
        self._done = 0

    def due(self, now: float) -> float:
        """Ticks that should have been run by `now` and weren't; infinite at speed 0."""
        if not self.speed:
            return math.inf
        due = math.floor((now - self._from) * self.speed) - self._done
        allowed = max(1, math.floor(self.speed * MAX_LAG))
        if due > allowed:
            self._from += (due - allowed) / self.speed
            due = allowed
        return max(0, due)

    def next(self) -> float:
        """When the next tick is due."""
        return self._from + (self._done + 1) / self.speed if self.speed else self._from

    def did(self, ticks: int) -> None:
        self._done += ticks


@dataclass
class _Command:
    op: str
    fields: Mapping[str, Any]
    reply: Callable[[Result], None]


class Runner:
    """Runs a town until it is stopped.

    Args:
        town: prepared; belongs to the runner from now on.
        sink: where frames, events, phases and beats go.
        speed: ticks a second, 0 as fast as possible.
        play: start at once; else paused.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, town: Town, sink: Sink, *, speed: float, play: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.town = town
        self.speed = speed
        self._sink = sink
        self._clock = clock
        self._playing = play
        self._steps: deque[tuple[int, Callable[[Result], None]]] = deque()
        self._inbox: queue.Queue[_Command] = queue.Queue(MAX_WAITING)
        self._ended = False
        self._lock = threading.Lock()
        self._pace = Pace(speed, clock())
        self._block = 1
        self._behind = False
        self._waiting = False
        self._said_phase = ""
        self._woken = threading.Event()
        self._published_tick = -1
        self._published_at = -math.inf
        self._beaten_at = -math.inf

    @property
    def phase(self) -> str:
        if not self._playing and not self._steps:
            return "paused"
        return "waiting" if self._waiting else "running"

    def ask(self, op: str, fields: Mapping[str, Any], reply: Callable[[Result], None]) -> None:
        """Have `op` done between two ticks; `reply` is called with what came of it, from the runner's thread.

        `op` is "play" (`speed`), "pause", "step" (`ticks`), "input" (`kind` and its fields), "mind" (`npcs`, `mind`),
        "minds" (`mind`: the number of one outside, `npcs`, `send`), both with `mode` and `seconds`, "look" (`look`: a
        function of the town whose result comes as `value`) or "stop". May be called from any thread.
        """
        with self._lock:
            if self._ended:
                error: AitownError = TownEnded("this town has been stopped.", "Open it again.")
            else:
                try:
                    self._inbox.put_nowait(_Command(op, fields, reply))
                except queue.Full:
                    error = TownError(f"{MAX_WAITING} requests wait for this town.", "Ask again later.")
                else:
                    return
        reply(error)

    def run(self) -> None:
        """Run until "stop". An exception of the town comes out of here; what waits is answered in any case."""
        try:
            self._pace = Pace(self.speed, self._clock())
            self.town.call_on_answers(self._wake)
            self._say_phase()
            self._publish()
            while not self._ended:
                self._obey_all()
                if not self._ended:
                    self._advance()
        finally:
            self.end()

    # commands

    def _wake(self) -> None:
        """A mind has answered: look again whether the town can go on. From any thread."""
        if not self._woken.is_set():
            self._woken.set()
            with contextlib.suppress(queue.Full):
                self._inbox.put_nowait(_Command("wake", {}, lambda _: None))

    def _obey_all(self) -> None:
        """Do what was asked; wait for it until the next tick, publication or beat is due."""
        wait = self._wake_at() - self._clock()
        try:
            self._obey(self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait())
            while not self._ended:
                self._obey(self._inbox.get_nowait())
        except queue.Empty:
            pass

    def _obey(self, command: _Command) -> None:
        if command.op == "wake":
            self._woken.clear()
            return
        try:
            answer = self._do(command)
        except AitownError as error:
            answer = error
        if answer is not None:
            command.reply(answer)

    def _do(self, command: _Command) -> Result | None:
        fields = command.fields
        if command.op == "play":
            self._play(fields.get("speed"))
        elif command.op == "pause":
            self._halt()
        elif command.op == "step":
            self._step(fields.get("ticks", 1), command.reply)
            return None
        elif command.op == "input":
            accepted = self.town.input(**fields)
            return {"input": accepted.pop("id"), **accepted}
        elif command.op in MINDING:
            return {"tick": self.town.tick, "npcs": list(MINDING[command.op](self.town, **fields))}
        elif command.op == "look":
            return {"value": fields["look"](self.town)}
        elif command.op == "stop":
            self._finish_steps()
            self._publish()
            self._ended = True
        else:
            raise BadParameter(f"unknown op {command.op!r}.", 'Expected "play", "pause" or "step".')
        return self._where()

    def _play(self, speed: float | None) -> None:
        if speed is not None:
            self.speed = check_speed(speed)
        self._finish_steps()
        self._playing = True
        self._pace = Pace(self.speed, self._clock())
        self._say_phase()

    def _halt(self) -> None:
        self._finish_steps()
        self._playing = False
        self._publish()
        self.town.sync()
        self._say_phase()

    def _step(self, ticks: Any, reply: Callable[[Result], None]) -> None:
        start = self._steps[-1][0] if self._steps else self.town.tick
        self._steps.append((start + check_ticks(ticks), reply))
        self._playing = False
        self._say_phase()

    def _finish_steps(self) -> None:
        """Answer every step with the tick that it has come to."""
        if self._steps:
            self._publish()
            self.town.sync()
        while self._steps:
            self._steps.popleft()[1](self._where())

    def _where(self) -> dict[str, Any]:
        town = self.town
        return {"tick": town.tick, "clock": town.clock.isoformat(), "phase": self.phase, "speed": self.speed}

    # time

    def _wake_at(self) -> float:
        if (self._steps or self._behind) and not self._waiting:
            return -math.inf
        wake = self._beaten_at + BEAT_EVERY
        if self._waiting and self.phase == "waiting":
            return min(wake, self.town.patience(self._clock()))
        if self._playing:
            # Faster than 20 a second, several ticks make one publication.
            wake = min(wake, max(self._pace.next(), self._published_at + PUBLISH_EVERY if self.speed else -math.inf))
        return wake

    def _advance(self) -> None:
        now = self._clock()
        if now >= self._beaten_at + BEAT_EVERY:
            self._beaten_at = now
            self._sink.beat(self.town.tick, self.phase)
            if self.phase != self._said_phase:
                self._say_phase()
        due = self._steps[0][0] - self.town.tick if self._steps else self._pace.due(now) if self._playing else 0
        ticks = int(min(due, self._block))
        ran = self._go(ticks)
        self._behind = ran < due and not self._waiting
        if not ran:
            return
        self._fit_block(ran, self._clock() - now)
        if not self._steps:
            self._pace.did(ran)
        if self._clock() >= self._published_at + PUBLISH_EVERY:
            self._publish()
        self._finish_reached()

    def _go(self, ticks: int) -> int:
        """Run some ticks, or as many as go before a mind has to be waited for; returns how many."""
        ran, self._waiting = 0, False
        if not self.town.minded:
            self.town.step(ticks)
            ran = ticks
        while ran < ticks and not self._waiting:
            more = self.town.try_step(ticks - ran)
            ran += more
            self._waiting = not more
        if ran and self._said_phase == "waiting":
            self._say_phase()
        return ran

    def _finish_reached(self) -> None:
        while self._steps and self.town.tick >= self._steps[0][0]:
            self._publish()
            self.town.sync()
            _, reply = self._steps.popleft()
            if not self._steps:
                self._say_phase()
            reply(self._where())

    def _fit_block(self, ticks: int, seconds: float) -> None:
        """Ticks run in one go take about 20 ms, so that commands and beats are never far away."""
        if seconds > 2 * _BLOCK_SECONDS:
            self._block = max(1, self._block // 2)
        elif ticks == self._block and seconds < _BLOCK_SECONDS:
            self._block = min(_MAX_BLOCK, self._block * 2)

    # news

    def _publish(self) -> None:
        if self._published_tick == self.town.tick:
            return
        self._published_tick = self.town.tick
        self._published_at = self._clock()
        events = self.town.events()
        if len(events):
            self._sink.events(events)
        self._sink.frame(self.town)

    def _say_phase(self) -> None:
        self._said_phase = self.phase
        self._sink.phase(self.phase, self.town.tick, self.speed)

    def end(self) -> None:
        """Nothing more is done: what waits is answered, and so is whoever asks from now on."""
        with self._lock:
            self._ended = True
        ended = TownEnded("the town was stopped before that was done.", "Open it again.")
        while self._steps:
            self._steps.popleft()[1](ended)
        while not self._inbox.empty():
            self._inbox.get_nowait().reply(ended)


def check_speed(speed: Any) -> float:
    """`speed` in ticks a second.

    Raises:
        BadParameter: unless it is a number from 0 (as fast as possible) to a million.
    """
    number = isinstance(speed, int | float) or hasattr(speed, "__index__")
    if isinstance(speed, bool) or not number or not 0 <= speed <= MAX_SPEED:
        raise BadParameter(
            f"speed {speed!r}; expected 0 to {MAX_SPEED:.0f} ticks a second.", "0 is as fast as it goes."
        )
    return float(speed)


def check_ticks(ticks: Any) -> int:
    """A number of ticks to step.

    Raises:
        BadParameter: unless it is a whole number from 1 to a thousand million.
    """
    if isinstance(ticks, bool) or not hasattr(ticks, "__index__") or not 1 <= ticks <= MAX_STEP:
        raise BadParameter(f"{ticks!r} ticks; expected a whole number, 1 to {MAX_STEP}.", "Say how many ticks to run.")
    return int(ticks)
