"""`kernel`: how every compiled function of the simulation is declared.

numba's own cache watches only the file that a function lives in, not the functions that it calls in other files. So the
cache folder is named by a hash of all sources of the simulation, numba's version and the processor; a change anywhere
compiles everything anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
import platformdirs
from numba import config

Function = TypeVar("Function", bound=Callable[..., Any])


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
    """Compile a per-NPC loop at its first call and keep the machine code for later processes.

    No fast-math: the same inputs give the same bits. The global interpreter lock is released while it runs.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        compiled: Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return compiled
