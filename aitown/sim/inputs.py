"""Inputs: everything that comes into a town from outside. Plain data in, checked; the journal keeps them as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from aitown.errors import InputRejected
from aitown.persona import MAX_FACT
from aitown.sim import reading
from aitown.sim.codes import ACTIVITIES, QUEUEING, TALKING, WALKING
from aitown.sim.roster import MAX_ID, Add, Remove

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aitown.persona import Persona

MAX_TEXT = reading.MAX_TEXT
MAX_MINUTES = 1440
MAX_CENTS = 100_000_000
MAX_UNITS = 100_000
MAX_DAYS = 30
NEEDS = ("hunger", "energy", "social", "fun", "comfort")
DOINGS = tuple(label for code, label in enumerate(ACTIVITIES) if code not in (WALKING, TALKING, QUEUEING))
"""What an NPC may be told to do at a place."""


@dataclass(frozen=True)
class Say:
    """Somebody outside speaks, or an NPC's mind has it speak.

    Args:
        text: 1 to 500 characters.
        to: the id of the NPC that is spoken to, who answers if it is awake; -1 speaks to the town.
        by: the id of the NPC whose voice it is; -1 is the researcher.
    """

    kind: ClassVar[str] = "say"
    text: str
    to: int = -1
    by: int = -1


@dataclass(frozen=True)
class Tell:
    """An NPC is told a fact, which it may tell others from now on.

    Args:
        fact: a sentence of 1 to 200 characters; the same sentence is the same fact.
        to: the id of the NPC that is told.
        by: the id of the NPC that tells it, when its mind wants to: it has to know the fact and to be in the same place
            as `to`, who believes it or not. -1 is the researcher, who is believed.
    """

    kind: ClassVar[str] = "tell"
    fact: str
    to: int
    by: int = -1


@dataclass(frozen=True)
class Invite:
    """An NPC invites others to a place. The invitation is a fact that it knows, and that whoever hears may pass on.

    Args:
        by: the id of the host.
        place: where to.
        at: when it begins, minutes since midnight, read from "HH:MM": the next such time.
        minutes: how long it lasts, 1 to 1440.
        to: ids of those who get it at once, wherever they are; None for all.
        days: so many days later than the next such time, 0 to 30.
        text: the fact, up to 200 characters; "" makes a sentence of host, place and time.
    """

    kind: ClassVar[str] = "invite"
    by: int
    place: int
    at: int
    minutes: float = 120
    to: tuple[int, ...] | None = ()
    days: int = 0
    text: str = ""


@dataclass(frozen=True)
class Move:
    """An NPC is asked to go to a place; it goes at once and stays for `Parameters.asked_minutes`."""

    kind: ClassVar[str] = "move"
    npc: int
    place: int


@dataclass(frozen=True)
class Decide:
    """What a mind decided for an NPC. Nothing but another input or the closing of the place ends it before its time.

    Args:
        npc: for whom.
        place: where to go; -1 stays with where it is or goes already. A visitor goes only where visitors are let in.
        doing: what to do there, one of `DOINGS`; "" does what one does in such a place.
        why: up to 500 characters for people, the text of the `decided` event.
        minutes: for how long from now, the way included, 1 to 1440; 0 takes `Parameters.asked_minutes`.
    """

    kind: ClassVar[str] = "decide"
    npc: int
    place: int = -1
    doing: str = ""
    why: str = ""
    minutes: float = 0


@dataclass(frozen=True)
class Default:
    """An NPC whose mind has to decide is left to the default; `error` says what was wrong with the mind, or nothing."""

    kind: ClassVar[str] = "default"
    npc: int
    error: str = ""


@dataclass(frozen=True)
class Need:
    """A need of an NPC is set: "hunger", "energy", "social", "fun" or "comfort", from 0 to 1."""

    kind: ClassVar[str] = "need"
    npc: int
    need: str
    value: float


@dataclass(frozen=True)
class Open:
    """A place is held open from now on."""

    kind: ClassVar[str] = "open"
    place: int


@dataclass(frozen=True)
class Close:
    """A place is held closed from now on: visitors leave within a minute, who lives or works there may go in."""

    kind: ClassVar[str] = "close"
    place: int


@dataclass(frozen=True)
class Hours:
    """A place keeps its opening hours again."""

    kind: ClassVar[str] = "hours"
    place: int


@dataclass(frozen=True)
class Schedule:
    """Times of an NPC's routine change: minutes since midnight, read from "HH:MM"; None leaves one as it is.

    `workdays` are those of `persona.DAYS`. Work hours are for those who have a place of work.
    """

    kind: ClassVar[str] = "schedule"
    npc: int
    wake: int | None = None
    bed: int | None = None
    breakfast: int | None = None
    lunch: int | None = None
    dinner: int | None = None
    work_from: int | None = None
    work_to: int | None = None
    workdays: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Mind:
    """From now on a mind decides for some NPCs.

    Args:
        npcs: ids, or None for all.
        mind: what the mind is called; "" gives them back to the default.
        why: for people, the text of the `mind` event beside the name.
    """

    kind: ClassVar[str] = "mind"
    npcs: tuple[int, ...] | None
    mind: str = ""
    why: str = ""


@dataclass(frozen=True)
class Give:
    """Money changes hands.

    Args:
        cents: how much, 1 to `MAX_CENTS`; no more than the giver has.
        to: the id of the NPC that gets it; -1: the place does.
        by: the id of the NPC that gives it; -1: the world beyond the town, a grant of the researcher's.
        place: the place whose till gets it; with -1 for both, the money leaves the town.
    """

    kind: ClassVar[str] = "give"
    cents: int
    to: int = -1
    by: int = -1
    place: int = -1


@dataclass(frozen=True)
class Price:
    """From now on a place takes another price, 0 to `MAX_CENTS` cents.

    A café's is that of a meal, a shop's of a basket, a home's the weekly rent of each adult.
    """

    kind: ClassVar[str] = "price"
    place: int
    cents: int


@dataclass(frozen=True)
class Wage:
    """From now on a place pays another wage, 0 to `MAX_CENTS` cents an hour, for all hours that aren't paid yet."""

    kind: ClassVar[str] = "wage"
    place: int
    cents: int


