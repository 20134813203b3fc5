import base64
import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aitown.errors import BadParameter
from aitown.history import Pace, RunWriter, load
from aitown.history.replay import encode, stretch
from aitown.history.replay.stretch import LIMIT
from tests.history.replay import vectors
from tests.history.replay.plain import read, read_art
from tests.history.run_model import DOCUMENTS, NO_EVENTS, SCHEMA, block, manifest, write_run

TICKS = 90


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "base", TICKS))


def test_the_golden_replays_are_what_is_written_now():
    golden = json.loads(vectors.FILE.read_text())
    now = json.loads(json.dumps(vectors.made()))

    def plain(text):
        return gzip.decompress(base64.b64decode(text))

    for old, new in zip([*golden["cases"], golden["numbers"]], [*now["cases"], now["numbers"]], strict=True):
        assert plain(old.pop("data")) == plain(new.pop("data"))
        assert old == new


@given(
    arrays.arrays(np.int32, st.tuples(st.integers(1, 9), st.integers(0, 4))),
    st.lists(st.integers(0, 2**31 - 1), min_size=9, max_size=9, unique=True),
)
def test_any_integers_come_back(values, ticks):
    ticks = np.sort(np.array(ticks))[: len(values)]
    header, when, tables = read(encode({"town": "é"}, ticks, {"npcs": {"a": values, "b": values[::-1]}}))
    assert header["town"] == "é"
    assert when == ticks.tolist()
    assert tables["npcs"] == {"a": values.T.tolist(), "b": values[::-1].T.tolist()}


def test_every_value_of_the_stretch_is_that_of_the_history(run):
    found = stretch(run, ticks=slice(10, 61), every=7)
    header, ticks, tables = read(found.data)
    assert ticks == [14, 21, 28, 35, 42, 49, 56, 60]
    assert (found.first, found.last, found.every, found.frames) == (14, 60, 7, 8)
    assert found.clock == run.clock.say(60)
    for table, key in (("npcs", "npc"), ("places", "place")):
        frame = getattr(run, table)()
        for name, column in run.declared(table).items():
            wanted = frame[name].unstack(key).loc[ticks]
            if column.labels or column.refers == "places":
                wanted = wanted.apply(lambda one: one.cat.codes)
            quanta = np.array(tables[table][name]).T
            assert (column.real(quanta) == wanted.to_numpy()).all(), name
    said = run.events(ticks=slice(14, 61))
    events = {name: rows[0] for name, rows in tables["events"].items()}
    assert events["id"] == said.index.tolist()
    assert [header["texts"][i] for i in events["text"]] == said["text"].tolist()
    assert [header["kinds"][i] for i in events["kind"]] == said["kind"].tolist()


def test_who_is_not_there_is_marked(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(3), npcs=3), NO_EVENTS)
        writer.write(block(range(3, 6), npcs=5), NO_EVENTS)
    _, ticks, tables = read(stretch(load(tmp_path / "run")).data)
    assert ticks == [0, 1, 2, 3, 4, 5]
    assert tables["npcs"]["alive"] == [[1] * 6] * 3 + [[0, 0, 0, 1, 1, 1]] * 2


def test_the_finest_rhythm_that_fits_is_chosen(run):
    assert stretch(run).every == 1
    whole = len(stretch(run).data)
    less = stretch(run, limit=whole - 1)
    assert less.every == 6
    assert len(less.data) < whole
    assert stretch(run, limit=1).last == TICKS - 1


def test_a_recording_with_gaps_keeps_its_newest_frame(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(record_every=4), SCHEMA, DOCUMENTS) as writer:
        writer.write(block(range(0, 41, 4)), NO_EVENTS)
    run = load(tmp_path / "run")
    assert read(stretch(run).data)[1] == list(range(0, 41, 4))
    assert read(stretch(run, every=12).data)[1] == [0, 12, 24, 36, 40]


def test_a_run_that_is_being_written_can_be_shown(tmp_path):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS, Pace(flush_seconds=0.0)) as writer:
        run = load(tmp_path / "run")
        with pytest.raises(BadParameter, match="no ticks yet"):
            stretch(run)
        writer.write(block(range(4)), NO_EVENTS)
        writer.sync()
        assert stretch(run).last == 3
        writer.write(block(range(4, 8)), NO_EVENTS)
        writer.sync()
        assert stretch(run).last == 7


def test_ticks_outside_the_run_are_refused(run):
    with pytest.raises(BadParameter, match="not in the run"):
        stretch(run, ticks=slice(500, 600))


def test_a_run_without_a_map_lies_on_grass_as_wide_as_its_people_went(run):
    header = read(stretch(run).data)[0]
    assert header["map"]["width"] == int(run.npcs()["x"].max()) + 2
    assert {*header["map"]["rows"]} == {"a" * header["map"]["width"]}
    assert header["personas"] == [{"name": f"Npc {i}"} for i in range(5)]


def test_nothing_of_the_machine_is_in_it(run):
    plain = gzip.decompress(stretch(run).data)
    assert str(run.folder).encode() not in plain
    assert run.folder.parent.name.encode() not in plain


def test_the_limit_leaves_room_for_base64():
    assert LIMIT * 4 / 3 < 300_000


def test_the_pictures_of_the_map_travel_when_they_are_wanted(tmp_path):
    art = bytes(range(256)) * 3
    said = {"hash": "0123", "bytes": len(art)}
    drawn = {
        "name": "m", "terrain": ["grass"], "rows": ["aaa", "aaa"], "places": [],
        "art": {**said, "data": base64.b64encode(art).decode()},
    }  # fmt: skip
    documents = {**DOCUMENTS, "map.json": json.dumps(drawn).encode()}
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, documents) as writer:
        writer.write(block(range(20)), NO_EVENTS)
    history = load(tmp_path / "run")

    shared, asked = stretch(history, art=True), stretch(history)

    assert read(shared.data)[0]["map"]["art"] == read(asked.data)[0]["map"]["art"] == said
    assert read_art(shared.data) == art
    assert read_art(asked.data) == b""
    assert read(shared.data)[1:] == read(asked.data)[1:]
