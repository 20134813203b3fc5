import itertools

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aitown.errors import DamagedRun
from aitown.history import parts
from aitown.history.rows import EVENT_SCHEMA, arrow_schema, event_batch, frame_batch
from aitown.history.tail import Batch
from tests.history.run_model import SCHEMA, block, events

NPCS = arrow_schema("npcs", SCHEMA["npcs"])


def seal(folder, blocks, npcs=5):
    batches = [Batch(int(b.ticks[0]), int(b.ticks[-1]) + 1, frame_batch("npcs", NPCS, [b])) for b in blocks]
    return parts.seal(folder, 0, NPCS, batches), pa.Table.from_batches([batch.rows for batch in batches])


def test_a_part_is_sorted_by_npc_then_tick_and_named_by_its_ticks(tmp_path):
    part, rows = seal(tmp_path, [block(range(10)), block(range(10, 25))])
    assert part.file.startswith("000000-0000000000-0000000025-")
    found = parts.read(tmp_path / part.file, NPCS.names)
    assert found.equals(rows.sort_by([("npc", "ascending"), ("tick", "ascending")]))


def test_rows_that_differ_from_tick_to_tick_are_sorted_too(tmp_path):
    part, rows = seal(tmp_path, [block(range(10), npcs=3), block(range(10, 25), npcs=5)])
    found = parts.read(tmp_path / part.file, NPCS.names)
    assert found.equals(rows.sort_by([("npc", "ascending"), ("tick", "ascending")]))
    ids, ticks = found.column("npc").to_numpy(), found.column("tick").to_numpy()
    order = parts.tick_order(ids, ticks)
    assert found.take(pa.array(order)).equals(rows)


def test_no_column_of_a_part_spends_a_level_on_values_that_might_be_missing(tmp_path):
    part, _ = seal(tmp_path, [block(range(20))])
    columns = pq.ParquetFile(tmp_path / part.file).schema
    assert {columns.column(index).max_definition_level for index in range(len(columns))} == {0}


def test_what_is_read_has_the_schema_of_the_table(tmp_path):
    part, _ = seal(tmp_path, [block(range(40))])
    assert parts.read(tmp_path / part.file, NPCS.names).schema == NPCS


def test_only_row_groups_that_may_hold_the_npc_are_read(tmp_path):
    part, _ = seal(tmp_path, [block(range(1000), npcs=100)])
    found = parts.read(tmp_path / part.file, ["npc", "x"], ids=[99], key="npc")
    assert found.column_names == ["npc", "x"]
    assert 99 in found.column("npc").to_pylist()
    assert found.num_rows < 100_000 / 3


@pytest.mark.parametrize(("ticks", "npcs"), [(7_000, 7), (700, 70), (45_000, 3)])
def test_a_row_group_holds_whole_npcs_so_that_one_costs_no_other(tmp_path, ticks, npcs):
    part, rows = seal(tmp_path, [block(range(ticks), npcs=npcs)])
    path = tmp_path / part.file
    assert parts.read(path, NPCS.names).equals(rows.sort_by([("npc", "ascending"), ("tick", "ascending")]))
    group = pq.read_metadata(path).row_group(0).num_rows
    assert parts.ROW_GROUP / 2 <= group <= 1.5 * parts.ROW_GROUP
    for npc in (0, npcs // 2, npcs - 1):
        found = parts.read(path, ["npc"], ids=[npc], key="npc").column("npc").to_numpy()
        assert (np.bincount(found)[np.unique(found)] == ticks).all()


@pytest.mark.parametrize(("ticks", "drifting"), [(900, "DELTA_BINARY_PACKED"), (100, "BYTE_STREAM_SPLIT")])
def test_differences_are_stored_where_they_are_small(tmp_path, ticks, drifting):
    given = block(range(ticks), npcs=9)
    given.tables["npcs"]["y"] = np.full_like(given.tables["npcs"]["y"], 3)
    part, _ = seal(tmp_path, [given])
    group = pq.read_metadata(tmp_path / part.file).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    found = {column.path_in_schema: set(column.encodings) - {"RLE"} for column in columns}
    assert found["hunger"] == found["tick"] == {drifting}
    assert found["y"] == {"BYTE_STREAM_SPLIT"}
    assert found["place"] == found["alive"] == {"PLAIN"}


def test_a_long_part_is_sorted_band_by_band(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "BAND", 60)
    part, rows = seal(tmp_path, [block(range(first, first + 4)) for first in range(0, 48, 4)])
    found = parts.read(tmp_path / part.file, NPCS.names)
    ids, ticks = found.column("npc").to_numpy(), found.column("tick").to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(ids) < 0) + 1).tolist(), len(ids)]
    assert len(starts) == 5
    for first, stop in itertools.pairwise(starts):
        assert stop - first == 60
        assert (np.lexsort((ticks[first:stop], ids[first:stop])) == np.arange(60)).all()
    assert found.sort_by([("tick", "ascending"), ("npc", "ascending")]).equals(rows)
    narrow = parts.read(tmp_path / part.file, ["tick", "npc"], ticks=(14, 16), key="npc")
    assert set(narrow.column("tick").to_pylist()) == set(range(12, 24))


@pytest.mark.parametrize("table", ["npcs", "events"])
def test_a_flipped_bit_is_an_error_or_harmless_never_other_rows(tmp_path, table):
    if table == "npcs":
        part, _ = seal(tmp_path, [block(range(200))])
        names = NPCS.names
    else:
        part = parts.seal(tmp_path, 0, EVENT_SCHEMA, [Batch(0, 300, event_batch([events(0, range(300))]))])
        names = EVENT_SCHEMA.names
    path = tmp_path / part.file
    data = path.read_bytes()
    good = parts.read(path, names)
    random = np.random.default_rng(2)
    caught = 0
    for position in random.integers(0, len(data), 500):
        flipped = bytearray(data)
        flipped[position] ^= 1 << random.integers(8)
        path.write_bytes(flipped)
        parts._metadata.cache_clear()
        try:
            found = parts.read(path, names)
        except DamagedRun:
            caught += 1
        else:
            assert found.equals(good), position
    assert caught > 300


def test_a_part_without_its_end_is_damaged(tmp_path):
    part, _ = seal(tmp_path, [block(range(20))])
    path = tmp_path / part.file
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedRun, match="end is missing"):
        parts.read(path, ["x"])
