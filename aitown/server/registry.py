"""All towns of a server: names, runs, processes.

A name is known from its first `open` for ever. Asking for a known town starts its process if it isn't there: the
default town when it is first asked for, any other after the server has been started again. Whatever concerns one name
happens one after the other, so two that open it at once get the same process.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib
import json
import os
import re
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, BadParameter, TownDiffers, TownEnded, TownError, UnknownTown
from aitown.server import forks, metrics
from aitown.server.book import Book, Entry
from aitown.server.supervisor import Deadlines, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import Logger
    from pathlib import Path

MAX_NAME = 80
_SLUG = 40
_ASKED = ("map", "npcs", "seed", "personas", "start", "tick_seconds", "systems")
_KNOWN = frozenset({"name", "speed", "play", "fresh", "fork", *_ASKED})
_REPLACED = 1012


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a town; None is "as it is", or the default for a new one."""

    name: str
    map: Any = None
    npcs: int | None = None
    seed: int | None = None
    personas: list[dict[str, Any]] | None = None
    start: str | None = None
    tick_seconds: int | None = None
    systems: list[str] | None = None
    fork: dict[str, Any] | None = None
    speed: float | None = None
    play: bool | None = None
    fresh: bool = False

    @classmethod
    def from_json(cls, body: Any) -> Wish:
        """The wish that the body of `POST towns` is.

        Raises:
            BadParameter: for unknown fields, a bad name, or fields of a wrong type.
        """
        if not isinstance(body, dict):
            raise BadParameter("the body is not a JSON object.", 'Send {"name": …, …}.')
        if unknown := sorted(set(body) - _KNOWN):
            raise BadParameter(f"unknown fields {', '.join(unknown)}.", f"Known fields: {', '.join(sorted(_KNOWN))}.")
        check_name(body.get("name"))
        for key, kinds, expected in (
            ("map", str, "a name or a path"),
            ("npcs", int, "a whole number"),
            ("seed", int, "a whole number"),
            ("personas", list, "a list of objects"),
            ("start", str, "a date and time"),
            ("tick_seconds", int, "a whole number of seconds"),
            ("systems", list, 'a list of "module:Class"'),
            ("speed", (int, float), "ticks a second"),
            ("play", bool, "true or false"),
            ("fresh", bool, "true or false"),
        ):
            value = body.get(key)
            wrong = not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool)
            if value is not None and wrong:
                raise BadParameter(f"{key} is {value!r:.80}; expected {expected}.", "Mend that field or leave it out.")
        forks.check(body.get("fork"))
        if not all(isinstance(system, str) for system in body.get("systems") or ()):
            raise BadParameter(f"systems is {body['systems']!r:.80}.", 'Name each as "module:Class".')
        return cls(**{key: value for key, value in body.items() if value is not None})


def check_name(name: Any) -> str:
    """A name that a town may have.

    Raises:
        BadParameter: unless it is 1 to 80 printable characters without a slash.
    """
    if (
        not isinstance(name, str)
        or not 1 <= len(name) <= MAX_NAME
        or not name.isprintable()
        or name != name.strip()
        or set(name) & {"/", "\\"}
        or name in {".", ".."}  # in an address they are steps of the path
    ):
        raise BadParameter(
            f"{name!r:.100} can't be a town's name.", f"1 to {MAX_NAME} printable characters without slashes."
        )
    return name


