"""From the log of who met, said and parted to conversations, to who has to do with whom, and to how words spread.

A "met" event opens a conversation of two NPCs, "parted" closes it, and what they say to one another in between belongs
to it. Each function takes the log from the beginning of the run, since a conversation may begin before what is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.errors import BadParameter

if TYPE_CHECKING:
    from aitown.history.frames import Names
    from aitown.history.times import Clock

_COLUMNS = ("tick", "time", "conversation", "turn", "npc", "name", "other", "other_name", "place", "text")
_LABEL, _SECOND = "label", "s"


def _pair(log: pd.DataFrame) -> pd.Series[Any]:
    """One number for each pair of NPCs, whoever comes first."""
    npc, other = log["npc"].to_numpy().astype(np.int64), log["other"].to_numpy().astype(np.int64)
    low, high = np.minimum(npc, other), np.maximum(npc, other)
    return pd.Series(low * (1 << 32) + high, index=log.index)


def assigned(log: pd.DataFrame) -> pd.Series[Any]:
    """The conversation of each event, −1 for none."""
    pair = _pair(log)
    met = (log["kind"] == "met").to_numpy()
    parted = (log["kind"] == "parted").to_numpy()
    ids = pd.Series(log.index.to_numpy(), index=log.index)
    opened = ids.where(met).groupby(pair).ffill()
    closed = ids.where(parted).groupby(pair).shift().groupby(pair).ffill()
    held = opened.notna() & (closed.isna() | (opened > closed))
    return opened.where(held, -1).astype(np.int64)


def _within(log: pd.DataFrame, start: int, stop: int) -> pd.Series[Any]:
    return (log["tick"] >= start) & (log["tick"] < stop)


def lines(log: pd.DataFrame, start: int, stop: int) -> pd.DataFrame:
    """The utterances of ticks `[start, stop)`, each with its conversation and its turn in it."""
    units = log.attrs.get("units", {})
    log = log.assign(conversation=assigned(log))
    said = log[log["kind"] == "said"].copy()
    said["turn"] = said.groupby("conversation").cumcount().where(said["conversation"] >= 0, -1).astype(np.int64)
    out = said.loc[_within(said, start, stop), list(_COLUMNS)]
    out.attrs["units"] = {**units, "conversation": "id", "turn": "1"}
    return out


def conversations(log: pd.DataFrame, start: int, stop: int, clock: Clock) -> pd.DataFrame:
    """One row a conversation that ticks `[start, stop)` touch."""
    conversation = assigned(log)
    met = log[log["kind"] == "met"]
    parted = log[log["kind"] == "parted"]
    ends = pd.Series(parted["tick"].to_numpy(), index=conversation[parted.index].to_numpy())
    said = conversation[(log["kind"] == "said") & (conversation >= 0)].value_counts()
    out = met[["tick", "time", "npc", "name", "other", "other_name", "place"]].copy()
    out.index.name = "conversation"
    out.insert(1, "until", ends.reindex(out.index).fillna(-1).astype(np.int64).to_numpy())
    length = (out["until"] - out["tick"]) * clock.tick_seconds
    out["seconds"] = length.where(out["until"] >= 0).astype(float)
    out["lines"] = said.reindex(out.index).fillna(0).astype(np.int64).to_numpy()
    touched = (out["tick"] < stop) & ((out["until"] >= start) | (out["until"] < 0))
    out = out[touched]
    out.attrs["units"] = {**log.attrs.get("units", {}), "until": "tick", "seconds": _SECOND, "lines": "1"}
    return out


def pairs(log: pd.DataFrame, start: int, stop: int, clock: Clock, names: Names) -> pd.DataFrame:
    """One row a pair that talked in ticks `[start, stop)`."""
    talks = conversations(log, start, stop, clock)
    last = int(log["tick"].max()) + 1 if len(log) else 0
    until = talks["until"].where(talks["until"] >= 0, last).clip(upper=stop)
    spent = (until - talks["tick"].clip(lower=start)).clip(lower=0) * clock.tick_seconds
    inside = log[_within(log, start, stop) & (log["kind"] == "said") & (log["npc"] >= 0) & (log["other"] >= 0)]
    keys = _keys(talks).assign(seconds=spent, first=talks["tick"].clip(lower=start), last=until)
    grouped = keys.groupby(["npc", "other"])
    met = grouped.agg(
        meetings=("seconds", "size"), seconds=("seconds", "sum"), first=("first", "min"), last=("last", "max")
    )
    words = _keys(inside).assign(tick=inside["tick"]).groupby(["npc", "other"])
    spoken = words.agg(lines=("tick", "size"), first=("tick", "min"), last=("tick", "max"))
    index = met.index.union(spoken.index)
    met, spoken = met.reindex(index), spoken.reindex(index)
    low, high = (index.get_level_values(level).to_numpy() for level in ("npc", "other"))
    out = pd.DataFrame(
        {
            "name": names.of("npcs", low),
            "other_name": names.of("npcs", high),
            "meetings": met["meetings"].fillna(0).astype(np.int64),
            "lines": spoken["lines"].fillna(0).astype(np.int64),
            "seconds": met["seconds"].fillna(0.0),
            "first": np.fmin(met["first"], spoken["first"]).astype(np.int64),
            "last": np.fmax(met["last"], spoken["last"]).astype(np.int64),
        },
        index=index,
    )
    out.attrs["units"] = {
        "name": _LABEL, "other_name": _LABEL, "meetings": "1", "lines": "1", "seconds": _SECOND, "first": "tick",
        "last": "tick",
    }  # fmt: skip
    return out


def _keys(frame: pd.DataFrame) -> pd.DataFrame:
    npc, other = frame["npc"].to_numpy(), frame["other"].to_numpy()
    return pd.DataFrame({"npc": np.minimum(npc, other), "other": np.maximum(npc, other)}, index=frame.index)


def spread(said: pd.DataFrame, pattern: str, names: Names) -> pd.DataFrame:
    """For each NPC the first utterance that matches, said by it or to it."""
    try:
        matches = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise BadParameter(
            f"pattern {pattern!r}: {error}.", "Give a regular expression; a plain word is one."
        ) from error
    found = np.fromiter((bool(matches.search(text)) for text in said["text"]), bool, len(said))
    hit = said[found]
    moments = hit[["tick", "time", "text"]]
    own = moments.assign(npc=hit["npc"], how="said", source=-1, order=0)
    told = moments.assign(npc=hit["other"], how="told", source=hit["npc"], order=1)
    both = pd.concat([own, told])
    both = both[both["npc"] >= 0].rename_axis("id").sort_values(["id", "order"], kind="stable")
    first = both.drop_duplicates("npc").set_index("npc")
    out = pd.DataFrame(
        {
            "tick": first["tick"],
            "time": first["time"],
            "name": names.of("npcs", first.index.to_numpy()),
            "how": pd.Categorical(first["how"], categories=["said", "told"]),
            "source": first["source"].astype(np.int64),
            "text": first["text"],
        },
        index=first.index,
    )
    out.attrs["units"] = {"tick": "tick", "name": _LABEL, "how": _LABEL, "source": "id", "text": "text"}
    return out
