from __future__ import annotations

import pytest

from aitown.errors import BadMessage
from aitown.wire.payload import Payload
from tests.wire.helpers import hello


@pytest.mark.parametrize("changes", [{"schema": 3}, {"start": "yesterday"}, {"places": [{}]}, {"names": None}])
def test_a_useless_hello(changes):
    with pytest.raises(BadMessage, match="hello"):
        Payload(hello(**changes))


def test_the_day_counts_from_the_first():
    assert Payload(hello()).moment(8641, "2025-03-04T06:00:10") == {
        "tick": 8641,
        "clock": "2025-03-04T06:00:10",
        "day": 2,
    }
