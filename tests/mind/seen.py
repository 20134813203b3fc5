"""An observation for tests, and minds that tests can name."""

from datetime import datetime

from aitown.mind import Observation, go


def seen(**more):
    given = {
        "tick": 2160,
        "clock": datetime(2025, 3, 3, 12, 0),
        "npc": 3,
        "name": "Ada Marsh",
        "persona": {"name": "Ada Marsh", "age": 34},
        "cause": "over",
        "me": {"place": "Mill", "hunger": 0.5},
        "near": [],
        "heard": [{"tick": 2100, "by": None, "text": "Hello"}],
        "places": [{"id": 0, "name": "Mill", "price": None, "wage": 1250}],
        "default": {"place": "Mill", "doing": "working", "why": "routine", "minutes": None},
        "ties": [{"id": 1, "name": "Tom Reed", "strength": 0.5, "last": 2000}],
        "knows": [{"fact": "The mill closes", "tick": 2100, "by": None, "believes": True, "invitation": None}],
        "seed": 1,
    }
    return Observation(**{**given, **more})


class Home:
    """Always stays at home."""

    def decide(self, seen):
        return go(seen.persona["home"], "relaxing", why="no place like it", minutes=45)


class Picky:
    def __init__(self, taste):
        self.taste = taste


class Outer:
    class Inner(Home):
        pass


class Broken:
    def __init__(self):
        raise OSError("no model server")
