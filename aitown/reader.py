"""The child that answers one question to a run: `python -m aitown.reader FOLDER QUESTION`, the question in JSON.

The first line on stdout is JSON: `{"status": 200, "type": …}`, or `{"status": …, "error": …}` and nothing more; the
answer follows. It ends at once when its stdin closes or when nobody reads on: whoever asked has gone.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import AitownError, BadMessage
from aitown.wire import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_GONE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """0: answered, or told why not; 3: nobody reads the answer."""
    folder, question = arguments or sys.argv[1:]
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    out = sys.stdout.buffer
    begun = False

    def say(kind: str, data: bytes) -> None:
        nonlocal begun
        if not begun:
            out.write(orjson.dumps({"status": 200, "type": kind}) + b"\n")
            begun = True
        out.write(data)

    try:
        _answer(folder, question, say)
        out.flush()
    except AitownError as error:
        out.write(orjson.dumps({"status": error.status, **error.to_json()}) + b"\n")
        out.flush()
    except BrokenPipeError:
        os._exit(_GONE)
    return 0


def _answer(folder: str, question: str, say: Any) -> None:
    from aitown.history import progress
    from aitown.history.answering import answer

    ask = plain.read(question)
    if not isinstance(ask, dict):
        raise BadMessage("a question that is not a JSON object.", "See PROTOCOL.md.")
    progress.SHOWN = False  # who asks has a bar of its own; this one would be in the server's terminal
    answer(folder, ask, say)


def _end_with_stdin() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock this thread would still hold when the interpreter ends
        pass
    os._exit(_GONE)


if __name__ == "__main__":
    # Without the interpreter's end: a thread of Arrow that waits for its lock then ends the process with an abort, now
    # and then, and whoever asked is told that the answer broke off.
    os._exit(main())
