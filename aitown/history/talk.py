"""From the log of who met, said and parted to conversations, to who has to do with whom, and to how words spread.

A "met" event opens a conversation of two NPCs, "joined" brings somebody to that of the one who is named, "left" takes
them out of it, "parted" closes it, and what they say to one another in between belongs to it. Each function takes the
log from the beginning of the run, since a conversation may begin before what is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aitown.errors import BadParameter
from aitown.history.frames import times

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    return _pairs_assigned(log) if _is_of_pairs(log) else follow(log)[0]


def _is_of_pairs(log: pd.DataFrame) -> bool:
    return not bool((log["kind"] == "joined").any())


def follow(log: pd.DataFrame) -> tuple[pd.Series[Any], pd.DataFrame]:
    """The conversation of each event, and who was in which: one row a stay, `until` −1 while it goes on."""
    inside: dict[int, list[int]] = {}
    stays: dict[tuple[int, int], list[int]] = {}
    there: dict[int, list[int]] = {}
    found: list[int] = []
    rows: list[list[int]] = []

    def come(npc: int, talk: int, tick: int) -> None:
        inside.setdefault(npc, []).append(talk)
        there.setdefault(talk, []).append(npc)
        stays[npc, talk] = row = [talk, npc, tick, -1]
        rows.append(row)

    def go(npc: int, talk: int, tick: int) -> None:
        inside[npc].remove(talk)
        there[talk].remove(npc)
        stays.pop((npc, talk))[3] = tick

    columns = (log[name].tolist() for name in ("tick", "kind", "npc", "other"))
    for event, tick, kind, npc, other in zip(log.index.tolist(), *columns, strict=True):
        of = inside.get(other, ())
        talk = next((one for one in reversed(of) if kind == "joined" or one in inside.get(npc, ())), -1)
        if kind == "met":
            talk = event
            come(npc, talk, tick)
            come(other, talk, tick)
        elif kind == "joined" and talk >= 0:
            come(npc, talk, tick)
        elif kind == "left" and talk >= 0:
            go(npc, talk, tick)
        elif kind == "parted" and talk >= 0:
            for one in tuple(there[talk]):
                go(one, talk, tick)
        found.append(talk)
    made = pd.DataFrame(rows, columns=["conversation", "npc", "tick", "until"], dtype=np.int64)
    return pd.Series(found, index=log.index, dtype=np.int64), made


def _pairs_assigned(log: pd.DataFrame) -> pd.Series[Any]:
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


def lines(log: pd.DataFrame, start: int, stop: int, ids: Sequence[int] | None) -> pd.DataFrame:
    """The utterances of ticks `[start, stop)`, each with its conversation and its turn in it."""
    units = log.attrs.get("units", {})
    log = log.assign(conversation=assigned(log))
    said = log[log["kind"] == "said"].copy()
    said["turn"] = said.groupby("conversation").cumcount().where(said["conversation"] >= 0, -1).astype(np.int64)
    out: pd.DataFrame = said.loc[_within(said, start, stop) & _by(said, ids), list(_COLUMNS)]
    out.attrs["units"] = {**units, "conversation": "id", "turn": "1"}
    return out


def _by(frame: pd.DataFrame, ids: Sequence[int] | None) -> Any:
    """The rows that name one of these; all for None."""
    return np.full(len(frame), True) if ids is None else frame["npc"].isin(ids) | frame["other"].isin(ids)


def conversations(
    log: pd.DataFrame, start: int, stop: int, clock: Clock, ids: Sequence[int] | None = None
) -> pd.DataFrame:
    """One row a conversation that ticks `[start, stop)` touch."""
    if _is_of_pairs(log):
        conversation, stays = _pairs_assigned(log), None
    else:
        conversation, stays = follow(log)
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
    out["people"] = np.int64(2) if stays is None else stays.groupby("conversation")["npc"].nunique().reindex(out.index)
    touched = (out["tick"] < stop) & ((out["until"] >= start) | (out["until"] < 0))
    meant = (
        _by(out, ids) if stays is None or ids is None else out.index.isin(stays["conversation"][stays["npc"].isin(ids)])
    )
    out = out[touched & meant]
    more = {"until": "tick", "seconds": _SECOND, "lines": "1", "people": "NPCs"}
    out.attrs["units"] = {**log.attrs.get("units", {}), **more}
    return out


def members(
    log: pd.DataFrame, start: int, stop: int, clock: Clock, names: Names, ids: Sequence[int] | None
) -> pd.DataFrame:
    """One row a stay of somebody in a conversation that ticks `[start, stop)` touch."""
    found = follow(log)[1]
    meant = (found["tick"] < stop) & ((found["until"] >= start) | (found["until"] < 0))
    if ids is not None:
        meant &= found["npc"].isin(ids)
    found = found[meant]
    out = pd.DataFrame(
        {
            "name": names.of("npcs", found["npc"].to_numpy()),
            "tick": found["tick"].to_numpy(),
            "time": times(clock, found["tick"].to_numpy()),
            "until": found["until"].to_numpy(),
        },
        index=pd.MultiIndex.from_frame(found[["conversation", "npc"]]),
    )
    out.attrs["units"] = {"name": _LABEL, "tick": "tick", "time": "clock", "until": "tick"}
    return out


def _together(log: pd.DataFrame, start: int, stop: int, clock: Clock, ids: Sequence[int] | None) -> pd.DataFrame:
    """One row a pair and conversation in which both were at the same time: npc, other, tick and until."""
    if _is_of_pairs(log):
        return conversations(log, start, stop, clock, ids)
    found = follow(log)[1]
    found["end"] = found["until"].where(found["until"] >= 0, 1 << 62)
    both = found.merge(found, on="conversation", suffixes=("", "_other"))
    both = both[both["npc"] < both["npc_other"]]
    end = both[["end", "end_other"]].min(axis=1)
    out = pd.DataFrame(
        {
            "npc": both["npc"],
            "other": both["npc_other"],
            "tick": both[["tick", "tick_other"]].max(axis=1),
            "until": end.where(end < 1 << 62, -1),
        }
    )
    held: Any = (out["tick"] < end) & (out["tick"] < stop) & (end >= start)
    shared: pd.DataFrame = out.loc[held & _by(out, ids)]
    return shared


def pairs(
    log: pd.DataFrame, start: int, stop: int, last: int, clock: Clock, names: Names, ids: Sequence[int] | None = None
) -> pd.DataFrame:
    """One row a pair that talked in ticks `[start, stop)` of a run that reaches to the tick `last`, exclusive."""
    talks = _together(log, start, stop, clock, ids)
    until = talks["until"].where(talks["until"] >= 0, last).clip(upper=stop)
    spent = (until - talks["tick"].clip(lower=start)).clip(lower=0) * clock.tick_seconds
    inside = log[_within(log, start, stop) & (log["kind"] == "said") & (log["npc"] >= 0) & (log["other"] >= 0)]
    inside = inside[_by(inside, ids)]
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
