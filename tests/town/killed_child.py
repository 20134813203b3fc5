"""A process in which a town with everything in it lives and is recorded. It is there to be killed.

What happens depends on the tick alone, so that an undisturbed run says what must be there.
"""

# ruff: noqa: T201
import sys
from pathlib import Path

import aitown
import aitown.history
from aitown.history import History, Pace, RunWriter
from aitown.town import Town, recording
from tests.sim.tiny import make_map, make_people
from tests.town.infection import Crowd, Infection
from tests.town.test_minds import Dice

END = 2400
SYSTEMS = (Infection(rate=20), Crowd())
MINDS = {(1, 4): Dice()}
PARAMETERS = {"meet_rate": 30, "quiet_least": 1, "quiet_most": 5, "tell_chance": 1, "join_ease": 1, "talk_least": 5}
SCRIPT = tuple(
    (tick, {"kind": kind, **wish})
    for tick, kind, wish in (
        (0, "tell", {"fact": "The mill closes in May.", "to": 1}),
        (60, "say", {"text": "Good morning!", "to": 4}),
        (180, "add", {"persona": {"name": "New 0", "ties": {"Person1 Tiny": 0.9}, "knows": ["There is a fair."]}}),
        (300, "tell", {"fact": "There is free soup.", "to": 2}),
        (480, "move", {"npc": 3, "place": "Café"}),
        (700, "give", {"to": 1, "cents": 12_345}),
        (900, "need", {"npc": 5, "need": "hunger", "value": 0.9}),
        (1200, "remove", {"npc": 6}),
        (1500, "close", {"place": "Green"}),
        *((tick, "say", {"text": f"It is {tick}.", "to": tick % 3}) for tick in range(1540, END, 60)),
    )
)
SCRIPTED = {wish["kind"] for _, wish in SCRIPT}


@aitown.metric(columns="infected", unit="NPCs", whole=True)
def infected(npcs):
    """How many have caught it."""
    return npcs["infected"].groupby(level="tick").sum()


class Quick(RunWriter):
    """Writes and seals often, so that a kill finds it in the middle of something."""

    def __init__(self, folder, manifest, lock, found, pace):
        del pace
        super().__init__(folder, manifest, lock, found, Pace(flush_seconds=0.01, seal_rows=900))


def live(folder, piece, say=lambda *_: None):
    """Go on with the run in a folder, or begin it, to `END`; what is promised is said."""
    given = {"systems": SYSTEMS, "minds": MINDS, "mode": "lockstep"}
    if folder.exists():
        town = Town.resume(folder, **given)
    else:
        town = Town(make_map(), personas=make_people(10), seed=5, parameters=PARAMETERS, record=folder, **given)
    with town:
        journal = History.load(folder).inputs().to_dict("records")
        done = sum(one["kind"] in SCRIPTED and not one.get("by", -1) >= 0 for one in journal)  # minds say things too
        while town.tick < END:
            if SCRIPT[done:] and SCRIPT[done][0] == town.tick:
                say("input", town.input(**SCRIPT[done][1])["id"])
                done += 1
            town.step(min(END, town.tick + piece, *(tick for tick, _ in SCRIPT[done : done + 1])) - town.tick)
            say("tick", town.history.last_tick)  # asked for the history, the town writes what waits
            if town.tick % 3 == 0:
                say("metric", town.history.record_metrics(infected, every=6).index[-1])
        town.history.record_metrics(infected, every=6)  # it may have died between its last tick and its metric
    say("closed")


if __name__ == "__main__":
    aitown.history.RunWriter = Quick
    recording.CHECKPOINT_TICKS, recording.CHECKPOINT_SECONDS = 200, 0.0
    live(Path(sys.argv[1]), int(sys.argv[2]), lambda *words: print(*words, flush=True))
