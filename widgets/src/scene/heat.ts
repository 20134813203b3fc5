// A crowd from far away: how many are where, as a heat map and as numbers. Where people wear the colours of a column, the
// heat has the mean colour of those who are there.

import { type Camera, type Size, toScreen } from "./camera";
import type { Look } from "./labels";

const CELL = 6;
const GROUP = 104;
const MOST_GROUPS = 28;
const LEAST_IN_GROUP = 10;
// What is usual is hardly coloured: heat is where more are than that.
const USUAL = 0.45;
const SPREAD = 0.85;
// From pale to deep, as many as one is likely to tell apart on the light of the ground and on its dark.
const RAMP = [
  [255, 237, 160],
  [254, 190, 92],
  [250, 128, 54],
  [222, 52, 48],
  [158, 16, 74],
  [92, 12, 92],
] as const;

/** Red, green, blue (0 to 255) and opacity of heat: `share` from what is usual, 0, to where most people are, 1. */
export function heatAt(share: number): [red: number, green: number, blue: number, opacity: number] {
  const at = share * (RAMP.length - 1);
  const k = Math.min(RAMP.length - 2, Math.floor(at));
  const [red, green, blue] = [0, 1, 2].map(
    (n) => RAMP[k]![n]! + (RAMP[k + 1]![n]! - RAMP[k]![n]!) * (at - k),
  );
  return [red!, green!, blue!, Math.min(0.88, 0.08 + 1.3 * share)];
}

/** Colours of equal steps from the least to the most of a heat, for its key. */
export const heatKey = (): string[] =>
  Array.from(
    { length: 8 },
    (_, i) =>
      `rgb(${heatAt((i / 7) ** SPREAD)
        .join(" ")
        .replace(/ (\S+)$/, " / $1")})`,
  );

/** A power of two of tiles that is at least `pixels` wide on the screen. */
export const cellTiles = (scale: number, pixels: number): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(pixels / scale)));

export interface Group {
  x: number;
  y: number;
  count: number;
}

/** Counts by squares of `tiles`, with the middle of those who are there, the largest first. */
export function groups(at: Float32Array, count: number, tiles: number): Group[] {
  const found = new Map<number, Group>();
  for (let i = 0; i < 2 * count; i += 2) {
    const [x, y] = [at[i]!, at[i + 1]!];
    const key = Math.floor(x / tiles) + 65536 * Math.floor(y / tiles);
    const group = found.get(key);
    if (group) {
      group.x += x;
      group.y += y;
      group.count += 1;
    } else found.set(key, { x, y, count: 1 });
  }
  const list = [...found.values()];
  for (const group of list) {
    group.x /= group.count;
    group.y /= group.count;
  }
  return list.sort((a, b) => b.count - a.count);
}

/** "9", "940", "1.2k", "38k" */
export function short(count: number): string {
  if (count < 1_000) return String(count);
  return count < 10_000 ? `${(Math.floor(count / 100) / 10).toFixed(1)}k` : `${Math.floor(count / 1_000)}k`;
}

/** Spreads a grid over its neighbours, in place, so that no square shows. */
export function blur(grid: Float32Array, width: number, height: number): void {
  const line = new Float32Array(Math.max(width, height));
  const pass = (start: number, step: number, length: number) => {
    for (let i = 0; i < length; i++) line[i] = grid[start + i * step]!;
    for (let i = 0; i < length; i++) {
      const [before, after] = [line[Math.max(0, i - 1)]!, line[Math.min(length - 1, i + 1)]!];
      grid[start + i * step] = 0.25 * before + 0.5 * line[i]! + 0.25 * after;
    }
  };
  for (let n = 0; n < 2; n++) {
    for (let y = 0; y < height; y++) pass(y * width, 1, width);
    for (let x = 0; x < width; x++) pass(x, width, height);
  }
}

/** Colours by slot, red in the lowest byte. `mixes`: the mean of two is a value between them; else the most frequent counts. */
export interface Tints {
  colours: Uint32Array;
  mixes: boolean;
}
type ColourAt = (cell: number) => readonly [number, number, number];
interface Layer {
  colour: number;
  grid: Float32Array;
}

const parts = (colour: number): [number, number, number] => [
  colour & 255,
  (colour >>> 8) & 255,
  (colour >>> 16) & 255,
];

/** Three layers of red, green and blue, or one for each colour with how many have it. */
function layersOf(
  { colours, mixes }: Tints,
  count: number,
  cellOf: (slot: number) => number,
  cells: number,
): Layer[] {
  const layers = new Map<number, Layer>();
  const layer = (colour: number) => {
    let known = layers.get(colour);
    if (!known) layers.set(colour, (known = { colour, grid: new Float32Array(cells) }));
    return known.grid;
  };
  for (let slot = 0; slot < count; slot++) {
    const [cell, colour] = [cellOf(slot), colours[slot]!];
    if (!mixes) layer(colour)[cell]! += 1;
    else for (let k = 0; k < 3; k++) layer(k)[cell]! += (colour >>> (8 * k)) & 255;
  }
  return [...layers.values()];
}

