"""Running: a town's model going on, with what comes in, what is asked of minds, and what is written."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any

from aitown.errors import InputRejected
from aitown.town.deciding import Deciding
from aitown.town.inbox import Inbox
from aitown.town.interrupts import whole
from aitown.town.making import make_model
from aitown.town.news import News
from aitown.town.past import Past, check_replayed
from aitown.town.recording import Recording, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aitown.columns import Events, FrameBlock
    from aitown.sim.inputs import Input
    from aitown.sim.model import Model
    from aitown.town.inbox import Record
    from aitown.town.minds import Mode
    from aitown.town.town import Town

log = logging.getLogger("aitown.town")

BLOCK_ROWS = 1_000_000
KEPT_EVENTS = 10_000
KEPT_UNRECORDED = 65_536


class Running:
    """The moving part of one Town.

    Args:
        town: whose; it has its map, people and parameters already.
        recording: of a run that is resumed.
        mode: see `Town`.
        past: of a fork.
    """

    def __init__(self, town: Town, recording: Recording | None, mode: Mode, past: Past | None = None) -> None:
        self.recording = recording
        self.past = past
        self.until = town.parent["until"] if town.parent else 0
        records = recording.writer.inputs() if recording else past.records if past else ()
        self.inbox = Inbox(town.map, town.personas, records)
        self._town: Town = weakref.proxy(town)  # no cycles: a town that nobody holds any more closes its run at once
        begun = town.parent["tick"] if town.parent else 0
        self._tick = recording.writer.last_tick if recording and recording.writer.last_tick >= 0 else begun
        self._made: Model | None = None
        self._news = News()
        self.deciding = Deciding(self._town, weakref.proxy(self), mode)

    @property
    def tick(self) -> int:
        """The newest tick that ran."""
        return self._made.tick if self._made else self._tick

    def model(self) -> Model:
        """The model, made when it is first needed."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def accept(self, wish: Input) -> Record:
        """Journal an input for the next tick.

        Raises:
            InputRejected: for what the town can't do as it is now: nothing is in the journal that a tick would refuse.
        """
        from aitown.sim.inputs import Give, Price, Restock, Schedule, Wage

        at = self.tick + 1
        moving_in = isinstance(wish, Give) and max(wish.to, wish.by) >= self.model().npcs.rows
        if isinstance(wish, Give | Price | Restock | Wage) and not moving_in:
            self.model().applying.check(wish, at, self.inbox.coming(at))
        elif isinstance(wish, Schedule) and wish.npc < self.model().npcs.rows:
            self.model().applying.check_times(wish, self.inbox.coming(at))
        record = self.inbox.accept(wish, at, self.recording.writer.write_input if self.recording else None)
        self._note(wish)
        return record

    def parse(self, data: Mapping[str, Any]) -> Input:
        """An input for the next tick from plain data.

        Raises:
            InputRejected: for what is none.
        """
        return self.inbox.parse(data, self.tick + 1)

    def _note(self, wish: Input) -> None:
        """Nobody is asked any more for somebody who moves out."""
        from aitown.sim.roster import Remove

        if isinstance(wish, Remove):
            self.deciding.forget(wish.npc)

    def accept_from_outside(self, data: Mapping[str, Any]) -> Record:
        """The same for plain data, which may switch minds.

        Raises:
            InputRejected: for what is no input.
        """
        from aitown.sim.inputs import Mind

        wish = self.parse(data)
        return self.deciding.switch(wish) if isinstance(wish, Mind) else self.accept(wish)

    def go(self, n: int) -> int:
        """Run up to `n` ticks; returns how many. None while a mind has to be waited for."""
        model = self.model()
        before = model.tick
        if self.deciding.before(model):
            with whole():
                self._run_and_write(model, before + n)
        return model.tick - before

    def record(self, folder: Path | None) -> None:
        """Begin to record."""
        self.recording = Recording.create(self._town, folder)
        for record in self.inbox.records:
            self.recording.writer.write_input(record)
        if self._made:
            self._begin(self._made, self.recording)

    def _begin(self, model: Model, recording: Recording) -> None:
        events = model.events()
        self._news.add(events, KEPT_EVENTS)
        before = self.past.log if self.past else None
        recording.begin(model, events if before is None else joined([before, events]))

    def events(self) -> Events:
        """The events since the last call."""
        if self._made and not self.recording:
            self._news.add(self._made.events(), KEPT_UNRECORDED)
        return self._news.take()

    def save(self) -> None:
        """Put everything on the disk, the present state too."""
        if self.recording:
            self.recording.checkpoint(self.model())
            self.recording.writer.sync()

    def close(self) -> None:
        """Write everything; nobody is asked any more."""
        self.deciding.minds.close()
        if self.recording:
            if self._made:
                self.recording.checkpoint(self._made)
            self.recording.close()

    def _make(self) -> Model:
        model = make_model(self._town)
        if self.past:
            self._replay_past(model, self.past)
            if self.recording:
                self._begin(model, self.recording)
        elif self.recording and self.recording.writer.last_tick >= 0:
            self._replay(model, self.recording)
        elif self.recording:
            ran = []
            while model.tick < self._tick:  # a fork that ended before its first frame
                self.advance(model, self._tick, 0)
                ran.append(model.events())
            self.recording.begin(model, joined([*ran, model.events()]))
        return model

    def _replay_past(self, model: Model, past: Past) -> None:
        """Bring a fresh model to where a fork begins, with a progress bar if that takes a while."""
        if past.state is not None:
            model.restore(past.state)
        self.inbox.forget(model.tick)
        from tqdm.auto import tqdm

        with tqdm(total=past.tick - model.tick, unit="tick", desc="replaying", delay=1, leave=False) as bar:
            while model.tick < past.tick:
                before = model.tick
                self.advance(model, past.tick, 0)
                model.events()
                bar.update(model.tick - before)
        check_replayed(model.emitted, past)

    def _replay(self, model: Model, recording: Recording) -> None:
        """Bring a fresh model to the last tick that is on the disk."""
        recording.restore(model)
        self.inbox.forget(model.tick)
        while model.tick < recording.writer.last_tick:
            self.advance(model, recording.writer.last_tick, 0)
            model.events()
        recording.check_replayed(model)

    def advance(self, model: Model, goal: int, every: int, *, heed: bool = False) -> FrameBlock:
        """Apply the inputs that are due and run up to the next one, or as far as a block goes."""
        from aitown.sim.model import BLOCK

        for wish in self.inbox.due(model.tick + 1):
            try:
                model.apply(wish)
            except InputRejected as error:  # of a fork whose past was changed
                log.warning("tick %d: the input %s did nothing: %s", model.tick + 1, wish.kind, error.message)
                continue
            self._note(wish)
        following = self.inbox.next()
        if following is not None:
            goal = min(goal, following - 1)
        most = min(BLOCK, max(1, BLOCK_ROWS * max(every, 1) // model.npcs.rows))
        return model.advance(min(goal - model.tick, most), every, heed=heed)

    def _run_and_write(self, model: Model, goal: int) -> None:
        recording, minded = self.recording, self.deciding.any
        if model.tick < self.until:
            goal = min(goal, self.until)
        block = self.advance(model, goal, self._town.record_every if recording else 0, heed=minded)
        if recording is None and not minded:
            return
        events = model.events()
        if recording:
            recording.write(model, block, events)
        if minded:
            self.deciding.after(model, events)
        self._news.add(events, KEPT_EVENTS if recording else KEPT_UNRECORDED)

    def said(self) -> Iterable[tuple[int, int, int, str]]:
        """What was said up to now, of a run that is resumed or forked."""
        if self.recording is None:
            return self.past.said() if self.past else []
        said = self.recording.history(closed=False).events(kinds=["said"])
        columns = (said[name].tolist() for name in ("tick", "npc", "other", "text"))
        return [row for row in zip(*columns, strict=True) if row[0] <= self.tick]
