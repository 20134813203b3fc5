"""Whatever comes, whoever comes and goes: the town holds together, and the same run is the same to the bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aitown.errors import InputRejected
from aitown.persona import Persona, Routine
from aitown.sim.inputs import Close, Give, Invite, Mind, Move, Need, Say, Tell
from aitown.sim.roster import Add, Remove
from tests.sim.coming import CAFE, GREEN, NEEDS, SHOP, hold, pooled

NPC, PLACE = st.integers(0, 11), st.integers(0, 6)
NAMES = [f"Newcomer {n}" for n in range(12)]
PERSONAS = st.builds(
    lambda name, home, work, age, tie, knows: Persona(
        name,
        age=age,
        home=home,
        work=work,
        ties={"Person0 Tiny": tie, "Person1 Tiny": 1 - tie},
        kin=("Person0 Tiny",) if tie > 0.8 else (),
        knows=knows,
        routine=Routine(wake="05:00", bed="23:30", lunch="12:00", work_from="12:15", work_to="18:00")
        if work
        else Routine(),
    ),
    st.sampled_from(NAMES),
    st.sampled_from(["Hill House", "Low House"]),
    st.sampled_from(["", "Mill", "Café"]),
    st.integers(3, 80),
    st.floats(0, 1),
    st.sampled_from([(), ("The well is dry",)]),
)
WISHES = st.one_of(
    st.builds(lambda persona, gap: ("add", persona, gap), PERSONAS, st.integers(0, 2)),
    st.builds(Remove, NPC),
    st.builds(Move, NPC, st.sampled_from([CAFE, SHOP, GREEN])),
    st.builds(Need, NPC, st.sampled_from(NEEDS[:5]), st.floats(0, 1)),
    st.builds(Give, st.integers(1, 5_000), to=NPC, by=st.integers(-1, 11)),
    st.builds(Say, st.just("Hello"), NPC),
    st.builds(Tell, st.sampled_from(["The mill closes", "The well is dry"]), NPC),
    st.builds(Invite, NPC, st.sampled_from([CAFE, GREEN]), st.just(780), to=st.just(None), text=st.just("A party")),
    st.builds(Mind, st.none() | st.tuples(NPC), st.sampled_from(["", "m"])),
    st.builds(Close, PLACE),
)
PLANS = st.lists(st.tuples(st.lists(WISHES, min_size=1, max_size=4), st.integers(1, 400)), max_size=8)


def follow(model, plan, cut=None):
    """Do all that can be done, holding the town to what is true; returns the frames of all ticks."""
    total, frames = sum(model.accounts().values()), []
    for wishes, ticks in plan:
        for wish in wishes:
            given = wish if not isinstance(wish, tuple) else Add(wish[1], model.npcs.rows + wish[2])
            try:
                model.apply(given)
            except InputRejected:
                continue
            hold(model, total)
        until = model.tick + ticks
        while model.tick < until:
            block = model.advance(min(cut or 97, until - model.tick))
            frames += list(block)
            hold(model, total)
    return frames


@settings(max_examples=40, deadline=None)
@given(PLANS, st.integers(0, 2**40))
def test_whoever_comes_and_goes_the_town_holds_together(plan, seed):
    follow(pooled(seed=seed, lunch_out=1, meet_rate=40, mind_minutes=5), plan)


@settings(max_examples=15, deadline=None)
@given(PLANS, st.integers(0, 2**40), st.integers(0, 7))
def test_twice_in_other_pieces_and_from_a_checkpoint_it_is_the_same(plan, seed, broken):
    def made():
        return pooled(seed=seed, lunch_out=1, meet_rate=40, mind_minutes=5)

    first = made()
    expected = follow(first, plan)
    found, second = [], made()
    for part, cut in ((plan[:broken], 31), (plan[broken:], 1024)):
        state = second.save()
        second = made()
        second.restore(state)
        found += follow(second, part, cut)
    assert len(found) == len(expected)
    for one, other in zip(expected, found, strict=True):
        assert one.tick == other.tick
        for table, columns in one.tables.items():
            for name, values in columns.items():
                assert np.array_equal(values, other.tables[table][name]), (one.tick, table, name)
    assert first.emitted == second.emitted
    for name, values in first.save().items():
        assert np.array_equal(values, second.save()[name]), name
