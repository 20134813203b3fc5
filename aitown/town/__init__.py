"""Town: what users hold."""

from aitown.town.town import Town

__all__ = ["Town"]
