"""What goes wrong with a mind: in the log of the process that has it, and in one line for the town."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aitown.errors import AitownError

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("aitown.mind")

LOGGED = 5
MOST_TEXT = 500
_CALLERS = ("aitown", "asyncio", "concurrent")


@dataclass
class Faults:
    """The faults of one mind; of those that differ the first `LOGGED` are logged.

    Args:
        name: what it is called there.
    """

    name: str
    _logged: set[str] = field(default_factory=set)

    def say(self, error: BaseException) -> str:
        """The error in one line of at most `MOST_TEXT` characters; it is logged, too, if it is a new one."""
        if isinstance(error, AitownError):
            text = error.message
        elif isinstance(error, TimeoutError) and str(error):
            text = str(error)
        else:
            text = f"{type(error).__name__}: {error}"
        if text not in self._logged and len(self._logged) < LOGGED:
            self._logged.add(text)
            expected = isinstance(error, AitownError | TimeoutError)
            trace = None if expected else (type(error), error, _from_the_mind_on(error))
            remedy = f" {error.remedy}" if isinstance(error, AitownError) and error.remedy else ""
            log.warning("%s: %s%s The default decides.", self.name, _sentence(text), remedy, exc_info=trace)
        plain = text.encode(errors="backslashreplace").decode()
        return " ".join(plain.split())[:MOST_TEXT]


def _from_the_mind_on(error: BaseException) -> TracebackType | None:
    """The traceback without those who asked; the whole if there is nothing else."""
    trace = error.__traceback__
    while trace is not None and str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _CALLERS:
        trace = trace.tb_next
    return trace or error.__traceback__


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
