"""Personas: what is accepted, what is refused, and the ways in."""

import json

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aitown.errors import BadPersona
from aitown.persona import Persona, Routine, check_personas, minutes, personas_from_file, personas_from_table

times = st.builds(lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.integers(0, 59))
names = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


@given(
    name=names,
    age=st.integers(0, 130),
    sociability=st.floats(0, 1),
    wake=times,
    bed=times,
    ties=st.dictionaries(names, st.floats(0, 1)),
)
def test_a_persona_survives_json(name, age, sociability, wake, bed, ties):
    assume(wake != bed and name != "all")
    kin = tuple(ties)[::2]
    persona = Persona(name, age, sociability=sociability, routine=Routine(wake=wake, bed=bed), ties=ties, kin=kin)
    assert Persona.from_json(json.loads(json.dumps(persona.to_json()))) == persona
    assert orjson.dumps(persona) == orjson.dumps(persona.to_json())


@given(st.integers(0, 23), st.integers(0, 59))
def test_minutes(hour, minute):
    assert minutes(f"{hour:02d}:{minute:02d}") == hour * 60 + minute


@pytest.mark.parametrize("text", ["", "24:00", "7", "7:60", "ten", "07:30:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadPersona, match="HH:MM"):
        minutes(text)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"name": "A", "age": -1}, "-1"),
        ({"name": "A", "age": 131}, "131"),
        ({"name": "A", "sociability": 1.5}, "1.5"),
        ({"name": "A", "ties": {"B": 2}}, "B"),
        ({"name": "A", "ties": {"B": 1}, "kin": ["B", "C"]}, "'C' is kin without a tie"),
        ({"name": "A", "routine": {"work_from": "09:00"}}, "missing"),
        ({"name": "A", "routine": {"work_from": "09:00", "work_to": "17:00"}}, "place of work"),
        ({"name": "A", "routine": {"workdays": ["someday"]}}, "someday"),
        ({"name": "A", "routine": {"nap": "14:00"}}, "nap"),
        ({"name": "A", "shoe": 44}, "shoe"),
        ({"age": 3}, "name"),
        ({"name": 5}, "name is 5; expected text"),
        ({"name": "A\nB"}, "more than one line"),
        ({"name": "all"}, "means everybody"),
        ({"name": "A\ud800"}, "expected Unicode"),
        ({"name": "A", "background": "b\udfff"}, "background is .*; expected Unicode"),
        ({"name": "A", "work": 3}, "work is 3; expected text"),
        ({"name": "A", "traits": "kind"}, "traits is 'kind'; expected a list"),
        ({"name": "A", "traits": [3]}, "a trait is 3; expected text"),
        ({"name": "A", "age": "old"}, "age is 'old'; expected a whole number from 0 to 130 years"),
        ({"name": "A", "age": 3.5}, "age is 3.5; expected a whole number"),
        ({"name": "A", "age": True}, "age is True"),
        ({"name": "A", "sociability": "much"}, "sociability is 'much'; expected a number from 0 to 1"),
        ({"name": "A", "sociability": float("nan")}, "sociability is nan"),
        ({"name": "A", "ties": ["B"]}, "ties are .*; expected names and numbers"),
        ({"name": "A", "ties": {"B": None}}, "the tie to B is None"),
        ({"name": "A", "ties": {3: 0.5}}, "a tie's name is 3"),
        ({"name": "A", "knows": 7}, "knows 7"),
        ({"name": "A", "routine": 7}, "routine is 7; expected times by name"),
        ({"name": "A", "routine": {"wake": 7}}, "7 is not a time of day"),
        ({"name": "A", "routine": {"wake": "07:00", "bed": "07:00"}}, "a night of no length"),
    ],
)
def test_a_bad_persona_is_refused_with_what_is_wrong(fields, named):
    with pytest.raises(BadPersona, match=named) as caught:
        Persona.from_json(fields)
    assert caught.value.remedy


def test_numbers_of_numpy_are_plain_ones():
    persona = Persona("A", age=np.int64(40), sociability=np.float32(0.5), ties={"B": np.float64(1)})
    assert json.dumps(persona.to_json()) == json.dumps(Persona("A", 40, sociability=0.5, ties={"B": 1.0}).to_json())


def test_a_routine_is_a_routine():
    with pytest.raises(BadPersona, match="expected a Routine"):
        Persona("A", routine={"wake": "06:30"})


def test_names_of_any_script_are_names():
    names = ["😀👩‍🚀", "Łukasz Ω", "李雷", "O'Brien, Zoë"]
    assert [Persona.from_json(json.loads(json.dumps(Persona(name).to_json()))).name for name in names] == names


def test_names_are_unique_and_ties_are_to_people_who_are_there():
    with pytest.raises(BadPersona, match="Ada"):
        check_personas([Persona("Ada"), Persona("Ada")])
    with pytest.raises(BadPersona, match="Bob"):
        check_personas([Persona("Ada", ties={"Bob": 0.5})])


def test_a_table_a_csv_and_json_give_the_same_people(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["Ada Marsh", "Ben Stone"],
            "age": [34, 9],
            "traits": ["kind; curious", ""],
            "work": ["Bakery", None],
            "work_from": ["05:30", None],
            "work_to": ["13:00", None],
            "workdays": ["mon;tue", None],
            "ties": ["Ben Stone: 0.9", None],
            "kin": ["Ben Stone", None],
        }
    )
    table.to_csv(tmp_path / "people.csv", index=False)
    expected = (
        Persona(
            "Ada Marsh", 34, ("kind", "curious"), work="Bakery", ties={"Ben Stone": 0.9}, kin=("Ben Stone",),
            routine=Routine(work_from="05:30", work_to="13:00", workdays=("mon", "tue")),
        ),
        Persona("Ben Stone", 9),
    )  # fmt: skip
    (tmp_path / "people.json").write_text(json.dumps([p.to_json() for p in expected]))
    assert personas_from_table(table) == expected
    assert personas_from_file(tmp_path / "people.csv") == expected
    assert personas_from_file(tmp_path / "people.json") == expected


@pytest.mark.parametrize("content", ["{", '{"name": "A"}', "[3]", '[{"name": ""}]'])
def test_a_file_that_holds_no_people_is_refused(tmp_path, content):
    (tmp_path / "people.json").write_text(content)
    with pytest.raises(BadPersona):
        personas_from_file(tmp_path / "people.json")


def test_a_missing_file_and_a_bad_cell_are_named(tmp_path):
    with pytest.raises(BadPersona, match=r"nobody\.csv"):
        personas_from_file(tmp_path / "nobody.csv")
    with pytest.raises(BadPersona, match="old"):
        personas_from_table(pd.DataFrame({"name": ["A"], "age": ["old"]}))
