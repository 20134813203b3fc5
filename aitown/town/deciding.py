"""Between a town's model and its minds: who is asked when, and how answers become inputs.

Before a tick those are asked whose NPCs have to decide since the last one, on what the town was at its end. Answers are
accepted in the order of NPCs, never of arrival: what a mind says first, then what it decides. An answer that can't be
used becomes an input too, `default` with the fault, so that a replay needs no mind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aitown.errors import BadParameter, InputRejected
from aitown.mind import answers, named
from aitown.mind.asking import Asker
from aitown.town import minds as holding
from aitown.town.minds import Held, Minds, Mode
from aitown.town.observing import Ears, Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aitown.columns import Events
    from aitown.mind import Mind, Observation
    from aitown.sim.inputs import Input
    from aitown.sim.model import Model
    from aitown.town.inbox import Record
    from aitown.town.past import Line
    from aitown.town.running import Running
    from aitown.town.town import Town

_SETTLES = ("decide", "default", "move")
_GONE = "is not here any more"


class Outside:
    """The way to a mind that lives in another process."""

    def __init__(self, mind: int, seconds: float, send: Callable[[dict[str, Any]], None]) -> None:
        self.mind = mind
        self._seconds = seconds
        self._send = send

    def ask(self, number: int, seen: Observation) -> None:
        self._send(
            {
                "ask": number,
                "mind": self.mind,
                "npc": seen.npc,
                "tick": seen.tick,
                "seconds": self._seconds,
                "observation": seen.to_json(),
            }
        )

    def drop(self, number: int) -> None: ...


class Deciding:
    """The minds of one town at work.

    Args:
        town: whose.
        running: its moving part; the inputs of a run that is resumed say who had which mind.
        mode: "lockstep" or "paced", for minds of which nothing else is said.
    """

    def __init__(self, town: Town, running: Running, mode: Mode) -> None:
        self.minds = Minds()
        self.mode = mode
        self.names: dict[int, str] = {}
        self._town = town
        self._running = running
        self._ears = Ears()
        self._observer: Observer | None = None
        self.offered: Mapping[str, Held] = {}
        self._note_all(running.tick + 1)
        self.resumed = bool(running.inbox.records)

    @property
    def people(self) -> tuple[str, ...]:
        """The names of all NPCs by id."""
        return self._running.inbox.roster.names

    @property
    def any(self) -> bool:
        """Whether there is a mind to be asked."""
        return bool(self.minds.of)

    # who has which

    def give(
        self, npcs: Any, mind: Mind | str | None, *, mode: Any = None, seconds: Any = None, why: str = ""
    ) -> tuple[tuple[int, ...], Record | None]:
        """Have a mind decide for some NPCs, see `Town.mind`; returns their ids and what the journal says of it."""
        mode = self.mode if mode is None else holding.check_mode(mode)
        seconds = holding.SECONDS if seconds is None else holding.check_seconds(seconds)
        if mind is None:
            return self._give(npcs, "", None, why)
        if isinstance(mind, str):
            name, mind = mind, named.load(mind)
        else:
            name = named.name_of(named.check(mind))
        return self._give(npcs, name, lambda: self.minds.hold(mind, name, mode, seconds), why)

    def give_outside(
        self, mind: int, npcs: Any, send: Callable[[dict[str, Any]], None], *, mode: Any = None, seconds: Any = None
    ) -> tuple[int, ...]:
        """Have a mind of another process decide for these and no others."""
        mode = self.mode if mode is None else holding.check_mode(mode)
        seconds = holding.SECONDS if seconds is None else holding.check_seconds(seconds)
        if isinstance(mind, bool) or not isinstance(mind, int):
            raise BadParameter(f"mind is {mind!r:.80}; expected a number.", "The server gives it out.")
        name = f"outside {mind}"
        if isinstance(npcs, list | tuple) and not npcs:
            mine = sorted(npc for npc, held in self.minds.of.items() if held.name == name)
            return self._give(mine, "", None, f"{name} {_GONE}")[0] if mine else ()
        known = next((held for held in self.minds.of.values() if held.name == name), None)
        held = known or Held(name, Outside(mind, seconds, send), mode, seconds)
        held.asked, held.mode, held.seconds = Outside(mind, seconds, send), mode, seconds
        ids = self._give(npcs, name, lambda: held, "")[0]
        others = sorted(npc for npc, one in self.minds.of.items() if one is held and npc not in set(ids))
        if others:
            self._give(others, "", None, f"{name} gave it back")
        return ids

    def switch(self, wish: Input) -> Record:
        """Have a mind decide that an input names.

        Raises:
            InputRejected: if there is none of that name.
        """
        npcs, name, why = wish.npcs, wish.mind, wish.why  # type: ignore[union-attr]
        try:
            _, record = self.give("all" if npcs is None else npcs, name or None, why=why)
        except BadParameter as error:
            raise InputRejected(error.message, error.remedy) from error
        return record or self._running.accept(wish)

    def _give(
        self, npcs: Any, name: str, held: Callable[[], Held] | None, why: str
    ) -> tuple[tuple[int, ...], Record | None]:
        wish = self._running.parse({"kind": "mind", "npcs": npcs, "mind": name, "why": why})
        ids = self._ids(getattr(wish, "npcs", None))
        had = self.resumed and name and all(self.names.get(npc) == name and npc not in self.minds.of for npc in ids)
        record = None if had else self._running.accept(wish)
        self.minds.give(ids, held() if held else None)
        self._note(ids, name)
        self._ears.follow(self.minds.of)
        return ids, record

    def _ids(self, npcs: Any) -> tuple[int, ...]:
        running = self._running
        return running.inbox.roster.those(running.tick + 1) if npcs in (None, "all") else tuple(npcs)

    def forget(self, npc: int) -> None:
        """Somebody moves out: its mind isn't asked for it any more."""
        if npc in self.names or npc in self.minds.of:
            self.minds.give([npc], None)
            self._note([npc], "")
            self._ears.follow(self.minds.of)

    def _note(self, npcs: Iterable[int], name: str) -> None:
        for npc in npcs:
            if name:
                self.names[npc] = name
            else:
                self.names.pop(npc, None)

    def _note_all(self, tick: int) -> None:
        """Who has which mind at a tick, by the journal."""
        self.names.clear()
        for record in self._running.inbox.records:
            if record["kind"] == "mind" and record["tick"] <= tick:
                npcs = record["npcs"]
                those = self._running.inbox.roster.those(record["tick"]) if npcs == "all" else npcs
                self._note(those, record["mind"])
            elif record["kind"] == "remove" and record["tick"] <= tick:
                self._note([record["npc"]], "")

    def remember(self) -> None:
        """Let those minds that are there already know what was said before."""
        if self.any:
            self._ears.keep(self._running.said())

    def heard(self) -> list[Line]:
        """What those with minds have heard."""
        return self._ears.lines()

    # ticks

    def before(self, model: Model) -> bool:
        """Accept the answers that have come and ask whom there is to ask; False when somebody is to be waited for."""
        if self.resumed and model.tick >= self._running.until:
            self._take_up()
        if not self.any:
            self.minds.ignore()
            return True
        self._answered()
        if self.minds.waiting:
            return False
        self._ask(model, self.minds.of)
        self._answered()
        return not self.minds.waiting

    def after(self, model: Model, events: Events) -> None:
        """What the last ticks brought; minds that aren't waited for are asked at once."""
        self._ears.listen(events)
        self._ask(model, {npc for npc, held in self.minds.of.items() if held.mode == "paced"})

    def _take_up(self) -> None:
        """A run that is resumed: minds that were given by name are made again, others have to be back by now."""
        self.resumed = False
        self._note_all(self._running.tick + 1)
        lost: dict[str, list[int]] = {}
        for npc, name in self.names.items():
            if npc not in self.minds.of:
                lost.setdefault(name, []).append(npc)
        for name, npcs in lost.items():
            mind, mode, seconds = None, self.mode, holding.SECONDS
            if name in self.offered and isinstance(self.offered[name].asked, Asker):
                held = self.offered[name]
                mind, mode, seconds = cast("Asker", held.asked).mind, held.mode, held.seconds
            elif ":" in name:
                try:
                    mind = named.load(name)
                except ValueError as error:
                    holding.log.warning("%s", error)
            if mind is None:
                self._give(npcs, "", None, f"{name} {_GONE}")
            else:
                self.minds.give(npcs, self.minds.hold(mind, name, mode, seconds))
        self._ears.follow(self.minds.of)
        self.remember()

    def _ask(self, model: Model, whom: Iterable[int]) -> None:
        called = [int(npc) for npc in model.called() if int(npc) in whom]
        if not called:
            return
        if self._observer is None:
            self._observer = Observer(self._town, model)
        settled = {record["npc"] for record in self._running.inbox.waiting() if record["kind"] in _SETTLES}
        for npc in called:
            if npc not in settled and not self.minds.waits_for(npc):
                self.minds.ask(npc, self._observer.observe(npc, self._ears))

    def _answered(self) -> None:
        for npc, answer in self.minds.collect():
            for wish in self._wishes(npc, answer):
                self._running.accept(wish)

    def _wishes(self, npc: int, answer: Any) -> list[Input]:
        """The inputs that an answer comes to; what is wrong with it, if it is."""
        try:
            if isinstance(answer, BaseException):
                return [self._default(npc, answer)]
            wishes = [self._running.parse(wish) for wish in answers.wishes(answer, npc, self._town.names[npc])]
        except Exception as error:  # noqa: BLE001 (objects that a mind made up may raise anything when looked at)
            return [self._default(npc, error)]
        decided = any(wish.kind == "decide" for wish in wishes)
        return wishes if decided else [*wishes, self._running.parse({"kind": "default", "npc": npc})]

    def _default(self, npc: int, error: BaseException) -> Input:
        fault = self.minds.of[npc].faults.say(error)
        return self._running.parse({"kind": "default", "npc": npc, "error": fault})
