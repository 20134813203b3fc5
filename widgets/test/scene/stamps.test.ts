import { describe, expect, it } from "vitest";
import { over } from "../../src/scene/stamps";

const pixel = (red: number, green: number, blue: number, alpha: number) =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

describe("a pixel over another", () => {
  it("hides it when it is opaque, and leaves it when it is clear", () => {
    const [red, blue] = [pixel(200, 10, 20, 255), pixel(0, 40, 250, 255)];
    expect(over(red, blue)).toBe(red);
    expect(over(pixel(9, 9, 9, 0), blue)).toBe(blue);
  });

  it("mixes by its alpha over what is opaque, which stays so", () => {
    expect(over(pixel(255, 255, 255, 51), pixel(0, 100, 255, 255))).toBe(pixel(51, 131, 255, 255));
  });

  it("over a rim, is the stronger of both", () => {
    const [weak, strong] = [pixel(255, 255, 255, 40), pixel(250, 250, 250, 90)];
    expect(over(weak, strong)).toBe(strong);
    expect(over(strong, weak)).toBe(strong);
  });
});
