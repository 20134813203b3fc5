"""manifest.json: what a run is, as plain data, with the crc32 of itself and of the documents beside it.

Names of people, places and labels stand there and in the documents, not in the tables: a flipped bit would be another
name without an error.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import DamagedRun, UnknownRun
from aitown.history.layout import FORMAT, MANIFEST, write_whole
from aitown.history.unreadable import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUNNING = "running"
DOCUMENTS = "documents"
"""Where the manifest has the crc32 of each document."""
_NEEDED = ("schema", "format", "state")
_CRC = "crc"


def checksum(data: bytes) -> str:
    """crc32, as the manifest has it."""
    return f"{zlib.crc32(data):08x}"


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    plain = orjson.loads(orjson.dumps(dict(manifest), option=orjson.OPT_SERIALIZE_NUMPY))
    full = {**plain, _CRC: checksum(orjson.dumps(plain))}
    write_whole(folder / MANIFEST, orjson.dumps(full, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        UnknownRun: when there is no run.
        DamagedRun: when the manifest can't be understood.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "is a file, and a run is a folder" if folder.is_file() else "is not there"
        what = "is not a run folder: it has no manifest.json" if folder.is_dir() else what
        raise UnknownRun(
            f"{folder} {what}.", "`aitown runs` lists the runs; Town.run(record=folder) makes one."
        ) from error
    except OSError as error:
        raise refusal(folder / MANIFEST, error) from error
    try:
        manifest = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DamagedRun(f"{folder / MANIFEST} is damaged: {error}.", "Restore it from a copy of the run.") from error
    missing = [name for name in _NEEDED if not isinstance(manifest, dict) or name not in manifest]
    if missing:
        raise DamagedRun(f"{folder / MANIFEST} lacks {', '.join(missing)}.", "Restore it from a copy of the run.")
    if not isinstance(manifest["format"], int):
        raise DamagedRun(
            f"{folder / MANIFEST} has format {manifest['format']!r}.", "Restore it from a copy of the run."
        )
    if manifest["format"] > FORMAT:
        raise DamagedRun(
            f"{folder} has format {manifest['format']}; this aitown reads up to {FORMAT}.", "Install a newer aitown."
        )
    crc = manifest.pop(_CRC, None)  # runs of before have none
    if crc is not None and crc != checksum(orjson.dumps(manifest)):
        raise DamagedRun(
            f"{folder / MANIFEST} is damaged: its checksum is wrong.",
            f'Restore it from a copy of the run. If it was edited on purpose, remove its "{_CRC}".',
        )
    return dict(manifest)


def document(folder: Path, name: str) -> Any:
    """map.json or personas.json, as plain data.

    Raises:
        DamagedRun: when it can't be read, or isn't what the run was made with.
    """
    path = folder / name
    wanted = read_manifest(folder).get(DOCUMENTS, {}).get(name)
    try:
        data = path.read_bytes()
        if wanted not in (None, checksum(data)):
            raise DamagedRun(f"{path} is damaged: its checksum is wrong.", "Restore it from a copy of the run.")
        return orjson.loads(data)
    except OSError as error:
        raise refusal(path, error) from error
    except orjson.JSONDecodeError as error:
        raise DamagedRun(f"{path} can't be read: {error}.", "Restore it from a copy.") from error
