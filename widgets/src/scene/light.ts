// Day and night: the colour of the light at a time of day, and the lamps and windows that answer it.

import type { People } from "../people";
import type { Rect } from "../types";
import type { Camera, Size } from "./camera";
import { toScreen } from "./camera";
import type { Grid, Point } from "./grid";

type Colour = [r: number, g: number, b: number];

// Minutes since midnight and what the light does to white.
const CURVE: [minute: number, colour: Colour][] = [
  [0, [96, 110, 152]],
  [290, [102, 116, 160]],
  [345, [150, 152, 190]],
  [385, [236, 220, 218]],
  [440, [255, 248, 238]],
  [510, [255, 255, 255]],
  [1000, [255, 255, 252]],
  [1080, [255, 240, 216]],
  [1140, [250, 216, 198]],
  [1200, [176, 160, 188]],
  [1270, [108, 118, 162]],
  [1440, [96, 110, 152]],
];

export function minuteOf(clock: string): number {
  const hours = Number(clock.slice(11, 13));
  const minutes = Number(clock.slice(14, 16));
  return Number.isFinite(hours + minutes) && clock.length >= 16 ? hours * 60 + minutes : 720;
}

export function daylight(minute: number): Colour {
  const after = Math.max(
    1,
    CURVE.findIndex(([at]) => at > minute),
  );
  const [a, from] = CURVE[after - 1]!;
  const [b, to] = CURVE[after]!;
  const share = (minute - a) / (b - a);
  return [0, 1, 2].map((i) => from[i]! + (to[i]! - from[i]!) * share) as Colour;
}

/** 0 by day, 1 at night. */
export function darkness([r, g, b]: Colour): number {
  const bright = (0.3 * r + 0.59 * g + 0.11 * b) / 255;
  return Math.min(1, Math.max(0, (0.92 - bright) / 0.46));
}

const EASE = 700;
const NEAR = 1.5;

/**
 * The light to show `dt` ms after `shown`: a town at full speed has several days a second, and a picture must not flash
 * like that. At speeds that people watch, the delay is not seen.
 */
export function ease(shown: Colour, sky: Colour, dt: number): Colour {
  const share = 1 - Math.exp(-Math.max(0, dt) / EASE);
  const next = shown.map((part, i) => part + (sky[i]! - part) * share) as Colour;
  return next.every((part, i) => Math.abs(part - sky[i]!) < NEAR) ? sky : next;
}

const DETAIL = 4;
const LAMPLIGHT = 3;
// Nobody sees the difference to white.
const WHITE = 252;
const DIM_DAY: Colour = [226, 228, 232];

export class Light {
  private readonly canvas = document.createElement("canvas");
  private readonly rooms = new Map<number, Point[]>();
  private rects: Map<number, Rect> | undefined;
  private shown: Colour | undefined;
  private at = 0;
  /** True while the light is on its way to that of the clock. */
  settling = false;

  constructor(
    private readonly grid: Grid,
    private readonly lamps: () => Point[],
  ) {}

  private roomTiles(id: number): Point[] {
    const known = this.rooms.get(id);
    if (known) return known;
    const tiles: Point[] = [];
    this.rects ??= new Map(this.grid.areas.map((area) => [area.id, area.rect]));
    const rect = this.rects.get(id);
    if (rect) {
      const [ax, ay, w, h] = rect;
      for (let y = ay; y < ay + h; y++) {
        for (let x = ax; x < ax + w; x++)
          if (this.grid.room(x, y) && this.grid.terrain(x, y) !== "door") tiles.push([x, y]);
      }
    }
    this.rooms.set(id, tiles);
    return tiles;
  }

