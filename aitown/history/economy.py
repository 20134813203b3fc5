"""What a run says about its money: who paid whom, how much, when and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aitown.errors import BadParameter
from aitown.history.asked import Rows
from aitown.history.store import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from aitown.history.asking import Ticks

FLOWS = {
    "sold": ("npc", "place"),
    "wage": ("place", "npc"),
    "rent": ("npc", "town"),
    "benefit": ("town", "npc"),
    "stocked": ("place", "outside"),
    "export": ("outside", "place"),
    "funded": ("town", "place"),
    "surplus": ("place", "town"),
    "shared": ("npc", "npc"),
    "spent": ("npc", "outside"),
    "grant": ("outside", "town"),
    "levy": ("town", "outside"),
    "moved_in": ("outside", "npc"),
    "moved_out": ("npc", "outside"),
}
"""Kinds of events in which money changes hands, with payer and payee. Beside them "gave", from or to anybody."""


class Economy(Rows):
    """Questions about money. `History` has them."""

    def flows(self, kinds: str | Iterable[str] | None = None, ticks: Ticks = None) -> pd.DataFrame:
        """All money that changed hands, one row a payment; index `id`, that of the event.

        `kind` says what for: "sold" (what a visitor bought), "wage", "rent", "benefit" (pension, allowance, pocket
        money), "stocked" (a delivery), "export" (what an employer sold beyond the town), "funded" and "surplus"
        (between the town and its firms), "shared" (between adults who pool their money), "spent" (on what no place of
        the town sells), "grant" and "levy" (between the world beyond and the town), "moved_in" and "moved_out" (what
        somebody brings along and takes away), "gave" (from outside, an input). `payer` and `payee` are names;
        `payer_is` and `payee_is` say of what: "npc", "place", "town" or "outside". `cents` is an integer.

        What an account has at a tick is what it had at another, plus what it got and minus what it paid in between.

        Args:
            kinds: of those; None for all.
            ticks: as for `npcs`.

        Raises:
            BadParameter: for another kind, or a run without money.
        """
        import pandas as pd

        known = [kind for kind in (*FLOWS, "gave") if kind in self.kinds]
        if not known:
            raise BadParameter("this run knows no money.", "Runs of towns made by this version do.")
        asked = known if kinds is None else [kinds] if isinstance(kinds, str) else list(kinds)
        if wrong := sorted(set(asked) - set(known)):
            raise BadParameter(f"there is no flow {wrong[0]!r}.", f"Known: {', '.join(known)}.")
        from aitown.history.frames import event_frame

        rows = joined(list(self._event_pieces(self._source.look(), asked, None, ticks)))
        log = event_frame(rows, self.kinds, self._categories(), self.clock)
        kind = log["kind"].astype(str).to_numpy()
        gift = kind == "gave"
        npc, other = log["npc"].to_numpy(), log["other"].to_numpy()
        place = log["place"].notna().to_numpy()
        sides = np.array([FLOWS.get(one, ("", "")) for one in kind], object).reshape(-1, 2)
        sides[gift, 0] = np.where(npc[gift] >= 0, "npc", "outside")
        sides[gift, 1] = np.where(other[gift] >= 0, "npc", np.where(place[gift], "place", "outside"))
        names = {
            "npc": log["name"].astype(object).to_numpy(),
            "place": log["place"].astype(object).to_numpy(),
            "town": np.full(len(log), "town", object),
            "outside": np.full(len(log), "outside", object),
        }
        others = log["other_name"].astype(object).to_numpy()
        got = {**names, "npc": np.where(gift | (kind == "shared"), others, names["npc"])}
        data = {
            "tick": log["tick"],
            "time": log["time"],
            "kind": log["kind"],
            "payer": _pick(sides[:, 0], names),
            "payer_is": sides[:, 0],
            "payee": _pick(sides[:, 1], got),
            "payee_is": sides[:, 1],
            "cents": [int(text.replace(".", "")) for text in log["text"]],
        }
        out = pd.DataFrame(data, index=log.index).astype({"cents": np.int64})
        out = out[out["cents"] > 0]
        out.attrs["units"] = {"tick": "tick", "time": "clock", "kind": "label", "cents": "cent"}
        return self._named(out, "flows")


def _pick(side: NDArray[Any], names: dict[str, NDArray[Any]]) -> list[Any]:
    """The name of each row's account."""
    return [names[which][row] for row, which in enumerate(side)]