function meanOf(layers: Layer[], density: Float32Array): ColourAt {
  const [red, green, blue] = layers.map(({ grid }) => grid) as [Float32Array, Float32Array, Float32Array];
  return (cell) => [red[cell]! / density[cell]!, green[cell]! / density[cell]!, blue[cell]! / density[cell]!];
}

export function mostOf(layers: Layer[]): ColourAt {
  return (cell) => {
    let most = layers[0]!;
    for (const layer of layers) if (layer.grid[cell]! > most.grid[cell]!) most = layer;
    return parts(most.colour);
  };
}

export class Heat {
  private readonly canvas = document.createElement("canvas");
  private made = "";
  private map: Size = { width: 0, height: 0 };
  private tiles = 1;
  private groups: Group[] = [];
  /** How many are on a tile where the colour begins, and where it is deepest. */
  range: readonly [least: number, most: number] = [0, 0];

  /** Looks at who is where, when `stamp` says that this has changed; `tints` where colours mean something. */
  update(
    at: Float32Array,
    count: number,
    tints: Tints | undefined,
    map: Size,
    scale: number,
    stamp: string,
  ): void {
    const tiles = cellTiles(scale, CELL);
    const made = `${stamp} ${tiles} ${cellTiles(scale, GROUP)}`;
    if (made === this.made) return;
    this.made = made;
    this.tiles = tiles;
    this.map = map;
    this.groups = groups(at, count, cellTiles(scale, GROUP));
    const [w, h] = [Math.ceil(map.width / tiles), Math.ceil(map.height / tiles)];
    const cellOf = (slot: number) => {
      const x = Math.min(w - 1, Math.max(0, Math.floor(at[2 * slot]! / tiles)));
      const y = Math.min(h - 1, Math.max(0, Math.floor(at[2 * slot + 1]! / tiles)));
      return y * w + x;
    };
    const density = new Float32Array(w * h);
    for (let slot = 0; slot < count; slot++) density[cellOf(slot)]! += 1;
    const layers = tints ? layersOf(tints, count, cellOf, w * h) : [];
    blur(density, w, h);
    for (const { grid } of layers) blur(grid, w, h);
    const colourAt = tints && (tints.mixes ? meanOf(layers, density) : mostOf(layers));
    this.paint(density, colourAt, w, h);
  }

  draw(c: CanvasRenderingContext2D, camera: Camera, view: Size, alpha: number): void {
    const [left, top] = toScreen(camera, view, 0, 0);
    const size = this.tiles * camera.scale;
    c.save();
    c.globalAlpha = alpha;
    c.beginPath();
    c.rect(left, top, this.map.width * camera.scale, this.map.height * camera.scale);
    c.clip();
    c.imageSmoothingEnabled = true;
    c.imageSmoothingQuality = "high";
    c.drawImage(this.canvas, left, top, this.canvas.width * size, this.canvas.height * size);
    c.restore();
  }

  /** How many are together, where there is room for the number. */
  count(c: CanvasRenderingContext2D, camera: Camera, view: Size, look: Look, alpha: number): void {
    c.save();
    c.globalAlpha = alpha;
    c.font = look.font;
    c.textAlign = "center";
    c.textBaseline = "middle";
    const taken: { x: number; y: number }[] = [];
    for (const { x, y, count } of this.groups) {
      if (count < LEAST_IN_GROUP || taken.length >= MOST_GROUPS) break;
      const [px, py] = toScreen(camera, view, x, y);
      if (px < 20 || py < 12 || px > view.width - 20 || py > view.height - 12) continue;
      if (taken.some((other) => Math.abs(other.x - px) < 52 && Math.abs(other.y - py) < 26)) continue;
      taken.push({ x: px, y: py });
      const text = short(count);
      const w = c.measureText(text).width + 14;
      c.fillStyle = look.paper;
      c.beginPath();
      c.roundRect(px - w / 2, py - 9, w, 18, 9);
      c.fill();
      c.strokeStyle = look.line;
      c.lineWidth = 1;
      c.stroke();
      c.fillStyle = look.ink;
      c.fillText(text, px, py + 0.5);
    }
    c.restore();
  }

  private paint(density: Float32Array, colourAt: ColourAt | undefined, w: number, h: number): void {
    const { canvas } = this;
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const c = canvas.getContext("2d")!;
    const image = c.createImageData(w, h);
    let [most, sum, cells] = [0, 0, 0];
    for (const value of density) {
      if (value > most) most = value;
      if (value > 0.5) {
        sum += value;
        cells += 1;
      }
    }
    const floor = (USUAL * sum) / Math.max(1, cells);
    this.range = [floor / this.tiles ** 2, most / this.tiles ** 2];
    for (let i = 0; i < density.length; i++) {
      const value = density[i]!;
      if (value <= 0.01) continue;
      const share = Math.max(0, (value - floor) / Math.max(1, most - floor)) ** SPREAD;
      const [red, green, blue, opacity] = colourAt
        ? [...colourAt(i), Math.min(0.88, 0.3 + 1.2 * share)]
        : heatAt(share);
      image.data.set([red!, green!, blue!, 255 * opacity! * Math.min(1, value * 4)], 4 * i);
    }
    c.putImageData(image, 0, 0);
  }
}
