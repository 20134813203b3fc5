"""What a run says about its society: who knows what, and who is close to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter
from aitown.history.asked import Rows
from aitown.history.people import CAME, NEVER, WENT
from aitown.history.store import joined

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from aitown.history import attending, relations
    from aitown.history.asked import Columns
    from aitown.history.asking import Ticks, Who
    from aitown.history.information import FactsAsked, Information
    from aitown.history.times import Span


class Society(Rows):
    """Questions about facts, groups and ties. `History` has them."""

    def facts(self) -> pd.DataFrame:
        """The facts of the run, one row each; index `fact`, a number.

        `text`; `tick` and `time` when it was first known; `origin`, "persona" or "told" (from outside); `know` and
        `believe`, how many NPCs do at the end of the run; `tellings`, how often it was told.
        """
        from aitown.history import information

        found, log = self._information()
        last = self._window(None)[1]
        told = information.tellings(found, log, self._conversation_of(log))
        return self._named(information.facts(found, told, self.clock, last), "facts")

    def tellings(self, facts: FactsAsked = None, npcs: Who = None, ticks: Ticks = None) -> pd.DataFrame:
        """Who told whom what, one row a telling and hearer; index `id`, that of the event.

        `npc` is the teller (−1 from outside), `other` the hearer, `place` where, `fact` and `text` what; `how` is what
        the hearer made of it: "believed", "doubted", or "known" when it knew and believed it already. `conversation` is
        that of `conversations`, −1 for what was told from outside.

        Args:
            facts: numbers or texts; None for all.
            npcs: ids or names of tellers or hearers; None for all.
            ticks: as for `npcs`.

        Raises:
            UnknownName: for a fact or NPC that isn't there.
        """
        from aitown.history import information

        found, log = self._information()
        out = information.tellings(found, log, self._conversation_of(log))
        start, stop = self._window(ticks)
        ids = self._ids(npcs)
        wanted = (out["tick"] >= start) & (out["tick"] < stop) & out["fact"].isin(found.asked(facts))
        if ids is not None:
            wanted &= out["npc"].isin(ids) | out["other"].isin(ids)
        return self._named(out[wanted], "tellings")

    def knowledge(self, tick: Ticks = -1, facts: FactsAsked = None) -> pd.DataFrame:
        """Who knew what at a tick, since when and from whom; index `(fact, npc)`.

        `tick` and `time` say when the NPC first heard it (since it last forgot it), `source` and `source_name` from
        whom (−1 from outside, or from the beginning); `believes` whether it believed it. This follows from the log of
        tellings; nobody has to be asked.

        Args:
            tick: one tick or time; −1 is the newest.
            facts: numbers or texts; None for all.

        Raises:
            UnknownName: for a fact that isn't there.
            BadParameter: for a tick outside the run.
        """
        from aitown.history import information

        found, _ = self._information()
        at = self._one_tick(tick)
        made = information.knowledge(found, at, found.asked(facts), self._categories(), self.clock)
        return self._named(made, "knowledge")

    def diffusion(
        self, facts: FactsAsked = None, ticks: Ticks = None, every: Span | None = None, *, believed: bool = False
    ) -> pd.DataFrame:
        """The diffusion of facts: the share of NPCs that know each, over time; index `tick`, one column a fact.

        After Park et al. (2023), "Generative Agents", where agents are asked at the end; here the log of tellings says
        it at each tick. Without `every` there is a row for each tick at which something changes, and the ends.

        Args:
            facts: numbers or texts; None for all.
            ticks: as for `npcs`.
            every: a row each so many ticks; or a length of time, "1h". For means over several runs.
            believed: count only those who believe it.

        Raises:
            UnknownName: for a fact that isn't there.
            BadParameter: for a run without facts.
        """
        from aitown.history import information

        found, _ = self._information()
        asked = found.asked(facts)
        bounds = self._source.look().bounds or (0, 0)
        start, stop = (max(bounds[0], 0), bounds[1] + 1) if ticks is None else self._window(ticks)
        if every is None:
            at = np.array(
                sorted({start, stop - 1, *(tick for tick in found.changes(asked) if start <= tick < stop)}), np.int64
            )
        else:
            step = self.clock.ticks(every)
            at = np.arange(-(-start // step) * step, stop, step, dtype=np.int64)
        made = information.diffusion(found, asked, at, self.stays().count(at), self.clock, believed=believed)
        return self._named(made, "diffusion")

    def invitations(self) -> pd.DataFrame:
        """What people were invited to, one row an invitation; index `fact`, as in `facts`.

        `host`, `host_name`, `place`; `tick` when the host began to invite, `starts` and `ends` the ticks of what it is
        about. Then the coordination of Park et al. (2023), without the host: `knew`, `believed` and `accepted` count
        those who did before it was over, `came` those of them who were in the place meanwhile, whatever
        took them there; `kept` those who had accepted and came.
        """
        from aitown.history import attending

        found, _ = self._information()
        rows = [attending.counted(one, self._attendance(one, found)) for one in self._invited(found)]
        return self._named(attending.invitations(rows, self._categories()), "invitations")

    def attendance(self, fact: int | str) -> pd.DataFrame:
        """Who knew of an invitation before it was over, and who came; index `npc`.

        `name`; `heard`, when it heard of it first; `source` and `source_name`, from whom; `believed`; `answer`, how the
        NPC answered if it believed it, "accepted" or "declined"; `came`, the tick at which it was first seen in the
        place while it lasted (−1: never); `seconds`, for how long it was there by the recorded frames.

        Raises:
            UnknownName: for what is no fact.
            BadParameter: for a fact that is no invitation.
        """
        found, _ = self._information()
        [number] = found.asked(fact)
        for one in self._invited(found):
            if one.fact == number:
                return self._named(self._attendance(one, found), "attendance")
        raise BadParameter(f"{found.texts[number]!r} is no invitation.", "See invitations().")

    def _invited(self, found: Information) -> list[attending.Invitation]:
        from aitown.history import attending

        return attending.read(self._source.inputs(), found, self.clock, self.tick_seconds, self.stays())

    def _attendance(self, one: attending.Invitation, found: Information) -> pd.DataFrame:
        from aitown.history import attending

        bounds = self._source.look().bounds or (0, -1)
        start, stop = max(one.starts, bounds[0]), min(one.ends, bounds[1] + 1)
        there = None
        if start < stop:
            there = self.npcs(["place"], ticks=slice(start, stop))
            there = there[there["place"].cat.codes == one.place]
        return attending.attendance(one, found, there, self._categories(), self.record_every * self.tick_seconds)

    @property
    def metric_list(self) -> pd.DataFrame:
        """The metrics that can be asked of this run: name (index), table, unit, doc, and `recorded`.

        Those of the table `events` are told from the log: `knows 0` and `believes 0` for each of `facts`, `density` and
        `mean_tie` (see `History.density`). They are computed when they are named.

        `recorded` is the last tick up to which `record_metrics` kept values with the run, −1 for none.
        """
        import pandas as pd

        from aitown.history.metrics import listed

        upto = {one.name: one.stop - 1 for one in self.kept()}
        rows = [
            {"name": one.name, "table": one.table, "unit": one.unit, "doc": one.doc, "recorded": upto.get(one.name, -1)}
            for one in listed(self).values()
        ]
        return pd.DataFrame(rows, columns=["name", "table", "unit", "doc", "recorded"]).set_index("name")

    def npcs(
        self, columns: Columns = None, npcs: Who = None, ticks: Ticks = None, every: Span | None = None
    ) -> pd.DataFrame:
        """NPCs over time; see `History.npcs`."""
        raise NotImplementedError

    def members(self, npcs: Who = None, ticks: Ticks = None) -> pd.DataFrame:
        """Who was in which conversation from when to when; index `(conversation, npc)`, one row a stay.

        `tick` is when the NPC came, `until` when it left (−1 while it is there). Arguments and errors as for `events`.
        """
        from aitown.history import talk

        log = self._log(None, text=False)
        made = talk.members(log, *self._window(ticks), self.clock, self._categories(), self._ids(npcs))
        return self._named(made, "members")

    def relationships(self, tick: Ticks = -1) -> pd.DataFrame:
        """Who felt how close to whom at a tick; index `(npc, other)`, one row each direction of a tie.

        `strength` runs from 0 to 1, `last` is the tick of their last talk (0 for ties of the personas). It follows from
        the personas, the log of conversations and the run's parameters, as the model reckons it.

        Args:
            tick: one tick or time; −1 is the newest.

        Raises:
            BadParameter: for a tick outside the run.
            RunError: for a run of a town in which ties didn't change yet, or of another system.
        """
        from aitown.history import relations

        at = self._one_tick(tick)
        [ties] = self._ties([at])
        return self._named(relations.frame(ties, self._categories()), "relationships")

    def graph(self, of: str = "ties", ticks: Ticks = None) -> nx.Graph:
        """The town as a graph of networkx. Nodes are ids, with the name; edges have the columns of the DataFrame.

        Args:
            of: "ties", a DiGraph of `relationships` at one tick (the newest for None); "talk", a Graph of `network`;
                "tellings", a MultiDiGraph with an edge for each telling between NPCs.
            ticks: as for these methods.

        Raises:
            BadParameter: for something else.
        """
        from aitown.history import relations

        if of == "ties":
            edges = self.relationships(-1 if ticks is None else ticks).reset_index()
        elif of == "talk":
            edges = self.network(ticks).reset_index()
        elif of == "tellings":
            edges = self.tellings(ticks=ticks)
            edges = edges[edges["npc"] >= 0]
        else:
            raise BadParameter(f"a graph of {of!r}.", 'Expected "ties", "talk" or "tellings".')
        stays, names = self.stays(), self.names
        at = self._one_tick(-1 if ticks is None else ticks) if of == "ties" else None
        those = np.flatnonzero(stays.since < NEVER) if at is None else stays.at(at)
        return relations.graph(edges, {npc: names[npc] for npc in those.tolist()}, of)

    def network(self, ticks: Ticks = None, npcs: Who = None) -> pd.DataFrame:
        """Who had to do with whom; see `History.network`."""
        raise NotImplementedError

    def density(self, ticks: Ticks = None, every: Span = "1h") -> pd.DataFrame:
        """The relationship density over time; index `tick`.

        `density` is that of Park et al. (2023): the pairs who know one another, by all pairs; `mean_tie` the mean
        strength over all pairs, 0 for strangers; `ties` how many somebody has on average.

        Args:
            ticks: as for `npcs`.
            every: a row each so many ticks, or a length of time.

        Raises:
            RunError: as for `relationships`.
        """
        from aitown.history import relations

        bounds = self._source.look().bounds or (0, 0)
        start, stop = (max(bounds[0], 0), bounds[1] + 1) if ticks is None else self._window(ticks)
        step = self.clock.ticks(every)
        at = list(range(-(-start // step) * step, stop, step))
        return self._named(relations.density(self._ties(at), at, self.stays().count(at), self.clock), "density")

    def _one_tick(self, tick: Ticks) -> int:
        """A tick or time.

        Raises:
            BadParameter: for many, and for one outside the run.
        """
        if tick is None or isinstance(tick, (slice, range)):
            raise BadParameter(f"tick={tick!r}.", "Expected one tick or time; −1 is the newest.")
        return self._moments(self._source.look(), tick).start

    def _ties(self, ticks: list[int]) -> list[relations.Snapshot]:
        from aitown.history import relations

        rules = relations.Rules.of(self.manifest.get("parameters", {}), self.tick_seconds)
        log = self._log(None, text=False, more=(CAME, WENT))
        return list(relations.follow(self.personas, self.begun, log, rules, ticks))

    def _ids(self, npcs: Who) -> tuple[int, ...] | None:
        from aitown.history import asking

        return asking.ids_of("NPC", npcs, self.names)

    def _information(self) -> tuple[Information, pd.DataFrame]:
        """What is known of facts, and the log that it was made of."""
        from aitown.history.frames import event_frame
        from aitown.history.information import KINDS, Information

        kinds = [kind for kind in KINDS if kind in self.kinds]
        pieces = list(self._event_pieces(self._source.look(), kinds, None, None))
        log = event_frame(joined(pieces), self.kinds, self._categories(), self.clock)
        return Information(self.personas, self.stays(), log), log

    def _conversation_of(self, log: pd.DataFrame) -> pd.Series[Any]:
        """The conversations of the events of a log, by their ids."""
        from aitown.history import talk

        return talk.assigned(self._log(None, text=False, further=log))
