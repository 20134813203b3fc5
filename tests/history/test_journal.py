import json

import pytest

from aitown.errors import BadParameter, DamagedRun
from aitown.history.journal import Journal, read

RECORDS = [{"id": i, "tick": 10 * i, "kind": "say", "text": f"‘Grüezi’ {i}\n"} for i in range(5)]


@pytest.fixture
def path(tmp_path):
    journal = Journal(tmp_path / "inputs.jsonl")
    for record in RECORDS:
        journal.append(record)
    journal.close()
    return tmp_path / "inputs.jsonl"


def test_records_come_back_in_order(path):
    assert read(path)[0] == RECORDS


def test_every_line_is_plain_json(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [{k: v for k, v in line.items() if k != "crc"} for line in lines] == RECORDS


def test_a_torn_last_line_is_dropped_and_written_over(path):
    data = path.read_bytes()
    last = data.rindex(b"\n", 0, -1) + 1
    for size in range(last, len(data)):
        path.write_bytes(data[:size])
        assert read(path)[0] == RECORDS[:4]
    journal = Journal(path)
    journal.append({"id": 9})
    journal.close()
    assert read(path)[0] == [*RECORDS[:4], {"id": 9}]


def test_damage_before_the_last_line_is_an_error(path):
    data = bytearray(path.read_bytes())
    data[data.index(b'"tick":10,') + 8] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedRun, match="line 2 is damaged"):
        read(path)


def test_nothing_of_a_long_torn_line_stays_behind_a_short_new_one(path):
    with path.open("ab") as file:
        file.write(b'{"id":5,"text":"' + b"x" * 500)
    journal = Journal(path)
    journal.append({"id": 5})
    journal.append({"id": 6})
    journal.close()
    assert read(path)[0] == [*RECORDS, {"id": 5}, {"id": 6}]
    assert path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("record", [{}, {"crc": 1}])
def test_a_record_that_can_not_be_told_from_its_checksum_is_refused(path, record):
    journal = Journal(path)
    with pytest.raises(BadParameter):
        journal.append(record)
    journal.close()
