"""What a mind is shown of facts, invitations and ties, and that it may tell what its NPC knows."""

import math

from aitown.mind import go, tell
from aitown.town import Town
from tests.sim.tiny import make_map, make_people
from tests.town.test_information import FAIR, MILL, knowing


class Gossip:
    """Tells whoever is near all that it knows, and something that it made up."""

    def __init__(self):
        self.seen = []

    def decide(self, seen):
        self.seen.append(seen)
        those = [tell(known["fact"], near["name"]) for near in seen.near[:2] for known in seen.knows[:2]]
        return [*those, tell("I am the king", seen.near[0]["id"])] if those else None


def gossips(**more):
    town = Town(make_map(), personas=knowing({2: [FAIR]}), seed=7, parameters={"meet_rate": 0}, **more)
    town.tell(MILL, to=2)
    town.invite(4, "Green", "18:00", to=[2], minutes=30)
    return town


def test_it_sees_what_it_knows_and_tells_it(tmp_path):
    mind = Gossip()
    with gossips(minds={2: mind}, record=tmp_path / "run") as town:
        town.step(4000)
        run = town.history
        first = mind.seen[0]
        facts = {known["fact"]: known for known in first.knows}
        assert facts[MILL]["by"] is None
        assert facts[FAIR]["tick"] == 0
        party = facts["Person4 Tiny invites people to Green at 18:00"]
        assert party["by"] == "Person4 Tiny"
        assert {name: party["invitation"][name] for name in ("host", "place", "starts", "ends")} == {
            "host": "Person4 Tiny",
            "place": "Green",
            "starts": "2025-03-03T18:00:00",
            "ends": "2025-03-03T18:30:00",
        }
        assert [tie["name"] for tie in first.ties][:2] == ["Person1 Tiny", "Person3 Tiny"]
        assert first.ties[0]["strength"] > 0.59
        told = run.tellings(npcs=[2])
        told = told[told["npc"] == 2]
        assert len(told) > 2
        frames = run.npcs(["place"])["place"]
        for row in told.itertuples():
            assert frames[row.tick - 1, 2] == frames[row.tick - 1, row.other] == row.place
        made_up = run.events(kinds=["mind_error"])["text"]
        assert (made_up == "doesn't know that: I am the king").any()
        assert "I am the king" not in run.facts()["text"].tolist()


class Frugal:
    """Goes out while a meal costs less than a tenth of what it has, and keeps what it saw."""

    def __init__(self):
        self.seen = []

    def decide(self, seen):
        self.seen.append(seen)
        cafe = next(place for place in seen.places if place["name"] == "Café")
        dear = cafe["price"] > 0.1 * seen.me["money"]
        return go(seen.persona["home"] if dear else "Café", minutes=30)


def test_it_sees_what_things_cost_and_what_it_has():
    mind = Frugal()
    with Town(make_map(), personas=make_people(), seed=7, minds={0: mind}) as town:
        town.input("give", to=0, cents=20_000)
        town.input("price", place="Café", cents=700)
        town.input("wage", place="Mill", cents=1_600)
        town.step(1500)
        money = int(town.npcs.loc[0, "money"])
        town.input("price", place="Café", cents=money)
        town.step(1500)
    places = {place["name"]: place for place in mind.seen[1].places}
    assert {name: (place["price"], place["wage"]) for name, place in places.items()} == {
        "Hill House": (town.parameters.rent, None),
        "Low House": (None, None),
        "Mill": (None, 1_600),
        "School": (None, None),
        "Café": (700, None),
        "Shop": (town.parameters.basket_price, None),
        "Green": (None, None),
    }
    assert mind.seen[0].me["arrears"] == 0
    assert mind.seen[-1].me["money"] == money
    wanted = [
        place["price"] > 0.1 * seen.me["money"] for seen in mind.seen for place in seen.places if place["id"] == 4
    ]
    assert set(wanted) == {True, False}


def test_it_sees_how_far_places_are_and_a_wage_only_where_it_is_paid_one():
    seen = []

    class Watching:
        def decide(self, told):
            seen.append(told)

    with Town(
        make_map(), personas=make_people(), seed=7, minds={"all": Watching()}, parameters={"walking_speed": 3}
    ) as town:
        town.step(1500)
        spots = town.map.places
    wages = {
        told.npc: {place["name"]: place["wage"] for place in told.places if place["own"] == "work"} for told in seen
    }
    assert wages[0] == {"Mill": 1250}
    assert wages[2] == {"School": None}
    for told in seen[::7]:
        for place, spot in zip(told.places, spots, strict=True):
            away = math.hypot(spot.x - told.me["x"], spot.y - told.me["y"])
            assert place["minutes"] == round(away / 3, 1)


def test_what_somebody_says_to_nobody_is_for_nobody():
    heard = {}

    class Listening:
        def decide(self, told):
            heard.setdefault(told.npc, set()).update(line["text"] for line in told.heard)

    with Town(make_map(), personas=make_people(), seed=7, minds={"all": Listening()}) as town:
        town.say("Hm.", by=3)
        town.say("Listen, all!")
        town.say("Psst", to=1, by=3)
        town.step(1500)
    assert all("Listen, all!" in texts and "Hm." not in texts for texts in heard.values())
    assert [npc for npc, texts in heard.items() if "Psst" in texts] == [1]
