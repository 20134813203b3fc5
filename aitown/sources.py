"""The source text of functions and classes that somebody else wrote."""

from __future__ import annotations

import inspect
import textwrap
import threading
from typing import Any

_ONE_AT_A_TIME = threading.Lock()
"""CPython 3.11 fails now and then with a SystemError when two threads parse at once, as `inspect` does for a class."""


def source(thing: Any) -> str:
    """The text of a function or class, as if it stood at the margin; "" where there is none to be found."""
    try:
        with _ONE_AT_A_TIME:
            return textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        return ""
