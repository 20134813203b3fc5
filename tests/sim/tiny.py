"""A tiny town: two homes, a mill, a school, a café, a shop and a green, with a handful of people."""

import numpy as np

from aitown.persona import Persona, Routine
from aitown.sim.map import TownMap
from aitown.sim.map.townmap import TERRAIN, Area

WIDTH, HEIGHT = 32, 24


def make_map():
    terrain = np.full((HEIGHT, WIDTH), TERRAIN.index("grass"), np.uint8)
    areas = []

    def house(name, kind, x, y, width, height, **more):
        terrain[y : y + height, x : x + width] = TERRAIN.index("wall")
        terrain[y + 1 : y + height - 1, x + 1 : x + width - 1] = TERRAIN.index("floor")
        terrain[y + height - 1, x + width // 2] = TERRAIN.index("door")
        areas.append(Area(name, kind, _tiles(x, y, width, height), rect=(x, y, width, height), **more))

    house("Hill House", "home", 1, 1, 6, 6, capacity=6)
    house("Low House", "home", 9, 1, 6, 6, capacity=6)
    house("Mill", "work", 18, 1, 7, 6)
    house("School", "school", 1, 14, 8, 6)
    house("Café", "cafe", 12, 14, 6, 6, opens=420, closes=1260, capacity=6)
    house("Shop", "shop", 21, 14, 5, 6, opens=480, closes=1140, capacity=5)
    areas.append(Area("Green", "park", _tiles(8, 9, 14, 3)))
    return TownMap("tiny", terrain, areas)


def _tiles(x, y, width, height):
    return np.array([ty * WIDTH + tx for ty in range(y, y + height) for tx in range(x, x + width)], np.int32)


def make_people(count=8):
    days = (("Mill", "09:00", "17:00"), ("Mill", "08:00", "16:00"), ("School", "08:30", "15:00"), ("", "", ""))
    people = []
    for i in range(count):
        work, since, until = days[i % 4]
        people.append(
            Persona(
                f"Person{i} Tiny",
                age=10 if work == "School" else 40,
                home=("Hill House", "Low House")[i % 2],
                work=work,
                occupation={"Mill": "miller", "School": "pupil", "": "retired"}[work],
                sociability=0.3 + 0.1 * (i % 5),
                routine=Routine(work_from=since, work_to=until, wake="06:45" if i % 2 else "06:05", breakfast="07:15"),
                ties={f"Person{(i + 1) % count} Tiny": 0.6, f"Person{(i + 3) % count} Tiny": 0.3},
            )
        )
    return tuple(people)
