"""The hooks of pandas in a real kernel, on a run that is being written, one that has ended, and one of another system.

`make test` runs it, and the tests of history and pictures, with the other major version of pandas too
(`tools/other_pandas.py`).
"""

import os

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from tests.history.importing.test_generative_agents import write

LOOK = """
import pandas as pd
import aitown
from aitown import plot
from IPython.display import display

def look(run, column):
    frame = run.npcs()
    assert list(frame.index.names) == ["tick", "npc"] and len(frame) == len(run.ticks) * len(run.names)
    assert {str(frame[name].dtype) for name in ("name", "place", "activity")} == {"category"}
    assert frame["time"].is_monotonic_increasing and frame["time"].dtype.kind == "M"
    units = frame.attrs["units"]
    assert units["x"] == "tile" and units["activity"] == "label"
    part = frame[frame["activity"] == frame["activity"].iloc[0]][["activity", column, "time"]].copy()
    assert part.attrs["units"] == units and part.attrs["run"] == run.run_id
    means = frame.groupby("activity", observed=True)[column].mean()
    assert abs((means * frame["activity"].value_counts()).sum() / len(frame) - frame[column].mean()) < 1e-6
    hourly = frame[["time", "activity", column]].town.resample("1min")
    assert list(hourly.index.names) == ["tick", "npc"] and hourly["activity"].dtype == frame["activity"].dtype
    shares = frame.town.activity_shares(by="time", minutes=1)
    assert (abs(shares.sum(axis=1) - 1) < 1e-9).all()
    assert abs(frame.town.per_place([column])["npcs"].sum() - frame["place"].notna().mean() * len(run.names)) < 1e-6
    assert abs(frame.town.time_budget().sum(axis=1) - 24).max() < 1e-6
    counted = run.sql("SELECT activity, count(*) AS n FROM npcs GROUP BY ALL").set_index("activity")["n"]
    assert counted.to_dict() == frame["activity"].value_counts().loc[lambda n: n > 0].to_dict()
    assert str(counted.index.dtype) == "category"
    numbers = run.metrics([column, "talking"] if column in run.metric_list.index else "talking")
    assert (abs(numbers["talking"] - (frame["partner"] >= 0).groupby("tick").mean()) < 1e-9).all()
    words = run.talk()
    assert words["text"].map(type).eq(str).all() and words["name"].notna().all()
    again = pd.concat([frame.loc[[run.first_tick]], frame.loc[[run.last_tick]]])
    assert str(again["activity"].dtype) == "category"
    parquet = frame.reset_index().to_parquet()
    assert len(pd.read_parquet(__import__("io").BytesIO(parquet))) == len(frame)
    try:
        run.npcs("hungr")
    except aitown.AitownError as error:
        assert "column 'hungr'" in str(error)
    display(frame.tail(3))
    frame.town.plot.activity_shares(by="time")
    plot.timeline(run, ticks=slice(-60, None))

print(pd.__version__)
"""
FINISHED = """
with aitown.Town(map="riverbend", npcs=6, seed=7, record="finished") as town:
    town.tell("The fair is on Sunday", to=1)
    town.run(hours=2, progress=False)
run = aitown.load("finished")
assert run.state == "finished"
look(run, "hunger")
plot.knowledge(run);
"""
LIVE = """
live = aitown.open("hamlet", map="riverbend", npcs=6, seed=8, play=False, fresh=True)
live.step(300)
live.play(speed=20)
run = live.history
assert run.state == "running"
rows = next(run.follow(columns=["activity", "time"], start=run.last_tick))
assert str(rows["activity"].dtype) == "category" and rows.town.activity_shares(by="time").notna().all(axis=None)
live.pause()
look(live.history, "hunger")
live.stop();
"""
IMPORTED = """
run = aitown.load("sim")
assert run.state == "finished" and len(run.talk()) == 2
look(run, "x")
"""


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME", "JUPYTER_SERVER_URL", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    write(tmp_path / "sim")

    def run(*cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
        return [cell["outputs"] for cell in notebook.cells]

    return run


def test_in_a_kernel_every_kind_of_run_gives_frames_of_this_pandas(kernel):
    first, *others = kernel("%matplotlib inline\n" + LOOK, FINISHED, LIVE, IMPORTED)
    assert first[0]["text"].strip() == pd.__version__
    assert pd.__version__.startswith(os.environ.get("AITOWN_PANDAS", ""))
    for outputs in others:
        kinds = [kind for out in outputs for kind in out.get("data", ())]
        assert "text/html" in kinds
        assert kinds.count("image/png") >= 2
        assert not [out for out in outputs if out.get("name") == "stderr"]
