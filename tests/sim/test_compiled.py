import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numba
import numpy as np

import aitown
from aitown.sim import compiled, random
from aitown.sim.schedule import advance
from aitown.sim.systems.settling import settle

PACKAGE = Path(aitown.__file__).parent

PROBE = """
import numpy as np
from aitown.columns import Table
from aitown.sim.compiled import kernel
from aitown.sim.facts import Facts
from aitown.sim.npcs import (
    GATE_COLUMNS, GIFT_COLUMNS, NPC_COLUMNS, OUTSIDE_COLUMNS, PLACE_COLUMNS, PURSE_COLUMNS, TIE_COLUMNS, TILE_COLUMNS,
)
from aitown.sim.attention import make_attention
from aitown.sim.systems.needs import feel
from aitown.sim.world import EVENT, RULES, Links, Log, World

@kernel
def probe(world):
    feel(world, 1)

def measure():
    npcs = Table(NPC_COLUMNS, 1)
    npcs["hunger_then"][:] = 5
    links = Links(Table(TIE_COLUMNS, 1).records.reshape(1, 1), np.zeros((1, 4, 4), "i4"))
    others = (Table(columns, 1).records for columns in (OUTSIDE_COLUMNS, GATE_COLUMNS, PLACE_COLUMNS, TILE_COLUMNS))
    world = World(npcs.records, *others, links,
                  np.zeros(1, RULES), Log(np.zeros(1, "i8"), np.zeros(9, EVENT)), Facts(1).table.records, Facts(1).records,
                  Table(PURSE_COLUMNS, 1).records, Table(GIFT_COLUMNS, 1).records, make_attention(1))
    probe(world)
    hits = sum(probe.stats.cache_hits.values())
    return float(npcs["hunger"][0]), hits
"""


def measure(root, cache):
    environment = {**os.environ, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(cache), "HOME": str(cache)}
    code = "from aitown.sim.probe import measure; print(*measure())"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=root
    )
    hunger, hits = found.stdout.split()
    return float(hunger), int(hits)


def test_editing_a_system_changes_what_its_callers_do(tmp_path):
    root = tmp_path / "root"
    shutil.copytree(PACKAGE, root / "aitown", ignore=shutil.ignore_patterns("__pycache__", "static"))
    (root / "aitown/sim/probe.py").write_text(PROBE)
    assert measure(root, tmp_path) == (1.0, 0)
    assert measure(root, tmp_path) == (1.0, 1)  # the machine code was kept
    system = root / "aitown/sim/systems/needs.py"
    text = system.read_text()
    assert "_LEAST, _MOST = np.float32(0), np.float32(1)" in text
    system.write_text(text.replace("np.float32(0), np.float32(1)", "np.float32(0), np.float32(0.25)"))
    assert measure(root, tmp_path) == (0.25, 0)


def test_what_another_copy_of_the_sources_has_compiled_is_not_cached_for_this_one(tmp_path):
    code = (
        "from aitown.sim.compiled import is_cached; from aitown.sim import random;"
        "print(is_cached(random.bits)); random.bits(1, 2, 3, 4, 5); print(is_cached(random.bits))"
    )
    said = []
    for copy in ("here", "there"):
        root = tmp_path / copy
        shutil.copytree(PACKAGE, root / "aitown", ignore=shutil.ignore_patterns("__pycache__", "static"))
        environment = {**os.environ, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=root
        )
        said += found.stdout.split()
    assert said == ["False", "True"] * 2


def test_a_second_process_finds_the_schedule_compiled(tiny_model):
    assert compiled.is_cached(advance)
    code = (
        "from tests.sim.test_model import new; from aitown.sim.schedule import advance; new();"
        "print(sum(advance.stats.cache_hits.values()), sum(advance.stats.cache_misses.values()))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["1", "0"]


def test_old_machine_code_is_removed(tmp_path, monkeypatch):
    here = tmp_path / "compiled-here"
    monkeypatch.setattr(compiled, "cache_folder", lambda: here)
    long_ago = time.time() - 30 * 86_400
    for i in range(12):
        folder = tmp_path / f"compiled-{i:02d}"
        folder.mkdir()
        os.utime(folder, (long_ago + i, long_ago + i) if i < 10 else None)
    here.mkdir()
    compiled.prune()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [f"compiled-{i:02d}" for i in range(5, 12)] + ["compiled-here"]


def test_a_part_has_no_machine_code_of_its_own(tiny_model):
    """`settle` is called by compiled code alone, and put into none of it as `inlined` is."""
    assert compiled.is_cached(advance)
    assert not compiled.is_cached(settle)
    assert not settle.signatures


@compiled.loop
def _twice(seed):
    return random.uniform(seed, 1, 2, 3, 0) + _plain(seed)


@compiled.loop
def _plain(seed):
    return random.uniform(seed, 1, 2, 3, 0)


def test_python_calls_what_compiled_code_calls():
    assert _twice(5) == 2 * _plain(5)
    assert _plain(5) == _plain.py_func(5)


@numba.njit
def _of_a_researcher(seed):
    return _twice(seed) + 1


@compiled.loop
def _that_calls_it(seed):
    return _of_a_researcher(seed) + _plain(seed)


def test_functions_of_numba_call_and_are_called():
    assert _of_a_researcher(5) == _twice(5) + 1
    assert _that_calls_it(5) == _of_a_researcher(5) + _plain(5)


@compiled.loop
def _halved(number):
    return number // 2


@compiled.loop
def _halves(short, integer, unsigned, big, single):
    return (
        _halved(short), _halved(integer), _halved(unsigned), _halved(7), _halved(big), np.float64(_halved(single))
    )  # fmt: skip


def test_a_part_is_made_once_for_whole_numbers_of_any_length():
    """Of other types one each, since a float of 32 bits reckons otherwise than one of 64, and 64 bits can be a set."""
    given = np.int16(-7), np.int32(7), np.uint8(7), np.uint64(8), np.float32(7)
    assert _halves(*given) == (-4, 3, 3, 3, 4, 3)
    assert sorted(str(one) for (one,) in _halved.part.overloads) == ["float32", "int64", "uint64"]
