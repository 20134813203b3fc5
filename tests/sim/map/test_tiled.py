"""Small maps in every encoding that Tiled writes, and each kind of file that can't be a town."""

import base64
import gzip
import json
import zlib

import numpy as np
import pytest
import zstandard

from aitown.errors import BadMap, BrokenMapFile, UnknownMap
from aitown.sim.map import TERRAIN, TownMap

FLIPS = 0xE0000000
GROUND = np.ones((6, 8), np.int64)
GROUND[0] = 2 | FLIPS  # flipped every way
GROUND[3, 3] = 3 | 0x40000000
EXPECTED = np.zeros((6, 8), np.uint8)
EXPECTED[0] = TERRAIN.index("water")
EXPECTED[3, 3] = TERRAIN.index("tree")
TILES = [{"id": 0, "type": "grass"}, {"id": 1, "type": "Water"}, {"id": 2, "class": "tree"}]
PRESSES = {"": bytes, "zlib": zlib.compress, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}
HOME = {"id": 1, "name": "House", "type": "home", "x": 16, "y": 32, "width": 32, "height": 32}


def thing(**fields):
    return {"rotation": 0, "visible": True, "properties": []} | HOME | fields


def tileset():
    return {"name": "t", "tilecount": 6, "tilewidth": 16, "tileheight": 16, "columns": 3, "spacing": 0, "margin": 0,
            "image": "t.png", "imagewidth": 48, "imageheight": 32, "tiles": [dict(t) for t in TILES]}  # fmt: skip


def packed(gids, compression):
    raw = gids.astype("<u4").tobytes()
    return base64.b64encode(PRESSES[compression](raw)).decode()


def grid(gids=GROUND, name="ground", compression=None, **fields):
    layer = {"id": 1, "type": "tilelayer", "name": name, "x": 0, "y": 0, "width": 8, "height": 6, "opacity": 1,
             "visible": True} | fields  # fmt: skip
    if compression is None:
        return layer | {"data": gids.reshape(-1).tolist()}
    return layer | {"encoding": "base64", "compression": compression, "data": packed(gids, compression)}


def objects(*things, name="places"):
    return {"id": 2, "type": "objectgroup", "name": name, "x": 0, "y": 0, "opacity": 1, "visible": True,
            "draworder": "topdown", "objects": list(things)}  # fmt: skip


