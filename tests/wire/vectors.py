"""Golden messages of two small towns in all forms: `python -m tests.wire.vectors` writes `tests/vectors/messages.json`."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

from aitown.wire.position import Need, Status
from aitown.wire.stream import Stream
from tests.wire.helpers import any_frame, frame, hello, said, with_one_more

FILE = Path(__file__).parents[1] / "vectors" / "messages.json"
CLOCK = "2025-03-03T06:00:10"


def said_in(state, **need):
    """One message in the three forms, as they go over the socket."""
    out = {}
    for form in ("rows", "cols", "bin"):
        data = state.get(Need(form=form, **need)).data
        out[form] = base64.b64encode(data).decode() if form == "bin" else data.decode()
    return out


def case(name, frames, events):
    town = Stream()
    town.begin("e1", hello())
    town.show(frames[0], CLOCK)
    full = said_in(town.state(), kind="full_state", status=Status("running", "running", 10, ""))
    updates = []
    for one in frames[1:]:
        known = len(town.frame.tables["npcs"]["x"])
        town.join({"npc": npc, "persona": {"name": f"New {npc}"}} for npc in range(known, len(one.tables["npcs"]["x"])))
        town.tell([event for event in events if event["tick"] == one.tick])
        base = town.seq
        town.show(one, CLOCK)
        state = town.state()
        whole = json.loads(state.get(Need("plain state_update")).data)["payload"]
        message = said_in(state, kind="state_update", base=base)
        updates.append({**message, "whole": whole["npcs"], "places": whole["places"]})
    return {"name": name, "full": full, "updates": updates}


def coming():
    """Frames in which two move in, and one of them out again."""
    frames = [frame(0), with_one_more(frame(1)), with_one_more(with_one_more(frame(2)))]
    last = with_one_more(with_one_more(frame(3, x=5)))
    last.tables["npcs"]["alive"][2] = 0
    return [*frames, last]


def made():
    """The content of the file."""
    chance = random.Random(7)
    frames = [any_frame(chance, 0)]
    frames += [any_frame(chance, tick, frames[-1]) for tick in range(1, 6)]
    speech = [said(0, 'Good morning, Ben — "early"!', 2, 0), said(1, "Grüezi ☕", 4, 1)]
    return {
        "schema": hello()["schema"],
        "cases": [
            case("two move, speak and leave", [frame(0), frame(1, x=5), frame(2, x=6), frame(3, alive=(0, 1))], speech),
            case("anything", frames, speech),
            case("two move in, one after the other", coming(), speech),
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), ensure_ascii=False, indent=1) + "\n")
