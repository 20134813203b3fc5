import { describe, expect, test } from "vitest";
import { cellTiles, groups, heatAt, heatKey } from "../../src/scene/heat";

describe("heat", () => {
  test("cells are a power of two of tiles, wide enough on the screen", () => {
    expect(cellTiles(6, 6)).toBe(1);
    expect(cellTiles(5, 6)).toBe(2);
    expect(cellTiles(0.5, 6)).toBe(16);
    expect(cellTiles(40, 6)).toBe(1);
  });

  test("groups are in the middle of those who are there, the largest first", () => {
    const at = Float32Array.of(1, 1, 9, 9, 10, 11, 99, 99);
    expect(groups(at, 3, 8)).toEqual([
      { x: 9.5, y: 10, count: 2 },
      { x: 1, y: 1, count: 1 },
    ]);
  });

  test("it is pale and thin where few are, deep and dense where most are", () => {
    expect(heatAt(0)).toEqual([255, 237, 160, 0.08]);
    expect(heatAt(1)).toEqual([92, 12, 92, 0.88]);
    const [red, green, blue] = heatAt(0.5);
    expect([red, green, blue]).toEqual([236, 90, 51]);
  });

  test("its key goes from the one to the other, as CSS", () => {
    const key = heatKey();
    expect(key).toHaveLength(8);
    expect(key[0]).toBe("rgb(255 237 160 / 0.08)");
    expect(key[7]).toBe("rgb(92 12 92 / 0.88)");
  });
});
