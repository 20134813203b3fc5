"""Minds: what decides for an NPC instead of the default: an `Observation` in, inputs out; plain data both ways.

>>> class Cafe:
...     def decide(self, seen):
...         return go("Mill Café", minutes=40) if seen.clock.hour == 12 else None
>>> town = aitown.Town("riverbend", seed=7, minds={"Ada Marsh": Cafe()})
"""

from aitown.mind.answers import go, say, tell
from aitown.mind.observation import Mind, Observation
from aitown.mind.scripted import Scripted

__all__ = ["Mind", "Observation", "Scripted", "go", "say", "tell"]
