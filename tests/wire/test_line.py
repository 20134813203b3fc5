from __future__ import annotations

import json

import pytest

from aitown.errors import NotAllowed, TownEnded, UnknownTown
from aitown.wire.line import Ask, Dial, Hang, Line, Send, Show, Stop, Tell, delay
from tests.wire.test_mirror import FULL, update


def line(**options):
    made = Line(lambda: 0.5, **options)
    assert made.start(0.0) == [Dial({"v": "1", "delta": "1", "fmt": "auto"})]
    return made


def opened(**options):
    made = line(**options)
    made.opened(0.0)
    return made


def synced(**options):
    made = opened(**options)
    assert isinstance(made.heard(FULL | {"hb": 10}, 0.0)[0], Show)
    return made


def sent(actions):
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


def when_it_wakes(made):
    return made.wake(made.due())


@pytest.mark.parametrize(
    ("failures", "uniform", "seconds"), [(0, 0, 0.1), (0, 1, 1), (3, 1, 8), (9, 1, 30), (10**6, 0.5, 16.5)]
)
def test_the_wait_before_a_dial(failures, uniform, seconds):
    assert delay(failures, uniform) == pytest.approx(seconds)


def test_a_state_over_the_socket_needs_no_request():
    made = synced()

    assert not isinstance(when_it_wakes(made), Ask)
    assert made.mirror.position == ("a", 5)


def test_without_a_state_it_is_asked_for_after_two_seconds_and_once():
    made = opened()

    assert made.due() == 2.0
    assert made.wake(2.0) == [Ask()]
    assert made.answered(FULL, 3.0) == [Show(made.mirror.payload)]
    assert made.answered({**FULL, "seq": 9}, 3.0) == [], "only what was asked for counts"


def test_an_answer_that_comes_after_a_state_is_dropped():
    made = opened()
    made.wake(2.0)
    made.heard({**FULL, "seq": 9}, 2.5)

    assert made.answered({"type": "full_state", "payload": {"tick": 1, "npcs": []}}, 3.0) == []
    assert made.mirror.position == ("a", 9)


def test_a_dial_that_nobody_answers_is_given_up():
    made = line()

    assert made.due() == 10.0
    assert made.wake(10.0) == [Hang(4000)]
    assert made.wake(made.due()) == [Dial({"v": "1", "delta": "1", "fmt": "auto"})]


def test_it_dials_again_from_what_it_has():
    made = synced()
    made.heard({"type": "event", "events": [{"id": 4}], "next": 5, "missed": 0}, 0.0)
    made.closed(1006, "", 1.0)

    (dial,) = when_it_wakes(made)
    assert dial.query == {"v": "1", "delta": "1", "fmt": "auto", "epoch": "a", "seq": "5", "event": "5"}


def dials(made, now, lives, message=None):
    """The waits of a client whose sockets live so long."""
    waits = []
    for _ in range(8):
        made.opened(now)
        if message:
            made.heard(message, now)
        now += lives
        made.closed(1006, "", now)
        waits.append(made.due() - now)
        made.wake(made.due())
        now = made.due() - 10
    return waits


def test_a_server_that_accepts_and_closes_is_dialled_at_backoff_rate():
    assert dials(line(), 0.0, 0.1, FULL) == pytest.approx([0.55, 1.1, 2.2, 4.4, 8.8, 16.5, 16.5, 16.5])


def test_a_long_life_without_a_state_is_no_success():
    assert dials(line(), 0.0, 8.0)[-1] == pytest.approx(16.5)


def test_a_life_in_sync_of_five_seconds_is():
    assert dials(line(), 0.0, 5.0, FULL)[0] == pytest.approx(0.55)
    made = line()
    made._failures = 5
    made.opened(0.0)
    made.heard(FULL, 0.0)
    made.closed(1006, "", 5.0)
    assert made.due() - 5.0 == pytest.approx(0.55)


