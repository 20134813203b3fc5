import base64
import gzip
import io
import json
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

import aitown
from aitown.errors import BadParameter, RunError, UnknownRun
from aitown.history import RunWriter, load
from aitown.widget import KEEP_EVERY, Recorded, TownView
from tests.history.replay.plain import read
from tests.history.run_model import DOCUMENTS, SCHEMA, manifest, write_run

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("runs") / "base", 90))


@pytest.fixture
def shell():
    aitown.History  # noqa: B018 (loading a name registers the formatters)
    shell = InteractiveShell.instance()
    aitown.display.register()
    yield shell
    InteractiveShell.clear_instance()


def size_of(png):
    from PIL import Image

    return Image.open(io.BytesIO(png)).size


def test_a_history_shows_as_a_view_with_a_picture_and_words(run, shell):
    data, _ = shell.display_formatter.format(run)
    assert VIEW in data
    assert data["text/plain"] == "<testville: 5 NPCs, recorded to day 1 06:14:50, tick 89>"
    width, height = size_of(base64.b64decode(data["image/png"]))
    assert width > 600
    assert height > 100
    assert "text/html" not in data  # converters would take it instead of the picture


def test_a_run_without_ticks_is_told_in_words(tmp_path, shell):
    with RunWriter.create(tmp_path / "run", manifest(), SCHEMA, DOCUMENTS):
        data, _ = shell.display_formatter.format(load(tmp_path / "run"))
    assert set(data) == {"text/plain"}


def test_a_view_carries_what_it_was_asked_for(run):
    view = aitown.show(run, ticks=slice(10, 30), every=5, height=400)
    assert (view.town, view.run, view.live, view.height) == ("testville", run.run_id, False, 400)
    assert read(view.replay)[1] == [10, 15, 20, 25, 29]
    assert isinstance(view, TownView)


def test_a_folder_is_enough(run):
    assert read(aitown.show(str(run.folder)).replay)[1] == list(range(90))


def test_what_cannot_be_shown_is_said(run, tmp_path):
    with pytest.raises(BadParameter, match="a int to show"):
        aitown.show(7)
    with pytest.raises(UnknownRun):
        aitown.show(tmp_path / "nothing")
    with pytest.raises(BadParameter, match="not in the run"):
        aitown.show(run, ticks=slice(900, 950))


def test_an_exported_page_appears_whole_or_not_at_all(run, tmp_path):
    view = aitown.show(run)
    path = view.export_html(tmp_path / "town.html")
    assert path == tmp_path / "town.html"
    (found,) = re.findall(r'id="replay">([^<]*)<', path.read_text())
    assert base64.b64decode(found) == view.replay
    with pytest.raises(RunError, match="can't be written"):
        view.export_html(tmp_path / "no such folder" / "town.html")
    with pytest.raises(RunError, match="can't be written"):
        view.export_html(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["town.html"]


def test_a_view_of_nothing_recorded_says_so():
    with pytest.raises(RunError, match="nothing recorded"):
        TownView(town="riverbend").export_html("town.html")


def test_nothing_of_this_machine_is_in_what_is_shared(run, shell):
    view = aitown.show(run)
    data, _ = shell.display_formatter.format(run)
    shared = json.dumps({name: str(value) for name, value in data.items() if name != "image/png"})
    state = json.dumps({key: str(value) for key, value in view.get_state().items() if key not in ("_esm", "_css")})
    state += gzip.decompress(view.replay).decode("latin-1") + str(base64.b64decode(data["image/png"]))
    for word in (str(run.folder), run.folder.parent.name, "http://", "token"):
        assert word not in shared + state, word


def test_however_often_a_cell_runs_its_output_stays_as_large(run, shell):
    sizes = {len(json.dumps(shell.display_formatter.format(run)[0])) for _ in range(3)}
    assert len(sizes) == 1
    assert sizes.pop() < 300_000


def test_what_a_live_view_carries_is_brought_up_to_date_at_most_once_a_minute(run):
    made = []

    def record():
        made.append(1)
        return Recorded(b"%d" % len(made), "words")

    view = TownView(record=record)
    view._handle_custom_msg({"keep": True}, [])
    view._handle_custom_msg({"keep": True}, [])
    assert view.replay == b"1"
    view._kept_at -= KEEP_EVERY
    view._handle_custom_msg({"keep": True}, [])
    assert view.replay == b"2"


def test_none_travels_if_the_author_says_so(run):
    view = aitown.show(run)
    view.carries = False
    assert view.replay == b""
    data, _ = view._repr_mimebundle_()
    assert "image/png" not in data
    assert view.get_state()["replay"] == b""


def test_a_moving_picture(run, tmp_path):
    from PIL import Image

    path = aitown.show(run, ticks=slice(0, 30)).export_gif(tmp_path / "town.gif", every=10)
    with Image.open(path) as film:
        assert (film.format, film.n_frames) == ("GIF", 3)
    with pytest.raises(BadParameter, match="0 pictures"):
        aitown.show(run, ticks=slice(1, 5)).export_gif(tmp_path / "none.gif", every=10)
    with pytest.raises(RunError, match="can't be written"):
        aitown.show(run, ticks=slice(0, 10)).export_gif(tmp_path / "no" / "town.gif", every=10)
    assert [one.name for one in tmp_path.iterdir()] == ["town.gif"]
