"""Draw riverbend: `python tools/draw_riverbend.py [folder]` writes riverbend.tmj and riverbend.png.

The files are the same at every run.

The town lies in a bend of the river. Main Street leads from the west over the stone bridge to the farms; Church Lane
crosses it in the market square; North Lane and South Lane, the latter with a footbridge, hold most of the cottages.
"""

# ruff: noqa: E501, PLR2004 (coordinates of a drawing, one thing a line)
from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from riverbend_tiles import COLUMNS, NAMES, SIZE, TILES, picture

WIDTH, HEIGHT = 80, 56
FOLDER = Path(__file__).parents[1] / "aitown" / "towns" / "riverbend"
BEND = [(67, -4), (65, 3), (59, 9), (51.5, 14.5), (47, 21), (46, 27), (48.5, 33), (52.5, 38.5), (52.5, 44), (48, 49.5),
        (42, 54), (38, 60)]  # fmt: skip
STREETS = ("road", "path 1", "path 2", "plaza", "bridge", "door")


def bend(y: float) -> tuple[float, float]:
    """The x of the river's middle at a height, and its half width: a smooth curve through `BEND`."""
    xs, ys = [p[0] for p in BEND], [p[1] for p in BEND]
    fine = np.linspace(0, len(BEND) - 1, 2000)
    i = np.clip(fine.astype(int), 1, len(BEND) - 3)
    t = fine - i
    weights = np.stack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    x = sum(weights[k] * np.array(xs)[i + k - 1] for k in range(4))
    v = sum(weights[k] * np.array(ys)[i + k - 1] for k in range(4))
    order = np.argsort(v)
    slope = np.interp(y + 1, v[order], x[order]) - np.interp(y - 1, v[order], x[order])
    return float(np.interp(y, v[order], x[order])), 2.3 * float(np.hypot(1, slope / 2))