@dataclass(frozen=True)
class Restock:
    """A café or shop gets 1 to `MAX_UNITS` units more to sell, free of charge."""

    kind: ClassVar[str] = "restock"
    place: int
    units: int


AtPlace = Open | Close | Hours | Price | Wage | Restock
"""Inputs that concern a place."""
Input = Say | Tell | Invite | Move | Decide | Default | Need | Schedule | Mind | Give | Add | Remove | AtPlace
KINDS: Mapping[str, type[Input]] = {kind.kind: kind for kind in get_args(Input)}
TIMES = ("wake", "bed", "breakfast", "lunch", "dinner", "work_from", "work_to")


def to_json(given: Input) -> dict[str, Any]:
    """The input as the journal keeps it, with ids."""
    data = {name: value for name, value in asdict(given).items() if value is not None}
    if isinstance(given, Schedule):
        data |= {name: clock(data[name]) for name in TIMES if name in data}
    if isinstance(given, Invite):
        data |= {"at": clock(given.at), "to": "all" if given.to is None else list(given.to)}
    if isinstance(given, Mind) and given.npcs is None:
        data["npcs"] = "all"
    if isinstance(given, Add):
        data["persona"] = given.persona.to_json()
    return {"kind": given.kind, **data}


def parse(data: Any, npcs: Sequence[str], places: Sequence[str]) -> Input:
    """An input from plain data; NPCs and places are given by id or by name.

    Raises:
        InputRejected: for anything else: an unknown kind, NPC or place, unknown or missing fields, a bad value.
    """
    if not isinstance(data, Mapping):
        raise InputRejected(f"{data!r:.80} is no input; expected an object.", 'As in {"kind": "say", "text": "Hello"}.')
    given = dict(data)
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputRejected(f"there is no input {kind!r:.80}.", f"Known kinds: {', '.join(KINDS)}.")
    made = KINDS[kind]
    wanted = [item.name for item in fields(made)]
    needed = [item.name for item in fields(made) if item.default is not None and not hasattr(made, item.name)]
    unknown = sorted(reading.plain(name) for name in given if name not in wanted)
    missing = [name for name in needed if name not in given]
    if unknown or missing:
        fault = f"unknown fields {', '.join(unknown):.200}" if unknown else f"{', '.join(missing)} missing"
        raise InputRejected(f"{kind}: {fault}.", f"Fields of {kind}: {', '.join(wanted)}.")
    readers = _readers(made, npcs, places)
    found: Any = made
    wish: Input = found(**{name: readers[name](value) for name, value in given.items()})
    if isinstance(wish, Schedule):
        _check_schedule(wish)
    if isinstance(wish, Give):
        _check_give(wish)
    if isinstance(wish, Invite) and not wish.text:
        later = f" in {wish.days} days" if wish.days > 1 else " the day after" if wish.days else ""
        text = f"{npcs[wish.by]} invites people to {places[wish.place]} at {clock(wish.at)}{later}"
        wish = replace(wish, text=reading.text(text, "the invitation", most=MAX_FACT))
    return wish


