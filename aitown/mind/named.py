"""Minds by name: `"module:Class"`, and what a mind is called in the journal."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from aitown.errors import BadParameter

_HOW = 'Give an object with a method `decide`, its "module:Class", or None for the default.'


def name_of(mind: Any) -> str:
    """What the journal calls a mind that was given as an object: "module.Class", or "Class" for one of a notebook.

    Without a colon, so that nobody takes it for one that can be made again by its name.
    """
    made = type(mind)
    return f"{made.__module__}.{made.__qualname__}".removeprefix("__main__.").replace(":", ".")


def check(mind: Any) -> Any:
    """A mind, as given.

    Raises:
        BadParameter: for what can't decide.
    """
    if isinstance(mind, type):
        raise BadParameter(f"{mind.__name__} is a class; expected an object that decides.", f"Give {mind.__name__}().")
    if not callable(getattr(mind, "decide", None)):
        raise BadParameter(f"{mind!r:.80} has no method `decide`.", _HOW)
    return mind


def load(name: str) -> Any:
    """A new mind of the class that `"module:Class"` names, see `make`."""
    return check(make(name, "mind"))


def make(name: str, what: str) -> Any:
    """A new object of the class that `"module:Class"` names, found as `import` finds it, or in the folder of now.

    Raises:
        BadParameter: if there is none, or making it fails.
    """
    module, _, path = name.partition(":")
    if not module or not path:
        raise BadParameter(
            f"{name!r:.80} is no {what}.", _HOW if what == "mind" else 'Give an object or its "module:Class".'
        )
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)  # last, so that no file of the folder stands in for another module
    try:
        made: Any = importlib.import_module(module)
        for part in path.split("."):
            made = getattr(made, part)
        made = made() if isinstance(made, type) else made
    except Exception as error:
        raise BadParameter(
            f"the {what} {name!r:.80} can't be made: {type(error).__name__}: {error}.",
            "The module has to lie in a folder that Python imports from; the class takes no arguments.",
        ) from error
    return made
