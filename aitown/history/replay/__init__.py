"""A recorded stretch small enough to travel: in a notebook, in a page, over a slow line. PROTOCOL.md has its format."""

from aitown.history.replay.encode import encode
from aitown.history.replay.stretch import Stretch, stretch

__all__ = ["Stretch", "encode", "stretch"]
