"""Whoever moves in lives like the others, whoever moves out leaves nothing behind; nobody else's dice fall otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from aitown.errors import DamagedRun, InputRejected
from aitown.persona import Routine
from aitown.sim.inputs import Invite, Move, Schedule
from aitown.sim.model import Model
from aitown.sim.parameters import Parameters
from aitown.sim.roster import Remove
from tests.sim.coming import CAFE, GREEN, LOW, MILL, add, make, moves, newcomer, pooled, run
from tests.sim.tiny import make_map, make_people


def test_who_moves_in_is_at_home_with_savings_from_outside_and_lives_on():
    model = make()
    before = model.accounts()
    npc = add(model, newcomer(work="Mill", occupation="miller", routine=Routine(work_from="12:00", work_to="18:00")))
    assert npc == 8
    frames = run(model, 360)
    assert frames["npcs"]["place"][0, npc] == LOW
    assert frames["npcs"]["alive"][0].all()
    has = int(frames["npcs"]["money"][0, npc])
    assert has > 0
    assert moves(model) == [(1, "moved_in", 8, LOW, f"{has // 100}.{has % 100:02d}")]
    assert model.accounts()["outside"] <= before["outside"] - has
    assert MILL in frames["npcs"]["place"][:, npc]


def test_who_moves_out_is_gone_at_that_tick_and_takes_its_money_along():
    model = make()
    run(model, 5)
    has, place, occupants = (int(model.npcs[n][2]) for n in ("money", "place", "alive"))
    occupants = int(model.places["occupants"][place])
    outside = model.accounts()["outside"]
    model.apply(Remove(2))
    assert model.accounts()["outside"] == outside + has
    frames = run(model, 1)
    assert frames["npcs"]["alive"][0].tolist() == [1, 1, 0, 1, 1, 1, 1, 1]
    assert frames["places"]["occupants"][0, place] == occupants - 1
    assert moves(model)[-1][:4] == (6, "moved_out", 2, place)
    with pytest.raises(InputRejected, match=r"Person2 Tiny \(NPC 2\) moved out at tick 6"):
        model.apply(Move(2, CAFE))


def test_a_conversation_goes_on_without_who_leaves_or_ends():
    model = make(meet_rate=100, start="2025-03-03T17:30")
    for _ in range(2000):
        model.advance(1)
        talking = np.flatnonzero(model.npcs["partner"] >= 0)
        if len(talking):
            break
    i = int(talking[0])
    others = {int(model.npcs["partner"][i])}
    model.apply(Remove(i))
    assert model.npcs["partner"][i] == -1
    model.advance(1)
    ended = [row for row in model.events().rows() if row["kind"] in ("parted", "left") and row["npc"] == i]
    assert [row["tick"] for row in ended] == [model.tick]
    assert ended[0]["other"] in others


def test_an_invitation_is_called_off_when_its_host_leaves():
    model = make(start="2025-03-03T17:00")
    model.apply(Invite(0, GREEN, 18 * 60, 120, None, text="A party"))
    guests = [npc for npc in range(1, 8) if any(known.accepts for known in model.knows(npc))]
    run(model, 1)
    guests = [npc for npc in range(1, 8) if any(known.accepts for known in model.knows(npc))]
    assert guests
    stays = make(start="2025-03-03T17:00")
    stays.apply(Invite(0, GREEN, 18 * 60, 120, None, text="A party"))
    invited = run(stays, 540)["npcs"]["why"][:, 1:]
    model.apply(Remove(0))
    assert {known.ends for npc in guests for known in model.knows(npc)} == {2}
    called_off = run(model, 539)["npcs"]["why"][:, 1:]
    code = next(c for c in model.schema["npcs"] if c.name == "why").labels.index("invited")
    assert (invited == code).sum() > (called_off == code).sum()


def test_a_newcomer_takes_a_row_that_is_spare():
    """No table is copied for one more, however large the town."""
    model = make(8, acquaintances=4)
    before = {name: table.records for name, table in model._tables.items()}
    add(model)
    model.advance(1)
    after = {name: table.records for name, table in model._tables.items()}
    assert len(after["npcs"]) == len(before["npcs"]) + 1
    assert len(after["ties"]) > len(before["ties"])
    assert all(np.shares_memory(after[name], records) for name, records in before.items() if len(records))


def test_a_newcomer_changes_no_draw_of_another():
    """Common random numbers: without talk and ties the others' days are the same to the bit."""
    strangers = tuple(replace(person, ties={}) for person in make_people(6))
    quiet = Parameters(meet_rate=0)
    first, second = (Model(make_map(), strangers, seed=3, parameters=quiet, start="2025-03-03T16:00") for _ in range(2))
    add(second, newcomer(home="Hill House"))
    expected, found = run(first, 6000), run(second, 6000)
    for name in ("activity", "why", "target", "hunger", "energy", "social", "fun", "mood"):
        assert np.array_equal(found["npcs"][name][:, :6], expected["npcs"][name]), name
    second.apply(Remove(6))
    expected, found = run(first, 3000), run(second, 3000)
    for name in ("activity", "why", "target", "hunger", "energy", "social", "fun", "mood"):
        assert np.array_equal(found["npcs"][name][:, :6], expected["npcs"][name]), name


def test_its_draws_are_those_of_its_id_whenever_it_comes():
    """An id that was kept for somebody else moves nobody's dice either."""
    first, second = make(count=6, meet_rate=0), make(count=6, meet_rate=0)
    add(first, newcomer("Before Her"), 6)
    add(first, npc=7)
    add(second, npc=7)
    one, other = run(first, 900)["npcs"], run(second, 900)["npcs"]
    for name in ("activity", "hunger", "energy", "mood"):
        assert np.array_equal(one[name][:, 7], other[name][:, 7]), name
    assert not other["alive"][:, 6].any()


