"""JSON from outside."""

from __future__ import annotations

from typing import Any

import orjson

from aitown.errors import BadMessage

DEEPEST = 32
"""Most levels of objects and lists in one another. What was read is printed and written again, and that stops at depths
which reading still bears."""


def read(data: bytes | str) -> Any:
    """What it says.

    Raises:
        BadMessage: when it isn't JSON, or nested too deep.
    """
    try:
        value = orjson.loads(data)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise BadMessage(f"not JSON: {data[:40]!r} ({error}).", "Send a JSON object; see PROTOCOL.md.") from error
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return value
    raise BadMessage(f"JSON nested more than {DEEPEST} levels deep.", "Send what PROTOCOL.md describes.")


def _inside(outer: Any) -> Any:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()
