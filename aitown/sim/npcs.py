"""Every column of the town: who owns it, its unit, its quantum, its sentence.

A column is written by its owner alone: a system of `sim/systems/`, "inputs" (what comes from outside, applied before
the systems run) or "setup" (what a row is made with, constant while the NPC is there). Compiled code gets a table as
one array of records: `npcs[i].hunger`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aitown.columns import Column
from aitown.sim.codes import ACTIVITIES, AT_HOME, CAUSES, DUTIES, FREE, MEALS, TOPICS, WHYS, constant
from aitown.sim.map import HEADINGS, PLACE_KINDS

TILE_QUANTA = 8
NEED_QUANTA = 1000
NEVER = constant(np.iinfo(np.int32).max)
"""A tick that doesn't come."""
MOST_MONEY = constant(2_000_000_000)
"""Cents that an NPC or a place can have at most, so that they fit a column."""
MOST_STOCK = constant(1_000_000)


def _tiles(name: str, doc: str) -> Column:
    return Column(name, "f4", "walking", "tile", doc, "i2", TILE_QUANTA)


def _need(name: str, doc: str, good: Any = "high") -> Column:
    return Column(name, "f4", "needs", "1", doc, "i2", NEED_QUANTA, good=good)


def _setup(name: str, dtype: Any, unit: str, doc: str, **more: Any) -> Column:
    return Column(name, dtype, "setup", unit, doc, **more)


def _input(name: str, dtype: Any, unit: str, doc: str, **more: Any) -> Column:
    return Column(name, dtype, "inputs", unit, doc, **more)


def _tick(name: str, owner: str, doc: str, initial: int = -1) -> Column:
    return Column(name, "i4", owner, "tick", doc, initial=initial)