def fact_of(given: Tell | Invite) -> str:
    """The fact that an input is about."""
    return given.fact if isinstance(given, Tell) else given.text


def clock(minute: int) -> str:
    """A minute of the day as "HH:MM"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def check(given: Input, people: Sequence[Persona | None]) -> None:
    """Hold an input to the people of the town.

    Raises:
        InputRejected: for work hours of somebody without work.
    """
    hours = isinstance(given, Schedule) and (given.work_from, given.work_to) != (None, None)
    persona = people[given.npc] if isinstance(given, Schedule) and hours else None
    if persona is not None and not persona.work:
        raise InputRejected(
            f"{persona.name} has no place of work; work hours are for those who have one.",
            "Leave work_from and work_to out.",
        )


def _readers(kind: type[Input], npcs: Sequence[str], places: Sequence[str]) -> dict[str, Callable[[Any], Any]]:
    def npc(value: Any) -> int:
        return reading.one(value, npcs, "NPC")

    def nobody(value: Any) -> int:
        return -1 if value is None or value == -1 else npc(value)

    def place(value: Any) -> int:
        return reading.one(value, places, "place")

    own: dict[str, Callable[[Any], Any]] = {}
    if kind is Tell:
        own = {"to": npc}
    elif kind is Invite:
        own = {
            "by": npc,
            "place": place,
            "at": lambda value: reading.time(value if value is not None else ""),
            "minutes": lambda value: reading.number(value, 1, MAX_MINUTES, "minutes"),
            "to": lambda value: (
                None if value == "all" else () if value in ([], (), None) else reading.some(value, npcs, "NPC")
            ),
            "days": lambda value: reading.whole(value, 0, MAX_DAYS, "days"),
            "text": lambda value: "" if value == "" else reading.text(value, "the invitation", most=MAX_FACT),
        }
    elif kind is Add:
        own = {"npc": lambda value: reading.whole(value, -1, MAX_ID, "npc")}
    return {
        "text": lambda value: reading.text(value, "the text"),
        "fact": lambda value: reading.text(value, "the fact", most=MAX_FACT),
        "to": nobody,
        "by": nobody,
        "npc": npc,
        "npcs": lambda value: None if value == "all" else reading.some(value, npcs, "NPC"),
        "place": lambda value: -1 if value == -1 else place(value),
        "doing": lambda value: "" if value == "" else reading.label(value, DOINGS, "doing"),
        "why": lambda value: reading.text(value, "why", least=0),
        "error": lambda value: reading.text(value, "error", least=0),
        "mind": lambda value: "" if value is None else reading.text(value, "the mind's name", least=0),
        "minutes": lambda value: 0 if value == 0 else reading.number(value, 1, MAX_MINUTES, "minutes"),
        "need": lambda value: reading.label(value, NEEDS, "need"),
        "persona": reading.persona,
        "value": lambda value: reading.number(value, 0, 1, "value"),
        "workdays": reading.days,
        "cents": lambda value: reading.whole(value, 1 if kind is Give else 0, MAX_CENTS, "cents"),
        "units": lambda value: reading.whole(value, 1, MAX_UNITS, "units"),
        **dict.fromkeys(TIMES, reading.time),
        **own,
    }


def _check_give(given: Give) -> None:
    if given.to >= 0 and given.place >= 0:
        raise InputRejected("give: to an NPC and to a place.", "Give one of `to` and `place`.")
    if max(given.to, given.by, given.place) < 0:
        raise InputRejected("give: from the world beyond the town to itself.", "Name `to`, `by` or `place`.")
    if given.to == given.by >= 0:
        raise InputRejected("give: to oneself.", "Name somebody else in `to`.")


def _check_schedule(given: Schedule) -> None:
    if all(getattr(given, name) is None for name in (*TIMES, "workdays")):
        raise InputRejected("schedule: nothing to change.", f"Give one of {', '.join((*TIMES, 'workdays'))}.")
    if given.work_from is not None and given.work_from == given.work_to:
        raise InputRejected("schedule: a shift of no length.", "Give two times.")


def ticks(minutes: float, tick_seconds: int) -> int:
    """Minutes in ticks, at least one."""
    return max(1, math.floor(minutes * 60 / tick_seconds + 0.5))