def document(*layers, tilesets=None, **fields):
    return {"type": "map", "version": "1.10", "tiledversion": "1.10.2", "orientation": "orthogonal",
            "renderorder": "right-down", "infinite": False, "compressionlevel": -1, "width": 8, "height": 6,
            "tilewidth": 16, "tileheight": 16, "nextlayerid": 9, "nextobjectid": 9,
            "tilesets": tilesets or [tileset() | {"firstgid": 1}],
            "layers": list(layers) or [grid(), objects(thing())]} | fields  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def _read(content, name="map.tmj"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return TownMap.from_tiled(path)

    return _read


TSX = """<?xml version="1.0" encoding="UTF-8"?>
<tileset name="t" tilewidth="16" tileheight="16" tilecount="6" columns="3" {first}>
 <image source="t.png" width="48" height="32"/>
 <tile id="0" type="grass"/><tile id="1" type="Water"/><tile id="2" class="tree"/>
</tileset>"""


def tmx(data, tileset_=None, infinite=0):
    embedded = TSX.split("\n", 1)[1].format(first='firstgid="1"')
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="8" height="6"
 tilewidth="16" tileheight="16" infinite="{infinite}" nextlayerid="3" nextobjectid="2">
 {tileset_ or embedded}
 <layer id="1" name="ground" width="8" height="6">{data}</layer>
 <objectgroup id="2" name="places">
  <object id="1" name="House" type="home" x="16" y="32" width="32" height="32">
   <properties><property name="capacity" type="int" value="3"/><property name="opens" value="07:30"/></properties>
  </object>
 </objectgroup>
</map>"""


def check(town_map):
    assert (town_map.terrain == EXPECTED).all()
    assert town_map.places[0].tiles.tolist() == [17, 18, 25, 26]
    assert not town_map.walkable[0].any()
    assert town_map.reachable.sum() == 39


@pytest.mark.parametrize("compression", [None, "", "zlib", "gzip", "zstd"])
def test_json_in_every_encoding(read, compression):
    check(read(document(grid(compression=compression), objects(thing()))))


@pytest.mark.parametrize("compression", ["csv", "", "zlib", "gzip", "zstd"])
def test_tmx_in_every_encoding(read, compression):
    if compression == "csv":
        rows = ",\n".join(",".join(map(str, row)) for row in GROUND.tolist())
        data = f'<data encoding="csv">\n{rows}\n</data>'
    else:
        how = f' compression="{compression}"' if compression else ""
        data = f'<data encoding="base64"{how}>\n  {packed(GROUND, compression)}\n</data>'
    town_map = read(tmx(data), "map.tmx")
    check(town_map)
    assert (town_map.places[0].capacity, town_map.places[0].week[0]) == (3, (450, 1440))


@pytest.mark.parametrize("name", ["t.tsx", "t.tsj"])
@pytest.mark.parametrize("kind", ["json", "tmx"])
def test_external_tilesets(read, tmp_path, name, kind):
    text = TSX.format(first="") if name == "t.tsx" else json.dumps(tileset() | {"type": "tileset"})
    (tmp_path / name).write_text(text, "utf-8")
    if kind == "json":
        check(read(document(tilesets=[{"firstgid": 1, "source": name}])))
    else:
        data = f'<data encoding="base64">{packed(GROUND, "")}</data>'
        check(read(tmx(data, f'<tileset firstgid="1" source="{name}"/>'), "map.tmx"))


def test_the_topmost_tile_with_a_class_counts_and_groups_are_opened(read):
    above = np.zeros((6, 8), np.int64)
    above[5, 7] = 2
    above[5, 6] = 5  # a tile without class says nothing
    group = {
        "id": 7,
        "type": "group",
        "name": "g",
        "x": 0,
        "y": 0,
        "opacity": 1,
        "visible": True,
        "layers": [grid(above)],
    }
    town_map = read(document(grid(), group, objects(thing())))
    assert TERRAIN[town_map.terrain[5, 7]] == "water"
    assert TERRAIN[town_map.terrain[5, 6]] == "grass"
    assert town_map.walkable[5, 6]


def test_walkable_property_and_collision_layer(read):
    tiles = tileset() | {"firstgid": 1}
    tiles["tiles"][1]["properties"] = [{"name": "walkable", "type": "bool", "value": True}]
    block = np.zeros((6, 8), np.int64)
    block[5] = 4
    town_map = read(document(grid(), grid(block, " COLLISIONS "), objects(thing()), tilesets=[tiles]))
    assert town_map.walkable[0].all()
    assert not town_map.walkable[5].any()
    assert TERRAIN[town_map.terrain[5, 0]] == "grass"


def test_a_cell_without_any_tile_is_outside(read):
    ground = GROUND.copy()
    ground[5, 5] = 0
    assert not read(document(grid(ground), objects(thing()))).walkable[5, 5]


def test_polygons_ellipses_and_turned_rectangles(read):
    corners = [
        {"x": 0, "y": 0},
        {"x": 48, "y": 0},
        {"x": 48, "y": 16},
        {"x": 16, "y": 16},
        {"x": 16, "y": 48},
        {"x": 0, "y": 48},
    ]
    town_map = read(document(grid(), objects(
        thing(name="L", x=0, y=16, width=0, height=0, polygon=corners),
        thing(name="Round", x=64, y=16, width=48, height=48, ellipse=True),
        thing(name="Turned", x=64, y=80, width=16, height=32, rotation=-90),
    )))  # fmt: skip
    assert town_map.place("L").tiles.tolist() == [8, 9, 10, 16, 24]
    assert town_map.place("L").rect == (0, 1, 3, 3)
    assert len(town_map.place("Round").tiles) == 9
    assert town_map.place("Turned").tiles.tolist() == [4 * 8 + 4, 4 * 8 + 5]


def test_hours_and_objects_that_are_no_places(read):
    hours = [
        {"name": "opens", "type": "string", "value": "22:00"},
        {"name": "closes", "type": "string", "value": "24:00"},
    ]
    sign = thing(name="sign", type="", point=True, width=0, height=0)
    town_map = read(document(grid(), objects(sign, name="signs"), objects(thing(properties=hours))))
    assert [p.week for p in town_map.places] == [((1320, 1440),) * 7]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(infinite=True), "infinite"),
        (document(orientation="isometric"), "isometric"),
        (document(grid(np.full((6, 8), 2)), objects(thing())), "no walkable tile"),
        (document(grid()), "has no place"),
        (document(grid(), objects(thing(type="cafe"))), "has no home"),
        (document(grid(), objects(thing(type="castle"))), "the class 'castle'"),
        (document(grid(), objects(thing(point=True))), "has no area"),
        (document(grid(), objects(thing(), thing(y=0, height=16, name="Sea"))), "nobody can walk to 'Sea'"),
        (document(grid(), objects(thing(properties=[{"name": "opens", "type": "string", "value": "noon"}]))), "opens at 'noon'"),
        (document(grid(), objects(thing(properties=[{"name": "capacity", "type": "string", "value": "x"}]))), "capacity"),
        (document(width=0), "0 × 6"),
    ],
)  # fmt: skip
def test_maps_that_are_no_towns(read, content, said):
    with pytest.raises(BadMap, match=said) as caught:
        read(content)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "map.tmj", "can't be read"),
        ("{", "map.json", "can't be read"),
        ("[1, 2]", "map.json", "can't be read"),
        ("<map", "map.tmx", "can't be read"),
        ("<html></html>", "map.tmx", "has no"),
        (document(width="wide"), "map.tmj", "no size"),
        (json.dumps(document())[:-200], "map.tmj", "can't be read"),
        (document(grid(width=7), objects(thing())), "map.tmj", "8 × 6"),
        (document(grid(np.ones((5, 8))), objects(thing())), "map.tmj", "8 × 6"),
        (document(grid(np.full((6, 8), 77)), objects(thing())), "map.tmj", "tile 77"),
        (document(tilesets=[{"firstgid": 1, "source": "gone.tsx"}]), "map.tmj", "needs gone.tsx"),
        (document(grid(compression="zlib") | {"data": "AAAA"}, objects(thing())), "map.tmj", "can't be read"),
        (document(grid(compression="zstd") | {"data": "AAAA"}, objects(thing())), "map.tmj", "can't be read|8 × 6"),
        (tmx("<data><tile gid='1'/></data>"), "map.tmx", "can't be read"),
    ],
)  # fmt: skip
def test_broken_files(read, content, name, said):
    with pytest.raises(BrokenMapFile, match=said) as caught:
        read(content, name)
    assert caught.value.remedy


def test_an_infinite_tmx_is_refused(read):
    chunk = '<data encoding="csv"><chunk x="0" y="0" width="2" height="1">1,1</chunk></data>'
    with pytest.raises(BadMap, match="infinite"):
        read(tmx(chunk, infinite=1), "map.tmx")


def test_a_missing_file(tmp_path):
    with pytest.raises(UnknownMap, match="no map file"):
        TownMap.from_tiled(tmp_path / "none.tmj")
