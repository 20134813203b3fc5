"""How towns and their histories show in a notebook."""

from aitown.display.showing import recorded, register, show

__all__ = ["recorded", "register", "show"]
