import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bubbles } from "../../src/scene/bubbles";

const LOOK = { font: "12px sans-serif", paper: "white", ink: "black", line: "grey" };
const MOST = 2;

/** What a frame shows: each first word with the opacity of its bubble. */
let frame: Record<string, number>;
const c = {
  globalAlpha: 1,
  measureText: (text: string) => ({ width: 7 * text.length }),
  save() {},
  restore() {},
  fill() {},
  fillText(text: string) {
    frame[text] = this.globalAlpha;
  },
};
/** Who has left the picture. */
let away: number | undefined;
const head = (id: number) => (id === away ? undefined : { x: 150 + 200 * id, y: 300 });
let bubbles: Bubbles;
const draw = (now: number, sayings: Record<number, string>, first?: number, still = false) => {
  frame = {};
  bubbles.update(new Map(Object.entries(sayings).map(([id, text]) => [Number(id), text])), now);
  const room = { width: 2000, height: 600 };
  bubbles.draw(c as unknown as CanvasRenderingContext2D, now, MOST, LOOK, room, first, head, still, []);
  return frame;
};

beforeEach(() => {
  vi.stubGlobal(
    "Path2D",
    class {
      roundRect() {}
      moveTo() {}
      lineTo() {}
    },
  );
  bubbles = new Bubbles();
  away = undefined;
});
afterEach(() => vi.unstubAllGlobals());

test("where more talk than are shown, who is read goes on being read", () => {
  draw(0, { 0: "a", 1: "b" });
  expect(draw(1000, { 0: "a", 1: "b" })).toEqual({ a: 1, b: 1 });
  expect(draw(1010, { 0: "a", 1: "b", 2: "c", 3: "d" })).toEqual({ a: 1, b: 1 });
});

test("when one is gone, the newest of those who wait rises in its place", () => {
  draw(0, { 0: "a", 1: "b" });
  draw(1000, { 0: "a", 1: "b", 2: "c" });
  draw(1100, { 0: "a", 1: "b", 2: "c", 3: "d" });
  expect(draw(2000, { 1: "b", 2: "c", 3: "d" })).toEqual({ a: 1, b: 1 });
  const next = draw(2300, { 1: "b", 2: "c", 3: "d" });
  expect(Object.keys(next).sort()).toEqual(["b", "d"]);
  expect(next.b).toBe(1);
  expect(next.d).toBeLessThan(0.1);
  expect(draw(2600, { 1: "b", 2: "c", 3: "d" })).toEqual({ b: 1, d: 1 });
});

test.each([
  [1500, true],
  [1700, false],
])("at %i ms who ends at 1800 comes into a place that is free: %s", (now, comes) => {
  draw(0, { 0: "a", 1: "b", 2: "c" });
  expect(draw(100, { 0: "a", 1: "b" })).not.toHaveProperty("c");
  away = 0;
  expect("c" in draw(now, { 0: "a", 1: "b" })).toBe(comes);
});

test("the selected is shown before all others", () => {
  draw(0, { 0: "a", 1: "b" });
  expect(draw(1000, { 0: "a", 1: "b", 5: "e" }, 5)).toHaveProperty("e");
});
