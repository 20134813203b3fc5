"""The shared subset of the town's rules in Mesa: routine and needs, choosing, walking, meeting and talking.

Written as a Mesa user would: one Agent class with a `step`, plain attributes, `agents.do("step")`, a DataCollector
with agent reporters. It gets the map's routes as Python bytes, so a step is a look-up on both sides. It has less to do
than aitown: no spots inside places, no capacities or queues, no naps, no visits to friends, no caring for children, no
money, no words, no event log, no groups (whoever talks is left alone), no ties that change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from aitown.persona import DAYS, minutes
from aitown.sim.codes import ACTIVITIES, NEAR_CAFE, NEAR_PARK, NEAR_SHOP, NEAR_SQUARE
from aitown.sim.map import DX, DY, UNREACHABLE
from aitown.sim.parameters import Parameters
from aitown.sim.world import OPEN_TO_TALK, nearest

if TYPE_CHECKING:
    from aitown.persona import Persona
    from aitown.sim.map import TownMap

(
    SLEEPING, WAKING, EATING, WORKING, STUDYING, SHOPPING, RELAXING, SOCIALISING, WALKING, TALKING, AT_HOME,
    HOUSEKEEPING, FREE,
) = (
    "sleeping", "waking", "eating", "working", "studying", "shopping",
    "relaxing", "socialising", "walking", "talking", "at home", "housekeeping", "free",
)  # fmt: skip
DAY_MINUTES = 1440
DAWN = 240
REPORTED = ("x", "y", "heading", "place", "activity", "why", "target", "partner",
            "mood", "hunger", "energy", "social", "fun", "comfort", "alive")  # fmt: skip


def within(minute, start, length):
    return (minute - start) % DAY_MINUTES < length


class Resident(mesa.Agent):
    def __init__(self, model, persona):
        super().__init__(model)
        routine = persona.routine
        self.persona = persona
        self.home = model.place_ids[persona.home]
        self.work = model.place_ids[persona.work] if persona.work else -1
        self.studies = persona.age < 18
        self.wake, self.bed = minutes(routine.wake), minutes(routine.bed)
        self.meals = [minutes(routine.breakfast), minutes(routine.lunch), minutes(routine.dinner)]
        self.work_from = minutes(routine.work_from) if routine.work_from else -1
        self.work_to = minutes(routine.work_to) if routine.work_to else -1
        self.workdays = {DAYS.index(day) for day in routine.workdays}
        self.sociability = persona.sociability
        self.late = 0
        self.x, self.y = (c + 0.5 for c in model.tile_xy(model.doors[self.home]))
        self.tile, self.place, self.target = model.doors[self.home], self.home, self.home
        self.heading, self.progress = 2, 0.0
        self.duty, self.heeded, self.meal = FREE, None, 0
        self.intent, self.activity, self.why, self.until = AT_HOME, AT_HOME, "routine", 0
        self.partner, self.talk_until, self.rest_until, self.speaks_at, self.lines = -1, 0, 0, 0, 0
        self.hunger, self.energy, self.mood, self.comfort = 0.3, 0.9, 0.5, 0.8
        self.kept_at = -int(self.random.random() * 3e3)
        self.social, self.fun = 0.35 + 0.4 * self.random.random(), 0.35 + 0.4 * self.random.random()
        self.shopped_at = -int(self.random.random() * 1e4)
        self.alive = 1
        away = model.distance(self.home, self.work) if self.work >= 0 else 0
        self.commute = int(away * 1.3 / model.parameters.walking_speed) + 3
        model.inside[self.home].add(self)

    def step(self):
        if self.model.fresh:
            self.follow_routine()
        self.feel()
        self.choose()
        self.walk()
        self.meet()
        self.talk()
        if self.partner >= 0:
            self.activity = TALKING
        elif self.place != self.target:
            self.activity = WALKING
        else:
            self.activity = self.intent

    def follow_routine(self):
        p, model = self.model.parameters, self.model
        day = model.day if model.minute >= DAWN else model.day - 1
        if model.minute == DAWN:
            self.late = int((2 * self.random.random() - 1) * p.routine_jitter)
        minute = (model.minute - self.late) % DAY_MINUTES
        works = self.work_from >= 0 and day % 7 in self.workdays
        later = int(p.lie_in) if self.work_from >= 0 and not works else 0
        wake = self.wake + later
        bed = self.bed + (int(p.late_night) if self.work_from >= 0 and (day + 1) % 7 not in self.workdays else 0)
        breakfast, lunch, dinner = self.meals
        leave = self.work_from - self.commute
        lunching = within(minute, lunch, p.lunch_minutes)
        if works and not lunching and within(model.minute, leave, (self.work_to - leave) % DAY_MINUTES):
            self.duty = STUDYING if self.studies else WORKING
        elif within(minute, bed, (wake - bed) % DAY_MINUTES):
            self.duty = SLEEPING
        elif within(minute, breakfast + later, p.breakfast_minutes):
            self.duty, self.meal = EATING, 0
        elif lunching:
            self.duty, self.meal = EATING, 1
        elif within(minute, dinner, p.dinner_minutes):
            self.duty, self.meal = EATING, 2
        elif within(minute, wake, p.waking_minutes):
            self.duty = WAKING
        else:
            self.duty = FREE

    def inside_at_once(self):
        """At tick 0 everybody is where the routine has them."""
        self.model.inside[self.place].discard(self)
        self.place, self.tile = self.target, self.model.doors[self.target]
        self.model.inside[self.place].add(self)
        self.x, self.y = (c + 0.5 for c in self.model.tile_xy(self.tile))
        self.activity = self.intent

    def feel(self):
        hunger, energy, social, fun, comfort = self.model.rates[self.activity]
        if self.activity == TALKING:
            more = self.model.rates[self.intent]
            hunger, energy, fun, comfort = more[0], more[1], more[3] + fun, more[4]
        self.hunger = min(max(self.hunger + hunger, 0.0), 1.0)
        self.energy += energy * (1 - self.energy if energy > 0 else self.energy)
        self.comfort = min(max(self.comfort + comfort, 0.0), 1.0)
        self.social = min(max(self.social + social, 0.0), 1.0)
        self.fun = min(max(self.fun + fun, 0.0), 1.0)
        p = self.model.parameters
        self.mood = (
            p.mood_hunger * (1 - self.hunger) + p.mood_energy * self.energy
            + p.mood_social * self.social + p.mood_fun * self.fun + p.mood_comfort * self.comfort
        )  # fmt: skip

    def choose(self):
        model = self.model
        due = model.tick >= self.until
        called = self.duty != self.heeded
        if not (due or called) or self.partner >= 0:
            return
        self.heeded, self.until = self.duty, 1 << 60
        if self.duty == EATING:
            p = model.parameters
            share = (0, p.lunch_out, p.dinner_out)[self.meal]
            at_work = self.work >= 0 and self.place == self.work
            cafe = -1
            if not (at_work and self.studies) and self.random.random() < share:
                cafe = self.nearest(NEAR_CAFE, 10)
            self.decide(EATING, cafe if cafe >= 0 else self.work if at_work else self.home, "routine")
        elif self.duty in {WORKING, STUDYING}:
            self.decide(self.duty, self.work, "routine")
        elif self.duty != FREE:
            self.decide(self.duty, self.home, "routine")
        else:
            self.spend()

    def decide(self, intent, target, why):
        self.intent, self.target, self.why = intent, target, why

    def spend(self):
        model, p = self.model, self.model.parameters
        self.until = model.tick + int(model.minute_ticks * self.random.uniform(p.stay_least, p.stay_most))
        noise, cost = p.noise, p.walk_cost / p.walking_speed
        options = [
            (p.home_comfort + 0.3 * (1 - self.energy) + p.home_ease * (1 - self.comfort)
             + noise * self.random.random() - cost * self.way(self.home), AT_HOME, self.home, "rest"),
            (p.chore_use * min(1.0, (model.tick - self.kept_at) / (p.chore_hours * 60 * model.minute_ticks))
             * (1 if self.persona.age >= 18 else p.child_chores)
             + noise * self.random.random() - cost * self.way(self.home), HOUSEKEEPING, self.home, "chores"),
        ]  # fmt: skip
        for kind in (NEAR_PARK, NEAR_SQUARE):
            place = self.nearest(kind, 15)
            if place >= 0:
                use = 0.9 * (1 - self.fun) + noise * self.random.random() - cost * self.way(place)
                options.append((use, RELAXING, place, "bored"))
        place = self.nearest(NEAR_CAFE, 15)
        if place >= 0:
            use = (0.3 + 0.7 * self.sociability) * (1 - self.social) + 0.2 * self.hunger
            options.append((use + noise * self.random.random() - cost * self.way(place), SOCIALISING, place, "lonely"))
        place = self.nearest(NEAR_SHOP, 15)
        if place >= 0:
            use = 0.9 * min(1.0, (model.tick - self.shopped_at) / (p.errand_hours * 60 * model.minute_ticks))
            options.append((use + noise * self.random.random() - cost * self.way(place), SHOPPING, place, "errand"))
        _, intent, target, why = max(options, key=lambda option: option[0])
        if intent == SHOPPING:
            self.shopped_at = model.tick
            self.until = model.tick + int((p.shop_minutes + self.way(target) / p.walking_speed) * model.minute_ticks)
        elif intent == HOUSEKEEPING:
            self.kept_at = model.tick
        self.decide(intent, target, why)

    def way(self, place):
        x, y = self.model.centres[place]
        return ((x - self.x) ** 2 + (y - self.y) ** 2) ** 0.5

    def nearest(self, kind, spread):
        model = self.model
        here = self.place if self.place >= 0 else self.home
        open_ones = [place for place in model.near[here][kind] if place >= 0 and model.is_open(place)]
        return min(open_ones, key=lambda place: self.way(place) + spread * self.random.random(), default=-1)

    def walk(self):
        if self.place == self.target and self.progress == 0:
            return
        model = self.model
        budget = model.speed
        while budget > 1e-6:
            if self.progress == 0:
                way = model.heading(self.target, self.tile)
                if way >= 8:
                    break
                self.heading = way
            length = 1.0 if self.heading % 2 == 0 else 2**0.5
            left = length - self.progress
            if budget + 1e-6 < left:
                self.progress += budget
                break
            budget -= left
            self.progress = 0.0
            self.tile += model.offsets[self.heading]
            place = model.tile_place[self.tile]
            if place != self.place:
                if self.place >= 0:
                    model.inside[self.place].discard(self)
                if place >= 0:
                    model.inside[place].add(self)
                self.place = place
        x, y = model.tile_xy(self.tile)
        dx, dy = model.directions[self.heading]
        share = self.progress if self.heading % 2 == 0 else self.progress / 2**0.5
        self.x, self.y = x + 0.5 + dx * share, y + 0.5 + dy * share

    def openness(self):
        if self.partner >= 0 or self.place != self.target or self.model.tick < self.rest_until:
            return 0.0
        return self.model.open_to_talk.get(self.intent, 0.0)

    def meet(self):  # noqa: C901 (one rule, told in one piece)
        model, p = self.model, self.model.parameters
        if self.partner >= 0:
            other = model.residents[self.partner]
            if model.tick >= self.talk_until or self.must_go() or other.must_go():
                for one in (self, other):
                    one.partner = -1
                    quiet = self.random.uniform(p.quiet_least, p.quiet_most) * (1.3 - one.sociability)
                    one.rest_until = model.tick + int(quiet * model.minute_ticks)
            return
        if not model.fresh or (openness := self.openness()) == 0:
            return
        chance = p.meet_rate / 60 * openness * (0.3 + self.sociability) * (1.4 - self.social)
        if self.random.random() >= chance:
            return
        best, most = None, 0.0
        for other in model.inside[self.place]:
            if other is not self and (theirs := other.openness()) > 0:
                draw = theirs * (0.15 + self.tie(other)) * (0.3 + other.sociability) * (0.2 + self.random.random())
                if draw > most:
                    best, most = other, draw
        if best is not None:
            share = self.random.random() * min(1.0, 0.4 + self.tie(best))
            length = p.talk_least + (p.talk_most - p.talk_least) * share
            until = model.tick + int(length * model.minute_ticks)
            for one, other in ((self, best), (best, self)):
                one.partner, one.talk_until, one.speaks_at = other.number, until, model.tick + 1

    def must_go(self):
        return self.target != self.place or self.intent == SLEEPING

    def tie(self, other):
        mine, theirs = self.persona.ties, other.persona.ties
        return max(mine.get(other.persona.name, 0.0), theirs.get(self.persona.name, 0.0))

    def talk(self):
        model = self.model
        if self.partner > self.number and model.tick >= self.speaks_at:
            self.lines += 1
            pause = self.random.uniform(model.parameters.turn_least, model.parameters.turn_most)
            self.speaks_at = model.tick + max(1, int(pause / model.tick_seconds))


class MesaTown(mesa.Model):
    def __init__(
        self, town_map: TownMap, personas: tuple[Persona, ...], start_minute: int, seed: int, every: int
    ) -> None:
        super().__init__(seed=seed)
        arrays = town_map.arrays
        self.parameters = p = Parameters()
        self.tick, self.tick_seconds, self.minute_ticks = 0, 10, 6
        self.start_minute, self.every = start_minute, every
        self.width = town_map.width
        self.speed = p.walking_speed / self.minute_ticks
        self.place_ids = {place.name: place.id for place in town_map.places}
        self.centres = [(place.x, place.y) for place in town_map.places]
        self.hours = [[span or (0, 0) for span in place.week] for place in town_map.places]
        self.doors = arrays.door.tolist()
        self.tile_place = town_map.tile_place.tolist()
        self.near = nearest(arrays).tolist()
        self.directions = list(zip(DX.tolist(), DY.tolist(), strict=True))
        self.offsets = [dy * self.width + dx for dx, dy in self.directions]
        self.heading = Headings(town_map).__call__
        self.inside = [set() for _ in town_map.places]
        self.open_to_talk = {ACTIVITIES[code]: value for code, value in OPEN_TO_TALK.items()}
        self.rates = rates(p, 60 * self.minute_ticks)
        self.set_clock()
        self.residents = [Resident(self, persona) for persona in personas]
        for number, resident in enumerate(self.residents):
            resident.number = number
        for resident in self.residents:
            resident.follow_routine()
            resident.choose()
            resident.inside_at_once()
        self.datacollector = mesa.DataCollector(agent_reporters={name: name for name in REPORTED}) if every else None

    def set_clock(self):
        total = self.start_minute * 60 + self.tick * self.tick_seconds
        self.minute, self.day = total // 60 % DAY_MINUTES, total // 60 // DAY_MINUTES
        self.fresh = total % 60 == 0

    def step(self):
        self.tick += 1
        self.set_clock()
        self.agents.do("step")
        if self.every and self.tick % self.every == 0:
            self.datacollector.collect(self)

    def tile_xy(self, tile):
        return tile % self.width, tile // self.width

    def distance(self, one, other):
        (a, b), (c, d) = self.centres[one], self.centres[other]
        return ((a - c) ** 2 + (b - d) ** 2) ** 0.5

    def is_open(self, place):
        opens, closes = self.hours[place][self.day % 7]
        return opens <= self.minute < closes


class Headings:
    """The heading of the next step towards a place, from a tile: the map's routes as bytes, looked up in Python."""

    def __init__(self, town_map):
        arrays = town_map.arrays
        self.width = town_map.width
        self.windows = arrays.window.tolist()
        self.starts = arrays.field_start.tolist()
        self.beyond = arrays.field_beyond.tolist()
        self.fields = arrays.fields.tobytes()

    def __call__(self, place, tile):
        y, x = divmod(tile, self.width)
        field = place
        while field >= 0:
            left, top, width, height = self.windows[field]
            column, row = x - left, y - top
            if 0 <= column < width and 0 <= row < height:
                found = self.fields[self.starts[field] + row * width + column]
                if found != UNREACHABLE:
                    return found
            field = self.beyond[field]
        return UNREACHABLE


