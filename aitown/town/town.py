"""Town: a model with its history, in this process.

Rules:

1. The model is pure; this module has the seed that was drawn, the folder, the journal and the pace of checkpoints.
2. An input is in the journal before it is accepted, with the tick at whose beginning it is applied: the next one.
3. What is recorded is what ran: nothing is written twice and no tick is left out, also after a crash. `resume` takes
   the newest checkpoint, replays the journal up to the last tick that is on the disk, and goes on from there.
"""

from __future__ import annotations

import secrets
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self

import orjson

from aitown.errors import BadParameter, DamagedRun, TownEnded
from aitown.town import given, showing
from aitown.town.inbox import Inbox
from aitown.town.interrupts import whole
from aitown.town.making import make_model
from aitown.town.recording import Recording, check_schema, joined, read_map, read_personas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from aitown.columns import Events, Frame, FrameBlock, Schema
    from aitown.history import History
    from aitown.persona import Persona
    from aitown.sim.inputs import Input
    from aitown.sim.map import TownMap
    from aitown.sim.model import Model
    from aitown.town.inbox import Record

BLOCK_ROWS = 1_000_000
KEPT_EVENTS = 10_000

DEFAULT_START = "2025-03-03T06:00"


class Town:
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
        run: str | None = None,
    ) -> None:
        from aitown import towns
        from aitown.sim import clock
        from aitown.sim.model import check_seed
        from aitown.sim.parameters import Parameters
        from aitown.sim.setup import make_tables

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
        make_tables(self.map, self.personas)
        self.record_every = given.cadence(record_every, len(self.personas))
        self.name = name or self.map.name
        self.run_id = run or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        self._set_up(None)
        if folder is not None:
            self._record(folder)
        if seed is None:
            print(f"seed: {self.seed}")  # noqa: T201 (the only way to run it again)

    def _set_up(self, recording: Recording | None) -> None:
        from aitown.sim.model import Model

        self.schema: Schema = Model.schema
        self.names = tuple(persona.name for persona in self.personas)
        self._place_names = [place.name for place in self.map.places]
        self._recording = recording
        self._inbox = Inbox(self.personas, self._place_names, recording.writer.inputs() if recording else ())
        self._tick = max(recording.writer.last_tick, 0) if recording else 0
        self._made: Model | None = None
        self._frame: Frame | None = None
        self._news: deque[Events] = deque()
        self._closed = False

    @classmethod
    def resume(cls, folder: str | Path) -> Town:
        """Continue a run at the last tick that is in its history.

        Raises:
            UnknownRun, DamagedRun: if there is none, or it can't be continued.
            RunError: while another process writes it.
        """
        from aitown.history import RunWriter
        from aitown.sim import clock
        from aitown.sim.parameters import Parameters

        writer = RunWriter.resume(folder)
        try:
            said = writer.manifest
            town = cls.__new__(cls)
            town.map, town.personas = read_map(writer), read_personas(writer)
            town.start, town.tick_seconds = clock.parse_start(said["start"]), said["tick_seconds"]
            town.seed, town.name, town.run_id = said["seed"], said["town"], said["run"]
            town.parameters = Parameters.from_json(said["parameters"])
            town.record_every, town.created = said["record_every"], said["created"]
            town._set_up(Recording(writer))  # noqa: SLF001 (its own)
            check_schema(writer, town.schema)
        except (OSError, orjson.JSONDecodeError, KeyError) as error:
            writer.close("interrupted")
            raise DamagedRun(f"{writer.folder} can't be continued: {error!r}.", "Restore its files.") from error
        except BaseException:
            writer.close("interrupted")
            raise
        return town

    # Now

    @property
    def tick(self) -> int:
        """The newest tick that ran."""
        return self._made.tick if self._made else self._tick

    @property
    def clock(self) -> datetime:
        """Date and time in the town."""
        from aitown.sim import clock

        return clock.clock(self.start, self.tick_seconds, self.tick)

    @property
    def frame(self) -> Frame:
        """The newest Frame: the quantised state at `tick`."""
        model = self._model()
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
        return showing.table(self, "places", "place", self._place_names)

    @property
    def folder(self) -> Path | None:
        """Where the history is written, if it is."""
        return self._recording.folder if self._recording else None

    @property
    def history(self) -> History:
        """The history so far.

        Raises:
            BadParameter: if nothing is recorded.
        """
        if self._recording is None:
            raise BadParameter("this town is not recorded.", "Give `record=folder`, or call `run`.")
        return self._recording.history(closed=self._closed)

    def sync(self) -> None:
        """Wait until everything up to `tick` is on the disk, for readers in other processes too."""
        if self._recording and not self._closed:
            self._recording.writer.sync()

    # On

    def prepare(self) -> None:
        """Make the model ready to run: compiles its systems, which takes a while the first time after an update."""
        self._model()

    def step(self, n: int = 1) -> None:
        """Run `n` ticks.

        Raises:
            TownEnded: after `close`.
        """
        if isinstance(n, bool) or not hasattr(n, "__index__") or int(n) < 0:
            raise BadParameter(f"step by {n!r}; expected a whole number of ticks, 0 or more.", "1 is the default.")
        self._check_open()
        goal = self.tick + int(n)
        while self.tick < goal:
            self._run_block(goal)

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
        folder = None if record is None else given.folder(record)
        self._check_open()
        if self._recording is None:
            self._record(folder)
        elif folder is not None and folder.absolute() != self._recording.folder:
            raise BadParameter(
                f"this town is recorded in {self._recording.folder}; it can't go on in {record}.",
                "Leave `record` out, or make a new town.",
            )
        self.prepare()
        from tqdm.auto import tqdm

        goal = self.tick + total
        with tqdm(total=total, unit="tick", unit_scale=True, desc=self.name, disable=not progress) as bar:
            while self.tick < goal:
                before = self.tick
                self._run_block(goal)
                bar.update(self.tick - before)
        return self.history

    def say(self, text: str, to: int | str | None = None, by: int | str | None = None) -> int:
        """Speak to an NPC, or to the town; as the researcher, unless `by` names an NPC. Returns the tick of it.

        Raises:
            InputRejected: for an NPC that isn't there or a bad text.
        """
        return int(self.input("say", text=text, to=to, by=by)["tick"])

    def input(self, /, kind: Any = None, **fields: Any) -> dict[str, int]:
        """Give an input; it is in the journal when this returns `{"id", "tick"}`.

        Args:
            kind: "say", "move", "decide", "need", "open", "close", "hours", "schedule", "mind" or "default".
            fields: see the class of that kind in `aitown.sim.inputs`; NPCs and places by id or name.

        Raises:
            InputRejected: for what the model refuses.
            TownEnded: after `close`.
        """
        self._check_open()
        record = self._accept(self._inbox.parse({"kind": kind, **fields}))
        return {"id": record["id"], "tick": record["tick"]}

    def events(self) -> Events:
        """The events since the last call: the newest 10,000 if the town is recorded, else at least 65,536."""
        if self._made and not self._recording:
            self._news.append(self._made.events())
        found = joined(list(self._news))
        self._news.clear()
        return found

    def hello(self) -> dict[str, Any]:
        """What a host is told about this town: the `hello` of PROTOCOL.md. Plain data; compiles nothing."""
        return showing.hello(self)

    def close(self) -> None:
        """Write everything and end the town. A second call does nothing; its history stays readable."""
        if self._closed:
            return
        self._closed = True
        if self._recording:
            if self._made:
                self._recording.checkpoint(self._made)
            self._recording.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Town {self.name}: {len(self.names)} NPCs, tick {self.tick}, {self.clock:%a %H:%M}, seed {self.seed}>"

    # Inside

    def _accept(self, wish: Input) -> Record:
        return self._inbox.accept(wish, self.tick + 1, self._recording.writer.write_input if self._recording else None)

    def _check_open(self) -> None:
        if self._closed:
            raise TownEnded(f"the town {self.name!r} is closed.", "Make a new one, or resume its run.")

    def _model(self) -> Model:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Model:
        model = make_model(self)
        if self._recording and self._recording.writer.last_tick >= 0:
            self._replay(model, self._recording)
        elif self._recording:
            self._recording.begin(model, model.events())
        return model

    def _replay(self, model: Model, recording: Recording) -> None:
        """Bring a fresh model to the last tick that is on the disk."""
        recording.restore(model)
        self._inbox.forget(model.tick)
        while model.tick < recording.writer.last_tick:
            self._advance(model, recording.writer.last_tick, 0)
            model.events()
        recording.check_replayed(model)

    def _advance(self, model: Model, goal: int, every: int) -> FrameBlock:
        """Apply the inputs that are due and run up to the next one, or as far as a block goes."""
        from aitown.sim.model import BLOCK

        for wish in self._inbox.due(model.tick + 1):
            model.apply(wish)
        following = self._inbox.next()
        if following is not None:
            goal = min(goal, following - 1)
        rows = len(self.names) / every if every else 0
        most = min(BLOCK, max(1, int(BLOCK_ROWS / rows))) if rows else BLOCK
        return model.advance(min(goal - model.tick, most), every)

    def _run_block(self, goal: int) -> None:
        model = self._model()
        with whole():
            self._run_and_write(model, goal)

    def _run_and_write(self, model: Model, goal: int) -> None:
        recording = self._recording
        block = self._advance(model, goal, self.record_every if recording else 0)
        if recording is None:
            return
        events = model.events()
        recording.write(model, block, events)
        self._news.append(events)
        while len(self._news) > 1 and sum(map(len, self._news)) > KEPT_EVENTS:
            self._news.popleft()

    def _record(self, folder: Path | None) -> None:
        """Begin to record."""
        self._recording = Recording.create(self, folder)
        for record in self._inbox.records:
            self._recording.writer.write_input(record)
        if self._made:
            self._news.append(self._made.events())
            self._recording.begin(self._made, self._news[-1])
