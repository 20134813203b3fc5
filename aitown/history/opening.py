"""`aitown.load`: a run of aitown, or of another system."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aitown.errors import BadParameter, RunExists
from aitown.history.importing import is_generative_agents, write_generative_agents
from aitown.history.layout import MANIFEST
from aitown.history.reader import History

if TYPE_CHECKING:
    from aitown.history.importing.generative_agents import MapLike


def _is_simulation(path: Path) -> bool:
    """Whether it is a run of another system; what can't be looked at is left to `History.load`, which says so."""
    try:
        return not (path / MANIFEST).exists() and is_generative_agents(path)
    except OSError:
        return False


def load(folder: str | Path, map: MapLike | None = None, save: str | Path | None = None) -> History:  # noqa: A002
    """The History of a run: one of aitown's, finished or being written, or a simulation of Generative Agents.

    A simulation is a folder of compressed_storage (`master_movement.json`, `meta.json`) or of storage (`movement/`,
    `reverie/meta.json`). It is made into a run first, in a temporary folder that lasts as long as the History, or in
    `save`. Each step is a tick; conversations are there once each, told at the step at which they first show.

    Args:
        folder: of the run.
        map: the ground of a simulation, an `aitown.TownMap`:
            `aitown.TownMap.from_tiled("the_ville_jan7.json", names="matrix/special_blocks")`.
        save: where to keep what a simulation is made into.

    Raises:
        UnknownRun: when there is neither.
        DamagedRun: when it can't be understood.
        BadParameter: for what is no path; for a map or `save` with a run of aitown, which has both.
    """
    if not isinstance(folder, str | Path):
        raise BadParameter(f"{folder!r:.80} is no folder of a run.", "Give its path.")
    path = Path(folder).expanduser().absolute()
    if not _is_simulation(path):
        found = History.load(path)
        if map is not None or save is not None:
            raise BadParameter(f"a map or save for {path}, which is a run of aitown.", "Leave them out.")
        return found
    if save is not None:
        target = Path(save).expanduser().absolute()
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise RunExists(f"{target} is there already and not empty.", "Give another folder, or load that one.")
        write_generative_agents(path, target, map)
        return History.load(target)
    temporary = tempfile.TemporaryDirectory(prefix="aitown-", ignore_cleanup_errors=True)
    write_generative_agents(path, Path(temporary.name) / path.name, map)
    found = History.load(Path(temporary.name) / path.name)
    found.keeps = temporary
    return found
