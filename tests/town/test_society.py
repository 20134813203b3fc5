"""Groups and ties: what the log says of them is what the model does."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from aitown.errors import BadParameter, RunError
from aitown.town import Town
from tests.sim.tiny import make_map, make_people
from tests.town.test_information import CHATTY, circle

GROUPS = {**CHATTY, "join_ease": 1, "talk_least": 5}


PEOPLE = 12


def town_of_groups(**parameters):
    return Town(make_map(), personas=make_people(PEOPLE), seed=5, parameters={**GROUPS, **parameters})


@pytest.fixture(scope="module")
def lived():
    town = town_of_groups()
    town.tell("The mill closes in May.", to=1)
    yield town, town.run(hours=30, progress=False)
    town.close()


def test_groups_form_and_no_larger_than_allowed(lived):
    _, run = lived
    sizes = run.npcs(["partner", "place"])
    largest = 0
    for tick in sizes.index.levels[0][::7]:
        now = sizes.loc[tick]
        partners = now["partner"].to_numpy()
        for npc in np.flatnonzero(partners >= 0):
            ring = circle(partners, npc)
            assert partners[list(ring)].min() >= 0
            assert all(circle(partners, other) == ring for other in ring)
            assert now["place"].iloc[list(ring)].nunique() == 1
            largest = max(largest, len(ring))
    assert 3 <= largest <= 4
    assert run.conversations()["people"].max() >= 5


def test_the_log_says_who_was_in_which_conversation(lived):
    _, run = lived
    stays = run.members().reset_index()
    stays["until"] = stays["until"].where(stays["until"] >= 0, run.last_tick + 1)
    partners = run.npcs(["partner"])["partner"]
    for tick in range(500, run.last_tick, 211):
        now = partners.loc[tick].to_numpy()
        expected = {frozenset(circle(now, npc)) for npc in np.flatnonzero(now >= 0)}
        there = stays[(stays["tick"] <= tick) & (tick < stays["until"])]
        assert {frozenset(group) for _, group in there.groupby("conversation")["npc"]} == expected


def test_conversations_end(lived):
    town, run = lived
    talks = run.conversations()
    over = talks[talks["until"] >= 0]
    assert len(talks) - len(over) < 5
    assert over["seconds"].max() <= 2 * 60 * town.parameters.talk_most + 10
    assert (talks.loc[talks["until"] < 0, "tick"] > run.last_tick - 12 * town.parameters.talk_most - 2).all()


def test_each_line_is_spoken_in_the_conversation_and_whoever_joins_greets(lived):
    _, run = lived
    stays = run.members()
    talk = run.talk()
    talk = talk[talk["conversation"] >= 0]
    assert len(talk) == len(run.talk())
    for row in talk.iloc[::9].itertuples():
        for npc in (row.npc, row.other):
            those = stays.loc[[(row.conversation, npc)]]
            assert ((those["tick"] <= row.tick) & ((those["until"] < 0) | (row.tick <= those["until"]))).any()
    first = talk.drop_duplicates("conversation")
    assert first["turn"].max() == 0
    assert (talk["npc"] != talk["other"]).all()


def test_all_who_stand_there_hear_what_is_told(lived):
    _, run = lived
    tellings = run.tellings()
    inside = tellings[tellings["npc"] >= 0]
    partners = run.npcs(["partner"])["partner"]
    heard = inside.groupby(["tick", "npc"])["other"].agg(set)
    assert heard.map(len).max() >= 2
    for (tick, npc), those in heard.items():
        assert those == circle(partners.loc[tick].to_numpy(), npc) - {npc}
    assert (inside["conversation"] >= 0).all()


def test_a_network_counts_who_was_together(lived):
    _, run = lived
    found = run.network()
    partners = run.npcs(["partner"])["partner"].unstack().to_numpy()
    seconds = np.zeros((PEOPLE, PEOPLE))
    for now in partners:
        for npc in np.flatnonzero(now >= 0):
            for other in circle(now, npc):
                seconds[npc, other] += 10
    for (npc, other), row in found.iterrows():
        assert row["seconds"] == seconds[npc, other]
    assert (found["seconds"] > 0).sum() == (np.triu(seconds, 1) > 0).sum()
    mine = run.network(npcs=[3])
    assert mine["seconds"].to_dict() == found[[3 in pair for pair in found.index]]["seconds"].to_dict()
    window = run.network(ticks=slice(3000, 4000))
    total = sum(len(circle(now, npc)) - 1 for now in partners[3000:4000] for npc in np.flatnonzero(now >= 0))
    assert window["seconds"].sum() == total * 10 / 2


def test_asked_for_somebody_it_gives_their_conversations(lived):
    _, run = lived
    stays = run.members(npcs=[3])
    talks = run.conversations(npcs=[3])
    assert set(talks.index) == set(stays.index.get_level_values("conversation"))
    assert set(talks["people"]) == set(run.conversations().loc[talks.index, "people"])
    assert run.talk(npcs=[3])["turn"].max() > 3


@pytest.mark.parametrize("rules", [{}, {"acquaintances": 4, "tie_half_life": 0.2, "tie_first": 0.3, "tie_hours": 2}])
def test_relationships_follow_from_the_log_as_the_model_has_them(rules):
    with town_of_groups(**rules) as town:
        for hours in (9, 3, 17):
            run = town.run(hours=hours, progress=False)
            expected, found = town.relationships(), run.relationships()
            assert found.index.tolist() == expected.index.tolist()
            assert found["last"].tolist() == expected["last"].tolist()
            assert np.allclose(found["strength"], expected["strength"], rtol=1e-6)
            assert expected["strength"].between(0, 1).all()
        assert found.groupby("npc").size().max() == rules.get("acquaintances", PEOPLE - 1)


def test_ties_grow_with_talk_and_fade_without():
    with town_of_groups(tie_hours=5, tie_half_life=1) as town:
        before = town.relationships()["strength"]
        run = town.run(hours=12, progress=False)
        after = run.relationships()
        talked = after[after["last"] > 0]
        assert (talked["strength"] >= 0.05 * 0.5**0.5).all()  # met within these twelve hours, and faded since
        assert talked["strength"].max() > before.max() * 0.7
        quiet = after[after["last"] == 0]["strength"]
        assert np.allclose(quiet, before[quiet.index] * 0.5**0.5)
    with town_of_groups(meet_rate=0, tie_half_life=1) as town:
        assert np.allclose(town.run(days=1, progress=False).relationships()["strength"], before / 2)


def with_kin(people):
    """The same people; each is kin of the first to whom it is tied."""
    return [replace(person, kin=tuple(person.ties)[:1]) for person in people]


@pytest.mark.parametrize("rules", [{}, {"acquaintances": 4, "tie_half_life": 0.2, "tie_first": 0.3, "tie_hours": 2}])
def test_ties_to_kin_fade_by_their_own_half_life_and_never_fall_out(rules):
    given = {**GROUPS, "kin_half_life": 0.4, **rules}
    people = with_kin(make_people(PEOPLE))
    with Town(make_map(), personas=people, seed=5, parameters=given) as town:
        first = town.relationships()
        run = town.run(hours=29, progress=False)
        expected, found = town.relationships(), run.relationships()
        assert found.index.tolist() == expected.index.tolist()
        assert np.allclose(found["strength"], expected["strength"], rtol=1e-6)
        kin = {(i, (i + step) % PEOPLE) for i in range(PEOPLE) for step in (1, -1)}
        assert kin <= set(expected.index)
        quiet = [pair for pair in expected.index if expected.loc[pair, "last"] == 0]
        assert quiet
        for pair in quiet:
            half_life = 0.4 if pair in kin else given.get("tie_half_life", 110)
            left = first.loc[pair, "strength"] * 0.5 ** (29 / 24 / half_life)
            assert expected.loc[pair, "strength"] == pytest.approx(left, rel=1e-5)


def test_where_all_ties_are_to_kin_there_is_room_for_nobody_else():
    people = [replace(person, ties=dict.fromkeys(person.ties, 0.6)) for person in make_people(PEOPLE)]
    people = [replace(person, kin=tuple(person.ties)) for person in people]
    with Town(make_map(), personas=people, seed=5, parameters={**GROUPS, "acquaintances": 4}) as town:
        before = set(town.relationships().index)
        run = town.run(hours=20, progress=False)
        assert run.network()["meetings"].sum() > 20
        assert set(town.relationships().index) == set(run.relationships().index) == before


def test_density_and_graphs(lived):
    _, run = lived
    found = run.density(every="2h")
    assert found["density"].is_monotonic_increasing
    assert found["density"].iloc[0] == pytest.approx(nx.density(run.graph("ties", 0)))
    assert found["density"].iloc[-1] > found["density"].iloc[0]
    graph = run.graph()
    ties = run.relationships()
    assert graph.number_of_nodes() == PEOPLE
    assert {pair: data["strength"] for *pair, data in graph.edges(data=True) for pair in [tuple(pair)]} == ties[
        "strength"
    ].to_dict()
    assert run.graph("talk").edges[next(iter(run.network().index))]["meetings"] > 0
    tellings = run.tellings()
    assert run.graph("tellings").number_of_edges() == (tellings["npc"] >= 0).sum()
    with pytest.raises(BadParameter, match="tellings"):
        run.graph("hats")


def test_pairs_alone_when_the_parameters_say_so():
    with town_of_groups(group_most=2) as town:
        run = town.run(hours=8, progress=False)
        assert not set(run.events()["kind"]) & {"joined", "left"}
        assert set(run.conversations()["people"]) == {2}


def test_a_run_without_such_parameters_says_so(lived, tmp_path):
    from tests.history.test_talk import LOG, write

    run = write(tmp_path / "old", LOG)
    with pytest.raises(RunError, match="no ties that change"):
        run.relationships()
    assert run.members()["until"].tolist() == [6, 6, -1, -1, 12, 12]