NPC_COLUMNS = (
    _tiles("x", "Centre of the NPC, to the right from the map's left edge."),
    _tiles("y", "Centre of the NPC, downwards from the map's top edge."),
    Column("heading", "u1", "walking", "label", "Where the NPC looks: the direction of its last step.", "u1",
           labels=HEADINGS, initial=2),
    Column("place", "i4", "walking", "id", "The place that the NPC is in; none between places.", "i4",
           refers="places", initial=-1),
    Column("activity", "u1", "doing", "label", "What an observer sees the NPC do.", "u1",
           labels=ACTIVITIES, initial=AT_HOME),
    Column("why", "u1", "choosing", "label", "What moved the NPC to its last decision.", "u1", labels=WHYS),
    Column("target", "i4", "choosing", "id", "The place that the NPC wants to be in.", "i4",
           refers="places", initial=-1),
    Column("partner", "i4", "meeting", "id", "The NPC that it talks with; in a group the next one of their ring.", "i4",
           refers="npcs", initial=-1),
    _need("mood", "How well the NPC feels: a weighted mean of its needs, each counted from its bad end."),
    _need("hunger", "Need for food: 0 just fed, 1 starving.", "low"),
    _need("energy", "Rest: 1 after a full night, 0 exhausted."),
    _need("social", "Company had: 1 content, 0 lonely."),
    _need("fun", "Pleasure had: 1 content, 0 bored."),
    _need("comfort", "Ease of the body: 1 at ease, 0 sore from standing, hurrying and waiting."),
    Column("money", "i4", "paying", "cent", "What the NPC has.", "i4"),
    Column("arrears", "i4", "paying", "cent", "Rent that the NPC owes.", "i4"),
    Column("alive", "u1", "setup", "1", "1 while the NPC is part of the town.", "u1", initial=1),
    # Inside the simulation.
    *(Column(f"{need}_then", "f4", "needs", "1", f"How {need} was at `felt_at`.")
      for need in ("hunger", "energy", "social", "fun", "comfort")),
    _tick("felt_at", "needs", "When the NPC began what it feels now, or a need was last set from outside.", 0),
    Column("felt_doing", "u1", "needs", "label", "What it does since.", labels=ACTIVITIES, initial=AT_HOME),
    Column("felt_beneath", "u1", "needs", "label", "What it does beneath, if it talks; else the same.",
           labels=ACTIVITIES, initial=AT_HOME),
    _tick("hungry_at", "needs", "When its hunger may press, if it goes on like that.", NEVER),
    _tick("tired_at", "needs", "When exhaustion may.", NEVER),
    _setup("home", "i4", "id", "The place where the NPC lives.", refers="places", initial=-1),
    _setup("work", "i4", "id", "The place where the NPC works or studies; −1: none.", refers="places", initial=-1),
    _setup("studies", "u1", "1", "1 if the NPC goes to `work` to study."),
    _input("wake", "i2", "minute", "When the NPC gets up, since midnight."),
    _input("bed", "i2", "minute", "When it goes to bed."),
    _input("breakfast", "i2", "minute", "When it has breakfast."),
    _input("lunch", "i2", "minute", "When it has lunch."),
    _input("dinner", "i2", "minute", "When it has dinner."),
    _input("work_from", "i2", "minute", "When work or school begins; −1: never.", initial=-1),
    _input("work_to", "i2", "minute", "When it ends.", initial=-1),
    _setup("commute", "i2", "minute", "How long before work the NPC leaves home."),
    _input("workdays", "u1", "bits", "Days of work: bit 0 is Monday."),
    _setup("sociability", "f4", "1", "How readily the NPC talks."),
    _setup("adult", "u1", "1", "1 from 18 years on."),
    _setup("ward", "i4", "id", "The youngest child of its household, for adults; −1: none.", refers="npcs", initial=-1),
    Column("today", "i4", "routine", "day", "The day that `late` is of.", initial=-2),
    Column("late", "i2", "routine", "minute", "How much later than planned the NPC's day runs."),
    Column("off", "u1", "routine", "1", "1 on a day off of somebody who works or goes to school."),
    Column("duty", "u1", "routine", "label", "What the routine asks for now.", labels=DUTIES, initial=FREE),
    Column("meal", "u1", "routine", "label", "Which meal the routine asks for, while it asks for one.", labels=MEALS),
    Column("heeded", "u1", "choosing", "label", "The duty at the last decision.", labels=DUTIES, initial=FREE),
    Column("intent", "u1", "choosing", "label", "What the NPC wants to do at its target.",
           labels=ACTIVITIES, initial=AT_HOME),
    _tick("until", "choosing", "When the NPC decides anew.", 0),
    Column("visiting", "u1", "choosing", "1", "1 if the NPC counts among the visitors of its target."),
    Column("queued", "u1", "choosing", "1", "1 on the way to a target that is full, 2 in line before it."),
    _tick("queued_at", "choosing", "When the NPC last joined a line."),
    Column("next_waiting", "i4", "choosing", "id", "The next in line.", refers="npcs", initial=-1),
    Column("stays", "i4", "choosing", "tick", "How long it stays once it is let in."),
    _tick("shopped_at", "choosing", "When the NPC last chose to shop.", 0),
    _tick("kept_at", "choosing", "When it last chose to keep house.", 0),
    _tick("cared_at", "choosing", "When it last chose to care for its ward.", 0),
    Column("tile", "i4", "walking", "tile index", "The tile that the NPC stands on or leaves."),
    Column("spot", "i4", "walking", "tile index", "The NPC's own tile in its place; −1 on the way.", initial=-1),
    Column("settled", "u1", "walking", "1", "1 if the NPC stands on its spot."),
    Column("progress", "f4", "walking", "tile", "How far it has come on the step that it is taking."),
    Column("next_here", "i4", "walking", "id", "The next NPC in the same place.", refers="npcs", initial=-1),
    Column("before_here", "i4", "walking", "id", "The NPC before it in the same place.", refers="npcs", initial=-1),
    _tick("met_at", "meeting", "When the NPC came to its present or last conversation."),
    _tick("begun_at", "meeting", "When that began."),
    _tick("talk_until", "meeting", "When the NPC leaves it at the latest."),
    _tick("rest_until", "meeting", "Until when the NPC starts no other.", 0),
    Column("opener", "u1", "meeting", "1", "1 if the NPC began it."),
    _tick("speaks_at", "talking", "When the next line falls; the same for all who talk together.", NEVER),
    Column("turn", "i2", "talking", "1", "How many lines have fallen since the last greeting (likewise)."),
    Column("topic", "u1", "talking", "label", "What they talk about (likewise).", labels=TOPICS),
    Column("spoke", "i4", "talking", "id", "Who spoke last (likewise); −1: nobody yet.", refers="npcs", initial=-1),
    Column("greets", "u1", "talking", "1", "1 if the NPC has joined and not said a word yet."),
    Column("tells", "i4", "talking", "number", "The fact that the NPC told last; −1: none yet.", initial=-1),
    _tick("tells_at", "talking", "When it did."),
    _tick("heard_at", "inputs", "When the NPC was last spoken to from outside."),
    _tick("given_at", "inputs", "When something last came from outside that concerns the NPC; what, `outside` says."),
)  # fmt: skip