  /**
   * Tints what is drawn so far, in device pixels.
   *
   * `lit` gives the ids of places where somebody is awake; `dim` softens the day for dark pages. Returns the darkness.
   */
  draw(
    c: CanvasRenderingContext2D,
    camera: Camera,
    view: Size,
    ratio: number,
    clock: string,
    lit: () => Iterable<number>,
    dim: boolean,
    now: number,
  ): number {
    const goal = daylight(minuteOf(clock));
    const sky = this.shown ? ease(this.shown, goal, now - this.at) : goal;
    this.settling = sky !== goal;
    [this.shown, this.at] = [sky, now];
    const dark = darkness(sky);
    const ambient = (dim ? sky.map((part, i) => (part * DIM_DAY[i]!) / 255) : sky).map(Math.round);
    if (ambient.every((part) => part >= WHITE)) return dark;
    const glow = Math.max(0, (dark - 0.06) / 0.8);
    const even = glow === 0 || camera.scale < LAMPLIGHT;
    if (even) {
      // Where no lamp is seen the light is one colour, which costs a tenth of stretching a picture of it.
      c.save();
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.globalCompositeOperation = "multiply";
      c.fillStyle = `rgb(${ambient.join(",")})`;
      c.fillRect(0, 0, Math.ceil(view.width * ratio), Math.ceil(view.height * ratio));
      c.restore();
      return dark;
    }
    const [w, h] = [
      Math.max(1, Math.ceil(view.width / DETAIL)),
      Math.max(1, Math.ceil(view.height / DETAIL)),
    ];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const l = this.canvas.getContext("2d", { alpha: false })!;
    l.globalCompositeOperation = "source-over";
    l.fillStyle = `rgb(${ambient.join(",")})`;
    l.fillRect(0, 0, w, h);
    l.globalCompositeOperation = "lighter";
    this.drawRooms(l, camera, view, lit(), glow);
    this.drawLamps(l, camera, view, glow);
    c.save();
    c.globalCompositeOperation = "multiply";
    c.imageSmoothingEnabled = true;
    c.imageSmoothingQuality = "low";
    c.drawImage(this.canvas, 0, 0, w * DETAIL * ratio, h * DETAIL * ratio);
    c.restore();
    return dark;
  }

  private drawRooms(
    l: CanvasRenderingContext2D,
    camera: Camera,
    view: Size,
    lit: Iterable<number>,
    glow: number,
  ): void {
    const size = camera.scale / DETAIL;
    for (const id of lit) {
      const tiles = this.roomTiles(id);
      if (tiles.length === 0) continue;
      let [sx, sy] = [0, 0];
      l.fillStyle = `rgba(255, 196, 120, ${0.62 * glow})`;
      for (const [x, y] of tiles) {
        const [px, py] = toScreen(camera, view, x, y);
        l.fillRect(px / DETAIL, py / DETAIL, size + 0.05, size + 0.05);
        sx += px / DETAIL + size / 2;
        sy += py / DETAIL + size / 2;
      }
      // What falls out of windows and doors.
      const reach = Math.sqrt(tiles.length) * size * 1.15 + size * 1.2;
      this.pool(l, sx / tiles.length, sy / tiles.length, reach, 0.34 * glow);
    }
  }

  private drawLamps(l: CanvasRenderingContext2D, camera: Camera, view: Size, glow: number): void {
    const size = camera.scale / DETAIL;
    for (const [x, y] of this.lamps()) {
      const [px, py] = toScreen(camera, view, x, y - 0.2);
      if (px < -120 || py < -120 || px > view.width + 120 || py > view.height + 120) continue;
      this.pool(l, px / DETAIL, py / DETAIL, size * 3, 0.5 * glow);
    }
  }

  private pool(l: CanvasRenderingContext2D, x: number, y: number, r: number, strength: number): void {
    const ramp = l.createRadialGradient(x, y, 0, x, y, r);
    ramp.addColorStop(0, `rgba(255, 186, 96, ${strength})`);
    ramp.addColorStop(0.45, `rgba(255, 172, 84, ${strength * 0.4})`);
    ramp.addColorStop(1, "rgba(255, 160, 80, 0)");
    l.fillStyle = ramp;
    l.fillRect(x - r, y - r, 2 * r, 2 * r);
  }
}

/** Places in which somebody is awake. */
export function litPlaces(people: People, idOf: (name: string) => number | undefined): Set<number> {
  const lit = new Set<number>();
  const [placeOf, activityOf] = [people.column("place"), people.column("activity")];
  for (let slot = 0; slot < people.size; slot++) {
    const place = placeOf(slot);
    if (typeof place !== "string" || String(activityOf(slot)).startsWith("sleep")) continue;
    const id = idOf(place);
    if (id !== undefined) lit.add(id);
  }
  return lit;
}
