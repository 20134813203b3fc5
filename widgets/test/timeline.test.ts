import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Mirror } from "../src/mirror";
import { decodeReplay, fromBase64 } from "../src/replay/decode";
import { lensOn } from "../src/replay/lens";
import { ReplaySource } from "../src/replay/source";
import { Scale } from "../src/timeline/scale";
import { heights } from "../src/timeline/track";

const DAY = 8640;
const scale = (width: number, first = 0, last = DAY) =>
  new Scale(first, last, width, "2025-03-03T06:00:00", 10);

test("pixels and ticks are one another's", () => {
  const one = scale(864);
  for (const tick of [0, 10, 4320, DAY]) expect(one.tick(one.x(tick))).toBe(tick);
  expect(one.tick(-50)).toBe(0);
  expect(one.tick(5000)).toBe(DAY);
  expect(one.words(one.tick(864))).toBe("Tue 06:00 · day 2");
});

test("a stretch that begins later has its own ticks, from its first on", () => {
  const one = scale(100, 4320, 4420);
  expect([one.x(4320), one.x(4370), one.x(4420)]).toEqual([0, 50, 100]);
  for (const tick of [4320, 4333, 4420]) expect(one.tick(one.x(tick))).toBe(tick);
  expect(one.tick(-1)).toBe(4320);
});

test("labels stand as closely as there is room for", () => {
  const hour = scale(58 * 12, 0, 360); // an hour, with room for twelve labels: every five minutes
  expect(
    hour
      .labels()
      .map(({ text }) => text)
      .slice(0, 3),
  ).toEqual(["06:00", "06:05", "06:10"]);
});

test("labels have room, stand at round times, and days by their number", () => {
  for (const width of [300, 700, 1500]) {
    const labels = scale(width).labels();
    const gaps = labels.slice(1).map(({ x }, i) => x - labels[i]!.x);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50);
    expect(labels.filter(({ day }) => day).map(({ text }) => text)).toEqual(["Tue 2"]);
    expect(labels.every(({ text, day }) => day || text.endsWith(":00"))).toBe(true);
  }
  expect(scale(600, 0, 0).labels()).toEqual([]);
  expect(scale(500, 0, 40 * DAY).labels().length).toBeLessThan(10);
});

test("it is dark at night", () => {
  const one = scale(864);
  expect(one.dark(one.x(6 * 360))).toBe(0); // noon
  expect(one.dark(one.x(20 * 360))).toBeGreaterThan(0.8); // two in the night
});

test("bars count the events of their stretch, the tallest is one", () => {
  expect(heights([0, 1, 2, 90], scale(100, 0, 100), 4)).toEqual([1, 0, 0, Math.sqrt(1 / 3)]);
  expect(heights([500], scale(100, 0, 100), 2)).toEqual([0, 0]);
  expect(heights([100], scale(100, 0, 100), 2)).toEqual([0, 1]);
});

test("a lens shows whichever mirror is current, in every property", async () => {
  const { cases } = JSON.parse(
    readFileSync(new URL("../../tests/vectors/replay.json", import.meta.url), "utf8"),
  ) as { cases: { data: string }[] };
  const source = new ReplaySource(await decodeReplay(fromBase64(cases[0]!.data)), () => 0);
  const empty = new Mirror();
  let current = empty;
  const lens = lensOn(() => current);
  expect(lens.moment).toBeUndefined();
  expect(lens.npcs.size).toBe(0);
  current = source.mirror;
  expect(lens.moment).toEqual(source.mirror.moment);
  expect(lens.npcs).toBe(source.mirror.npcs);
  expect(lens.rights).toEqual(["read"]);
  expect(lens.place("Place 1")).toBe(source.mirror.places.get(1));
  const [moving] = [...source.mirror.npcs.values()];
  expect(lens.position(moving!, 0)).toEqual([moving!.row.x, moving!.row.y]);
  expect(lens instanceof Mirror).toBe(true);
  source.close();
});
