"""What is done to a town from outside, as methods of whatever stands for one. All of them are inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitown.persona import Persona


class Acts:
    """The inputs of a town. `Town` and `LiveTown` have them."""

    def say(self, text: str, to: int | str | None = None, by: int | str | None = None) -> int:
        """Speak to an NPC, or to the town; as the researcher, unless `by` names an NPC. Returns the tick of it.

        Raises:
            InputRejected: for an NPC that isn't there or a bad text.
        """
        return int(self.input("say", text=text, to=to, by=by)["tick"])

    def tell(self, fact: str, to: int | str, by: int | str | None = None) -> int:
        """Tell an NPC a fact, which it then knows and may tell others. Returns the tick of it.

        Args:
            fact: a sentence of up to 200 characters; the same sentence is the same fact.
            to: who is told, by id or name.
            by: the NPC that tells it, who has to know it and be in the same place; None is the researcher.

        Raises:
            InputRejected: for an NPC that isn't there or a bad text.
        """
        return int(self.input("tell", fact=fact, to=to, by=by)["tick"])

    def invite(
        self,
        by: int | str,
        place: int | str,
        at: str,
        *,
        to: Sequence[int | str] | Literal["all"] = (),
        minutes: float = 120,
        days: int = 0,
        text: str = "",
    ) -> int:
        """Have an NPC invite others to a place. Returns the tick of it.

        The invitation is a fact that the host knows; whoever hears and believes it accepts it or not, may pass it on,
        and goes there in time if it has accepted and is free.

        Args:
            by: the host, by id or name.
            place: where to, by id or name.
            at: when it begins, "HH:MM": the next such time.
            to: who gets it at once, wherever they are: ids or names, or "all"; others may hear of it.
            minutes: how long it lasts.
            days: so many days later.
            text: the fact, as people tell it; "" makes a sentence of host, place and time.

        Raises:
            InputRejected: for what isn't there, or no time.
        """
        fields = {"by": by, "place": place, "at": at, "minutes": minutes, "days": days, "text": text}
        return int(self.input("invite", to=to if to == "all" else list(to), **fields)["tick"])

    def add(self, persona: Persona | Mapping[str, Any]) -> int:
        """Have somebody move in, who is at home from the next tick on. Returns the NPC's id.

        Args:
            persona: who, a `Persona` or its fields as plain data. Without a home it gets the first that has room; its
                name is one that nobody in this run has had.

        Raises:
            InputRejected: when its home is full, its name taken, its place of work or a tie unknown.
        """
        plain = persona.to_json() if hasattr(persona, "to_json") else persona
        return int(self.input("add", persona=plain)["npc"])

    def remove(self, npc: int | str) -> int:
        """Have an NPC move out: it is gone at the next tick, wherever it is. Returns that tick.

        Its money goes with it, its invitations are called off; what others know of it and feel for it stays.

        Raises:
            InputRejected: for an NPC that isn't there.
        """
        return int(self.input("remove", npc=npc)["tick"])

    def input(self, /, kind: Any = None, **fields: Any) -> dict[str, int]:
        """Give an input; it is in the journal when this returns `{"id", "tick"}`, with "add" also its "npc".

        Args:
            kind: "say", "tell", "invite", "move", "decide", "need", "open", "close", "hours", "schedule", "give",
                "price", "wage", "restock", "mind", "default", "add", "remove".
            fields: see the class of that kind in `aitown.sim.inputs`; NPCs and places by id or name.

        Raises:
            InputRejected: for what the model refuses.
            TownEnded: for a `Town` after `close`.
        """
        return self._take({"kind": kind, **fields})

    def _take(self, given: dict[str, Any]) -> dict[str, int]:
        """Give an input as plain data."""
        raise NotImplementedError
