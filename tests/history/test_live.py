"""A run is read while another process writes it: always whole ticks, the same for all tables, never fewer than before."""

import threading

import pytest

from aitown.history import History
from tests.history.run_model import block, expected, same
from tests.history.test_kill import start


def test_a_reader_sees_only_whole_ticks_that_never_go_back(tmp_path):
    folder = tmp_path / "run"
    process = start(folder, 1200)
    process.stdout.readline()
    history = History.load(folder)
    seen = []
    while process.poll() is None:
        npcs, places, events = history.npcs(["x"]), history.places(["open"]), history.events()
        seen.append(len(npcs) // 5)
        assert len(npcs) % 5 == 0
        assert npcs.index.get_level_values("tick").unique().tolist() == list(range(seen[-1]))
        assert len(places) // 3 >= seen[-1]
        assert len(events) >= seen[-1]
        last = seen[-1] - 1
        if last >= 0:
            same(history.npcs(ticks=last), expected([block([last])]))
    process.stdout.close()
    assert seen == sorted(seen)
    assert len(set(seen)) > 2, "it was read while it was written"
    same(history.npcs(), expected([block(range(1200))]))
    assert history.state == "finished"


def test_many_readers_of_one_history_while_it_is_written(tmp_path):
    """Threads share one History, and DuckDB reads beside them: parts come and hot files go under their hands."""
    pytest.importorskip("duckdb")
    process = start(tmp_path / "run", 1500)
    process.stdout.readline()
    history = History.load(tmp_path / "run")
    wrong: list[object] = []
    rounds = [0, 0, 0]

    def check(number):
        try:
            while process.poll() is None:
                if number == 0:
                    found = history.sql("SELECT count(*) AS n, max(tick) AS last, sum(hunger) AS sum FROM npcs")
                    rows, last = int(found["n"].iloc[0]), found["last"].iloc[0]
                    assert rows % 5 == 0
                    assert not rows or rows == 5 * (int(last) + 1)
                elif number == 1:
                    talk, network = history.talk(), history.network()
                    assert talk.index.is_monotonic_increasing
                    assert len(network) <= 15
                else:
                    last = history.last_tick
                    if last is not None:
                        same(history.npcs(ticks=last), expected([block([last])]))
                        assert len(history.metrics("hunger", ticks=last)) == 1
                rounds[number] += 1
        except Exception as error:  # noqa: BLE001 (told by the test)
            wrong.append(error)

    threads = [threading.Thread(target=check, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.stdout.close()
    assert not wrong, wrong
    assert min(rounds) > 2
    assert process.wait() == 0
