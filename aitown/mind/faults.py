"""What goes wrong with a mind: in the log of the process that has it, and in one line for the town."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aitown.errors import AitownError

log = logging.getLogger("aitown.mind")

LOGGED = 5
MOST_TEXT = 500


@dataclass
class Faults:
    """The faults of one mind; the first `LOGGED` of them are logged.

    Args:
        name: what it is called there.
    """

    name: str
    count: int = 0

    def say(self, error: BaseException) -> str:
        """The error in one line of at most `MOST_TEXT` characters, which is logged too."""
        self.count += 1
        if isinstance(error, AitownError):
            text = error.message
        elif isinstance(error, TimeoutError) and str(error):
            text = str(error)
        else:
            text = f"{type(error).__name__}: {error}"
        if self.count <= LOGGED:
            trace = None if isinstance(error, AitownError | TimeoutError) else error
            remedy = f" {error.remedy}" if isinstance(error, AitownError) and error.remedy else ""
            log.warning("%s: %s%s The default decides.", self.name, _sentence(text), remedy, exc_info=trace)
        plain = text.encode(errors="backslashreplace").decode()
        return " ".join(plain.split())[:MOST_TEXT]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