OUTSIDE_COLUMNS = (
    _input("heard_from", "i4", "id", "Who spoke last to the NPC from outside: −1 is the researcher.",
           refers="npcs", initial=-1),
    _tick("asked_at", "inputs", "When it was last told what to do."),
    _input("asked_place", "i4", "id", "Where to.", refers="places", initial=-1),
    _input("asked_doing", "u1", "label", "What to do there; free: what one does in such a place.",
           labels=DUTIES, initial=FREE),
    _input("asked_why", "u1", "label", "Asked, or decided by a mind.", labels=WHYS),
    _input("asked_ticks", "i4", "tick", "For how long."),
    _tick("passed_at", "inputs", "When it was last left to the default."),
    _tick("needs_at", "inputs", "When needs were last set."),
    *(_input(f"set_{need}", "f4", "1", f"What {need} was set to; −1: it was not.", initial=-1)
      for need in ("hunger", "energy", "social", "fun", "comfort")),
    _tick("minded_since", "inputs", "Since when a mind decides for the NPC; −1: none does."),
    Column("waits", "u1", "choosing", "1", "1 while a mind has to decide."),
    Column("cause", "u1", "choosing", "label", "Why it had to, the last time.", labels=CAUSES),
    _tick("called_at", "choosing", "When it last had to."),
    _tick("called_before", "choosing", "When it had to the time before."),
    Column("would_do", "u1", "choosing", "label", "What the default would do.", labels=ACTIVITIES),
    Column("would_go", "i4", "choosing", "id", "Where.", refers="places", initial=-1),
    Column("would_why", "u1", "choosing", "label", "Why.", labels=WHYS),
    _tick("would_until", "choosing", "Until when."),
)  # fmt: skip
"""One row an NPC, apart from the others: towns without minds and inputs don't read it."""

GATE_COLUMNS = (
    _tick("places_at", "inputs", "When a place was last opened or closed from outside."),
    _tick("shut_at", "opening", "When a place last closed."),
    Column("called", "i4", "choosing", "1", "How many minds have to decide since the newest tick."),
    _input("facts", "i4", "1", "How many facts there are."),
    _input("invitations", "i4", "1", "How many of them are invitations."),
    _tick("gifts_at", "inputs", "When something was last given or delivered from outside."),
    _input("gifts", "i4", "1", "How many rows of `gifts` are of that tick."),
    Column("town", "i8", "paying", "cent", "What the town has, which owns the homes and the firms."),
    _setup("budget", "i8", "cent", "What it has at first, to which grant and levy bring it back."),
    Column("outside", "i8", "paying", "cent", "What the world beyond the town has."),
    Column("settled", "i4", "paying", "day", "The day whose wages were reckoned last."),
)

PURSE_COLUMNS = (
    _setup("tenant", "u1", "1", "1 if the NPC pays rent: adults do."),
    _setup("benefit", "i4", "cent/week", "What the town pays the NPC: a pension, an allowance, pocket money."),
    _setup("cushion", "i4", "cent", "What it keeps when it spends beyond the town."),
    _setup("pool", "i4", "id", "The first of those with whom it shares money; −1: nobody.", refers="npcs", initial=-1),
    _setup("pool_next", "i4", "id", "The next of these; −1: it is the last.", refers="npcs", initial=-1),
    Column("worked", "i4", "paying", "minute", "Work since the last wage."),
    Column("owed", "i4", "paying", "cent", "Wages that its employer owes it."),
    Column(
        "served",
        "i4",
        "paying",
        "id",
        "Where it was last served or refused; −1: it has left.",
        refers="places",
        initial=-1,
    ),
    Column("served_for", "u1", "paying", "label", "What it came for.", labels=ACTIVITIES),
    Column("got", "u1", "paying", "1", "1 if it was served."),
    _tick("refused_at", "paying", "When it last could not pay or there was nothing left."),
)
"""One row an NPC: what only `paying` and a choice of a shop look at."""

