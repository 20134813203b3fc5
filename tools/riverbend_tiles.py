"""The tileset of riverbend: 16 × 16 pixel tiles, drawn by rule, the same at every run."""

# ruff: noqa: E501 (coordinates of a drawing, one thing a line)
from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

SIZE = 16
COLUMNS = 8
Colour = tuple[int, int, int]
Painter = Callable[[ImageDraw.ImageDraw, np.random.Generator], None]

GRASS, GRASS_DARK, GRASS_LIGHT = (126, 176, 88), (108, 158, 76), (146, 194, 104)
EARTH, SAND, STONE = (196, 168, 122), (226, 208, 158), (188, 186, 182)
WATER, WATER_LIGHT = (82, 148, 200), (126, 184, 222)
WOOD, WOOD_DARK, FLOOR = (150, 104, 64), (104, 70, 44), (206, 166, 116)
LEAF, LEAF_DARK, LEAF_LIGHT = (66, 124, 66), (46, 94, 54), (94, 152, 82)


def _fill(colour: Colour, specks: tuple[Colour, ...] = (), count: int = 10) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=colour)
        for speck in specks:
            for x, y in rng.integers(0, SIZE, (count, 2)).tolist():
                draw.point((x, y), fill=speck)

    return paint


def _grass(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _fill(GRASS)(draw, rng)
    for x, y in rng.integers(1, 14, (5, 2)).tolist():
        draw.line((x, y, x, y + 1), fill=GRASS_DARK)
        draw.point((x + 1, y), fill=GRASS_LIGHT)


def _cobbles(colour: Colour, joint: Colour, size: int) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=colour)
        for row in range(SIZE // size):
            draw.line((0, row * size, 15, row * size), fill=joint)
            for x in range(row % 2 * size // 2, SIZE, size):
                draw.line((x, row * size, x, row * size + size - 1), fill=joint)

    return paint


def _water(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _fill(WATER)(draw, rng)
    for x, y in rng.integers(1, 12, (3, 2)).tolist():
        draw.line((x, y, x + 3, y), fill=WATER_LIGHT)


def _planks(across: bool, colour: Colour, joint: Colour) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=colour)
        for i in range(0, SIZE, 4):
            draw.line((i, 0, i, 15) if across else (0, i, 15, i), fill=joint)

    return paint


def _wall(face: Colour, top: Colour) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=face)
        draw.rectangle((0, 0, 15, 6), fill=top)
        draw.line((0, 7, 15, 7), fill=tuple(c - 30 for c in face))
        draw.line((0, 11, 15, 11), fill=tuple(c - 16 for c in face))

    return paint


def _wall_side(top: Colour) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=top)
        draw.line((0, 0, 0, 15), fill=tuple(c - 18 for c in top))
        draw.line((15, 0, 15, 15), fill=tuple(c - 18 for c in top))

    return paint