def rates(p, hour):
    """Change of hunger, energy, social, fun and comfort in a tick, by activity; of energy, the share."""
    table = {}
    for activity in ACTIVITIES:
        hunger = {SLEEPING: p.hunger_asleep, EATING: p.hunger_eating}.get(activity, p.hunger_awake)
        energy = {SLEEPING: p.energy_asleep, RELAXING: p.energy_resting, AT_HOME: p.energy_resting}
        social = {SOCIALISING: p.social_company, TALKING: p.social_talking}
        fun = dict.fromkeys((WORKING, STUDYING, SHOPPING, HOUSEKEEPING), p.fun_duty) | {
            RELAXING: p.fun_relaxing, SOCIALISING: p.fun_socialising, TALKING: p.fun_talking,
        }  # fmt: skip
        comfort = (
            dict.fromkeys((WORKING, STUDYING, SHOPPING, HOUSEKEEPING), p.comfort_busy)
            | dict.fromkeys((WALKING, WAKING), p.comfort_abroad)
            | dict.fromkeys((EATING, RELAXING, SOCIALISING), p.comfort_seated)
            | dict.fromkeys((AT_HOME, SLEEPING), p.comfort_home)
        )
        table[activity] = tuple(
            rate / hour
            for rate in (
                hunger, energy.get(activity, p.energy_awake), social.get(activity, p.social_alone),
                fun.get(activity, p.fun_idle), comfort.get(activity, 0),
            )
        )  # fmt: skip
    return table
