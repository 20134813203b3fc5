"""A map's own pictures: what travels, put together again, is what Tiled would paint."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from aitown.errors import BrokenMapFile
from aitown.sim.map import TownMap, art
from aitown.sim.map.art import Art, NoArt, pack
from aitown.sim.map.pictures import FLIP_X, FLIP_Y, GID_BITS, TURN, Layer
from tests.sim.map.test_tiled import document, grid, objects, thing, tileset

CELL, WIDTH, HEIGHT = 16, 8, 6
TRANSPOSE = Image.Transpose
SHEET = 6
TALL = 7  # the gid of a tile of two by two cells


def sheet(margin=0, spacing=0, seed=1):
    """Six tiles, each of noise in a colour of its own, one of them half clear."""
    random = np.random.default_rng(seed)
    step = CELL + spacing
    image = np.zeros((2 * margin + 2 * step, 2 * margin + 3 * step, 4), np.uint8)
    for i in range(SHEET):
        y, x = margin + i // 3 * step, margin + i % 3 * step
        tile = np.full((CELL, CELL, 4), 255, np.uint8)
        tile[..., :3] = random.integers(0, 256, 3) // 2 + random.integers(0, 128, (CELL, CELL, 3))
        if i == 5:
            tile[: CELL // 2, :, 3] = 0
        image[y : y + CELL, x : x + CELL] = tile
    return Image.fromarray(image, "RGBA")


def tall():
    random = np.random.default_rng(9)
    values = random.integers(0, 256, (2 * CELL, 2 * CELL, 4)).astype(np.uint8)
    values[..., 3] = np.where(values[..., 3] > 80, 255, 0)
    return Image.fromarray(values, "RGBA")


def save(folder, *layers, margin=0, spacing=0, **fields):
    """A map with both tilesets; returns its file."""
    image = sheet(margin, spacing)
    image.save(folder / "t.png")
    tall().save(folder / "tall.png")
    size = {"imagewidth": image.width, "imageheight": image.height, "margin": margin, "spacing": spacing}
    first = tileset() | size | {"firstgid": 1, "tiles": []}
    second = {"name": "tall", "firstgid": TALL, "tilecount": 1, "columns": 1, "tilewidth": 32, "tileheight": 32,
              "image": "tall.png", "imagewidth": 32, "imageheight": 32, "margin": 0, "spacing": 0}  # fmt: skip
    path = folder / "map.tmj"
    path.write_text(json.dumps(document(*layers, objects(thing()), tilesets=[first, second], **fields)))
    return path


def together(found):
    """The whole map, copied cell by cell as a page does it."""
    header, cells, data = found.open()
    size, columns = header["tile"], header["columns"]
    atlas = Image.open(io.BytesIO(data)).convert("RGBA")
    out = Image.new("RGBA", (size * header["width"], size * header["height"]))
    for y, x in zip(*np.nonzero(cells), strict=True):
        n = int(cells[y, x]) - 1
        left, top = n % columns * size, n // columns * size
        out.paste(atlas.crop((left, top, left + size, top + size)), (int(x) * size, int(y) * size))
    return out


def painted(layers, margin=0, spacing=0):
    """The same map painted tile by tile, in the order in which Tiled paints."""
    source = sheet(margin, spacing)
    out = Image.new("RGBA", (WIDTH * CELL + 256, HEIGHT * CELL + 256))
    for layer in layers:
        for y in range(HEIGHT):
            for x in range(WIDTH):
                gid = int(layer.gids[y, x])
                if not gid:
                    continue
                n = (gid & GID_BITS) - 1
                step = CELL + spacing
                left, top = margin + n % 3 * step, margin + n // 3 * step
                tile = tall() if n == SHEET else source.crop((left, top, left + CELL, top + CELL))
                for bit, way in ((TURN, TRANSPOSE.TRANSPOSE), (FLIP_X, TRANSPOSE.FLIP_LEFT_RIGHT)):
                    tile = tile.transpose(way) if gid & bit else tile
                tile = tile.transpose(TRANSPOSE.FLIP_TOP_BOTTOM) if gid & FLIP_Y else tile
                if layer.opacity < 1:
                    tile.putalpha(tile.getchannel("A").point(lambda a, share=layer.opacity: round(a * share)))
                place = (x * CELL + layer.offset[0] + 128, (y + 1) * CELL - tile.height + layer.offset[1] + 128)
                out.alpha_composite(tile, tuple(map(int, place)))
    return out.crop((128, 128, 128 + WIDTH * CELL, 128 + HEIGHT * CELL))


def visible(image):
    """Colours where something is seen: what is clear has none."""
    values = np.asarray(image).astype(int).copy()
    values[values[..., 3] == 0] = 0
    return values


flips = st.sampled_from([0, FLIP_X, FLIP_Y, TURN, FLIP_X | TURN, FLIP_X | FLIP_Y | TURN])
tiles = st.one_of(st.just(0), st.builds(lambda n, bits: n | bits, st.integers(1, TALL), flips))
grids = st.lists(tiles, min_size=WIDTH * HEIGHT, max_size=WIDTH * HEIGHT)
offsets = st.tuples(st.integers(-40, 40), st.integers(-40, 40))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(grids, offsets, st.sampled_from([1, 0.5])), min_size=1, max_size=3), st.integers(0, 3))
def test_put_together_it_is_what_tiled_paints(tmp_path, drawn, gap):
    layers = [
        Layer(np.array(gids, np.uint32).reshape(HEIGHT, WIDTH), offset, opacity) for gids, offset, opacity in drawn
    ]
    ground = grid(np.ones((HEIGHT, WIDTH), np.int64), visible=False)
    shown = [
        grid(layer.gids.astype(np.int64), f"layer {i}", offsetx=layer.offset[0], offsety=layer.offset[1],
             opacity=layer.opacity)
        for i, layer in enumerate(layers)
    ]  # fmt: skip
    found = TownMap.from_tiled(save(tmp_path, ground, *shown, margin=gap, spacing=gap))
    if not any(layer.gids.any() for layer in layers):
        assert "no layer that is drawn" in found.no_art
        return
    assert found.art is not None, found.no_art
    difference = np.abs(visible(together(found.art)) - visible(painted(layers, gap, gap)))
    assert difference.max() <= 2  # rounding where something half clear lies on something


def test_layers_that_say_something_are_not_drawn(tmp_path):
    ones, twos = np.ones((HEIGHT, WIDTH), np.int64), np.full((HEIGHT, WIDTH), 2)
    corner = np.zeros((HEIGHT, WIDTH), np.int64)
    corner[0, 0] = 3
    layers = [grid(ones), grid(twos, "hidden", visible=False), grid(corner, "Collisions")]
    found = TownMap.from_tiled(save(tmp_path, *layers))

    _, cells, _ = found.art.open()

    assert cells.tolist() == ones.tolist()
    assert visible(together(found.art)).tolist() == visible(painted([Layer(ones.astype(np.uint32))])).tolist()


def test_groups_hide_fade_and_move_what_is_in_them(tmp_path):
    ones = np.ones((HEIGHT, WIDTH), np.int64)
    group = {
        "id": 7,
        "type": "group",
        "name": "g",
        "opacity": 0.5,
        "visible": True,
        "offsetx": 16,
        "offsety": 0,
        "layers": [],
    }
    inside = grid(ones, "roof", opacity=0.5, offsetx=16, offsety=0)
    faded = save(tmp_path, grid(ones, visible=False), group | {"layers": [inside]})
    found = visible(together(TownMap.from_tiled(faded).art))
    assert found[:, : 2 * CELL].sum() == 0
    assert set(found[:, 2 * CELL :, 3].flat) == {64}

    away = save(tmp_path, grid(ones, visible=False), group | {"layers": [inside], "visible": False})
    assert TownMap.from_tiled(away).art is None


def test_a_tint_and_the_colour_that_is_clear(tmp_path):
    ones = np.ones((HEIGHT, WIDTH), np.int64)
    path = save(tmp_path, grid(ones, tintcolor="#ff8000"))
    expected = np.asarray(sheet().crop((0, 0, CELL, CELL))).astype(int)
    found = visible(together(TownMap.from_tiled(path).art))[:CELL, :CELL]
    assert np.abs(found[..., 0] - expected[..., 0]).max() == 0
    assert np.abs(found[..., 1] - np.round(expected[..., 1] * 128 / 255)).max() <= 1
    assert found[..., 2].max() == 0

    plain = Image.new("RGB", (48, 32), (255, 0, 255))
    plain.paste((10, 200, 30), (0, 0, 8, 16))
    said = json.loads(save(tmp_path, grid(ones)).read_text())
    plain.save(tmp_path / "t.png")
    said["tilesets"][0]["transparentcolor"] = "#ff00ff"
    (tmp_path / "map.tmj").write_text(json.dumps(said))
    found = np.asarray(together(TownMap.from_tiled(tmp_path / "map.tmj").art))[:CELL, :CELL, 3]
    assert (found[:, :8] == 255).all()
    assert (found[:, 8:] == 0).all()


def test_pictures_change_nothing_of_what_happens_and_travel_with_the_map(tmp_path):
    path = save(tmp_path, grid(np.ones((HEIGHT, WIDTH), np.int64)), backgroundcolor="#102030")
    found, plain = TownMap.from_tiled(path), TownMap.from_tiled(path, art=False)

    assert (plain.art, plain.no_art, "art" in plain.payload()) == (None, "", False)
    assert found.hash == plain.hash
    assert found.payload()["art"] == {"hash": found.art.hash, "bytes": len(found.art.data)}
    again = TownMap.from_json(json.loads(json.dumps(found.to_json())))
    assert (again.hash, again.art.hash) == (found.hash, found.art.hash)
    assert found.art.open()[0]["background"] == "#102030"


def test_nothing_in_it_says_where_it_was_made(tmp_path):
    folder = tmp_path / "somebody" / "secret"
    folder.mkdir(parents=True)
    path = save(folder, grid(np.ones((HEIGHT, WIDTH), np.int64)))
    Image.open(folder / "t.png").save(folder / "t.png", exif=b"Exif\0\0somebody", comment="secret")

    header, _, image = TownMap.from_tiled(path).art.open()

    for word in (b"somebody", b"secret", b"t.png"):
        assert word not in image
        assert word.decode() not in json.dumps(header)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "t.png is not there"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\nnothing"), "t.png can't be read"),
        (lambda path: Image.new("RGB", (20, 20)).save(path), "t.png ends before its tile"),
    ],
)
def test_without_its_images_a_map_is_drawn_and_it_is_said_why(tmp_path, spoil, why):
    path = save(tmp_path, grid(np.full((HEIGHT, WIDTH), 2)))
    spoil(tmp_path / "t.png")

    found = TownMap.from_tiled(path)

    assert found.art is None
    assert why in found.no_art
    assert str(tmp_path) not in found.no_art
    assert "art" not in found.payload()


def test_many_pictures_are_made_smaller_until_they_can_travel(monkeypatch):
    random = np.random.default_rng(3)
    noise = [Image.fromarray(random.integers(0, 256, (32, 32, 4)).astype(np.uint8), "RGBA") for _ in range(60)]
    cells = np.arange(1, 61).reshape(6, 10)
    assert pack(noise[:3], np.array([[1, 2, 3]])).open()[0]["tile"] == 32
    monkeypatch.setattr(art, "MOST_BYTES", 30_000)
    found = pack(noise, cells)
    assert len(found.data) <= 30_000
    assert found.open()[0]["tile"] < 32
    monkeypatch.setattr(art, "MOST_BYTES", 1_000)
    with pytest.raises(NoArt, match="more than 1,000 bytes"):
        pack(noise, cells)


def test_equal_pictures_are_one():
    red, green = (Image.new("RGBA", (8, 8), colour) for colour in ("red", "green"))
    header, cells, _ = pack([red, green, red], np.array([[0, 1], [2, 3]])).open()
    assert (header["tiles"], cells.tolist()) == (2, [[0, 1], [2, 1]])


def test_the_golden_art_is_what_is_written_now():
    """`tests/vectors/art.json`, which the page's tests read too; the image's bytes are the encoder's business."""
    golden = json.loads((Path(__file__).parents[2] / "vectors" / "art.json").read_text())
    colours = [(200, 30, 30, 255), (30, 160, 60, 255), (40, 80, 220, 128)]
    pictures = [Image.new("RGBA", (8, 8), colour) for colour in colours]
    now = pack(pictures, np.array(golden["cells"]).reshape(3, 4), "#102030")
    kept = Art(base64.b64decode(golden["data"]))
    for found in (now, kept):
        header, cells, _ = found.open()
        assert header == golden["header"]
        assert cells.ravel().tolist() == golden["cells"]
    assert visible(together(now)).tolist() == visible(together(kept)).tolist()


def test_what_is_no_art_is_said(tmp_path):
    said = TownMap.from_tiled(save(tmp_path, grid(np.ones((HEIGHT, WIDTH), np.int64)))).to_json()
    with pytest.raises(BrokenMapFile):
        TownMap.from_json(said | {"art": {"hash": "1", "bytes": 1, "data": "*"}})
    assert Art.from_json(None) is None
