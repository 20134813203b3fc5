from __future__ import annotations

import pytest

from aitown.wire.mirror import Mirror, delay

FULL = {"type": "full_state", "epoch": "a", "seq": 5, "payload": {"tick": 5, "map": "M"}}


def update(seq, epoch="a"):
    return {"type": "state_update", "epoch": epoch, "seq": seq, "payload": {"tick": seq}}


def test_an_update_keeps_the_map():
    mirror = Mirror()

    assert mirror.apply(FULL)
    assert mirror.apply(update(6))
    assert mirror.payload == {"tick": 6, "map": "M"}


@pytest.mark.parametrize("message", [update(5), update(4), FULL, update(9, epoch="b")])
def test_what_is_older_or_of_an_unknown_life_is_dropped(message):
    mirror = Mirror()
    mirror.apply(FULL)

    assert not mirror.apply(message)
    assert mirror.payload["tick"] == 5


def test_another_life_begins_with_a_full_state_whatever_its_number():
    mirror = Mirror()
    mirror.apply(FULL)

    assert mirror.apply({**FULL, "epoch": "b", "seq": 1})
    assert mirror.position == ("b", 1)


@pytest.mark.parametrize("message", [{}, {"type": "hb", "epoch": "a", "seq": 9}, {"type": "full_state", "payload": 3}])
def test_what_is_no_state(message):
    assert not Mirror().apply(message)


def test_a_server_that_counts_nothing_is_believed():
    mirror = Mirror()

    assert mirror.apply({"type": "full_state", "payload": {"tick": 1}})
    assert mirror.apply({"type": "state_update", "payload": {"tick": 2}})
    assert mirror.payload == {"tick": 2}


@pytest.mark.parametrize(
    ("failures", "uniform", "seconds"), [(0, 0, 0.1), (0, 1, 1), (3, 1, 8), (9, 1, 30), (10**6, 0.5, 16.5)]
)
def test_the_wait_before_a_dial(failures, uniform, seconds):
    assert delay(failures, uniform) == pytest.approx(seconds)
