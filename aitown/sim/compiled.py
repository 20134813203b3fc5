"""`kernel`: how every compiled function of the simulation is declared.

numba's own cache watches only the file that a function lives in, not the functions that it calls in other files. So the
cache folder is named by a hash of all sources of the simulation, numba's version and the processor; a change anywhere
compiles everything anew.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding
import numba
import platformdirs
from numba import config

from aitown.sim.linking import Kernel

Function = TypeVar("Function", bound=Callable[..., Any])

KEPT_FOLDERS = 8
KEPT_SECONDS = 7 * 86_400


@cache
def cache_folder() -> Path:
    """The folder that holds the machine code for exactly these sources on this processor."""
    digest = hashlib.sha256()
    sources = Path(__file__).parent
    for path in sorted(sources.rglob("*.py")):
        digest.update(str(path.relative_to(sources)).encode())
        digest.update(path.read_bytes())
    digest.update(f"{numba.__version__} {llvmlite.binding.get_host_cpu_name()}".encode())
    return Path(platformdirs.user_cache_dir("aitown")) / f"compiled-{digest.hexdigest()[:16]}"


def kernel(function: Function) -> Function:
    """Compile a function at its first call and keep the machine code for later processes.

    No fast-math: the same inputs give the same bits. The global interpreter lock is released while it runs.
    """
    return _compiled(function, counts=True)


def loop(function: Function) -> Function:
    """Like `kernel`, for functions that make no arrays.

    Their arguments aren't counted as references: counting took three quarters of the time of a loop that looks into
    several arrays for each NPC.
    """
    return _compiled(function, counts=False)


def inlined(function: Function) -> Function:
    """Like `loop`, put into its callers: a call hands over each array of a `World` in seven registers or words."""
    return _compiled(function, counts=False, inline="always")


def _compiled(function: Function, *, counts: bool, inline: str = "never") -> Function:
    settings = cast("Any", config)  # numba declares its settings at run time
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder())
    try:
        made = Kernel(
            function,
            {
                "nopython": True,
                "nogil": True,
                "error_model": "numpy",
                "boundscheck": None,
                "inline": inline,
                "_nrt": counts,
            },
        )
    finally:
        settings.CACHE_DIR = before
    return cast("Function", made)


def is_cached(function: Callable[..., Any]) -> bool:
    """Whether machine code of a kernel lies in the cache folder, of the sources that lie here."""
    return any(cast("Kernel", function).folder.glob(f"*.{function.__name__}-*.nbi"))


def prune() -> None:
    """Delete the machine code of older sources: all but the newest `KEPT_FOLDERS`, and none younger than a week."""
    here = cache_folder()
    others = [path for path in here.parent.glob("compiled-*") if path != here and path.is_dir()]
    by_age = sorted(((path.stat().st_mtime, path) for path in others), reverse=True)
    for modified, path in by_age[KEPT_FOLDERS - 1 :]:
        if time.time() - modified > KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
