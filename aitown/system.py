"""Systems of your own: rules that run inside a town beside the built-in ones, over columns of their own.

>>> from aitown.system import check_system, column
>>>
>>> class Infection:
...     "It spreads among those who share a place."
...
...     columns = [column("infected", "1 once the NPC has caught it.")]
...
...     def __init__(self, rate=0.5, first=0):
...         self.rate, self.first = rate, first
...
...     def begin(self, npcs, places, now):
...         npcs.infected[self.first] = 1
...
...     def step(self, npcs, places, now):
...         inside = npcs.place >= 0
...         sick = np.bincount(npcs.place[inside & (npcs.infected == 1)], minlength=len(places))
...         risk = 1 - (1 - now.chance(self.rate)) ** sick[npcs.place]
...         npcs.infected[inside & (now.uniform() < risk)] = 1
>>>
>>> print(check_system(Infection()))
>>> run = aitown.Town("riverbend", seed=7, systems=[Infection()]).run(days=2)
>>> run.npcs(columns="infected", every="1h").groupby("tick").mean()

A system is an object with `columns` and a method `step(npcs, places, now)`, or a function with an attribute `columns`.
It runs after all built-in systems, in the order given, each simulated minute or every `every` ticks, before the tick's
frame is made: its columns are frozen, recorded, sent and shown like any other. `begin(npcs, places, now)`, if there is
one, runs once at the start. `npcs` and `places` are tables: `npcs.mood` is a NumPy array with one value an NPC, for
compiled functions too; only its own columns can be written. There is a row for everybody who has been in the town:
`npcs.alive` is 0 for who has moved out. `now` has the `tick`, the `clock` and the dice: `now.uniform()`.

All state has to be in columns, those with `shown=False` too: so it is in checkpoints, and forks and resumed runs go on
as if nothing had been. A run's manifest names its systems with their parameters, the plain public attributes.
`check_system` says what is wrong with one. In a hosted town a system is given as `"module:Class"`, made without
arguments.
"""

from aitown.sim.own.declaring import column
from aitown.sim.own.rows import Moment, Rows
from aitown.town.checking import Check, check_system

__all__ = ["Check", "Moment", "Rows", "check_system", "column"]
