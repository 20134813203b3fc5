"""The process in which a hosted town lives: a Town on one side, the pipe on the other. `python -m aitown.process`.

stdin and stdout are the pipe of PROTOCOL.md; stderr is the log. What user code prints goes to the log, what it reads is
empty. The process ends when its stdin closes, however its parent ended.

Exit codes: 0 stopped, 1 failed while it ran, 2 refused to start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, BadMessage, InputRejected, RunError, TownFailed
from aitown.pace import Runner, check_speed
from aitown.persona import Persona
from aitown.town.making import compiling_seconds
from aitown.wire import frames, framing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aitown.columns import Events, Frame, Schema
    from aitown.pace import Result
    from aitown.town import Town

CONTROLS = ("play", "pause", "step")
EVENTS_AT_ONCE = 2_000
CLOSING_SECONDS = 10.0
"""How long an orphan may take to write what it has."""

STOPPED, FAILED, REFUSED = 0, 1, 2
_READ_BYTES = 1 << 16


class Outbox:
    """The pipe to the server: one thread writes, the newest frame wins.

    Nobody who hands something over ever waits. A frame that was not written when the next one comes is never
    written. Frames go before the answers that were given after them.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._ready = threading.Condition()
        self._messages: deque[dict[str, Any]] = deque()
        self._events: deque[dict[str, Any]] = deque(maxlen=EVENTS_AT_ONCE)
        self._beat: dict[str, Any] | None = None
        self._frame: tuple[Frame, str, Schema] | None = None
        self._before = 0
        self._named = 0  # how many people the server knows
        self._people: list[dict[str, Any]] = []
        self._closing = False
        self._thread = threading.Thread(target=self._write_all, name="pipe", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, message: dict[str, Any]) -> None:
        """Write at once, from the calling thread; only before `start`."""
        self._named = len(message.get("names", ()))
        self._put(framing.pack_json(message))

    def send(self, message: dict[str, Any]) -> None:
        with self._ready:
            self._messages.append(message)
            self._ready.notify()

    def close(self) -> None:
        """Write what waits, and no more."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        if self._thread.is_alive():
            self._thread.join()

    # the sink of a Runner

    def frame(self, town: Town) -> None:
        with self._ready:
            if self._frame is None:
                self._before = len(self._messages)
            self._frame = (town.frame, town.clock.isoformat(), town.schema)
            self._people += town.newcomers(self._named)
            self._named = len(town.names)
            self._ready.notify()

    def events(self, events: Events) -> None:
        with self._ready:
            self._events.extend(events.rows())

    def phase(self, phase: str, tick: int, speed: float) -> None:
        self.send({"type": "phase", "phase": phase, "tick": tick, "speed": speed})

    def compiling(self, tick: int, speed: float, expects: float) -> None:
        self.send({"type": "phase", "phase": "compiling", "tick": tick, "speed": speed, "expects": expects})

    def beat(self, tick: int, phase: str) -> None:
        with self._ready:
            self._beat = {"type": "beat", "tick": tick, "phase": phase}
            self._ready.notify()

    # the thread

    def _write_all(self) -> None:
        try:
            while parts := self._take():
                for part in parts:
                    self._put(part)
        except OSError:
            return  # the server is gone; stdin ends too, and that ends the process

    def _take(self) -> list[bytes]:
        """Everything that waits, in the order in which the server needs it; empty when all is done."""
        with self._ready:
            self._ready.wait_for(lambda: self._frame or self._messages or self._beat or self._closing)
            frame, beat = self._frame, self._beat
            people, self._people = self._people, []
            messages = list(self._messages)
            events = list(self._events) if frame or self._closing else []
            before, self._before = self._before, 0
            self._frame = self._beat = None
            self._messages.clear()
            if events:
                self._events.clear()
        news = [framing.pack_json({"type": "people", "people": people})] if people else []
        news += [framing.pack_json({"type": "events", "events": events})] if events else []
        if frame:
            news.append(framing.pack(framing.FRAME, frames.encode(*frame)))
        rest = [framing.pack_json(message) for message in (*messages, *((beat,) if beat else ()))]
        return rest[:before] + news + rest[before:]

    def _put(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._pipe, left) :]


def build(start: dict[str, Any]) -> Town:
    """The town that a `start` message describes.

    Raises:
        AitownError: the verdict on its map, number, parameters or folder.
    """
    from aitown.town.showing import check_hostable

    check_speed(start["speed"])
    check_hostable(start.get("npcs"))
    town = _build(start)
    check_hostable(len(town.names))
    return town


def _build(start: dict[str, Any]) -> Town:
    from aitown.town import Town

    if start.get("resume"):
        return Town.resume(start["folder"], mode="paced")
    systems = start.get("systems") or ()
    if fork := start.get("fork"):
        from aitown.town.forks import hosted

        return hosted(fork, systems, start["folder"], start["town"], start["run"])
    personas = start.get("personas")
    return Town(
        map=start["map"],
        npcs=start.get("npcs"),
        seed=start.get("seed"),
        personas=None if personas is None else [Persona.from_json(persona) for persona in personas],
        name=start["town"],
        run=start["run"],
        record=start["folder"],
        systems=systems,
        mode="paced",
        **{key: start[key] for key in ("start", "tick_seconds") if start.get(key) is not None},
    )


class Process:
    """One life of a town."""

    def __init__(self, pipe_in: int, pipe_out: int) -> None:
        self._messages = _messages(pipe_in)
        self._outbox = Outbox(pipe_out)
        self._runner: Runner | None = None
        self._stop: Any = None
        self._early = STOPPED  # the exit code if the pipe closes before the town lives

    def run(self) -> int:
        """From `start` to the end; returns the exit code."""
        start = next(self._messages, None)
        if start is None:
            return STOPPED
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        try:
            if start["type"] != "start":
                raise BadMessage(f"the first message is {start['type']!r}.", "Send `start` first.")
            town = build(start)
        except AitownError as error:
            return self._refuse(error)
        except Exception as error:  # noqa: BLE001 (whatever it is, the server has to hear of it)
            traceback.print_exc()
            return self._refuse(TownFailed(_last_line(error), "See the log."))
        return self._live(town, start)

    def _refuse(self, error: AitownError) -> int:
        self._early = REFUSED
        self._outbox.write({"type": "refused", **error.to_json()})
        return REFUSED

    def _live(self, town: Town, start: dict[str, Any]) -> int:
        outbox = self._outbox
        runner = self._runner = Runner(town, outbox, speed=start["speed"], play=start["play"])
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=self._end).start())
        outbox.write(town.hello())
        if town.map.no_art:
            print(town.map.no_art)  # noqa: T201 (into the log)
        outbox.start()
        try:
            outbox.compiling(town.tick, runner.speed, compiling_seconds())
            town.prepare()
            runner.run()
            expire(CLOSING_SECONDS)
            town.close()
        except Exception as error:  # noqa: BLE001 (user code may raise anything)
            traceback.print_exc()
            lasting = isinstance(error, RunError)  # a disk that is full still is when the next process starts
            outbox.send({"type": "failed", "tick": town.tick, "message": _last_line(error), "lasting": lasting})
            code = FAILED
        else:
            if self._stop is not None:
                outbox.send({"type": "done", "id": self._stop, "tick": town.tick})
            code = STOPPED
        expire(CLOSING_SECONDS)
        outbox.close()
        return code

    # the listening thread

    def _listen(self) -> None:
        try:
            for message in self._messages:
                self._obey(message)
        except BadMessage:
            traceback.print_exc()
        self._end()

    def _obey(self, message: dict[str, Any]) -> None:
        kind, request = message.pop("type"), message.pop("id", None)
        if self._runner is None or kind not in ("control", "input", "minds", "decide", "ties", "stop"):
            error = BadMessage(f"a message of type {kind!r} at this point.", "See PROTOCOL.md.")
            self._outbox.send({"type": "error", "id": request, **error.to_json()})
            return
        if kind == "stop":
            self._stop = request
            self._runner.ask("stop", {}, lambda _: None)
            return
        if kind == "decide":
            fault = message.get("error")
            self._runner.town.answer(
                message.get("ask"), message.get("inputs") if fault is None else InputRejected(str(fault))
            )
            return
        if kind == "minds":
            offer = {name: message.get(name) for name in ("mind", "npcs", "mode", "seconds")}
            self._runner.ask("minds", {**offer, "send": self._observe}, self._answer(request))
            return
        if kind == "ties":
            npc = message.get("npc")
            self._runner.ask("look", {"look": lambda town: town.ties(npc)}, self._answer(request))
            return
        op = message.pop("op", None) if kind == "control" else "input"
        self._runner.ask(op if kind == "input" or op in CONTROLS else "?", message, self._answer(request))

    def _observe(self, asked: dict[str, Any]) -> None:
        self._outbox.send({"type": "observe", **asked})

    def _answer(self, request: Any) -> Callable[[Result], None]:
        def reply(result: Result) -> None:
            if isinstance(result, AitownError):
                self._outbox.send({"type": "error", "id": request, **result.to_json()})
            else:
                self._outbox.send({"type": "done", "id": request, **result.get("value", result)})

        return reply

    def _end(self) -> None:
        """The server has gone, or this process is told to end."""
        if self._runner is None:
            os._exit(self._early)  # nothing has been written yet
        expire(CLOSING_SECONDS)
        self._runner.ask("stop", {}, lambda _: None)


def expire(seconds: float) -> None:
    """End this process in `seconds`, whatever its threads do then."""
    timer = threading.Timer(seconds, lambda: os._exit(FAILED))
    timer.daemon = True
    timer.start()


def _last_line(error: BaseException) -> str:
    if isinstance(error, RunError):
        return str(error).rstrip(".")
    return traceback.format_exception_only(error)[-1].strip()


def _messages(pipe: int) -> Iterator[dict[str, Any]]:
    """The JSON messages of a pipe until it closes.

    Raises:
        BadMessage: for anything else.
    """
    reader = framing.Reader()
    while data := os.read(pipe, _READ_BYTES):
        for message in reader.feed(data):
            yield framing.unpack_json(message.body)


def _take_pipes() -> tuple[int, int]:
    """The pipe, under numbers that nobody else knows; 0 reads nothing and 1 is the log from now on."""
    pipe_in, pipe_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return pipe_in, pipe_out


def main() -> int:
    """Live one life; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the server
    return Process(*_take_pipes()).run()


if __name__ == "__main__":
    sys.exit(main())
