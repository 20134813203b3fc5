"""One line of an error for the town, the whole of it for whoever wrote the mind."""

import pytest

from aitown.errors import InputRejected
from aitown.mind.faults import LOGGED, MOST_TEXT, Faults
from tests.town.test_town import tiny


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (RuntimeError("out\nof tokens"), "RuntimeError: out of tokens"),
        (TimeoutError("no answer in 3 s"), "no answer in 3 s"),
        (TimeoutError(), "TimeoutError:"),
        (InputRejected("there is no place 'Atlantis'.", "Names: …"), "there is no place 'Atlantis'."),
        (ValueError("\ud800"), "ValueError: \\ud800"),
        (ValueError("a" * 999), ("ValueError: " + "a" * 999)[:MOST_TEXT]),
    ],
)
def test_the_town_gets_one_line(error, line):
    assert Faults("Cafe").say(error) == line


def test_the_log_has_what_to_do_and_a_traceback_only_of_code_that_failed(caplog):
    faults = Faults("Cafe")
    faults.say(InputRejected("there is no place 'Atlantis'.", "Names: Mill Café"))
    assert caplog.messages == ["Cafe: there is no place 'Atlantis'. Names: Mill Café The default decides."]
    assert not caplog.records[0].exc_info
    faults.say(KeyError("mood"))
    assert caplog.messages[1] == "Cafe: KeyError: 'mood'. The default decides."
    assert caplog.records[1].exc_info[0] is KeyError


def test_a_mind_that_fails_again_and_again_does_not_fill_the_log(caplog):
    faults = Faults("Cafe")
    for number in range(100):
        assert faults.say(RuntimeError("again")) == "RuntimeError: again"
        faults.say(RuntimeError(number // 2))
    assert len(caplog.messages) == len(set(caplog.messages)) == LOGGED


def test_a_traceback_begins_where_the_mind_does(caplog):
    class Cafe:
        def decide(self, seen):
            return seen["mod"]

    with tiny(minds={0: Cafe()}) as town:
        town.step(400)
    assert [record.exc_text.count("File ") for record in caplog.records] == [1]
    assert "in decide" in caplog.text
