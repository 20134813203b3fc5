"""A run is read while another process writes it: always whole ticks, the same for all tables, never fewer than before."""

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
    assert len(set(seen)) > 10
    same(history.npcs(), expected([block(range(1200))]))
    assert history.state == "finished"
