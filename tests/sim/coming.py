"""A tiny town in which people come and go, and what is true of it at any tick."""

from collections import Counter
from dataclasses import replace

import numpy as np

from aitown.persona import Persona
from aitown.sim.model import Model
from aitown.sim.npcs import NEVER
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Add
from tests.sim.tiny import make_map, make_people

HILL, LOW, MILL, SCHOOL, CAFE, SHOP, GREEN = range(7)
NEEDS = ("hunger", "energy", "social", "fun", "comfort", "mood")


def newcomer(name="Zoe Hart", home="Low House", **more):
    return Persona(name, home=home, **more)


def make(count=8, seed=7, start="2025-03-03T11:30", people=None, **parameters):
    people = people or make_people(count)
    return Model(make_map(), people, seed=seed, start=start, parameters=Parameters(**parameters))


def families(count=8):
    """Two homes, in each of which all are kin and keep house together."""
    people = make_people(count)
    others = [[other.name for other in people if other.home == one.home and other is not one] for one in people]
    return tuple(
        replace(one, ties={**one.ties, **dict.fromkeys(kin, 0.9)}, kin=tuple(kin))
        for one, kin in zip(people, others, strict=True)
    )


def pooled(**parameters):
    return make(people=families(), pooling=1.0, acquaintances=5, **parameters)


def add(model, persona=None, npc=None):
    npc = model.npcs.rows if npc is None else npc
    model.apply(Add(persona or newcomer(), npc))
    return npc


def run(model, ticks):
    blocks = [model.advance(min(512, ticks - done)) for done in range(0, ticks, 512)]
    return {
        table: {name: np.concatenate([block.tables[table][name] for block in blocks]) for name in columns}
        for table, columns in blocks[0].tables.items()
    }


def moves(model):
    return [
        (row["tick"], row["kind"], row["npc"], row["place"], row["text"])
        for row in model.events().rows()
        if row["kind"].startswith("moved")
    ]


def hold(model, total):
    """All that is true of a town at any tick."""
    npcs, places, alive = model.npcs, model.places, model.npcs["alive"] == 1
    assert sum(model.accounts().values()) == total
    gone = {
        "place": -1,
        "partner": -1,
        "spot": -1,
        "queued": 0,
        "visiting": 0,
        "money": 0,
        "arrears": 0,
        "target": -1,
        "next_waiting": -1,
    }
    for name, value in gone.items():
        assert (npcs[name][~alive] == value).all(), name
    assert not model._tables["outside"]["waits"][~alive].any()
    here = Counter(npcs["place"][npcs["place"] >= 0].tolist())
    assert [here[place] for place in range(places.rows)] == places["occupants"].tolist()
    visitors = Counter(npcs["target"][npcs["visiting"] == 1].tolist())
    assert [visitors[place] for place in range(places.rows)] == places["visitors"].tolist()
    out = places["kind"] != 0
    assert (places["visitors"] <= places["capacity"])[out].all()
    living = Counter(npcs["home"][alive].tolist())
    assert all(living[home] <= places["capacity"][home] for home in (HILL, LOW))
    spots = Counter(npcs["spot"][npcs["spot"] >= 0].tolist())
    taken = model._tables["tiles"]["taken"]
    assert {int(tile): int(taken[tile]) for tile in np.flatnonzero(taken)} == dict(spots)
    for place in range(places.rows):
        line, i = [], int(places["first_waiting"][place])
        while i >= 0:
            line.append(i)
            i = int(npcs["next_waiting"][i])
        assert len(line) == places["queue"][place]
        assert alive[line].all()
        listed, i = [], int(places["first_here"][place])
        while i >= 0:
            listed.append(i)
            i = int(npcs["next_here"][i])
        assert sorted(listed) == np.flatnonzero(npcs["place"] == place).tolist()
    for i in np.flatnonzero(npcs["partner"] >= 0):
        ring = [int(i)]
        while (j := int(npcs["partner"][ring[-1]])) != i:
            ring.append(j)
            assert len(ring) <= len(alive)
        assert len(ring) > 1
        assert alive[ring].all()
        assert len(set(npcs["place"][ring].tolist())) == 1
    purses = model._tables["purses"]
    assert (purses["pool"][~alive] == -1).all()
    for first in np.flatnonzero(purses["pool"] == np.arange(len(alive))):
        pool, i = [], int(first)
        while i >= 0:
            pool.append(i)
            i = int(purses["pool_next"][i])
        assert len(pool) > 1
        assert sorted(pool) == np.flatnonzero(purses["pool"] == first).tolist()
        assert alive[pool].all()
        assert len(set(npcs["home"][pool].tolist())) == 1
    for name in NEEDS:
        assert ((npcs[name] >= 0) & (npcs[name] <= 1)).all()
    ties = model._world.links.ties["npc"]
    assert (np.diff(ties.astype(np.int64), axis=1)[ties[:, 1:] != NEVER] > 0).all()
