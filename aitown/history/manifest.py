"""manifest.json: what a run is, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from aitown.errors import DamagedRun, UnknownRun
from aitown.history.layout import FORMAT, MANIFEST, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUNNING = "running"
_NEEDED = ("schema", "format", "state")


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    write_whole(folder / MANIFEST, orjson.dumps(dict(manifest), option=options))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        UnknownRun: when there is no run.
        DamagedRun: when the manifest can't be understood.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "is not a run folder: it has no manifest.json" if folder.is_dir() else "is not there"
        raise UnknownRun(
            f"{folder} {what}.", "`aitown runs` lists the runs; Town.run(record=folder) makes one."
        ) from error
    except OSError as error:
        raise DamagedRun(f"{folder / MANIFEST} can't be read: {error.strerror}.", "Check its permissions.") from error
    try:
        manifest = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DamagedRun(f"{folder / MANIFEST} is damaged: {error}.", "Restore it from a copy of the run.") from error
    missing = [name for name in _NEEDED if not isinstance(manifest, dict) or name not in manifest]
    if missing:
        raise DamagedRun(f"{folder / MANIFEST} lacks {', '.join(missing)}.", "Restore it from a copy of the run.")
    if manifest["format"] > FORMAT:
        raise DamagedRun(
            f"{folder} has format {manifest['format']}; this aitown reads up to {FORMAT}.", "Install a newer aitown."
        )
    return dict(manifest)
