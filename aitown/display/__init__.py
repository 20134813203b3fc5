"""How towns and their histories show in a notebook."""

from aitown.display.showing import register, show

__all__ = ["register", "show"]
