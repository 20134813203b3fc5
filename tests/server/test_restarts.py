from __future__ import annotations

from aitown.server.restarts import LIMIT, STABLE, Death, Restarts


def death(tick=0, lived=1.0, killed=False):
    return Death("it died", tick, lived, killed=killed)


def test_five_in_a_row_and_no_more():
    restarts = Restarts()
    delays = [restarts.delay_after(death(tick)) for tick in range(LIMIT + 1)]

    assert delays == [0, 0.5, 1, 2, 4, None]


def test_what_lived_long_enough_begins_a_new_count():
    restarts = Restarts()
    for tick in range(LIMIT):
        restarts.delay_after(death(tick))

    assert restarts.delay_after(death(99, lived=STABLE)) == 0


def test_the_same_tick_failing_twice_ends_it_however_long_it_lived():
    restarts = Restarts()
    restarts.delay_after(death(7, lived=STABLE))

    assert restarts.delay_after(death(7, lived=STABLE)) is None


def test_what_another_start_does_not_take_away_ends_it_at_once():
    assert Restarts().delay_after(Death("the disk is full", 7, STABLE, killed=False, lasting=True)) is None


def test_kills_from_outside_at_the_same_tick_only_count():
    restarts = Restarts()
    delays = [restarts.delay_after(death(7, killed=True)) for _ in range(LIMIT)]

    assert None not in delays
    assert restarts.delay_after(death(7, killed=True)) is None
