from datetime import datetime

import numpy as np

from aitown.sim import codes, phrases
from aitown.sim.facts import Facts
from aitown.sim.lines import Lines, Said, first_name, part_of_day
from tests.sim.tiny import make_map, make_people


def made_up():
    facts = Facts(8)
    facts.add("The mill closes")
    return facts


def lines():
    return Lines(make_map(), make_people(), 7, datetime(2025, 3, 3, 6), 10, made_up())


def every_phrase():
    for table in (
        phrases.GREETINGS,
        phrases.GREETINGS_BACK,
        phrases.FAREWELLS,
        phrases.REMARKS,
        phrases.ANSWERS,
        phrases.REACTIONS,
    ):
        for those in table.values():
            yield from those
    yield from phrases.REPLIES
    yield from phrases.TELLINGS


def test_there_is_much_to_say():
    found = list(every_phrase())
    assert len(found) >= 60
    assert len(set(found)) == len(found)
    assert max(map(len, found)) <= 80


def test_every_field_of_every_phrase_is_filled():
    made = lines()
    fields = Said(made, 12345, 1000, 0, 1, 2, int(codes.EATING))
    for phrase in every_phrase():
        assert "{" not in phrase.format_map(fields)


def test_every_topic_and_closeness_has_phrases():
    assert set(phrases.REMARKS) == set(phrases.ANSWERS) == set(codes.TOPICS[: codes.SMALL_TALK])
    assert set(phrases.REACTIONS) == set(codes.TOPICS[codes.SMALL_TALK + 1 :])
    assert set(phrases.GREETINGS) == set(phrases.GREETINGS_BACK) == set(phrases.FAREWELLS) == set(codes.CLOSENESS)


def test_the_same_address_says_the_same_and_others_differ():
    n = 200
    said, tick = np.ones(n, bool), np.arange(n)
    npc, other, place = np.zeros(n, int), np.ones(n, int), np.full(n, 2)
    detail = np.full(n, int(codes.REMARK) | int(codes.T_WORK) << 4)
    first = lines().words(said, tick, npc, other, place, detail)
    assert first == lines().words(said, tick, npc, other, place, detail)
    assert len(set(first)) == len(phrases.REMARKS["work"])
    assert any("miller" in line for line in first)


def test_only_what_npcs_say_gets_words():
    one = np.zeros(2, int)
    assert lines().words(np.array([False, True]), one, np.array([0, -1]), one, one, one) == ["", ""]


def test_names_and_times_of_day():
    assert first_name("Dr. Maud Penhallow") == "Maud"
    assert [part_of_day(hour * 60) for hour in (3, 8, 13, 18, 23)] == [
        "night", "morning", "afternoon", "evening", "night",
    ]  # fmt: skip


def test_a_conversation_begins_with_a_greeting_and_neighbours_sound_human(days):
    greetings = {phrase.split("{")[0] for those in phrases.GREETINGS.values() for phrase in those}
    rows = days.events.rows()
    met = {(row["npc"], row["tick"]) for row in rows if row["kind"] == "met"}
    first = [row for row in rows if row["kind"] == "said" and (row["npc"], row["tick"] - 1) in met]
    assert len(first) > 0.9 * len(met)
    assert all(any(row["text"].startswith(g) for g in greetings if g) or row["text"] for row in first)
    texts = [row["text"] for row in rows if row["kind"] == "said"]
    assert all(texts)
    assert len(set(texts)) > 150
