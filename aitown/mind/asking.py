"""Asking a mind of this process: in a thread, so that one that hangs holds up nobody but itself."""

from __future__ import annotations

import asyncio
import inspect
import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aitown.mind.observation import Mind, Observation

    Reply = Callable[[int, Any], None]


IDLE_SECONDS = 10.0


class Asker:
    """Asks one mind, one question after the other; those of an async mind run at the same time.

    Its threads end when nothing was asked for a while.

    Args:
        mind: what is asked.
        reply: told `(number, answer)`, or `(number, exception)`, from another thread.
    """

    def __init__(self, mind: Mind, reply: Reply) -> None:
        self.mind = mind
        self._reply = reply
        self._questions: queue.Queue[tuple[int, Observation]] = queue.Queue()
        self._dropped: set[int] = set()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._works = False

    def ask(self, number: int, seen: Observation) -> None:
        """Put a question; its answer comes by `reply`."""
        with self._lock:
            self._questions.put((number, seen))
            if not self._works:
                self._works = True
                threading.Thread(target=self._work, name="aitown mind", daemon=True).start()

    def drop(self, number: int) -> None:
        """Nobody waits for this answer any more: it is not begun, or cancelled if it is async."""
        with self._lock:
            self._dropped.add(number)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._cancel, number)

    # the thread

    def _work(self) -> None:
        while question := self._next():
            number, seen = question
            if not self._is_dropped(number):
                self._ask(number, seen)

    def _next(self) -> tuple[int, Observation] | None:
        try:
            return self._questions.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            pass
        with self._lock:
            self._works = not self._questions.empty()
            if not self._works and self._loop is not None and not self._running:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None
            return self._questions.get_nowait() if self._works else None

    def _is_dropped(self, number: int) -> bool:
        with self._lock:
            found = number in self._dropped
            self._dropped.discard(number)
            return found

    def _ask(self, number: int, seen: Observation) -> None:
        try:
            answer = self.mind.decide(seen)
        except BaseException as error:  # noqa: BLE001 (a researcher's mind may raise anything, SystemExit too)
            answer = error  # type: ignore[assignment]
        if inspect.isawaitable(answer):
            self._start(number, answer)
        else:
            self._is_dropped(number)
            self._reply(number, answer)

    # the event loop of an async mind, in a second thread

    def _start(self, number: int, answer: Awaitable[Any]) -> None:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_spin, args=(self._loop,), name="aitown async mind", daemon=True).start()
            self._loop.call_soon_threadsafe(self._begin, number, answer)

    def _begin(self, number: int, answer: Awaitable[Any]) -> None:
        with self._lock:
            self._running[number] = asyncio.ensure_future(self._await(number, answer))
            if number in self._dropped:
                self._running[number].cancel()

    async def _await(self, number: int, answer: Awaitable[Any]) -> None:
        try:
            result: Any = await answer
        except BaseException as error:  # noqa: BLE001
            result = error
        with self._lock:
            self._running.pop(number, None)
            self._dropped.discard(number)
        self._reply(number, result)

    def _cancel(self, number: int) -> None:
        task = self._running.get(number)
        if task is not None:
            task.cancel()


def _spin(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()
