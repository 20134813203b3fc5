"""A hosted town: its process, started again when it dies, and the stream that its viewers follow.

Phases have deadlines: a process that neither ticks nor says why is ended and counted as dead. A restart resumes the
same run in a new epoch; what is asked meanwhile waits for it. What can't go on becomes `failed`, with the reason and
the last lines of the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, NoAnswer, TownEnded, TownFailed
from aitown.server import metrics
from aitown.server.child import Child, LogTail
from aitown.server.hub import Hub
from aitown.server.minds import Minds
from aitown.server.restarts import Death, Restarts
from aitown.server.silence import Silence
from aitown.wire.codes import ENDED

if TYPE_CHECKING:
    from logging import Logger
    from pathlib import Path

    from aitown.server.book import Entry


@dataclass(frozen=True)
class Deadlines:
    """Seconds: for the verdict on map and parameters, for compiling, between two beats of the loop, for stopping, and
    for a process that is started again while somebody asks for something.
    """

    hello: float = 120.0
    compiling: float = 120.0
    beat: float = 15.0
    stop: float = 8.0
    again: float = 20.0


class Supervisor:
    """Keeps one town alive.

    Args:
        entry: what the town is, and how it should run: `speed` and `play` are kept up to date.
        root: the server's folder; the entry's folder is relative to it.
        personas: for a new run, or None for those of the map.
        fork: of what a new run is a fork, as `start` says it.
    """

    def __init__(
        self,
        entry: Entry,
        root: Path,
        log: Logger,
        *,
        deadlines: Deadlines,
        personas: list[dict[str, Any]] | None = None,
        fork: dict[str, Any] | None = None,
    ) -> None:
        self.entry = entry
        self.hub = Hub()
        self.minds = Minds(self.request, self._tell, lambda viewer: self.hub.serve((viewer,)), log)
        self.hello: dict[str, Any] = {}
        self.personas: list[dict[str, Any]] = []
        self.tick = -1
        self.state = "starting"
        self.phase = "starting"
        self.speed = entry.speed
        self.reason = ""
        self.expects = 0.0
        self.lines = LogTail()
        self._personas = personas
        self._fork = fork
        self._root = root
        self._log = log
        self._deadlines = deadlines
        self._restarts = Restarts()
        self._child: Child | None = None
        self._failed_at: tuple[int, str, bool] | None = None
        self._heard = 0.0
        self._stopping = False
        self._keeper: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        """There is a process, or there will be none."""

    # for the registry

    async def open(self, *, resume: bool) -> None:
        """Start the first process and wait for its hello.

        Raises:
            AitownError: the town's own verdict, or TownFailed; nothing runs then.
        """
        await self._start(resume=resume)
        self._keeper = asyncio.create_task(self._keep(), name=f"aitown {self.entry.name}")

    async def request(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Ask the town something, in its own time.

        Raises:
            AitownError: its answer, or why there can be none.
        """
        if self._child is not None and self._child.gone:
            self._settled.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), self._deadlines.again)
        if self.state == "failed":
            raise TownFailed(f"{self.entry.name!r} has failed: {self.reason}.", "Open it again, or with fresh=True.")
        if self._stopping or self.state == "ended":
            raise TownEnded(f"{self.entry.name!r} has been stopped.", "Open it again.")
        if self._child is None:
            raise TownFailed(f"the process of {self.entry.name!r} is being started again.", "Try again in a moment.")
        return await self._child.request(kind, **fields)

    def _tell(self, message: dict[str, Any]) -> None:
        if self._child is not None:
            self._child.send(message)

    async def stop(self, reason: str = "stopped") -> None:
        """Have the town write all and end; returns within the deadline, whatever it does."""
        self._stopping = True
        child = self._child
        if child is not None and not child.exited.done():
            with contextlib.suppress(AitownError, TimeoutError):
                await asyncio.wait_for(child.request("stop"), self._deadlines.stop)
            child.hang_up()
            await asyncio.wait([child.exited], timeout=1.0)
            child.kill()
            await asyncio.wait([child.exited], timeout=2.0)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self._set("ended", self.phase, reason)
        self._settled.set()

    def close_viewers(self, code: int = ENDED, reason: str = "the town was stopped") -> None:
        self.hub.close(code, reason)

    async def wait_shown(self, seconds: float) -> None:
        """Wait for the first state.

        Raises:
            AitownError: TownFailed or TownEnded when none will come, NoAnswer after `seconds`.
        """
        shown = asyncio.ensure_future(self.hub.shown.wait())
        waits: set[asyncio.Future[Any]] = {shown}
        if self._keeper is not None:
            waits.add(self._keeper)
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            shown.cancel()
        if self.hub.shown.is_set():
            return
        if self.state == "failed":
            raise TownFailed(f"{self.entry.name!r} has failed: {self.reason}.", "Open it again, or with fresh=True.")
        if self.state == "ended":
            raise TownEnded(f"{self.entry.name!r} has been stopped.", "Open it again.")
        if self.expects:
            takes = f"this once, which takes about {self.expects:.0f} s"
            raise NoAnswer(f"{self.entry.name!r} is being compiled, {takes}, and has no state yet.", "Ask again then.")
        raise NoAnswer(f"{self.entry.name!r} is {self.phase} and has no state yet.", "Ask again in a moment.")

    def info(self) -> dict[str, Any]:
        """The `town` of the REST calls."""
        position = self.hub.stream.position
        return {
            **self.entry.public(),
            "state": self.state,
            "phase": self.phase,
            "speed": self.speed,
            "tick": self.tick,
            "clock": self._clock(),
            "epoch": position.epoch if position else None,
            "viewers": len(self.hub.viewers),
            "reason": self.reason,
            "lines": self.lines.lines[-20:] if self.state == "failed" else [],
        }

    def _clock(self) -> str | None:
        """The time at `tick`, which may be newer than what is shown."""
        if not self.hello:
            return self.entry.start
        seconds = max(0, self.tick) * self.hello["tick_seconds"]
        return (datetime.fromisoformat(self.hello["start"]) + timedelta(seconds=seconds)).isoformat()

    # what the process says

    def on_hello(self, hello: dict[str, Any]) -> None:
        self.hub.begin(secrets.token_hex(4), hello)
        self.hello = hello
        self.personas = list(hello.get("personas", ()))
        self.tick = hello["tick"]
        self._heard = asyncio.get_running_loop().time()

    def on_message(self, message: dict[str, Any]) -> None:
        self._heard = asyncio.get_running_loop().time()
        kind = message["type"]
        if kind == "events":
            self.hub.tell(message["events"])
        elif kind == "people":
            self.hub.stream.join(message["people"])
            for one in message["people"]:
                self.personas += [{}] * (one["npc"] + 1 - len(self.personas))
                self.personas[one["npc"]] = one["persona"]
        elif kind == "observe":
            self.minds.observe(message)
        elif kind == "beat":
            self.tick = message["tick"]
        elif kind == "phase":
            self.tick, self.speed = message["tick"], message["speed"]
            phase = message["phase"]
            self._set("starting" if phase == "compiling" else "running", phase, "", message.get("expects", 0.0))
        elif kind == "failed":
            self._failed_at = message["tick"], message["message"], bool(message.get("lasting"))
        else:
            self._log.debug("aitown | a message of type %r from the town %r", kind, self.entry.name)

    def on_frame(self, body: bytes) -> None:
        from aitown.wire import frames

        self._heard = asyncio.get_running_loop().time()
        schema = self.hub.stream.schema
        assert schema is not None, "no frame comes before the hello"
        frame, clock = frames.decode(body, schema)
        self.tick = frame.tick
        metrics.FRAMES.labels(self.entry.name).inc()
        metrics.TICK.labels(self.entry.name).set(frame.tick)
        self.hub.show(frame, clock)

    # lives

    async def _start(self, *, resume: bool) -> None:
        """Start a process and hear its hello."""
        self._failed_at = None
        self._set("starting", "starting", self.reason)
        child = await Child.spawn(self._start_message(resume=resume), self, self.lines, self._root)
        try:
            clock, silence = asyncio.get_running_loop().time, Silence(child.pid)
            began = clock()
            while not child.hello.done() and silence.lasts(began, clock()) < self._deadlines.hello:
                await asyncio.wait([child.hello], timeout=1.0)
            if not child.hello.done():
                raise TownFailed(f"no hello within {self._deadlines.hello:g} s.", "Look at the log of the town.")
            child.hello.result()
        except BaseException:
            child.kill()
            await asyncio.wait([child.exited])
            raise
        self._child = child
        self._settled.set()

    def _start_message(self, *, resume: bool) -> dict[str, Any]:
        entry = self.entry
        return {
            "town": entry.name,
            "run": entry.run,
            "folder": str(self._root / entry.folder),
            "map": entry.map,
            "npcs": entry.npcs,
            "seed": entry.seed,
            "personas": None if resume else self._personas,
            "fork": None if resume else self._fork,
            "systems": entry.systems,
            "start": entry.start,
            "tick_seconds": entry.tick_seconds,
            "speed": entry.speed,
            "play": entry.play,
            "resume": resume,
        }

    async def _keep(self) -> None:
        while True:
            death = await self._outlive()
            if self._stopping:
                return
            self._log.warning("aitown | the town %r: %s", self.entry.name, death.reason)
            while (delay := self._restarts.delay_after(death)) is not None:
                self._set("starting", "starting", f"{death.reason}; it is being started again")
                await asyncio.sleep(delay)
                metrics.RESTARTS.labels(self.entry.name).inc()
                try:
                    await self._start(resume=True)
                    self.minds.again()
                    break
                except TownFailed as error:
                    death = Death(error.message.rstrip("."), self.tick, 0.0, killed=True)
                except AitownError as error:
                    death = Death(error.message.rstrip("."), self.tick, 0.0, killed=False)
                    break
            if self._child is None:
                self._log.error("aitown | the town %r has failed: %s", self.entry.name, death.reason)
                self._set("failed", self.phase, death.reason)
                self._settled.set()
                return

    async def _outlive(self) -> Death:
        """Watch a process until it ends, or end it when it gives no sign of life."""
        child = self._child
        assert child is not None
        loop = asyncio.get_running_loop()
        began = loop.time()
        late, silence = False, Silence(child.pid)
        while not child.exited.done():
            await asyncio.wait([child.exited], timeout=1.0)
            limit = self._deadlines.compiling if self.phase == "compiling" else self._deadlines.beat
            was_late, late = late, silence.lasts(self._heard, loop.time()) > limit
            if late and was_late:  # twice, as this loop may have been the one that was stuck
                child.kill(f"no sign of life for {limit:g} s after tick {self.tick}")
        self._child = None
        self._settled.clear()
        code = child.exited.result()
        if self._failed_at is not None:
            tick, message, lasting = self._failed_at
            lived = loop.time() - began
            if lasting:
                return Death(message, tick, lived, killed=False, lasting=True)
            return Death(f"{message} (in the tick after {tick})", tick, lived, killed=False)
        outside = not child.fault and code in (-signal.SIGKILL, -signal.SIGTERM)
        return Death(child.how_it_ended(), self.tick, loop.time() - began, killed=outside)

    def _set(self, state: str, phase: str, reason: str, expects: float = 0.0) -> None:
        from aitown.wire.position import Status

        self.state, self.phase, self.reason, self.expects = state, phase, reason, expects
        self.hub.set_status(Status(state, phase, self.speed, reason, expects))