def test_its_ties_work_both_ways_and_a_child_has_who_cares_for_it():
    model = make()
    npc = add(model, newcomer(age=6, ties={"Person1 Tiny": 0.9, "Person3 Tiny": 0.2}))
    assert [(other, round(strength, 2)) for other, strength, _ in model.ties(npc)] == [(1, 0.9), (3, 0.2)]
    assert npc in [other for other, _, _ in model.ties(1)]
    assert model.npcs["ward"][1] == npc
    assert model.npcs["ward"][3] == -1
    model.apply(Remove(npc))
    assert npc not in [other for other, _, _ in model.ties(1)]
    assert npc not in model.relationships()[1]


def test_of_more_ties_than_there_is_room_for_the_strongest_are_kept():
    model = make(count=8, acquaintances=2)
    before = {npc: {other: how for other, how, _ in model.ties(npc)} for npc in range(8)}
    ties = {f"Person{npc} Tiny": 0.05 + 0.1 * npc for npc in range(8)}
    npc = add(model, newcomer(ties=ties))
    assert [other for other, _, _ in model.ties(npc)] == [7, 6]
    for other in range(8):
        mine = ties[f"Person{other} Tiny"]
        wanted = sorted([*before[other].values(), mine], reverse=True)[:2]
        assert [how for _, how, _ in model.ties(other)] == pytest.approx(wanted, abs=0.01)


def test_an_adult_shares_money_with_those_it_is_close_to_and_no_longer_when_it_leaves():
    model = pooled(start="2025-03-03T23:50")
    purses = model._tables["purses"]
    assert (purses["pool"][[0, 4]] == 0).all()
    npc = add(model, newcomer(home="Hill House", ties={"Person4 Tiny": 0.9}))
    child = add(model, newcomer("Cy Hart", home="Hill House", age=9, ties={"Person4 Tiny": 0.9}))
    stranger = add(model, newcomer("No Kin", home="Low House", ties={"Person4 Tiny": 0.9}))
    assert purses["pool"][[npc, child, stranger]].tolist() == [0, -1, -1]
    run(model, 90)
    shares = model.npcs["money"][np.flatnonzero(purses["pool"] == 0)]
    assert shares.max() - shares.min() < len(shares)
    model.apply(Remove(0))
    assert (purses["pool"] == 4).sum() == (purses["pool"] >= 0).sum() - (purses["pool"] == 1).sum()
    assert purses["pool"][npc] == 4


def test_ties_to_kin_do_not_fall_out_for_a_newcomer():
    model = pooled()
    npc = add(model, newcomer(ties={f"Person{n} Tiny": 1.0 for n in range(8)}, kin=("Person0 Tiny",)))
    for other in range(8):
        names = {one for one, _, _ in model.ties(other)}
        assert {one for one in range(8) if one != other and one % 2 == other % 2} <= names
    assert 0 in [other for other, _, _ in model.ties(npc)]
    assert npc in [other for other, _, _ in model.ties(0)]


def test_what_it_knows_it_may_tell_and_never_forgets():
    model = make(meet_rate=100, tell_chance=1.0, tell_stranger=1.0, start="2025-03-03T17:30")
    npc = add(model, newcomer(home="Hill House", knows=("The bridge is closed",)))
    assert [known.text for known in model.knows(npc)] == ["The bridge is closed"]
    run(model, 3000)
    assert [row["npc"] for row in model.events().rows() if row["kind"] == "told"][:1] == [npc]
    assert model.knows(npc)


@pytest.mark.parametrize(
    ("persona", "message"),
    [
        (newcomer("Person3 Tiny"), "the name 'Person3 Tiny' is taken"),
        (newcomer(home="Mill"), "home 'Mill' is a place of the kind 'work'"),
        (newcomer(home="Nowhere"), "home 'Nowhere' is not on the map"),
        (newcomer(work="Nowhere"), "place of work 'Nowhere' is not on the map"),
        (newcomer(ties={"Nobody": 0.5}), "a tie to 'Nobody', who is not in the town"),
    ],
)
def test_who_can_not_move_in_is_refused_in_words(persona, message):
    model = make()
    with pytest.raises(InputRejected, match=message):
        add(model, persona)
    assert model.npcs.rows == 8


def test_a_full_home_takes_nobody_until_somebody_leaves():
    model = make()
    add(model, newcomer("First New"))
    add(model, newcomer("Second New"))
    with pytest.raises(InputRejected, match=r"'Low House' is full: it has room for 6") as error:
        add(model, newcomer())
    assert "Hill House" in error.value.remedy
    model.apply(Remove(1))
    add(model, newcomer())
    with pytest.raises(InputRejected, match="the name 'Person1 Tiny' is taken, by somebody who was"):
        add(model, newcomer("Person1 Tiny", "Hill House"))


def test_a_checkpoint_of_another_town_changes_nothing():
    model, other = make(), make(count=6)
    add(other)
    state = make().save()
    with pytest.raises(DamagedRun):
        model.restore({**other.save(), "npcs/alive": np.ones(9, np.uint8)})
    assert all(np.array_equal(values, state[name]) for name, values in model.save().items())


def test_everybody_may_leave():
    model = make()
    for npc in range(8):
        model.apply(Remove(npc))
    run(model, 9000)
    assert not model.npcs["alive"].any()
    add(model)
    frames = run(model, 400)
    assert frames["npcs"]["alive"][:, 8].all()
    with pytest.raises(InputRejected):
        model.apply(Schedule(3, wake=300))