def _door(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
    draw.rectangle((0, 0, 15, 15), fill=FLOOR)
    draw.rectangle((2, 1, 13, 15), fill=WOOD_DARK)
    draw.rectangle((3, 2, 12, 15), fill=(176, 92, 60))
    draw.point((11, 9), fill=(240, 210, 120))


def _tree(crown: Colour, light: Colour, fruit: Colour | None = None) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        _grass(draw, rng)
        draw.ellipse((2, 11, 13, 15), fill=GRASS_DARK)
        draw.rectangle((7, 10, 8, 14), fill=WOOD_DARK)
        draw.ellipse((1, 0, 14, 12), fill=crown)
        draw.ellipse((3, 1, 9, 6), fill=light)
        if fruit:
            for x, y in ((4, 7), (10, 4), (8, 9), (11, 8)):
                draw.rectangle((x, y, x + 1, y + 1), fill=fruit)

    return paint


def _pine(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _grass(draw, rng)
    draw.rectangle((7, 12, 8, 15), fill=WOOD_DARK)
    for top, half in ((0, 3), (3, 5), (7, 6)):
        draw.polygon([(7.5, top), (7.5 - half, top + 6), (7.5 + half, top + 6)], fill=LEAF_DARK)
        draw.line((7, top + 1, 7 - half + 2, top + 5), fill=LEAF)


def _bush(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _grass(draw, rng)
    draw.ellipse((1, 4, 14, 14), fill=LEAF)
    draw.ellipse((3, 5, 8, 9), fill=LEAF_LIGHT)


def _hedge(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _fill(LEAF, (LEAF_DARK, LEAF_LIGHT), 26)(draw, rng)


def _flowers(*colours: Colour) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        _grass(draw, rng)
        for i, (x, y) in enumerate(((2, 2), (9, 1), (5, 6), (12, 6), (2, 10), (8, 10), (12, 12), (5, 13))):
            draw.rectangle((x, y, x + 1, y + 1), fill=colours[i % len(colours)])
            draw.point((x, y + 2), fill=LEAF_DARK)

    return paint


def _crop(earth: Colour, crop: Colour, light: Colour) -> Painter:
    def paint(draw: ImageDraw.ImageDraw, _: np.random.Generator) -> None:
        draw.rectangle((0, 0, 15, 15), fill=earth)
        for y in range(1, SIZE, 4):
            draw.line((0, y, 15, y), fill=crop)
            for x in range(y % 3, SIZE, 3):
                draw.line((x, y - 1, x, y + 1), fill=light)

    return paint


def _fence(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    _grass(draw, rng)
    for y in (5, 10):
        draw.line((0, y, 15, y), fill=WOOD)
    for x in (1, 8):
        draw.rectangle((x, 3, x + 2, 13), fill=WOOD_DARK)


def _on(ground: Painter, *boxes: tuple[tuple[int, int, int, int], Colour]) -> Painter:
    """Furniture: coloured boxes on a ground."""

    def paint(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        ground(draw, rng)
        for box, colour in boxes:
            draw.rectangle(box, fill=colour)

    return paint


_WOODEN = _planks(False, FLOOR, (186, 146, 98))
_TILED = _cobbles((222, 214, 200), (200, 190, 176), 8)
_PLAZA = _cobbles((214, 202, 178), (192, 178, 152), 8)
_WHITE, _RED, _BLUE, _YELLOW, _GREY = (242, 240, 232), (196, 76, 68), (86, 118, 180), (238, 202, 92), (126, 126, 132)

_WALLS: dict[str, tuple[Colour, Colour]] = {
    "plaster": ((226, 210, 180), (150, 76, 58)),
    "brick": ((176, 104, 84), (112, 62, 54)),
    "stone": ((170, 168, 166), (92, 100, 116)),
    "timber": ((164, 122, 82), (104, 78, 56)),
}
TILES: dict[str, tuple[str, Painter]] = {
    **{f"grass {i}": ("grass", _grass) for i in range(1, 5)},
    **{f"path {i}": ("path", _fill(EARTH, ((178, 150, 106), (212, 188, 144)), 9)) for i in (1, 2)},
    "road": ("road", _cobbles((172, 164, 156), (150, 142, 134), 4)),
    "plaza": ("plaza", _PLAZA),
    **{f"water {i}": ("water", _water) for i in (1, 2, 3)},
    "fountain": ("water", _on(_PLAZA, ((0, 0, 15, 15), STONE), ((2, 2, 13, 13), WATER), ((6, 6, 9, 9), WATER_LIGHT))),
    "bridge": ("bridge", _planks(True, WOOD, WOOD_DARK)),
    "floor, wooden": ("floor", _WOODEN),
    "floor, tiled": ("floor", _TILED),
    **{f"wall, {name}": ("wall", _wall(face, top)) for name, (face, top) in _WALLS.items()},
    **{f"wall, {name}, side": ("wall", _wall_side(top)) for name, (_, top) in _WALLS.items()},
    "door": ("door", _door),
    "oak": ("tree", _tree(LEAF, LEAF_LIGHT)),
    "willow": ("tree", _tree((104, 146, 84), (140, 178, 108))),
    "birch": ("tree", _tree((120, 168, 76), (164, 200, 106))),
    "apple tree": ("tree", _tree(LEAF, LEAF_LIGHT, _RED)),
    "pine": ("tree", _pine),
    "bush": ("bush", _bush),
    "hedge": ("bush", _hedge),
    "flowers, red": ("flowers", _flowers(_RED, _WHITE)),
    "flowers, yellow": ("flowers", _flowers(_YELLOW, (226, 142, 62))),
    "flowers, blue": ("flowers", _flowers(_BLUE, (178, 138, 200))),
    "sand": ("sand", _fill(SAND, ((208, 188, 136),), 12)),
    "field, wheat": ("field", _crop((186, 148, 90), (222, 188, 96), (240, 212, 128))),
    "field, greens": ("field", _crop((142, 106, 72), (98, 148, 72), (130, 178, 88))),
    "field, earth": ("field", _crop((148, 112, 78), (124, 92, 64), (166, 130, 94))),
    "fence": ("fence", _fence),
    "bed": ("furniture", _on(_WOODEN, ((2, 0, 13, 15), WOOD_DARK), ((3, 1, 12, 5), _WHITE), ((3, 6, 12, 14), _BLUE))),
    "child's bed": (
        "furniture",
        _on(_WOODEN, ((3, 2, 12, 15), WOOD_DARK), ((4, 3, 11, 6), _WHITE), ((4, 7, 11, 14), _YELLOW)),
    ),
    "table": ("furniture", _on(_WOODEN, ((2, 3, 13, 12), WOOD_DARK), ((3, 4, 12, 10), WOOD), ((6, 6, 8, 8), _WHITE))),
    "stove": ("furniture", _on(_WOODEN, ((1, 1, 14, 14), _GREY), ((3, 3, 6, 6), (60, 60, 66)), ((9, 3, 12, 6), _RED))),
    "counter": ("furniture", _on(_TILED, ((0, 4, 15, 13), WOOD_DARK), ((0, 4, 15, 8), WOOD))),
    "oven": ("furniture", _on(_TILED, ((0, 0, 15, 15), (140, 84, 66)), ((4, 6, 11, 13), (58, 42, 40)), ((5, 10, 10, 12), _YELLOW))),
    "shelf": (
        "furniture",
        _on(_WOODEN, ((0, 2, 15, 13), WOOD_DARK), ((1, 4, 4, 11), _RED), ((6, 4, 9, 11), _BLUE), ((11, 4, 14, 11), _YELLOW)),
    ),
    "desk": ("furniture", _on(_WOODEN, ((1, 4, 14, 12), WOOD), ((4, 5, 9, 9), _WHITE), ((11, 6, 12, 7), _RED))),
    "bench": ("furniture", _on(_grass, ((1, 6, 14, 11), WOOD_DARK), ((1, 6, 14, 8), WOOD))),
    "stall, red": ("furniture", _on(_PLAZA, ((0, 1, 15, 12), _RED), ((4, 1, 7, 12), _WHITE), ((12, 1, 15, 12), _WHITE))),
    "stall, blue": ("furniture", _on(_PLAZA, ((0, 1, 15, 12), _BLUE), ((4, 1, 7, 12), _WHITE), ((12, 1, 15, 12), _WHITE))),
    "well": ("furniture", _on(_grass, ((2, 2, 13, 13), STONE), ((4, 4, 11, 11), (44, 66, 92)))),
    "millstone": ("furniture", _on(_TILED, ((1, 1, 14, 14), STONE), ((4, 4, 11, 11), _GREY), ((7, 7, 8, 8), WOOD_DARK))),
    "workbench": ("furniture", _on(_WOODEN, ((0, 3, 15, 12), WOOD_DARK), ((2, 5, 9, 7), STONE), ((11, 6, 13, 10), _RED))),
    "hay": ("furniture", _on(_WOODEN, ((1, 2, 14, 14), (206, 172, 84)), ((1, 6, 14, 7), (176, 142, 62)))),
    "grave": ("furniture", _on(_grass, ((4, 3, 11, 13), STONE), ((7, 5, 8, 10), _GREY), ((5, 7, 10, 8), _GREY))),
}  # fmt: skip
NAMES = tuple(TILES)


def picture() -> Image.Image:
    """The tileset, `COLUMNS` tiles wide, in the order of `NAMES`."""
    rows = -(-len(TILES) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIZE, rows * SIZE), GRASS)
    for i, (name, (_, paint)) in enumerate(TILES.items()):
        tile = Image.new("RGB", (SIZE, SIZE))
        paint(ImageDraw.Draw(tile), np.random.default_rng(zlib.crc32(name.encode())))
        sheet.paste(tile, (i % COLUMNS * SIZE, i // COLUMNS * SIZE))
    return sheet
