import { describe, expect, test } from "vitest";
import { activityGlyph } from "../src/glyphs";
import { best, spots, wrap } from "../src/scene/bubbles";
import { wallSegments } from "../src/scene/buildings";
import { clamp, toMap, toScreen, wholeMap, zoomAt } from "../src/scene/camera";
import { Grid, hash, outlines } from "../src/scene/grid";
import { layoutPlaces, overlaps } from "../src/scene/labels";
import { darkness, daylight, ease, minuteOf } from "../src/scene/light";
import type { PlaceRow, Rect } from "../src/types";

const view = { width: 800, height: 400 };
const size = { width: 80, height: 56 };

describe("camera", () => {
  test("the whole map fits", () => {
    const camera = wholeMap(size, view);
    const [left, top] = toScreen(camera, view, 0, 0);
    expect(left).toBeGreaterThanOrEqual(0);
    expect(top).toBeCloseTo(10);
  });

  test("zooming keeps what is below the pointer", () => {
    const camera = { scale: 10, x: 40, y: 28 };
    const before = toMap(camera, view, 200, 100);
    const after = toMap(zoomAt(camera, view, 2, 200, 100, 1), view, 200, 100);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  test("the map can't be lost", () => {
    const camera = clamp({ scale: 40, x: -500, y: 900 }, size, view);
    const [x, y] = toScreen(camera, view, 0, size.height);
    expect(x).toBeLessThan(view.width);
    expect(y).toBeGreaterThan(0);
  });
});

const rows = ["aaaaaa", "abbbba", "abccba", "abbdba", "aaaaae"];
const terrain = ["grass", "wall", "floor", "door", "water"];
const map = { name: "m", width: 6, height: 5, terrain, rows, areas: [{ id: 0, rect: [1, 1, 4, 3] as Rect }] };
const place: PlaceRow = { id: 0, name: "Café", kind: "cafe", x: 3, y: 2.5 };

describe("grid", () => {
  const grid = new Grid(map, [place]);

  test("rows are letters that index the terrain", () => {
    expect(grid.terrain(2, 2)).toBe("floor");
    expect(grid.terrain(3, 3)).toBe("door");
    expect(grid.kind(2, 2)).toBe("cafe");
    expect(grid.kind(0, 0)).toBe("other");
  });

  test("past the edge water goes on and everything else is grass", () => {
    expect(grid.ground(9, 9)).toBe("water");
    expect(grid.ground(-3, 2)).toBe("grass");
  });

  test("walls end at a door and follow the room", () => {
    const segments = wallSegments(grid, { x0: 0, y0: 0, x1: 6, y1: 5 });
    expect(segments).toContainEqual([1.5, 1.5, 2.5, 1.5]);
    expect(segments).toContainEqual([2.5, 3.5, 3, 3.5]);
    expect(segments).not.toContainEqual([2.5, 3.5, 3.5, 3.5]);
  });

  test("a table stands on the floor that is around it, a bench on the square", () => {
    const names = ["floor", "furniture", "plaza"];
    const inside = new Grid({ ...map, terrain: names, rows: ["aaa", "aba", "ccc"], width: 3, height: 3 }, []);
    expect(inside.ground(1, 1)).toBe("indoor");
    const outside = new Grid(
      { ...map, terrain: names, rows: ["ccc", "cbc", "ccc"], width: 3, height: 3 },
      [],
    );
    expect(outside.ground(1, 1)).toBe("plaza");
  });

  test("outlines close around an area and its hole", () => {
    const ring = (x: number, y: number) => !(x === 1 && y === 1);
    const loops = outlines(ring, { x0: 0, y0: 0, x1: 3, y1: 3 });
    expect(loops.map((loop) => loop.length).sort((a, b) => a - b)).toEqual([4, 12]);
  });

  test("a tile's chance is the same wherever it is asked for", () => {
    expect(hash(12, -7, 3)).toBe(hash(12, -7, 3));
    const mean =
      Array.from({ length: 2_000 }, (_, i) => hash(i % 50, Math.floor(i / 50), 1)).reduce((a, b) => a + b) /
      2_000;
    expect(mean).toBeCloseTo(0.5, 1);
  });
});

test("labels never cover one another; what has no room is left out", () => {
  const places = Array.from(
    { length: 30 },
    (_, id): PlaceRow => ({ id, name: `Place ${id}`, kind: "shop", x: 0, y: 0 }),
  );
  const areas = places.map(({ id }) => ({ id, rect: [(id % 6) * 3, Math.floor(id / 6) * 3, 3, 2] as Rect }));
  const labels = layoutPlaces(places, areas, 10, (text) => text.length * 6);
  expect(labels.length).toBeGreaterThan(3);
  expect(labels.length).toBeLessThan(30);
  const boxes = labels.map(({ x, y, w, h }) => ({ x: x * 10 - w / 2, y: y * 10 - h / 2, w, h }));
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) expect(overlaps(a, b, 0)).toBe(false);
  });
});

