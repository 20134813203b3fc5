"""Town: a model with its history, in this process.

Rules:

1. The model is pure; this module has the seed that was drawn, the folder, the journal and the pace of checkpoints.
2. An input is in the journal before it is accepted, with the tick at whose beginning it is applied: the next one.
3. What is recorded is what ran: nothing is written twice and no tick is left out, also after a crash. `resume` takes
   the newest checkpoint, replays the journal up to the last tick that is on the disk, and goes on from there.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from aitown.acts import Acts
from aitown.errors import BadParameter, TownEnded
from aitown.town import given, showing
from aitown.town import systems as own
from aitown.town.basis import Basis
from aitown.town.forks import Forks, new_run_id, now
from aitown.town.minded import Minded
from aitown.town.minds import Mode, check_mode
from aitown.town.recording import Recording, check_schema
from aitown.town.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from aitown.columns import Events, Frame, Schema
    from aitown.history import History
    from aitown.persona import Persona
    from aitown.sim.map import TownMap
    from aitown.town.past import Past


DEFAULT_START = "2025-03-03T06:00"


class Town(Acts, Minded, Forks):
    """A town that lives in this process. A context manager that closes it.

    Args:
        map: a built-in name ("riverbend", "city"), a Tiled file or a `TownMap`.
        npcs: how many; None takes the map's own people. With `personas` it is their number.
        seed: 0 to 2⁶³ − 1; None draws one, prints it and keeps it.
        personas: who lives here: a sequence of `Persona`, a DataFrame, or a CSV or JSON file. None takes the map's own
            people and draws others.
        name: of the town; None takes the map's.
        start: the clock at tick 0.
        tick_seconds: simulated seconds in a tick.
        record: folder for the history, which must not exist; None records nothing until `run`.
        record_every: every how many ticks a frame is recorded; "auto" is 1 up to 1,000 NPCs, 6 up to 10,000, else 60.
        parameters: the rates and times of the systems, see `aitown.sim.parameters`.
        systems: rules of your own that run beside the built-in ones: objects, functions, or "module:Class"; see
            `aitown.system`.
        minds: who decides for whom instead of the default, by NPC or "all", see `mind`.
        mode: "lockstep": the town waits for minds, so that how long they take changes nothing; "paced": it goes on.
        run: the run's id; None makes one.

    Raises:
        MapError, BadParameter, BadPersona, BadCount: for what can't be; nothing is created then.
        RunExists: if there is something in the folder `record`.
    """

    def __init__(
        self,
        map: str | Path | TownMap = "riverbend",  # noqa: A002 (its public name)
        npcs: int | None = 25,
        seed: int | None = None,
        *,
        personas: Sequence[Persona] | pd.DataFrame | str | Path | None = None,
        name: str | None = None,
        start: str | datetime = DEFAULT_START,
        tick_seconds: int = 10,
        record: str | Path | None = None,
        record_every: int | Literal["auto"] = "auto",
        parameters: Mapping[str, float] | None = None,
        systems: Iterable[Any] = (),
        minds: Mapping[Any, Any] | None = None,
        mode: Mode = "lockstep",
        run: str | None = None,
    ) -> None:
        from aitown import towns
        from aitown.sim import clock
        from aitown.sim.model import check_seed
        from aitown.sim.parameters import Parameters
        from aitown.sim.setup import check_people

        check_mode(mode)
        folder = None if record is None else given.folder(record)
        self.start = clock.parse_start(start)
        self.tick_seconds = clock.check_tick_seconds(tick_seconds)
        self.seed = check_seed(secrets.randbits(32) if seed is None else seed)
        self.parameters = Parameters.from_json(parameters or {})
        if personas is None:
            self.map, self.personas = towns.load(map, npcs, self.seed)
        else:
            people = given.personas(personas)
            self.map, _ = towns.load(map, len(people), self.seed)
            self.personas = towns.assign(self.map, people)
        check_people(self.map, self.personas)
        self.systems = own.declared(systems, self.tick_seconds)
        self.record_every = given.cadence(record_every, len(self.personas))
        self.name = name or self.map.name
        self.run_id, self.created = run or new_run_id(), now()
        self.parent: dict[str, Any] | None = None
        self._set_up(None, minds, mode)
        if folder is not None:
            self._running.record(folder)
        if seed is None:
            print(f"seed: {self.seed}")  # noqa: T201 (the only way to run it again)

    def _set_up(
        self, recording: Recording | None, minds: Mapping[Any, Any] | None, mode: Mode, past: Past | None = None
    ) -> None:
        from aitown.sim.model import Model

        self.schema: Schema = Model.schema
        if self.systems:
            from aitown.sim.own import schema_with

            self.schema = schema_with(self.systems)
        self._running = Running(self, recording, mode, past)
        self._deciding = self._running.deciding
        self._frame: Frame | None = None
        self._closed = False
        for npcs, mind in given.minds(minds).items():
            self.mind(npcs, mind)

    @classmethod
    def resume(
        cls,
        folder: str | Path,
        *,
        systems: Iterable[Any] = (),
        minds: Mapping[Any, Any] | None = None,
        mode: Mode = "lockstep",
    ) -> Town:
        """Continue a run at the last tick that is in its history.

        Minds and systems that were given by name are made again. Give the others once more; without its mind, which
        has to come before the first step, the default takes over from an NPC, and the log says so.

        Raises:
            UnknownRun, DamagedRun: if there is none, or it can't be continued.
            RunError: while another process writes it.
        """
        from aitown.history import RunWriter

        writer = RunWriter.resume(folder)
        try:
            said = writer.manifest
            town = cls.__new__(cls)
            Basis.read(writer.folder, said).give(town)
            town.systems = own.again(said.get("systems", ()), systems, town.tick_seconds)
            town.run_id, town.created, town.parent = said["run"], said["created"], said.get("parent")
            town._set_up(Recording(writer), minds, mode)  # noqa: SLF001 (its own)
            check_schema(writer, town.schema)
        except BaseException:
            writer.close("interrupted")
            raise
        return town

    # Now

    @property
    def tick(self) -> int:
        """The newest tick that ran."""
        return self._running.tick

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all who were, are or will be here by the journal; an NPC's id is its position."""
        return self._running.inbox.roster.names

    @property
    def people(self) -> tuple[Persona | None, ...]:
        """Who they are, in the same order; `personas` are those who were there at tick 0."""
        return tuple(self._running.inbox.roster.people)

    def newcomers(self, known: int) -> list[dict[str, Any]]:
        """Those with an id of `known` or more, as plain data: `{npc, persona}`."""
        people = self._running.inbox.roster.people
        return [{"npc": npc, "persona": new.to_json()} for npc, new in enumerate(people[known:], known) if new]

    @property
    def clock(self) -> datetime:
        """Date and time in the town."""
        from aitown.sim import clock

        return clock.clock(self.start, self.tick_seconds, self.tick)

    @property
    def frame(self) -> Frame:
        """The newest Frame: the quantised state at `tick`."""
        model = self._running.model()
        if self._frame is None or self._frame.tick != model.tick:
            self._frame = model.freeze()
        return self._frame

    @property
    def npcs(self) -> pd.DataFrame:
        """The NPCs now: index `npc`, the columns that a History has."""
        return showing.table(self, "npcs", "npc", self.names)

    @property
    def places(self) -> pd.DataFrame:
        """The places now: index `place`."""
        return showing.table(self, "places", "place", [place.name for place in self.map.places])

    def relationships(self) -> pd.DataFrame:
        """Who feels how close to whom now, 0 to 1; see `History.relationships`."""
        return showing.relationships(self, self._running.model())

    def ties(self, npc: int) -> dict[str, Any]:
        """Whom one NPC knows now, as plain data: what a view draws."""
        return showing.ties(self, self._running.model(), npc)

    @property
    def folder(self) -> Path | None:
        """Where the history is written, if it is."""
        recording = self._running.recording
        return recording.folder if recording else None

    @property
    def history(self) -> History:
        """The history so far.

        Raises:
            BadParameter: if nothing is recorded.
        """
        recording = self._running.recording
        if recording is None:
            raise BadParameter("this town is not recorded.", "Give `record=folder`, or call `run`.")
        return recording.history(closed=self._closed)

    def sync(self) -> None:
        """Wait until everything up to `tick` is on the disk, for readers in other processes too."""
        if self._running.recording and not self._closed:
            self._running.recording.writer.sync()

    def save(self, record: str | Path | None = None) -> Path:
        """Put everything on the disk, the state of now too: `resume` and `fork` go on from here at once.

        Args:
            record: folder for the history of a town that isn't recorded yet.

        Returns: the run's folder.

        Raises:
            BadParameter: without a folder, or for another than the one in use.
            RunExists: if there is something in the folder.
            TownEnded: after `close`.
        """
        self._check_open()
        if record is None and self.folder is None:
            raise BadParameter("this town is not recorded.", 'Say where to save it: save("runs/base").')
        self._record(record)
        self._running.save()
        return cast("Path", self.folder)

    def _record(self, record: str | Path | None) -> None:
        folder = None if record is None else given.folder(record)
        if self.folder is None:
            self._running.record(folder)
        elif folder is not None and folder.absolute() != self.folder:
            raise BadParameter(
                f"this town is recorded in {self.folder}; it can't go on in {record}.",
                "Leave `record` out, or make a new town.",
            )

    # On

    def prepare(self) -> None:
        """Make the model ready to run: compiles its systems, which takes a while the first time after an update."""
        self._running.model()

    def step(self, n: int = 1) -> None:
        """Run `n` ticks.

        Raises:
            TownEnded: after `close`.
        """
        if isinstance(n, bool) or not hasattr(n, "__index__") or int(n) < 0:
            raise BadParameter(f"step by {n!r}; expected a whole number of ticks, 0 or more.", "1 is the default.")
        goal = self.tick + int(n)
        self._check_open()
        while self.tick < goal:
            if not self.try_step(goal - self.tick):
                self._deciding.minds.wait()

    def try_step(self, n: int) -> int:
        """Run up to `n` ticks and wait for nobody; returns how many. None while a mind in lockstep has to decide.

        Raises:
            TownEnded: after `close`.
        """
        self._check_open()
        return self._running.go(n)

    def run(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        ticks: int = 0,
        record: str | Path | None = None,
        progress: bool = True,
    ) -> History:
        """Run for a while with a progress bar, and return the History.

        Args:
            days: how long; the three add up.
            hours: likewise.
            ticks: likewise.
            record: folder for the history, if it isn't recorded yet. Without one it is kept in a temporary folder that
                is removed with the town and the histories that it returned.
            progress: whether to show the bar.

        Raises:
            BadParameter: for no time to run, or another folder than the one in use.
            RunExists: if there is something in the folder.
        """
        total = given.duration(days, hours, ticks, self.tick_seconds)
        self._check_open()
        self._record(record)
        self.prepare()
        from tqdm.auto import tqdm

        goal = self.tick + total
        with tqdm(total=total, unit="tick", unit_scale=True, desc=self.name, disable=not progress) as bar:
            while self.tick < goal:
                ran = self.try_step(goal - self.tick)
                bar.update(ran)
                if not ran:
                    self._deciding.minds.wait()
        return self.history

    def events(self) -> Events:
        """The events since the last call: the newest 10,000 if the town is recorded, else at least 65,536."""
        return self._running.events()

    def hello(self) -> dict[str, Any]:
        """What a host is told about this town: the `hello` of PROTOCOL.md. Plain data; compiles nothing."""
        return showing.hello(self)

    def close(self) -> None:
        """Write everything and end the town. A second call does nothing; its history stays readable."""
        if self._closed:
            return
        self._closed = True
        self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        count = len(self._running.inbox.roster.those(self.tick))
        return f"<Town {self.name}: {count} NPCs, tick {self.tick}, {self.clock:%a %H:%M}, seed {self.seed}>"

    def _take(self, given: dict[str, Any]) -> dict[str, int]:
        self._check_open()
        record = self._running.accept_from_outside(given)
        return {name: record[name] for name in ("id", "tick", *(("npc",) if record["kind"] == "add" else ()))}

    def _check_open(self) -> None:
        if self._closed:
            raise TownEnded(f"the town {self.name!r} is closed.", "Make a new one, or resume its run.")