GIFT_COLUMNS = (
    _input("by", "i4", "id", "Who gives; −1: the world beyond the town.", refers="npcs", initial=-1),
    _input("to", "i4", "id", "Who gets; −1: the place, or the world beyond.", refers="npcs", initial=-1),
    _input("place", "i4", "id", "The place that gets.", refers="places", initial=-1),
    _input("cents", "i4", "cent", "How much."),
    _input("units", "i4", "1", "Or how much stock is delivered, free of charge."),
)

TIE_COLUMNS = (
    Column("npc", "i4", "meeting", "id", "The other; the largest number: a free slot.", refers="npcs", initial=NEVER),
    Column("strength", "f4", "meeting", "1", "How close, when they last talked."),
    _tick("at", "meeting", "When that was.", 0),
    Column("kin", "u1", "meeting", "1", "1 if the other is family."),
)
"""`acquaintances` rows an NPC, by the others' ids."""

FACT_COLUMNS = (
    _input("host", "i4", "id", "Who invites, if the fact is an invitation; −1: it isn't.", refers="npcs", initial=-1),
    _input("place", "i4", "id", "Where to.", refers="places", initial=-1),
    _tick("starts", "inputs", "When it begins."),
    _tick("ends", "inputs", "When it is over."),
)
"""One row a fact, by its number; rows beyond `gate.facts` are room for more."""

KNOWLEDGE_COLUMNS = (
    _tick("told_at", "inputs", "When the NPC was last told the fact from outside."),
    _input("told_by", "i4", "id", "By whom: −1 is the researcher.", refers="npcs", initial=-1),
    _input("told_well", "u1", "1", "1 if it believed that."),
    _input("told_gladly", "u1", "1", "1 if it accepted the invitation that it was."),
    _tick("heard_at", "telling", "When it first heard the fact, since it last forgot it; −1: it doesn't know it."),
    Column("heard_from", "i4", "telling", "id", "From whom it heard it last; −1: from outside, or it always knew.",
           refers="npcs", initial=-1),
    Column("believes", "u1", "telling", "1", "1 if it believes the fact."),
    Column("accepts", "u1", "telling", "1", "1 if the fact is an invitation that it has accepted."),
    Column("stale", "u1", "telling", "1", "How often it has told the fact to somebody who knew it, 200 at most."),
    Column("told_last", "i4", "telling", "id", "To whom it has told it last.", refers="npcs", initial=-1),
    _tick("forgets_at", "telling", "When it forgets the fact, unless it hears it again."),
)  # fmt: skip
"""One row an NPC and fact: fact `f` of NPC `i` is row `i * room + f`, where `room` is the number of rows of `facts`."""

PLACE_COLUMNS = (
    Column("open", "u1", "opening", "1", "1 while visitors are let in.", "u1", initial=1),
    Column("occupants", "i4", "walking", "1", "How many NPCs are in the place.", "i4"),
    Column("queue", "i4", "choosing", "1", "How many NPCs stand in line before the place.", "i4"),
    Column("visitors", "i4", "choosing", "1", "How many NPCs are in the place or on their way to it as visitors."),
    Column("first_waiting", "i4", "choosing", "id", "The first in line.", refers="npcs", initial=-1),
    Column("last_waiting", "i4", "choosing", "id", "The last in line.", refers="npcs", initial=-1),
    Column("till", "i4", "paying", "cent", "What the place has.", "i4"),
    Column("stock", "i4", "paying", "1", "How much a café or shop can sell.", "i4"),
    _input(
        "price", "i4", "cent", "A meal in a café, a basket in a shop, a week's rent of an adult in a home.", frozen="i4"
    ),
    _input("wage", "i4", "cent/h", "What the place pays for an hour of work.", frozen="i4"),
    Column("bill", "i8", "paying", "cent", "Wages due when they were last reckoned."),
    _input("held", "u1", "1", "0: its hours say when it is open; 1, 2: it is held open, closed."),
    _setup("kind", "u1", "label", "What kind of place it is.", labels=PLACE_KINDS),
    _setup("capacity", "i4", "1", "Residents of a home, visitors of another place, at most."),
    _setup("x", "f4", "tile", "Middle of the place."),
    _setup("y", "f4", "tile", "Middle of the place."),
    Column("first_here", "i4", "walking", "id", "The NPC that came last to the place.", refers="npcs", initial=-1),
)

TILE_COLUMNS = (Column("taken", "i2", "walking", "1", "How many NPCs have the tile as their spot."),)