class Sheet:
    """Two layers of tile names and the list of places."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(1703)
        self.ground = np.empty((HEIGHT, WIDTH), object)
        self.things = np.full((HEIGHT, WIDTH), "", object)
        for y in range(HEIGHT):
            for x in range(WIDTH):
                self.ground[y, x] = f"grass {self.rng.integers(1, 5)}"
        self.objects: list[dict] = []

    def fill(self, tile: str, x: int, y: int, w: int = 1, h: int = 1, *, over: tuple[str, ...] = ()) -> None:
        for v in range(max(0, y), min(HEIGHT, y + h)):
            for u in range(max(0, x), min(WIDTH, x + w)):
                if not over or self.ground[v, u].startswith(over):
                    name = f"path {(u * 7 + v * 3) % 2 + 1}" if tile == "path" else tile
                    self.ground[v, u] = name

    def put(self, tile: str, *spots: tuple[int, int]) -> None:
        for x, y in spots:
            self.things[y, x] = tile

    def plant(self, tile: str, *spots: tuple[int, int]) -> None:
        """Like `put`, but only on free grass that is not a street's edge."""
        for x, y in spots:
            if 0 <= x < WIDTH and 0 <= y < HEIGHT and not self.things[y, x] and self.ground[y, x].startswith("grass"):
                self.things[y, x] = tile

    def place(self, name: str, kind: str, rect: tuple[int, int, int, int], capacity: int, hours: str = "") -> None:
        x, y, w, h = (SIZE * side for side in rect)
        self._object(name, kind, capacity, hours, x=x, y=y, width=w, height=h)

    def shape(self, name: str, kind: str, corners: list[tuple[int, int]], capacity: int, hours: str = "") -> None:
        x, y = corners[0]
        polygon = [{"x": SIZE * (u - x), "y": SIZE * (v - y)} for u, v in corners]
        self._object(name, kind, capacity, hours, x=SIZE * x, y=SIZE * y, width=0, height=0, polygon=polygon)

    def _object(self, name: str, kind: str, capacity: int, hours: str, **shape: object) -> None:
        properties = [{"name": "capacity", "type": "int", "value": capacity}]
        if hours:
            properties.append({"name": "hours", "type": "string", "value": hours})
        number = len(self.objects) + 1
        self.objects.append(
            {
                "id": number,
                "name": name,
                "type": kind,
                "rotation": 0,
                "visible": True,
                "properties": properties,
                **shape,
            }
        )

    def house(
        self, name: str, kind: str, rect: tuple[int, int, int, int], door: tuple[int, int], capacity: int,
        inside: dict[tuple[int, int], str], hours: str = "", wall: str = "plaster", floor: str = "wooden",
        grounds: tuple[int, int, int, int] | None = None,
    ) -> None:  # fmt: skip
        """Walls, floor and a door at an offset in the rectangle, with a path from it to the nearest street.

        `inside` names furniture by its offset; the first row and column of floor are 1. `grounds` is the whole of the
        place where that is more than the house.
        """
        x, y, w, h = rect
        self.fill(f"floor, {floor}", x, y, w, h)
        for u in range(w):
            for v in range(h):
                tile = inside.get((u, v), "")
                if v in (0, h - 1):
                    tile = f"wall, {wall}"
                elif u in (0, w - 1):
                    tile = f"wall, {wall}, side"
                self.things[y + v, x + u] = tile
        u, v = door
        self.things[y + v, x + u] = "door"
        dx, dy = (0, -1) if v == 0 else (0, 1) if v == h - 1 else (-1, 0) if u == 0 else (1, 0)
        u, v = x + u + dx, y + v + dy
        while not self.ground[v, u].startswith(STREETS):
            self.fill("path", u, v)
            u, v = u + dx, v + dy
        self.place(name, kind, grounds or rect, capacity, hours)

    def home(
        self, name: str, rect: tuple[int, int, int, int], door: tuple[int, int], people: int, wall: str = "plaster"
    ) -> None:
        _, _, w, h = rect
        corners = [(1, 1), (w - 2, 1), (1, h - 2), (w - 2, h - 2)]
        corners.sort(key=lambda c: -abs(c[0] - door[0]) - abs(c[1] - door[1]))
        inside = dict(zip(corners, ["bed", "stove", "child's bed" if people > 2 else "shelf"], strict=False))
        if w > 6:
            inside[w // 2, 1 if door[1] else h - 2] = "table"
        self.house(name, "home", rect, door, people, inside, wall=wall)

    def garden(self, x: int, y: int, w: int, h: int, flower: str, edge: str = "hedge") -> None:
        """A planted strip behind or beside a house with an edge round it."""
        for u in range(x, x + w):
            for v in range(y, y + h):
                rim = u in (x, x + w - 1) or v in (y, y + h - 1)
                self.plant(edge if rim else f"flowers, {flower}" if (u + v) % 2 else "", (u, v))


def water(s: Sheet) -> None:
    for y in range(HEIGHT):
        middle, half = bend(y + 0.5)
        for x in range(WIDTH):
            away = abs(x + 0.5 - middle)
            if away < half:
                s.ground[y, x] = f"water {(x * 5 + y * 3) % 7 % 3 + 1}"
            elif away < half + 1 and x > middle and 16 < y < 34 and not 24 < y < 29:
                s.ground[y, x] = "sand"  # the inner side of the bend


def west_bank(y: int) -> int:
    """The westernmost tile of water in a row."""
    middle, half = bend(y + 0.5)
    return int(np.ceil(middle - half - 0.5 + 1e-9))


def streets(s: Sheet) -> None:
    s.fill("road", 0, 26, 52, 2, over=("grass", "sand"))
    s.fill("path", 52, 26, 28, 2)
    s.fill("road", 22, 10, 2, 38)
    s.fill("path", 2, 10, 49, 2, over=("grass",))
    s.fill("path", 22, 46, 42, 2, over=("grass", "sand"))
    s.fill("path", 62, 7, 2, 41)
    s.fill("path", 62, 7, 16, 2)
    s.fill("path", 16, 41, 6, 2)
    s.fill("plaza", 16, 21, 15, 12)
    before = None
    for y in range(11, 47):  # the towpath
        x = west_bank(y) - (2 if 17 < y < 27 else 3)
        low, high = min(x, before if before is not None else x), max(x, before if before is not None else x)
        s.fill("path", low, y, high - low + 1, 1, over=("grass",))
        before = x
    for y, h in ((26, 2), (46, 2)):
        for x in range(40, 62):
            if s.ground[y, x].startswith("water") or s.ground[y + h - 1, x].startswith("water"):
                s.fill("bridge", x, y, 1, h)


def square(s: Sheet) -> None:
    for u in (22, 23):
        for v in (26, 27):
            s.fill("fountain", u, v)
    s.put("stall, red", (18, 23), (20, 23), (27, 30))
    s.put("stall, blue", (18, 30), (20, 30), (27, 23))
    s.put("oak", (16, 21), (30, 21), (16, 32), (30, 32))
    s.put("bench", (21, 24), (24, 24), (21, 29), (24, 29))
    s.put("flowers, red", (20, 25), (25, 25), (20, 28), (25, 28))
    s.fill("plaza", 34, 25, 8, 1)
    s.put("bench", (34, 25), (41, 25))
    s.place("Market Square", "square", (16, 21, 15, 12), 80)


def cottages(s: Sheet) -> None:
    south, north = (2, 4), (2, 0)
    s.home("Heron Cottage", (3, 4, 7, 5), south, 4)
    s.home("Foxglove Cottage", (12, 4, 6, 5), south, 3, "timber")
    s.home("Rose Cottage", (27, 4, 7, 5), (3, 4), 4)
    s.home("Swallow House", (37, 4, 7, 5), (3, 4), 4, "brick")
    s.home("Linden House", (3, 13, 7, 5), north, 4, "brick")
    s.home("Bramble Cottage", (46, 4, 6, 5), south, 2)
    s.home("Larch Cottage", (37, 13, 6, 5), north, 2, "timber")
    s.home("West End House", (1, 20, 7, 5), (3, 4), 4)
    s.home("Sexton's Cottage", (2, 29, 6, 5), north, 2, "stone")
    s.home("Kestrel Cottage", (26, 49, 6, 5), north, 3)
    s.home("Alder House", (34, 49, 6, 5), north, 3, "timber")
    s.home("School House", (38, 40, 6, 5), (2, 4), 3)
    s.home("Ferry Cottage", (55, 40, 6, 5), (5, 2), 3, "brick")
    s.home("Orchard Cottage", (66, 40, 6, 5), (0, 2), 4)
    s.home("Meadow Cottage", (66, 28, 7, 5), (0, 2), 4, "brick")
    s.home("Hill Farm", (66, 10, 8, 6), (0, 3), 5, "timber")
    for x, y, w, h, flower in ((3, 1, 7, 3, "red"), (12, 1, 6, 3, "yellow"), (27, 1, 7, 3, "blue"), (37, 1, 7, 3, "red"),
                               (73, 28, 4, 5, "yellow"), (72, 40, 4, 5, "red")):  # fmt: skip
        s.garden(x, y, w, h, flower)
    s.plant("flowers, blue", (3, 9), (4, 9), (6, 9), (7, 9), (12, 9), (15, 9), (16, 9))
    s.plant("flowers, yellow", (27, 9), (28, 9), (32, 9), (37, 9), (38, 9), (42, 9), (3, 12), (7, 12), (46, 9), (50, 9))
    s.plant("flowers, red", (38, 12), (41, 12), (3, 25), (7, 25), (3, 28), (6, 28), (27, 48), (35, 48))


def houses(s: Sheet) -> None:
    row = lambda y, tile, *xs: {(x, y): tile for x in xs}
    s.house("Mill Café", "cafe", (34, 19, 8, 6), (3, 5), 24,
            row(1, "counter", 1, 2, 3) | row(1, "stove", 5) | row(3, "table", 1, 5) | {(6, 1): "shelf"}, "06:30-21:00",
            "timber", "tiled", (34, 19, 8, 7))  # fmt: skip
    s.house("Bakery", "shop", (10, 20, 6, 5), (4, 4), 10,
            row(1, "oven", 1, 2) | {(4, 1): "shelf"} | row(3, "counter", 1, 2), "mon-sat 05:45-17:00", "brick", "tiled")  # fmt: skip
    s.house("Corner Shop", "shop", (10, 29, 6, 5), (3, 0), 10, row(3, "shelf", 1, 2, 4) | {(1, 1): "counter"},
            "mon-fri 08:00-19:00; sat 08:00-18:30")  # fmt: skip
    s.house("Town Hall", "work", (26, 13, 8, 6), (4, 5), 24,
            row(1, "shelf", 1, 6) | row(2, "desk", 2, 4) | row(4, "desk", 2, 6), "mon-fri 08:00-18:00", "stone")  # fmt: skip
    s.house("Library", "other", (12, 35, 7, 5), (6, 2), 20,
            row(1, "shelf", 1, 2, 3, 4) | row(3, "table", 2, 4), "mon-fri 09:00-19:00", "brick")  # fmt: skip
    s.house("School", "school", (26, 35, 9, 7), (0, 3), 40,
            row(1, "shelf", 1, 7) | row(1, "desk", 4) | row(3, "desk", 3, 5, 7) | row(5, "desk", 3, 5, 7), "mon-fri 07:30-17:00",
            "brick")  # fmt: skip
    s.house("Clinic", "work", (33, 29, 8, 5), (3, 0), 12, row(3, "bed", 1, 3, 5) | {(6, 1): "desk", (1, 1): "shelf"},
            "mon-sat 07:00-19:00", "stone", "tiled")  # fmt: skip
    s.house("St Alder's Chapel", "other", (14, 13, 7, 7), (6, 3), 30,
            row(1, "table", 3) | row(3, "desk", 2, 4) | row(5, "desk", 2, 4), "07:00-20:00", "stone", "tiled")  # fmt: skip
    s.house("Old Mill", "work", (54, 19, 7, 6), (3, 5), 10, row(1, "millstone", 2, 4) | row(3, "hay", 1, 5),
            "mon-sat 06:00-18:00", "stone", "tiled")  # fmt: skip
    s.house("Carpenter's Workshop", "work", (53, 29, 7, 5), (3, 0), 10,
            row(2, "workbench", 2, 4) | row(3, "shelf", 1, 5), "mon-sat 07:00-18:00", "timber")  # fmt: skip
    s.house("The Ferryman", "cafe", (55, 49, 8, 5), (3, 0), 24, row(1, "counter", 5, 6) | row(3, "table", 1, 3, 5),
            "16:00-23:30", "timber")  # fmt: skip
    s.house("Barn", "work", (66, 18, 8, 5), (0, 2), 12, row(1, "hay", 3, 4, 5, 6) | row(3, "hay", 5, 6), "05:00-20:00",
            "timber")  # fmt: skip


def fields(s: Sheet) -> None:
    for tile, x, y, w, h in (("wheat", 68, 1, 11, 5), ("greens", 75, 10, 4, 13), ("earth", 66, 35, 13, 4),
                             ("wheat", 66, 46, 13, 9)):  # fmt: skip
        s.fill(f"field, {tile}", x, y, w, h)
    s.fill("path", 64, 50, 2, 1)
    s.fill("path", 71, 6, 2, 1)
    s.plant(
        "fence", *[(x, 6) for x in range(68, 79)], *[(x, 34) for x in range(66, 79)], *[(x, 45) for x in range(66, 79)]
    )
    s.plant("fence", *[(74, y) for y in range(10, 23) if y not in (16, 17)])
    s.shape("Long Field", "work", [(66, 46), (79, 46), (79, 55), (66, 55)], 20, "05:00-21:00")
    for y in range(10, 20, 2):
        s.plant("apple tree", *[(x, y) for x in range(56 + (y > 13) * -1, 61, 2)])
    for y in (35, 37):
        s.plant("apple tree", (56, y), (58, y), (60, y))


def park(s: Sheet) -> None:
    for y in range(42, 53):
        for x in range(3, 17):
            round_pond = ((x + 0.5 - 9.5) / 4.2) ** 2 + ((y + 0.5 - 47.3) / 2.9) ** 2
            if round_pond < 1:
                s.ground[y, x] = f"water {(x + y) % 3 + 1}"
            elif 1.25 < round_pond < 2.1:
                s.fill("path", x, y)
    s.fill("path", 9, 41, 7, 2)
    s.plant("bench", (4, 41), (8, 40), (15, 45), (15, 49), (3, 50), (9, 52))
    for corner, flower in (
        ((17, 44), "red"),
        ((17, 48), "yellow"),
        ((2, 41), "blue"),
        ((12, 41), "red"),
        ((5, 38), "yellow"),
    ):
        s.plant(f"flowers, {flower}", *[(corner[0] + i, corner[1] + j) for i in range(3) for j in range(2)])
    s.plant("willow", (6, 43), (13, 51), (5, 52))
    s.plant("oak", (2, 37), (8, 37), (10, 36), (2, 53), (19, 52), (18, 54), (12, 54), (20, 44), (20, 50))
    s.plant("birch", (4, 36), (7, 54), (16, 52), (1, 44), (1, 48), (20, 47), (15, 54))
    s.plant(
        "hedge", *[(x, 35) for x in range(1, 11)], *[(0, y) for y in range(35, 56)], *[(x, 55) for x in range(1, 22)]
    )
    s.place("Willow Park", "park", (1, 36, 20, 19), 60)


def greenery(s: Sheet) -> None:
    for y in range(0, HEIGHT, 2):
        middle, half = bend(y + 0.5)
        s.plant(
            ("willow", "birch", "oak")[y // 2 % 3],
            (round(middle - half) - 2, y),
            (round(middle + half) + 1 + y % 4 // 2, y),
        )
        if y % 6 == 0 and 11 < y < 46:
            s.plant("bench", (round(middle - half) - 5, y))
    for x in range(1, 44, 3):
        s.plant("birch", (x, 25), (x, 28))
    for x in range(45, 80, 4):
        s.plant("oak", (x, 25), (x, 28))
    s.put("", (21, 26), (21, 27))
    s.plant("grave", (12, 14), (12, 16), (12, 18))
    s.plant("hedge", *[(11, y) for y in range(13, 20)])
    s.plant("well", (24, 44))
    s.plant("hedge", *[(x, 43) for x in range(26, 36)], *[(36, y) for y in range(35, 44)])
    s.plant("oak", (25, 35), (28, 44), (33, 45), (30, 33), (44, 37), (45, 31))
    s.fill("sand", 27, 42, 6, 1, over=("grass",))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if s.rng.random() < 0.012:
                s.plant(("flowers, yellow", "flowers, blue")[s.rng.integers(2)], (x, y))
            near_edge = min(x, y, HEIGHT - 1 - y) < 1 or (y < 3 and 45 < x < 60) or (y > 50 and 44 < x < 54)
            wild = near_edge or (y < 9 and 46 < x < 57)
            if s.rng.random() < (0.6 if near_edge else 0.3 if wild else 0.018):
                around = s.ground[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].reshape(-1)
                if not any(str(g).startswith(STREETS) for g in around):
                    s.plant(
                        ("pine", "oak", "bush", "birch")[s.rng.integers(4) if not near_edge else s.rng.integers(2)],
                        (x, y),
                    )
    s.shape("Riverside", "park", towpath(), 30)


def towpath() -> list[tuple[int, int]]:
    """Corners of the strip between the water and the towpath, from the bridge down to South Lane."""
    left, right = [], []
    for y in range(30, 46):
        x = west_bank(y)
        left += [(x - 4, y), (x - 4, y + 1)]
        right += [(x, y), (x, y + 1)]
    return left + right[::-1]


def layer(number: int, name: str, tiles: np.ndarray) -> dict:
    data = [NAMES.index(tile) + 1 if tile else 0 for tile in tiles.reshape(-1)]
    return {"id": number, "name": name, "type": "tilelayer", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT,
            "opacity": 1, "visible": True, "data": data}  # fmt: skip


def draw() -> tuple[dict, Sheet]:
    s = Sheet()
    for part in (water, streets, square, cottages, houses, fields, park, greenery):
        part(s)
    sheet = picture()
    tileset = {
        "columns": COLUMNS, "firstgid": 1, "image": "riverbend.png", "imagewidth": sheet.width,
        "imageheight": sheet.height, "margin": 0, "name": "riverbend", "spacing": 0, "tilecount": len(NAMES),
        "tilewidth": SIZE, "tileheight": SIZE,
        "tiles": [{"id": i, "type": terrain} for i, (terrain, _) in enumerate(TILES.values())],
    }  # fmt: skip
    places = {"id": 3, "name": "places", "type": "objectgroup", "draworder": "topdown", "x": 0, "y": 0, "opacity": 1,
              "visible": True, "objects": s.objects}  # fmt: skip
    document = {
        "type": "map", "version": "1.10", "tiledversion": "1.10.2", "orientation": "orthogonal",
        "renderorder": "right-down", "infinite": False, "compressionlevel": -1, "width": WIDTH, "height": HEIGHT,
        "tilewidth": SIZE, "tileheight": SIZE, "nextlayerid": 4, "nextobjectid": len(s.objects) + 1,
        "tilesets": [tileset], "layers": [layer(1, "ground", s.ground), layer(2, "things", s.things), places],
    }  # fmt: skip
    return document, s


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    document, _ = draw()
    (folder / "riverbend.tmj").write_text(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
    )
    picture().save(folder / "riverbend.png", optimize=True)


if __name__ == "__main__":
    main()
