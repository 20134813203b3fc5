"""Town: what users hold."""

from aitown.town.town import Town
from aitown.town.verifying import Verdict, verify

__all__ = ["Town", "Verdict", "verify"]
