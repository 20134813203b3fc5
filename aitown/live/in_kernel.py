"""A town that lives in a thread of this process, where there is no Jupyter server to host it."""

from __future__ import annotations

import atexit
import contextlib
import queue
import re
import secrets
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, BadCount, NoServer, TownDiffers, TownEnded, TownFailed
from aitown.live.asked import stretch_of
from aitown.live.comm import Comm
from aitown.pace import Runner, check_speed
from aitown.town.making import compiling_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

    from aitown.columns import Events
    from aitown.history import History
    from aitown.live.wish import Wish
    from aitown.town import Town
    from aitown.widget import Recorded, TownView


DEFAULT_SPEED = 10.0


class KernelHost:
    """A town that lives in a thread of this process."""

    def __init__(self, town: Town, *, speed: float, play: bool) -> None:
        self.town = town
        self._state = "running"
        self._reason = ""
        self._seen: tuple[int, datetime, str, float] = (town.tick, town.clock, "starting", speed)
        self.comm = Comm(town, stretch_of(self.history))
        self._runner = self.comm.runner = Runner(town, self, speed=check_speed(speed), play=play)
        self._thread = threading.Thread(target=self._live, name=f"aitown {town.name}", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            self.comm.status("running", "compiling", self._runner.speed, expects=compiling_seconds())
            self.town.prepare()
            self._runner.run()
            self.town.close()
            self._state = "ended"
            self.comm.close()
        except Exception as error:  # noqa: BLE001 (user code may raise anything)
            traceback.print_exc()
            self._state, self._reason = "failed", traceback.format_exception_only(error)[-1].strip()
            self._runner.end()
            self.comm.status("failed", "paused", 0, self._reason)

    def _ask(self, op: str, fields: dict[str, Any]) -> dict[str, Any]:
        if self._state == "failed":
            raise TownFailed(f"{self.town.name!r} has failed: {self._reason}.", "Open it with fresh=True.")
        answers: queue.SimpleQueue[dict[str, Any] | AitownError] = queue.SimpleQueue()
        self._runner.ask(op, fields, answers.put)
        try:
            answer = answers.get()
        except KeyboardInterrupt:
            if op == "step":  # else the town would go on as far as it was told to
                self._runner.ask("pause", {}, lambda _: None)
            raise
        if isinstance(answer, AitownError):
            raise answer
        return answer

    # the sink of its Runner

    def frame(self, town: Town) -> None:
        self._seen = (town.tick, town.clock, *self._seen[2:])
        self.comm.frame(town)

    def events(self, events: Events) -> None:
        self.comm.events(events)

    def phase(self, phase: str, tick: int, speed: float) -> None:  # noqa: ARG002
        self._seen = (*self._seen[:2], phase, speed)
        self.comm.status("running", phase, speed)

    def beat(self, tick: int, phase: str) -> None:  # noqa: ARG002
        self.comm.beat()

    # the host of a LiveTown

    def info(self) -> dict[str, Any]:
        town = self.town
        tick, clock, phase, speed = self._seen
        return {
            "name": town.name,
            "run": town.run_id,
            "folder": str(town.folder),
            "map": town.map.name,
            "npcs": len(town.personas),
            "seed": town.seed,
            "state": self._state,
            "phase": phase,
            "speed": speed,
            "tick": tick,
            "clock": clock.isoformat(),
            "reason": self._reason,
        }

    def control(self, op: str, **fields: Any) -> dict[str, Any]:
        return self._ask(op, fields)

    def input(self, given: dict[str, Any]) -> dict[str, int]:
        done = self._ask("input", given)
        return {"id": int(done["input"]), **{name: int(done[name]) for name in ("tick", "npc") if name in done}}

    def mind(self, npcs: Any, mind: Any, mode: str | None, seconds: float | None) -> list[int]:
        found: list[int] = self._ask("mind", {"npcs": npcs, "mind": mind, "mode": mode, "seconds": seconds})["npcs"]
        return found

    def npcs(self) -> pd.DataFrame:
        found: pd.DataFrame = self._ask("look", {"look": lambda town: town.npcs})["value"]
        return found

    def history(self) -> History:
        if self._state == "ended":
            return self.town.history
        found: History = self._ask("look", {"look": lambda town: town.history})["value"]
        return found

    def fork(self, name: str, tick: Any, *, replay: bool, play: bool) -> KernelHost:
        def make(town: Town) -> Town:
            return town.fork(tick, record=_new_folder(name), replay=replay, name=name)

        known = _kernel_towns.get(name)
        if known is not None and known.info()["state"] == "running":
            raise TownDiffers(f"{name!r} is there already.", "Fork into another name.")
        town: Town = self._ask("look", {"look": make})["value"]
        host = _kernel_towns[name] = KernelHost(town, speed=self.info()["speed"], play=play)
        atexit.register(host.stop)
        return host

    def stop(self) -> None:
        atexit.unregister(self.stop)
        if _kernel_towns.get(self.town.name) is self:
            del _kernel_towns[self.town.name]
        if self._state == "running":
            with contextlib.suppress(TownEnded):
                self._ask("stop", {})
        self._thread.join()

    def view(self, record: Callable[[], Recorded]) -> TownView:
        from aitown.widget import TownView

        town = self.town
        return TownView(town=town.name, run=town.run_id, kernel=True, record=record, hear=self.comm.receive)


_kernel_towns: dict[str, KernelHost] = {}


def open_here(wish: Wish, missing: NoServer) -> KernelHost:
    """The town that is wished for, hosted by this process; says so in one line."""
    from aitown.town import Town
    from aitown.town.showing import check_hostable

    known = _kernel_towns.get(wish.name)
    if known is not None and known.info()["state"] == "running" and not wish.fresh:
        _compare(known.town, wish)
        if wish.play is False:
            known.control("pause")
        elif wish.play or wish.speed is not None:
            known.control("play", **({} if wish.speed is None else {"speed": wish.speed}))
        return known
    check_hostable(wish.npcs)
    folder = _new_folder(wish.name)
    town = Town(
        map=wish.name if wish.map is None else wish.map,
        npcs=wish.npcs,
        seed=wish.seed,
        personas=wish.personas,
        systems=wish.systems or (),
        name=wish.name,
        record=folder,
        mode="paced",
    )
    try:
        check_hostable(len(town.names))
    except BadCount:
        town.close()
        raise
    if known is not None:
        known.stop()
    # A relative path: this line is kept in notebooks that are shared.
    print(f"{wish.name} is hosted by this kernel: {missing.message} Its history: {folder}")  # noqa: T201
    speed = DEFAULT_SPEED if wish.speed is None else wish.speed
    host = _kernel_towns[wish.name] = KernelHost(town, speed=speed, play=wish.play is not False)
    atexit.register(host.stop)  # after the town has registered its own, and so before it
    return host


def _new_folder(name: str) -> Path:
    slug = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "town"
    return Path("runs") / f"{slug}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def _compare(town: Town, wish: Wish) -> None:
    have: dict[str, Any] = {"npcs": len(town.personas), "seed": town.seed}
    told = [f"{key} {have[key]!r}" for key in have if getattr(wish, key) not in (None, have[key])]
    if isinstance(wish.map, str) and not Path(wish.map).is_file() and wish.map != town.map.name:
        told.append(f"map {town.map.name!r}")
    people = wish.people()
    if people is not None and [person["name"] for person in people] != [one.name for one in town.personas]:
        told.append("personas")
    if told:
        raise TownDiffers(
            f"{town.name!r} is there already with other parameters: {', '.join(told)}.",
            "Leave these out, use another name, or fresh=True for a new run.",
        )
