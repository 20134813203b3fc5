"""Whatever happens to any file of a run's folder, what is read of it is true, or an error says what is wrong.

The run has all that a folder can have: sealed parts and hot files of people, places, a table of its own and events, a
journal, checkpoints, a recorded metric, a map and people; its writer was killed.
"""

import shutil

import numpy as np
import pytest

from aitown.errors import AitownError
from aitown.history import Pace, RunWriter, checkpoints, load, metrics, parts
from tests.history.run_model import DOCUMENTS, events, manifest
from tests.history.test_tables import WITH_ACCOUNTS, with_accounts

TICKS, STEP = 120, 10
TIMES = 45
STATE = ("npcs", "places", "accounts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    writer = RunWriter.create(root / "run", manifest(), WITH_ACCOUNTS, DOCUMENTS, Pace(0.0, 0.0, 200))
    for first in range(0, TICKS, STEP):
        span = range(first, first + STEP)
        writer.write(with_accounts(span), events(first, span))
        writer.write_input({"id": first // STEP, "tick": first + 1, "kind": "say", "text": f"word {first}"})
        writer.write_checkpoint(span[-1], with_accounts([span[-1]]).tables["npcs"])
        writer.sync()
    crowd = metrics.Metric("crowd", lambda npcs: float(npcs["x"].mean()), ("x",))
    load(root / "run").record_metrics([crowd])
    for hot in writer._tables._tables.values():
        hot.wait()
    shutil.copytree(root / "run", root / "killed")
    writer.close()
    return root / "killed"


def plain(frame):
    """A DataFrame as a list of rows that can be compared; its first level is the tick, or its order that of events."""
    frame = frame.reset_index(drop=frame.index.names == [None]).astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def state(name):
    return lambda folder: plain(load(folder).table(name))


def query(name):
    key = {"npcs": "npc", "places": "place_id", "accounts": '"row"'}[name]
    return lambda folder: plain(load(folder).sql(f"SELECT * FROM {name} ORDER BY tick, {key}"))


def saved(folder):
    found = checkpoints.newest(folder / "checkpoints")
    return found and (found[0], {name: values.tolist() for name, values in found[1].items()})


GROWING = {
    **{name: state(name) for name in STATE},
    **{f"sql {name}": query(name) for name in ("npcs", "accounts")},
    "events": lambda folder: plain(load(folder).events()),
    "inputs": lambda folder: load(folder).inputs().to_dict("records"),
    "metric": lambda folder: plain(load(folder).recorded()),
}
"""Questions of which the answer may be a beginning of the true one: what comes after the damage is lost."""

WHOLE = {
    "names": lambda folder: (load(folder).names, load(folder).place_names, load(folder).kinds),
    "map": lambda folder: load(folder).map,
    "people": lambda folder: load(folder).personas,
}


@pytest.fixture(scope="module")
def truth(folder):
    found = {name: ask(folder) for name, ask in {**GROWING, **WHOLE}.items()}
    assert all(found.values())
    assert found["npcs"] == found["sql npcs"]
    assert found["accounts"][-1][0] == TICKS - 1
    return found


def states(folder):
    """All states that were saved."""
    return [
        (tick, checkpoints.newest(folder / "checkpoints", tick)[1])
        for tick in checkpoints.ticks(folder / "checkpoints")
    ]


def hold(folder, truth, saves):
    """Ask everything; the questions that were refused and those whose answer was short."""
    parts._metadata.cache_clear()
    parts.verify.cache_clear()
    refused, short = set(), set()
    for name, ask in {**GROWING, **WHOLE}.items():
        try:
            found = ask(folder)
        except AitownError as error:
            refused.add(name if error.remedy else f"{name}, without a remedy")
            continue
        if name in GROWING:
            assert found == truth[name][: len(found)], name
            short |= {name} if len(found) < len(truth[name]) else set()
        else:
            assert found == truth[name], name
    found = saved(folder)
    assert found is None or found in saves
    return refused, short


def flip(data, random):
    data[random.integers(len(data))] ^= 1 << random.integers(8)


def zero(data, random):
    first = int(random.integers(len(data)))
    data[first : first + 512] = bytes(len(data[first : first + 512]))


def cut(data, random):
    del data[random.integers(len(data)) :]


def swap(data, random):
    """Two stretches of 64 bytes change places, as when a disk writes them where they don't belong."""
    one, two = (int(at) for at in random.integers(max(1, len(data) - 64), size=2))
    data[one : one + 64], data[two : two + 64] = data[two : two + 64], data[one : one + 64]


def damage_all(folder, copy, truth, harm, times, seed):
    """Harm one file after the other, so many times in all; what was refused and what was short over all of it."""
    random = np.random.default_rng(seed)
    shutil.copytree(folder, copy)
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size)
    assert {path.relative_to(copy).parts[0] for path in files} > {*STATE, "events", "metrics", "checkpoints"}
    saves = [(tick, {name: values.tolist() for name, values in arrays.items()}) for tick, arrays in states(folder)]
    refused, short, harmed = set(), set(), set()
    for turn in range(times):
        path = files[turn % len(files)]
        before = path.read_bytes()
        data = bytearray(before)
        harm(data, random)
        path.write_bytes(data)
        found = hold(copy, truth, saves)
        refused |= found[0]
        short |= found[1]
        harmed |= {path} if any(found) else set()
        path.write_bytes(before)
    return refused, short, harmed, files


@pytest.mark.parametrize("harm", [flip, zero, cut, swap])
def test_one_harmed_file_never_gives_anything_untrue(folder, truth, tmp_path, harm):
    refused, short, harmed, files = damage_all(folder, tmp_path / "copy", truth, harm, TIMES, 3)
    assert refused <= {*GROWING, *WHOLE}
    assert {"npcs", "accounts", "events", "map", "people", "names", "sql npcs"} <= refused
    if harm is not cut:
        assert "inputs" in refused
    assert short & {*STATE, "events"}
    assert len(harmed) > len(files) * 0.3


@pytest.mark.soak
@pytest.mark.parametrize("harm", [flip, zero, cut, swap])
@pytest.mark.parametrize("seed", range(5))
def test_thousands_of_harms(folder, truth, tmp_path, harm, seed):
    damage_all(folder, tmp_path / "copy", truth, harm, 1_000, seed)


@pytest.mark.parametrize("harm", [flip, zero, cut])
def test_who_goes_on_with_a_harmed_run_loses_an_end_or_is_told(folder, truth, tmp_path, harm):
    """Resuming drops what can't be trusted; what it leaves is true, and grows from there."""
    random = np.random.default_rng(8)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    went_on = refused = 0
    for turn, name in enumerate(names):
        copy = tmp_path / f"copy{turn}"
        shutil.copytree(folder, copy)
        data = bytearray((copy / name).read_bytes())
        harm(data, random)
        (copy / name).write_bytes(data)
        parts._metadata.cache_clear()
        try:
            with RunWriter.resume(copy) as writer:
                last = writer.last_tick
                reached = [tick for tick in checkpoints.ticks(copy / "checkpoints") if tick > last]
        except AitownError:
            refused += 1
            continue
        assert not reached
        went_on += 1
        for question in (*STATE, "events"):
            try:
                found = GROWING[question](copy)
            except AitownError:
                continue
            assert found == truth[question][: len(found)], (question, name)
            assert found[-1][0 if question in STATE else 1] <= last
    assert went_on
    assert refused
