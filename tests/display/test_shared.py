"""What is shared says nothing of the machine that it was made on: every export, down to what is packed inside."""

from __future__ import annotations

import base64
import binascii
import getpass
import gzip
import html
import io
import json
import re
import socket
import struct
import sys
import zlib
from pathlib import Path

import nbclient
import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image

import aitown

PACKED = re.compile(rb"[A-Za-z0-9+/]{120,}={0,2}")
CELL = """import aitown
with aitown.Town(map="riverbend", npcs=5, seed=7, record="runs/base") as town:
    town.step(360)
run = aitown.load("runs/base")
run"""
HOSTED = """live = aitown.open("hamlet", map="riverbend", npcs=3, seed=7, play=False)
live.step(6)
live"""


def layers(data, depth=4):
    """The bytes, and whatever is packed in them: base64, gzip, zlib streams of pictures, HTML within HTML."""
    yield data
    if depth == 0:
        return
    plain = html.unescape(data.decode("utf-8", "ignore")).encode()
    if plain != data and data.isascii():
        yield from layers(plain, depth - 1)
    for found in PACKED.finditer(data):
        text = found.group()
        try:
            inner = base64.b64decode(text[: len(text) // 4 * 4])
        except binascii.Error:
            continue
        yield from layers(inner, depth - 1)
    if data[:2] == b"\x1f\x8b":
        assert data[4:8] == b"\0\0\0\0", "a gzip stream that says when it was made"
        assert not data[3] & 8, "a gzip stream that names a file"
        # Not whole where JSON writes the padding of base64 in another way.
        yield from layers(zlib.decompressobj(wbits=31).decompress(data), depth - 1)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        assert set(chunks(data)) <= {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"}


def chunks(png):
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8]
        at += length + 12


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home-of-the-author")


@pytest.fixture(scope="module")
def executed(home):
    """A notebook as Jupyter saves it, with the state of its widgets; the last cell ran five times."""
    cells = [
        CELL,
        "run",
        "aitown.show(run)",
        "aitown.show(run).show_static()",
        HOSTED,
        "print(live, town, run, aitown.runs())\naitown.runs()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=300, resources={"metadata": {"path": str(home)}}
    )
    with client.setup_kernel():
        for i, cell in enumerate(notebook.cells):
            client.execute_cell(cell, i)
        once = len(json.dumps(notebook.cells[1].outputs))
        for _ in range(4):
            client.execute_cell(notebook.cells[1], 1)
        client.set_widgets_metadata()
    notebook.metadata["once"] = once
    return notebook


@pytest.fixture(scope="module")
def run(executed, home):
    return aitown.load(home / "runs" / "base")


def exports(executed, run, folder):
    view = aitown.show(run)
    data, _ = view._repr_mimebundle_()
    yield "notebook", nbformat.writes(executed).encode()
    yield "nbconvert", HTMLExporter().from_notebook_node(executed)[0].encode()
    yield "export_html", view.export_html(folder / "town.html").read_bytes()
    yield "export_gif", view.export_gif(folder / "town.gif", every="20min").read_bytes()
    yield "show_static", view.show_static().data.encode()
    yield "picture", base64.b64decode(data["image/png"])
    yield "words", data["text/plain"].encode()
    yield "stretch", view.replay


def test_no_export_names_the_machine_its_folders_or_a_server(executed, run, home, tmp_path):
    words = [
        str(home),
        home.name,
        str(Path.home()),
        str(tmp_path),
        "home-of-the-author",
        "127.0.0.1",
        "localhost",
        sys.prefix,
    ]
    words += [word for word in (socket.gethostname(), getpass.getuser()) if len(word) > 4]
    seen = {}
    for name, data in exports(executed, run, tmp_path):
        seen[name] = 0
        for layer in layers(data):
            seen[name] += 1
            found = [word for word in words if word.encode() in layer]
            assert found == [], (name, [layer[max(0, layer.find(w.encode()) - 60) :][:160] for w in found])
    assert seen["notebook"] > 3, "what is packed was looked into"
    assert seen["export_html"] > 2
    assert seen["stretch"] == 2


def test_a_moving_picture_has_no_words(run, tmp_path):
    path = aitown.show(run).export_gif(tmp_path / "town.gif", every="30min")
    with Image.open(path) as film:
        assert film.n_frames == 3
        assert "comment" not in film.info


def test_what_a_cell_shows_says_when_it_is_from(executed):
    for cell in executed.cells[1:3]:
        (output,) = cell.outputs
        assert "recorded to day 1 07:00, tick 360" in output.data["text/plain"]
        assert Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).width > 300
        assert "text/html" not in output.data


def test_a_notebook_stays_as_small_however_often_a_cell_runs(executed):
    outputs = executed.cells[1].outputs
    assert len(outputs) == 1
    assert len(json.dumps(outputs)) <= executed.metadata["once"] * 1.02
    states = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    buffers = [buffer["data"] for one in states.values() for buffer in one.get("buffers", [])]
    assert max(len(data) for data in buffers) < 300_000


def test_what_is_looked_for_is_found():
    inner = gzip.compress(" ".join(str(i * i) for i in range(300)).encode() + b"secret", mtime=0)
    text = base64.b64encode(inner)
    page = b'<iframe srcdoc="' + html.escape(f'<script>"{text.decode()}"</script>').encode() + b'">'
    for data in (inner, text, page, base64.b64encode(page)):
        assert any(b"secret" in layer for layer in layers(data))
        assert b"secret" not in data
    with pytest.raises(AssertionError, match="when it was made"):
        list(layers(gzip.compress(b"x", mtime=5)))
