"""Conversations, networks and the spread of words, held to a plain machine that follows the log line by line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import BadParameter, UnknownName
from aitown.history import RunWriter, load
from tests.history.run_model import DOCUMENTS, SCHEMA, block, logged, manifest

KINDS = ("said", "met", "parted", "arrived")
TICKS = 40


def write(folder, log):
    """A run with the events of `log`: (tick, kind, npc, other, text)."""
    made = logged(KINDS, log)
    with RunWriter.create(folder, manifest(event_kinds=list(KINDS)), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(TICKS)), made)
    return load(folder)


LOG = [
    (1, "met", 3, 1, ""),
    (2, "said", 3, 1, "There is a party!"),
    (3, "said", 1, 3, "A party?"),
    (3, "arrived", 2, -1, ""),
    (4, "met", 0, 2, ""),
    (5, "said", -1, 0, "hello from outside"),
    (6, "parted", 1, 3, ""),
    (7, "said", 1, 3, "to your back"),
    (8, "met", 1, 3, ""),
    (9, "said", 2, 0, "The PARTY is on"),
    (12, "parted", 3, 1, ""),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write(tmp_path_factory.mktemp("runs") / "run", LOG)


def test_talk(run):
    found = run.talk()
    assert found.index.tolist() == [1, 2, 5, 7, 9]
    assert found["conversation"].tolist() == [0, 0, -1, -1, 4]
    assert found["turn"].tolist() == [0, 1, -1, -1, 0]
    assert found.loc[1, ["npc", "name", "other", "other_name", "text"]].tolist() == [
        3, "Npc 3", 1, "Npc 1", "There is a party!",
    ]  # fmt: skip
    assert found.attrs["units"]["turn"] == "1"
    assert run.talk(ticks=slice(3, 9))["turn"].tolist() == [1, -1, -1]
    assert run.talk(npcs="Npc 0").index.tolist() == [5, 9]


def test_conversations(run):
    found = run.conversations()
    assert found.index.tolist() == [0, 4, 8]
    assert found["tick"].tolist() == [1, 4, 8]
    assert found["until"].tolist() == [6, -1, 12]
    assert found["lines"].tolist() == [2, 1, 0]
    assert found["seconds"].tolist()[::2] == [50.0, 40.0]
    assert np.isnan(found.loc[4, "seconds"])
    assert run.conversations(ticks=slice(7, 8)).index.tolist() == [4]


def test_network(run):
    found = run.network()
    assert found.index.tolist() == [(0, 2), (1, 3)]
    assert found.loc[(1, 3), ["meetings", "lines", "seconds", "first", "last"]].tolist() == [2, 3, 90.0, 1, 12]
    assert found.loc[(1, 3), ["name", "other_name"]].tolist() == ["Npc 1", "Npc 3"]
    window = run.network(ticks=slice(4, 10))
    assert window.loc[(1, 3), ["meetings", "lines", "seconds"]].tolist() == [2, 1, 40.0]
    assert found.attrs["units"]["seconds"] == "s"


def test_how_words_spread(run):
    found = run.heard("party")
    assert found.index.tolist() == [3, 1, 2, 0]
    assert found["how"].tolist() == ["said", "told", "said", "told"]
    assert found["source"].tolist() == [-1, 3, -1, 2]
    assert found["tick"].tolist() == [2, 2, 9, 9]
    assert run.heard("outside")["source"].tolist() == [-1]
    assert len(run.heard("nobody says this")) == 0
    with pytest.raises(BadParameter, match="regular expression"):
        run.heard("(")


def test_nothing_said_gives_empty_tables_with_their_columns(tmp_path):
    run = write(tmp_path / "run", [(3, "arrived", 1, -1, "")])
    for frame in (run.talk(), run.conversations(), run.network(), run.heard("x")):
        assert len(frame) == 0
        assert {"name"} <= set(frame.columns)
    with pytest.raises(UnknownName, match="Npc 9"):
        run.talk(npcs="Npc 9")


step = st.tuples(
    st.integers(0, 2), st.sampled_from(["met", "parted", "said", "said"]), st.integers(-1, 3), st.integers(0, 3)
)


@settings(deadline=None, max_examples=40)
@given(steps=st.lists(step, max_size=30), window=st.tuples(st.integers(0, TICKS - 1), st.integers(1, TICKS)))
def test_whatever_happens_equals_the_plain_machine(tmp_path_factory, steps, window):
    log, tick, open_now = [], 0, {}
    talks, said = {}, []
    for after, kind, npc, other in steps:
        tick = min(tick + after, TICKS - 1)
        pair = frozenset((npc, other))
        if npc == other or (kind != "said" and npc < 0) or ((kind == "met") == (pair in open_now) and kind != "said"):
            continue
        event = len(log)
        log.append((tick, kind, npc, other, f"words {event}"))
        if kind == "met":
            open_now[pair] = event
            talks[event] = {"tick": tick, "until": -1, "lines": 0, "pair": tuple(sorted(pair))}
        elif kind == "parted":
            talks[open_now.pop(pair)]["until"] = tick
        else:
            of = open_now.get(pair, -1)
            said.append((event, tick, of, talks[of]["lines"] if of >= 0 else -1, pair))
            if of >= 0:
                talks[of]["lines"] += 1
    start, stop = window
    if not log or start >= stop:
        return
    run = write(tmp_path_factory.mktemp("runs") / "run", log)
    found = run.talk(ticks=slice(start, stop))
    assert list(zip(found.index, found["tick"], found["conversation"], found["turn"], strict=True)) == [
        row[:4] for row in said if start <= row[1] < stop
    ]
    meant = {k: t for k, t in talks.items() if t["tick"] < stop and (t["until"] >= start or t["until"] < 0)}
    found = run.conversations(ticks=slice(start, stop))
    assert found["until"].to_dict() == {k: t["until"] for k, t in meant.items()}
    assert set(run.network(ticks=slice(start, stop)).index) == {t["pair"] for t in meant.values()} | {
        tuple(sorted(row[4])) for row in said if start <= row[1] < stop and min(row[4]) >= 0
    }


def test_it_travels_to_networkx(run):
    import networkx as nx

    graph = nx.from_pandas_edgelist(run.network().reset_index(), "npc", "other", edge_attr=True)
    assert graph.edges[1, 3]["lines"] == 3
    assert isinstance(run.network(), pd.DataFrame)