test("a bubble covers no other, as little as can be of the rest, and stays where it is about as good", () => {
  const box = (x: number) => ({ x, y: 0, w: 100, h: 40 });
  const places = [box(0), box(200), box(400)];
  expect(best(places, [], [])).toBe(0);
  expect(best(places, [box(0)], [])).toBe(1);
  expect(best(places, [], [box(0), box(250)])).toBe(2);
  expect(best(places, [box(400)], [box(0), box(260)])).toBe(1);
  expect(best(places, [], [{ ...box(0), w: 10 }], 0)).toBe(0);
  expect(best(places, [], [{ ...box(0), w: 20 }], 0)).toBe(1);
  expect(best(places, places, [])).toBeUndefined();
});

test("speech is wrapped and shortened", () => {
  const measure = (text: string) => text.length;
  expect(wrap("one two three", 8, 3, measure)).toEqual(["one two", "three"]);
  expect(wrap("one two three four", 8, 2, measure)).toEqual(["one two", "three f…"]);
  expect(wrap("incomprehensibilities", 8, 3, measure)).toEqual(["incompr…"]);
});

test("a bubble stays in the picture and off the face", () => {
  for (const at of [
    { x: 5, y: 10 },
    { x: 400, y: 200 },
    { x: 795, y: 30 },
  ]) {
    for (const { x, y, w } of spots(at, 120, 40, 800)) {
      expect(x).toBeGreaterThanOrEqual(4);
      expect(x + w).toBeLessThanOrEqual(796);
      expect(y).toBeGreaterThanOrEqual(4);
    }
  }
  expect(spots({ x: 400, y: 200 }, 120, 40, 800)[0]).toEqual({ x: 340, y: 152, w: 120, h: 40 });
  expect(spots({ x: 400, y: 20 }, 120, 40, 800)[0]!.x).toBeGreaterThan(400);
});

test("days are bright, nights are dark, and the clock has no time zone", () => {
  expect(minuteOf("2025-03-03T07:42:00")).toBe(462);
  expect(darkness(daylight(720))).toBe(0);
  expect(darkness(daylight(60))).toBe(1);
  for (let minute = 0; minute < 1_440; minute++)
    expect(Math.max(...daylight(minute))).toBeLessThanOrEqual(255);
});

test("three days a second don't flash; a clock that rests is shown as it is", () => {
  let shown = daylight(720);
  const seen: number[] = [];
  for (let ms = 0; ms < 6_000; ms += 50) {
    shown = ease(shown, daylight((720 + (ms / 1_000) * 3 * 1_440) % 1_440), 50);
    if (ms > 3_000) seen.push(darkness(shown));
  }
  expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(0.15);
  for (let ms = 0; ms < 6_000; ms += 50) shown = ease(shown, daylight(60), 50);
  expect(shown).toEqual(daylight(60));
});

test("activities find their sign by the stem of the word", () => {
  expect(activityGlyph("walking")).toBe("steps");
  expect(activityGlyph("waking")).toBe("sun");
  expect(activityGlyph("socialising")).toBe("speech");
  expect(activityGlyph("juggling")).toBe("dot");
});

test("a name at the lower edge of the map stays on it", () => {
  const places = [1, 2].map((id) => ({ id, name: "Long Field", kind: "work", x: 5, y: 8, open: true }));
  const areas = places.map(({ id }) => ({ id, rect: [0, 6, 10, 4] as [number, number, number, number] }));
  const labels = layoutPlaces(places, areas, 10, (text) => text.length * 6, 10);
  expect(labels).toHaveLength(2);
  for (const { y, h } of labels) expect(y * 10 + h / 2).toBeLessThanOrEqual(10 * 10 + 6);
});
