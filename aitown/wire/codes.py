"""Close codes of the socket, and what a client does about each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

NORMAL = 1000
SERVER_STOPS = 1001
PROTOCOL_BROKEN = 1002
ABNORMAL = 1006
NOT_TEXT = 1007
SERVER_ERROR = 1011
RESTART = 1012
TRY_LATER = 1013
REPLACED = 4000
BAD_MESSAGE = 4400
EXPIRED = 4401
NOT_ALLOWED = 4403
NO_SUCH_TOWN = 4404
TOO_SLOW = 4408
ENDED = 4410
OVERLOAD = 4429

Answer = Literal["retry", "later", "refresh", "stop"]

AFTER_CLOSE: Mapping[int, Answer] = {
    **dict.fromkeys((NORMAL, SERVER_STOPS, 1005, ABNORMAL, SERVER_ERROR, RESTART, REPLACED), "retry"),
    **dict.fromkeys((TRY_LATER, TOO_SLOW, OVERLOAD), "later"),
    **dict.fromkeys((PROTOCOL_BROKEN, 1003, NOT_TEXT, 1008, 1009, 1010), "stop"),
    EXPIRED: "refresh",
}


def after_close(code: int) -> Answer:
    """What a client does when its socket was closed with `code`."""
    if code in AFTER_CLOSE:
        return AFTER_CLOSE[code]
    return "stop" if 4400 <= code < 4500 else "retry"  # noqa: PLR2004 (the range of the table)