def test_but_not_one_of_less():
    made = line()
    made._failures = 5
    made.opened(0.0)
    made.heard(FULL, 0.0)
    made.closed(1006, "", 4.9)
    assert made.due() - 4.9 == pytest.approx(16.5)


@pytest.mark.parametrize("code", [1013, 4408, 4429])
def test_after_an_overload_it_goes_on_from_the_third_step(code):
    made = synced()
    made.closed(code, "", 9.0)

    assert made.due() - 9.0 == pytest.approx(2.2)


@pytest.mark.parametrize(
    ("code", "error"), [(4404, UnknownTown), (4410, TownEnded), (4403, NotAllowed), (4401, NotAllowed)]
)
def test_a_permanent_refusal_ends_it_with_its_reason(code, error):
    made = synced()
    (stop,) = made.closed(code, "because", 1.0)

    assert isinstance(stop, Stop)
    assert isinstance(stop.error, error)
    assert stop.error.message == "because"
    assert made.due() is None
    assert made.closed(1006, "", 2.0) == []


def test_credentials_are_refreshed_once_until_it_is_in_sync_again():
    made = opened(may_refresh=True)
    assert made.closed(4401, "", 1.0) == []
    when_it_wakes(made)
    assert isinstance(made.closed(4401, "", 2.0)[0], Stop)

    made = synced(may_refresh=True)
    made.refused(NotAllowed("no"), 1.0)
    when_it_wakes(made)
    made.opened(3.0)
    made.heard({**FULL, "seq": 6}, 3.0)
    assert made.refused(NotAllowed("no"), 4.0) == []


def test_silence_is_answered_with_a_ping_and_then_with_a_new_socket():
    made = synced()
    made.heard({"type": "hb", "epoch": "a", "seq": 5}, 10.0)

    assert made.due() == 35.0
    assert sent(made.wake(35.0)) == [{"type": "ping", "seq": 5}]
    assert made.wake(37.0) == [Hang(4000)]
    assert made.due() - 37.0 == pytest.approx(0.55)


def test_a_pong_is_a_sign_of_life():
    made = synced()
    made.wake(25.0)
    made.heard({"type": "pong", "epoch": "a", "seq": 5}, 26.0)

    assert made.due() == 51.0


def test_a_socket_that_dies_before_its_first_word_is_found_out_too():
    made = opened()
    made.wake(2.0)
    made.answered(FULL, 3.0)

    assert sent(made.wake(25.0)) == [{"type": "ping", "seq": 5}]


@pytest.mark.parametrize("message", [update(9, base=7), update(9, epoch="b"), {"type": "hb", "epoch": "a", "seq": 9}])
def test_a_hole_is_asked_for_in_band_and_then_over_http(message):
    made = synced()

    assert sent(made.heard(message, 1.0)) == [{"type": "resync", "epoch": "a", "seq": 5}]
    assert sent(made.heard(message, 1.5)) == [], "once"
    assert made.due() == 3.0
    assert made.wake(3.0) == [Ask()]


def test_what_can_not_be_applied_in_whole_is_followed_by_a_whole_state():
    made = synced()
    columns = update(6, base=5) | {"payload": {"saying": {}}}

    assert sent(made.heard(columns, 1.0)) == [{"type": "resync", "epoch": "", "seq": 0}]


def test_what_is_old_does_not_fill_a_hole():
    made = synced()
    made.heard(update(9, base=7), 1.0)
    made.heard(FULL, 1.5)

    assert made.wake(3.0) == [Ask()]


def test_the_answer_to_a_resync_does():
    made = synced()
    made.heard(update(9, base=7), 1.0)
    made.heard({"type": "resumed", "epoch": "a", "seq": 5, "hb": 10}, 1.2)
    made.heard(update(9, base=5), 1.2)

    assert made.mirror.position == ("a", 9)
    assert made.due() > 20


def test_what_carries_no_state_is_handed_on():
    made = synced()
    message = {"type": "status", "state": "running"}

    assert made.heard(message, 1.0) == [Tell(message)]
