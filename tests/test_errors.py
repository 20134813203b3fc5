"""Errors: one tree, one JSON shape."""

import pickle
import re

import pytest

from aitown import errors
from aitown.errors import AitownError, BadCount, UnknownMap, from_json


def all_errors():
    return sorted(errors._tree(AitownError).values(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_survives_json_and_pickle(kind):
    error = kind("what was given", "what to do")
    again = from_json(error.to_json())
    assert type(again) is kind
    assert (again.message, again.remedy) == ("what was given", "what to do")
    assert str(pickle.loads(pickle.dumps(error))) == "what was given\nwhat to do"
    assert 400 <= kind.status < 600


def test_the_docstring_draws_the_tree_as_it_is():
    drawn = set(re.findall(r"[─ ] ?([A-Z]\w+)", errors.__doc__)) | {"AitownError"}
    assert {kind.__name__ for kind in all_errors()} <= drawn


def test_bad_parameters_are_value_errors_too():
    assert issubclass(BadCount, ValueError)
    assert issubclass(UnknownMap, ValueError)


@pytest.mark.parametrize("junk", [None, 7, "text", [], {}, {"error": "NoSuchThing", "message": "m"}, {"error": 4}])
def test_junk_becomes_an_error_that_shows_it(junk):
    assert type(from_json(junk)) is AitownError
