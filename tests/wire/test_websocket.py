from __future__ import annotations

import pytest
from websockets.frames import Frame as Reference
from websockets.frames import Opcode

from aitown.wire.websocket import Text


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_is_what_another_library_writes(size):
    data = b"x" * size

    assert Text(data).frame == Reference(Opcode.TEXT, data).serialize(mask=False)
