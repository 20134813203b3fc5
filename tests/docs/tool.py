"""The scripts of tools/ as modules, found as when they are run."""

import importlib
import sys
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"


def tool(name):
    sys.path.insert(0, str(TOOLS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(TOOLS))