class Registry:
    """The towns of one server.

    Args:
        root: the server's folder; maps and runs are named relative to it.
        runs: the folder for new runs and for the registry's own files.
        default: what the default town is opened with.
        max_towns: how many processes may run at once.
        max_viewers: how many sockets may be open at once.
    """

    def __init__(
        self,
        root: Path,
        runs: Path,
        log: Logger,
        *,
        default: Wish,
        max_towns: int,
        max_viewers: int = 2_000,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.default = default
        self.max_viewers = max_viewers
        self._root = root
        self._runs = runs
        self._log = log
        self._max_towns = max_towns
        self._deadlines = deadlines or Deadlines()
        self._book = Book(runs, log)
        self._towns: dict[str, Supervisor] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._starting: set[asyncio.Task[None]] = set()
        self._ending = False
        metrics.TOWNS.set_function(lambda: self.running)

    @property
    def viewers(self) -> int:
        """How many sockets watch towns."""
        return sum(len(town.hub.viewers) for town in self._towns.values())

    @property
    def running(self) -> int:
        """How many towns have a process, or are being given one."""
        return sum(town.state in ("starting", "running") for town in self._towns.values())

    def known(self, name: str) -> bool:
        return name in self._book.entries or name == self.default.name

    def all(self) -> list[dict[str, Any]]:
        """The `town` of every known name, without starting any."""
        return [self._info(name) for name in sorted(self._book.entries)]

    async def info(self, name: str) -> dict[str, Any]:
        """The `town` of one name; starts it unless it was stopped.

        Raises:
            UnknownTown: and what starting it may raise.
        """
        with contextlib.suppress(TownEnded):
            await self.get(name)
        return self._info(name)

    async def get(self, name: str) -> Supervisor:
        """The town of that name, in whatever state; its process is started if there is none.

        Raises:
            UnknownTown: for a name that was never opened.
            TownEnded: for one that was stopped.
            AitownError: what the town says when it can't start.
        """
        if not self.known(name):
            known = ", ".join(sorted({*self._book.entries, self.default.name}))
            raise UnknownTown(f"no town is called {name!r:.100}.", f"Open it first. Known: {known}.")
        async with self._locks[name]:
            if name in self._towns:
                return self._towns[name]
            entry = self._book.entries.get(name)
            if entry is None:
                return await self._create(self.default)
            if entry.ended:
                raise TownEnded(f"{name!r} was stopped; its history is in {entry.folder}.", "Open it again.")
            return await self._resume(entry)

    async def open(self, wish: Wish) -> tuple[Supervisor, bool]:
        """The town that is wished for, and whether it is a new one.

        Raises:
            TownDiffers: when one of that name is there with other parameters.
            AitownError: the verdict on map and parameters; nothing is left behind then.
        """
        async with self._locks[wish.name]:
            entry = self._book.entries.get(wish.name)
            if entry is None or entry.ended or wish.fresh:
                return await self._create(wish), True
            if wish.fork is not None:
                raise TownDiffers(f"{wish.name!r} is there already.", "Fork into another name, or fresh=True.")
            self._compare(wish, entry)
            town = self._towns.get(wish.name)
            if town is None or town.state == "failed":
                self._drop(wish.name)
                town = await self._resume(entry)
        if wish.speed is not None or wish.play is not None:
            play = entry.play if wish.play is None else wish.play
            await self.control(town, {"op": "play", "speed": wish.speed} if play else {"op": "pause"})
        return town, False

    async def control(self, town: Supervisor, order: Mapping[str, Any]) -> dict[str, Any]:
        """Play, pause or step; what is wished of the town now survives its process.

        Raises:
            AitownError: the town's answer.
        """
        done = await town.request("control", **{key: value for key, value in order.items() if value is not None})
        if self._towns.get(town.entry.name) is town:
            town.entry = self._book.change(town.entry.name, speed=done["speed"], play=order.get("op") == "play")
        return {key: done[key] for key in ("tick", "clock", "phase", "speed")}

    async def end(self, name: str) -> None:
        """Stop a town for good; its history stays.

        Raises:
            UnknownTown: for a name that was never opened.
        """
        if name not in self._book.entries:
            raise UnknownTown(f"no town is called {name!r:.100}.", "Nothing to stop.")
        async with self._locks[name]:
            self._book.change(name, ended=True)
            town = self._towns.pop(name, None)
            if town is not None:
                await town.stop()
                town.close_viewers()

    async def stop_all(self) -> None:
        """End all processes, and start none any more; the towns go on when the next server is asked for them."""
        self._ending = True
        for starting in self._starting:
            starting.cancel()
        towns = list(self._towns.values())
        self._towns.clear()
        for town in towns:
            town.close_viewers(1001, "the server stops")
        stopping = (town.stop("the server stops") for town in towns)
        await asyncio.gather(*stopping, *self._starting, return_exceptions=True)

    # how

    def _info(self, name: str) -> dict[str, Any]:
        if name in self._towns:
            return self._towns[name].info()
        entry = self._book.entries[name]
        return {
            **entry.public(),
            "state": "ended" if entry.ended else "asleep",
            "phase": "paused",
            "tick": None,
            "clock": None,
            "epoch": None,
            "viewers": 0,
            "reason": "",
            "lines": [],
        }

    async def _create(self, wish: Wish) -> Supervisor:
        """Start a new run; the name's earlier one is stopped only when this one is good."""
        run = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        slug = re.sub(r"[^\w.-]+", "-", wish.name)[:_SLUG].strip("-.") or "town"
        entry = Entry(
            name=wish.name,
            run=run,
            folder=self._relative(f"{slug}-{run}"),
            map=self._map(wish.map if wish.map is not None else wish.name),
            npcs=wish.npcs,
            seed=wish.seed,
            personas=_digest(wish.personas),
            start=wish.start,
            tick_seconds=wish.tick_seconds,
            systems=wish.systems,
            speed=10.0 if wish.speed is None else wish.speed,
            play=True if wish.play is None else wish.play,
        )
        fork = None
        if wish.fork is not None:
            entry, fork = forks.begun_as(entry, wish.fork, self._book.entries, self._root)
        town = await self._launch(entry, resume=False, personas=wish.personas, fork=fork)
        hello = town.hello
        entry = replace(
            entry,
            npcs=len(hello["names"]),
            seed=hello["seed"],
            start=hello["start"],
            tick_seconds=hello["tick_seconds"],
        )
        town.entry = entry
        old = self._towns.get(wish.name)
        try:
            self._book.put(entry)
        except OSError as error:
            await town.stop()
            raise TownError(f"{wish.name!r} can't be kept in {self._runs}: {error}.", "Mend the disk.") from error
        self._towns[wish.name] = town
        if old is not None:
            old.close_viewers(_REPLACED, "a new run begins")
            await old.stop("replaced by a new run")
        return town

    async def _resume(self, entry: Entry) -> Supervisor:
        town = self._towns[entry.name] = await self._launch(entry, resume=True)
        return town

    async def _launch(self, entry: Entry, *, resume: bool, personas: Any = None, fork: Any = None) -> Supervisor:
        if self.running >= self._max_towns:
            raise TownError(
                f"{self._max_towns} towns run on this server.", "Stop one of them, or raise AitownApp.max_towns."
            )
        # numpy comes with the first town, and not on the event loop.
        await asyncio.to_thread(importlib.import_module, "aitown.wire.stream")
        town = Supervisor(entry, self._root, self._log, deadlines=self._deadlines, personas=personas, fork=fork)
        try:
            await self._start(town, resume=resume)
        except AitownError:
            if not resume:
                with contextlib.suppress(OSError):
                    (self._root / entry.folder).rmdir()  # only ever an empty one
            raise
        return town

    async def _start(self, town: Supervisor, *, resume: bool) -> None:
        """Open a town, unless the server stops before or meanwhile."""
        if not self._ending:
            opening = asyncio.create_task(town.open(resume=resume))
            self._starting.add(opening)
            opening.add_done_callback(self._starting.discard)
            try:
                await opening
            except asyncio.CancelledError:
                if not self._ending:
                    raise
            else:
                return
        raise TownError("the server stops.", "Ask again when it is back.")

    def _drop(self, name: str) -> None:
        old = self._towns.pop(name, None)
        if old is not None:
            old.close_viewers(_REPLACED, "the town is started again")

    def _relative(self, folder: str) -> str:
        return os.path.relpath(self._runs / folder, self._root)

    def _map(self, spec: str) -> str:
        """A map's file is named relative to the server's folder; any other name goes to the town as it is."""
        path = self._root / spec
        return str(path) if os.path.isfile(path) else spec  # noqa: PTH113 (Path's raises for a name that is too long)

    def _compare(self, wish: Wish, entry: Entry) -> None:
        have = {**{key: getattr(entry, key) for key in _ASKED}}
        want = {key: getattr(wish, key) for key in _ASKED}
        if want["map"] is not None:
            want["map"] = self._map(want["map"])
        if want["personas"] is not None:
            want["personas"] = _digest(wish.personas)
        different = [key for key in _ASKED if want[key] is not None and not _same[key](want[key], have[key])]
        if different:
            told = ", ".join(
                key if key == "personas" else f"{key} {have[key]!r} (asked for {want[key]!r})" for key in different
            )
            raise TownDiffers(
                f"{wish.name!r} is there already with other parameters: {told}.",
                "Leave these out, use another name, or fresh=True for a new run.",
            )


def _digest(personas: list[dict[str, Any]] | None) -> str:
    if personas is None:
        return ""
    return hashlib.sha256(json.dumps(personas, sort_keys=True).encode()).hexdigest()


def _same_time(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except ValueError:
        return False


_same: Mapping[str, Callable[[Any, Any], bool]] = defaultdict(
    lambda: lambda one, other: bool(one == other), {"start": _same_time}
)
