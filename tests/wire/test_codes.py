from __future__ import annotations

import pytest

from aitown.wire.codes import after_close


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (1000, "retry"),
        (1006, "retry"),
        (4000, "retry"),
        (4500, "retry"),
        (4408, "later"),
        (1013, "later"),
        (4401, "refresh"),
        (1002, "stop"),
        (4400, "stop"),
        (4404, "stop"),
        (4410, "stop"),
        (4499, "stop"),
    ],
)
def test_what_a_close_code_asks_for(code, answer):
    assert after_close(code) == answer
