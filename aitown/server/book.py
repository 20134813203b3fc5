"""The towns that a server knows, on disk: one small file each, written whole or not at all.

The files lie beside the runs, in `<runs>/.towns/`, so that a server that starts again in the same folder finds its
towns.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from logging import Logger
    from pathlib import Path

_LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """One town: its name, its run, what it was opened with, how it should run.

    `folder` is relative to the server's folder; `personas` is a hash of those given, "" for the map's own.
    """

    name: str
    run: str
    folder: str
    map: Any
    npcs: int | None = None
    seed: int | None = None
    personas: str = ""
    start: str | None = None
    tick_seconds: int | None = None
    systems: list[str] | None = None
    speed: float = 10.0
    play: bool = True
    ended: bool = False

    def public(self) -> dict[str, Any]:
        """The part of it that REST answers show."""
        hidden = {"systems", "personas", "play", "ended"}
        return {key: value for key, value in asdict(self).items() if key not in hidden}


class Book:
    """All entries; a change is on disk when the call returns.

    A file that can't be read is left alone and reported: its town is unknown until somebody opens it anew.
    """

    def __init__(self, runs: Path, log: Logger) -> None:
        self._folder = runs / ".towns"
        self.entries: dict[str, Entry] = {}
        known = {field.name for field in fields(Entry)}
        for path in sorted(self._folder.glob("*.json")):
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                entry = Entry(**{key: value for key, value in data.items() if key in known})
            except (OSError, ValueError, TypeError, AttributeError) as error:
                log.warning("aitown | %s can't be read and is left alone: %s", path, error)
            else:
                self.entries[entry.name] = entry

    def put(self, entry: Entry) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _file(entry.name)
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(entry), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        self.entries[entry.name] = entry

    def change(self, name: str, **values: Any) -> Entry:
        """The entry with other values, on disk."""
        entry = replace(self.entries[name], **values)
        if entry != self.entries[name]:
            self.put(entry)
        return entry


def _file(name: str) -> str:
    """The name of a town's file; file systems take no more than 255 bytes."""
    quoted = quote(name, safe="")
    if len(quoted) > _LONGEST:
        quoted = f"{quoted[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"{quoted}.json"
