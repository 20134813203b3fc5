import numpy as np
import pyarrow as pa
import pytest

from aitown.history.rows import EVENT_SCHEMA, arrow_schema, event_batch, frame_batch
from aitown.history.tail import HotReader, HotWriter
from tests.history.run_model import SCHEMA, block, events

NPCS = arrow_schema("npcs", SCHEMA["npcs"])


def write(path, table="npcs", batches=6):
    writer = HotWriter(path, NPCS if table == "npcs" else EVENT_SCHEMA)
    rows = []
    for i in range(batches):
        span = range(4 * i, 4 * i + 4)
        rows.append(frame_batch("npcs", NPCS, [block(span)]) if table == "npcs" else event_batch([events(4 * i, span)]))
        writer.append(4 * i, 4 * i + 4, rows[-1])
    writer.close()
    return rows


def read(path, table="npcs"):
    reader = HotReader(path, NPCS if table == "npcs" else EVENT_SCHEMA, 0)
    reader.poll()
    return reader


@pytest.mark.parametrize("table", ["npcs", "events"])
def test_what_was_written_is_read(tmp_path, table):
    rows = write(tmp_path / "hot", table)
    reader = read(tmp_path / "hot", table)
    assert [batch.rows.to_pydict() for batch in reader.batches] == [batch.to_pydict() for batch in rows]
    assert [(batch.start, batch.stop) for batch in reader.batches] == [(4 * i, 4 * i + 4) for i in range(6)]
    assert not reader.torn


def test_any_arrow_tool_can_read_it(tmp_path):
    rows = write(tmp_path / "hot")
    with pa.ipc.open_stream(tmp_path / "hot") as stream:
        assert stream.read_all().to_pydict() == pa.Table.from_batches(rows).to_pydict()


@pytest.mark.parametrize("table", ["npcs", "events"])
def test_a_file_cut_anywhere_gives_whole_batches_of_the_beginning(tmp_path, table):
    rows = write(tmp_path / "hot", table, 3)
    data = (tmp_path / "hot").read_bytes()
    counts = set()
    for size in range(0, len(data), 7):
        (tmp_path / "cut").write_bytes(data[:size])
        found = read(tmp_path / "cut", table).batches
        assert [batch.rows.to_pydict() for batch in found] == [batch.to_pydict() for batch in rows[: len(found)]]
        counts.add(len(found))
    assert counts == {0, 1, 2, 3}


@pytest.mark.parametrize("table", ["npcs", "events"])
def test_a_flipped_bit_never_gives_other_rows(tmp_path, table):
    rows = [batch.to_pydict() for batch in write(tmp_path / "hot", table)]
    data = (tmp_path / "hot").read_bytes()
    random = np.random.default_rng(1)
    stopped = 0
    for position in random.integers(0, len(data), 600):
        flipped = bytearray(data)
        flipped[position] ^= 1 << random.integers(8)
        (tmp_path / "flipped").write_bytes(flipped)
        found = [batch.rows.to_pydict() for batch in read(tmp_path / "flipped", table).batches]
        assert found == rows[: len(found)], position
        stopped += len(found) < len(rows)
    assert stopped > 300


def test_a_growing_file_is_read_on_from_where_the_last_poll_stopped(tmp_path):
    write(tmp_path / "hot")
    data = (tmp_path / "hot").read_bytes()
    (tmp_path / "growing").write_bytes(b"")
    reader = HotReader(tmp_path / "growing", NPCS, 0)
    seen = []
    for size in range(0, len(data) + 500, 500):
        with (tmp_path / "growing").open("ab") as file:
            file.write(data[size : size + 500])
        assert reader.poll()
        seen.append(len(reader.batches))
    assert seen == sorted(seen)
    assert len(set(seen)) == 7
    assert [batch.rows.to_pydict() for batch in reader.batches] == [
        b.rows.to_pydict() for b in read(tmp_path / "hot").batches
    ]


def test_another_file_of_the_same_name_is_noticed(tmp_path):
    write(tmp_path / "hot")
    reader = read(tmp_path / "hot")
    (tmp_path / "hot").unlink()
    write(tmp_path / "hot")
    assert not reader.poll()


def test_batches_that_do_not_follow_one_another_are_not_read(tmp_path):
    writer = HotWriter(tmp_path / "hot", NPCS)
    writer.append(0, 4, frame_batch("npcs", NPCS, [block(range(4))]))
    writer.append(8, 12, frame_batch("npcs", NPCS, [block(range(8, 12))]))
    writer.close()
    reader = read(tmp_path / "hot")
    assert reader.stop == 4
    assert reader.torn


def test_a_file_with_other_columns_is_not_read(tmp_path):
    write(tmp_path / "hot", "events")
    reader = read(tmp_path / "hot")
    assert reader.torn
    assert not reader.batches
