"""Every error that aitown raises on purpose, in one tree.

    AitownError
    ├── BadParameter (ValueError)     a parameter outside what it may be
    │   ├── BadCount                  more NPCs than the homes hold, or fewer than one
    │   ├── BadPersona                a persona or a table of them that can't be used
    │   ├── UnknownName               an NPC, place, column or kind that isn't there
    │   └── NothingToDraw             no rows for a picture
    ├── MapError (ValueError)
    │   ├── UnknownMap                neither a built-in name nor a file
    │   ├── BadMap                    read, but no town can live on it
    │   └── BrokenMapFile             not a Tiled map, or a damaged one
    ├── RunError
    │   ├── RunExists                 the folder holds a run already
    │   ├── UnknownRun                no run there
    │   └── DamagedRun                a run that can't be read or continued
    ├── TownError
    │   ├── UnknownTown               a name that was never opened
    │   ├── TownDiffers               runs already, with other parameters
    │   ├── TownFailed                its process can't go on
    │   └── TownEnded                 was stopped
    ├── InputRejected                 a valid message that the model refuses
    ├── BadMessage                    the other side broke the protocol
    │   └── TooMany                   it sends more, or reads less, than can be borne
    └── LinkError
        ├── NoServer                  no Jupyter server with aitown in reach
        ├── NotAllowed                token missing, wrong, or without the right
        └── NoAnswer                  a deadline passed

A sentence says what was given and what was expected; `remedy` says what to do. The same two travel as
`{error, message, remedy}` over HTTP, the socket and the pipe, and come back as the same class (`from_json`).
"""

from __future__ import annotations

from typing import Any, ClassVar


class AitownError(Exception):
    """Base of all errors raised on purpose.

    `status` is the HTTP status that a server answers with.
    """

    status: ClassVar[int] = 500

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.remedy)

    def to_json(self) -> dict[str, str]:
        """The one shape of an error outside this process."""
        return {"error": type(self).__name__, "message": self.message, "remedy": self.remedy}


class BadParameter(AitownError, ValueError):
    status = 400


class BadCount(BadParameter):
    pass


class BadPersona(BadParameter):
    pass


class UnknownName(BadParameter):
    status = 404


class NothingToDraw(BadParameter):
    """There are no rows for a picture: not yet, or not in the ticks that are asked."""


class MapError(AitownError, ValueError):
    status = 400


class UnknownMap(MapError):
    pass


class BadMap(MapError):
    pass


class BrokenMapFile(MapError):
    pass


class RunError(AitownError):
    status = 409


class RunExists(RunError):
    pass


class UnknownRun(RunError):
    status = 404


class DamagedRun(RunError):
    status = 500


class TownError(AitownError):
    status = 409


class UnknownTown(TownError):
    status = 404


class TownDiffers(TownError):
    pass


class TownFailed(TownError):
    status = 500


class TownEnded(TownError):
    status = 410


class InputRejected(AitownError):
    status = 422


class BadMessage(AitownError):
    status = 400


class TooMany(BadMessage):
    status = 429


class LinkError(AitownError):
    status = 503


class NoServer(LinkError):
    pass


class NotAllowed(LinkError):
    status = 403


class NoAnswer(LinkError):
    status = 504


def _tree(root: type[AitownError]) -> dict[str, type[AitownError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def from_json(data: Any) -> AitownError:
    """The error that `to_json` described; an unknown or malformed one becomes a plain `AitownError`."""
    if not isinstance(data, dict):
        return AitownError(f"an error arrived that is not a JSON object: {data!r}")
    kind = _tree(AitownError).get(str(data.get("error")), AitownError)
    return kind(str(data.get("message", data)), str(data.get("remedy", "")))
