import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Far } from "../../src/scene/far";

const MARGIN = 160;

/** A canvas that keeps what is asked of it. */
class Canvas {
  width: number;
  height: number;
  drawn: { picture: unknown; at: number[]; quality: string }[] = [];
  filled: { style: string; at: number[] }[] = [];
  imageSmoothingEnabled = false;
  imageSmoothingQuality = "low";
  fillStyle = "";
  readonly canvas = this;

  constructor(width = 300, height = 150) {
    [this.width, this.height] = [width, height];
  }

  getContext(): this {
    return this;
  }

  drawImage(picture: unknown, ...at: number[]): void {
    this.drawn.push({ picture, at, quality: this.imageSmoothingQuality });
  }

  fillRect(...at: number[]): void {
    this.filled.push({ style: this.fillStyle, at });
  }
}

describe("the overview on the screen", () => {
  const [screen, picture] = [new Canvas(800, 600), new Canvas(400, 300)];
  let made: Canvas[];
  let far: Far;
  const draw = (scale: number, left: number, top: number) => {
    screen.drawn = [];
    far.draw(screen as unknown as CanvasRenderingContext2D, scale, left, top);
    return screen.drawn;
  };
  /** Stretched once, and shown a second time at the same scale, so that it is kept. */
  const keep = (scale: number, left: number, top: number) => {
    draw(scale, left, top);
    return draw(scale, left, top);
  };

  beforeEach(() => {
    made = [];
    const createElement = () => {
      made.push(new Canvas());
      return made.at(-1);
    };
    vi.stubGlobal("document", { createElement });
    far = new Far(picture as unknown as HTMLCanvasElement, "#abc");
  });
  afterEach(() => vi.unstubAllGlobals());

  test("a scale that is passed through is stretched onto the screen, on its background, and not kept", () => {
    expect(draw(2, -40, 30)).toEqual([{ picture, at: [-40, 30, 800, 600], quality: "high" }]);
    expect(screen.filled.at(-1)).toEqual({ style: "#abc", at: [0, 0, 800, 600] });
    expect(draw(2.5, -50, 20)).toEqual([{ picture, at: [-50, 20, 1000, 750], quality: "high" }]);
    expect(made[0]!.drawn).toHaveLength(0);
  });

  test("a scale that stays is kept with a margin all around, and then only copied", () => {
    const [kept] = keep(2, -40, 30);
    expect(kept).toMatchObject({ picture: made[0], at: [-MARGIN, -MARGIN] });
    expect([made[0]!.width, made[0]!.height]).toEqual([800 + 2 * MARGIN, 600 + 2 * MARGIN]);
    expect(made[0]!.drawn).toMatchObject([{ picture, at: [-40 + MARGIN, 30 + MARGIN, 800, 600] }]);
  });

  test.each([
    [MARGIN, -MARGIN],
    [-MARGIN, 0],
    [3, 160],
  ])("dragged by %i, %i it is a copy, pixel for pixel where a stretch would be", (dx, dy) => {
    keep(2, -40, 30);
    const [copied, ...more] = draw(2, -40 + dx, 30 + dy);
    expect(more).toEqual([]);
    expect(copied).toMatchObject({ picture: made[0], at: [dx - MARGIN, dy - MARGIN] });
    // Where the map's corner lies in what was kept, and so on the screen.
    const [x, y] = made[0]!.drawn[0]!.at as [number, number];
    expect([x + copied!.at[0]!, y + copied!.at[1]!]).toEqual([-40 + dx, 30 + dy]);
    expect(made[0]!.drawn).toHaveLength(1);
  });

  test.each([
    [MARGIN + 1, 0],
    [0, -MARGIN - 1],
  ])("dragged beyond the margin, by %i, %i, it is stretched anew around there", (dx, dy) => {
    keep(2, -40, 30);
    expect(draw(2, -40 + dx, 30 + dy)).toMatchObject([{ picture: made[0], at: [-MARGIN, -MARGIN] }]);
    expect(made[0]!.drawn).toHaveLength(2);
    expect(made[0]!.drawn[1]!.at.slice(0, 2)).toEqual([-40 + dx + MARGIN, 30 + dy + MARGIN]);
  });

  test("another scale or another size of the screen makes it anew", () => {
    keep(2, 0, 0);
    expect(draw(3, 0, 0)[0]!.picture).toBe(picture);
    expect(draw(3, 0, 0)[0]!.picture).toBe(made[0]);
    expect(made[0]!.drawn).toHaveLength(2);
    screen.width = 500;
    expect(draw(3, 0, 0)[0]!.picture).toBe(made[0]);
    expect([made[0]!.width, made[0]!.drawn.length]).toEqual([500 + 2 * MARGIN, 3]);
    screen.width = 800;
  });
});
