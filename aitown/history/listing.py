"""`aitown.runs()`: the runs in a folder, with size and state; one of them can be deleted."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, RunError, UnknownRun
from aitown.history.asking import unknown
from aitown.history.layout import MANIFEST, UNFINISHED, near, sync_folder
from aitown.history.lock import WriterLock
from aitown.history.reader import History

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_DEPTH = 3
_COLUMNS = ("name", "town", "map", "npcs", "seed", "ticks", "days", "state", "MB", "created")


def default_folder() -> Path:
    """Where runs are kept: $AITOWN_RUNS, else ./runs."""
    return Path(os.environ.get("AITOWN_RUNS") or "runs").expanduser().absolute()


def runs(folder: str | Path | None = None) -> Runs:
    """The runs in `folder` (default: $AITOWN_RUNS, else ./runs) and the folders in it."""
    return Runs(default_folder() if folder is None else Path(folder).expanduser().absolute())


class Runs:
    """A listing of runs: iterates over their names.

    `runs["name"]` opens one, `runs.delete("name")` removes one, `runs.frame` is a DataFrame.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __iter__(self) -> Iterator[str]:
        return iter(str(path.relative_to(self.folder)) for path in _run_folders(self.folder, _DEPTH))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> History:
        return History.load(self._path(name))

    @property
    def frame(self) -> pd.DataFrame:
        """One row a run; its name is the index."""
        import pandas as pd

        rows = [_row(name, self.folder / name) for name in self]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).set_index("name")

    def delete(self, name: str) -> None:
        """Remove a run and everything in its folder, for good.

        Raises:
            UnknownRun: when there is none of that name.
            RunError: when it is being written.
        """
        path = self._path(name)
        lock = WriterLock(path)
        try:
            doomed = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
            path.rename(doomed)
            sync_folder(path.parent)
            shutil.rmtree(doomed)
        except OSError as error:
            raise RunError(f"{path} can't be deleted: {error.strerror}.", "Check its permissions.") from error
        finally:
            lock.release()

    def __repr__(self) -> str:
        if not len(self):
            return f"no runs in {near(self.folder)}"
        return f"runs in {near(self.folder)}\n{self.frame.to_string()}"

    def _repr_html_(self) -> str:
        if not len(self):
            return f"<p>no runs in {near(self.folder)}</p>"
        return str(self.frame.to_html(notebook=True))

    def _path(self, name: str) -> Path:
        known = list(self)
        if name not in known:
            missing = unknown("run", name, known)
            raise UnknownRun(f"no run {name!r} in {self.folder}.", missing.remedy)
        return self.folder / name


def _run_folders(folder: Path, depth: int) -> Iterator[Path]:
    for path in _folders(folder):
        if os.path.isfile(path / MANIFEST):  # noqa: PTH113 (the method of Path raises where it may not look)
            yield path
        elif depth > 1:
            yield from _run_folders(path, depth - 1)


def _folders(folder: Path) -> list[Path]:
    """The folders in it; none where it may not be looked at."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError:
        return []


def _row(name: str, folder: Path) -> dict[str, Any]:
    try:
        history = History.load(folder)
        manifest, last = history.manifest, history.last_tick or 0
        return {
            "name": name,
            "town": history.town,
            "map": manifest.get("map", ""),
            "npcs": len(history.names),
            "seed": manifest.get("seed"),
            "ticks": last,
            "days": round(last * history.tick_seconds / 86_400, 2),
            "state": history.state,
            "MB": round(history.nbytes / 1e6, 1),
            "created": manifest.get("created", ""),
        }
    except AitownError:
        return {"name": name, "state": "damaged"}
