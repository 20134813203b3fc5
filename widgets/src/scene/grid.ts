// A map's tiles as the painters need them: what the ground is, which rooms there are, and smooth outlines of areas.

import type { MapData, PlaceRow, Rect } from "../types";

// Kept as numbers, their place in this list: a map of 100,000 people has a million tiles.
export const GROUNDS = [
  "grass",
  "water",
  "sand",
  "field",
  "path",
  "road",
  "plaza",
  "bridge",
  "indoor",
] as const;
export type Ground = (typeof GROUNDS)[number];
export type Point = [x: number, y: number];
export interface Window {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A share from 0 to 1 that belongs to a tile: the same in every chunk, at every zoom, on every page. */
export function hash(x: number, y: number, salt = 0): number {
  let h = Math.imul(x + 4096, 374761393) ^ Math.imul(y + 4096, 668265263) ^ Math.imul(salt + 1, 2246822519);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

const FLAT: Record<string, Ground> = {
  path: "path",
  road: "road",
  plaza: "plaza",
  water: "water",
  bridge: "bridge",
  floor: "indoor",
  wall: "indoor",
  door: "indoor",
  sand: "sand",
  field: "field",
};
const code = (ground: Ground): number => GROUNDS.indexOf(ground);
const [SAND, PATH, PLAZA, INDOOR] = [code("sand"), code("path"), code("plaza"), code("indoor")];
const A = 97;
// How many of four neighbours have each ground, in three bits a ground.
const BITS = 3;
const MOST = 7;
const GOES_ON: Ground[] = ["water", "sand", "field", "path", "road"];

export class Grid {
  readonly width: number;
  readonly height: number;
  /** Place kind of each room's area, by place id. */
  readonly kinds = new Map<number, string>();
  readonly areas: { id: number; rect: Rect }[];
  private readonly codes: Uint8Array;
  private readonly names: string[];
  private readonly grounds: Uint8Array;
  private owners: Int32Array | undefined;

  constructor(map: MapData, places: PlaceRow[]) {
    this.width = map.width;
    this.height = map.height;
    this.names = map.terrain;
    this.areas = map.areas;
    for (const place of places) this.kinds.set(place.id, place.kind);
    this.codes = new Uint8Array(map.width * map.height);
    const utf8 = new TextEncoder();
    map.rows.slice(0, map.height).forEach((row, y) => {
      const codes = this.codes.subarray(y * map.width, (y + 1) * map.width);
      const { written } = utf8.encodeInto(row, codes);
      for (let x = 0; x < written; x++) codes[x]! -= A;
    });
    const flat = Uint8Array.from({ length: 256 }, (_, i) => code(FLAT[this.names[i] ?? ""] ?? "grass"));
    this.grounds = new Uint8Array(this.codes.length);
    for (let i = 0; i < this.codes.length; i++) this.grounds[i] = flat[this.codes[i]!]!;
    this.settle();
  }

  inside(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }

  terrain(x: number, y: number): string {
    return this.inside(x, y) ? (this.names[this.codes[y * this.width + x]!] ?? "grass") : "";
  }

  /** The ground of a tile; past the edge rivers and roads go on, all else is grass. */
  ground(x: number, y: number): Ground {
    if (this.inside(x, y)) return GROUNDS[this.grounds[y * this.width + x]!]!;
    const cx = Math.min(this.width - 1, Math.max(0, x));
    const cy = Math.min(this.height - 1, Math.max(0, y));
    const edge = GROUNDS[this.grounds[cy * this.width + cx]!]!;
    return GOES_ON.includes(edge) ? edge : "grass";
  }

  /** Floor, furniture and doors: where a room is open to be walked or seen. */
  room(x: number, y: number): boolean {
    return this.inside(x, y) && this.ground(x, y) === "indoor" && this.terrain(x, y) !== "wall";
  }

  wall(x: number, y: number): boolean {
    return this.terrain(x, y) === "wall";
  }

  kind(x: number, y: number): string {
    const area = this.areaAt(x, y);
    return (area && this.kinds.get(area.id)) ?? "other";
  }

  areaAt(x: number, y: number): { id: number; rect: Rect } | undefined {
    if (!this.inside(x, y)) return undefined;
    this.owners ??= this.own();
    return this.areas[this.owners[y * this.width + x]!];
  }

  /** Which area each tile belongs to: the smallest of those that hold it. */
  private own(): Int32Array {
    const owners = new Int32Array(this.width * this.height).fill(-1);
    const order = this.areas.map(({ rect }, i) => ({ rect, i }));
    order.sort((a, b) => b.rect[2] * b.rect[3] - a.rect[2] * a.rect[3] || b.i - a.i);
    for (const { rect, i } of order) {
      const [ax, ay, w, h] = rect;
      for (let y = Math.max(0, Math.ceil(ay)); y < Math.min(this.height, ay + h); y++) {
        for (let x = Math.max(0, Math.ceil(ax)); x < Math.min(this.width, ax + w); x++)
          owners[y * this.width + x] = i;
      }
    }
    return owners;
  }

  /** Things stand on the ground that is around them: a table on a floor, a tree on a square. */
  private settle(): void {
    const { names, codes, grounds, width } = this;
    const stands = Uint8Array.from({ length: 256 }, (_, i) =>
      names[i] === undefined || (!(names[i]! in FLAT) && names[i] !== "grass") ? 1 : 0,
    );
    const [furniture, wall] = [names.indexOf("furniture"), names.indexOf("wall")];
    const pending: number[] = [];
    for (let i = 0; i < codes.length; i++) if (stands[codes[i]!]) pending.push(i);
    const one = (other: number) =>
      codes[other] === wall && grounds[other] === INDOOR ? 0 : 1 << (BITS * grounds[other]!);
    for (let pass = 0, settled = false; pass < 4 && !settled; pass++) {
      settled = true;
      for (const i of pending) {
        const x = i % width;
        let around = 0;
        if (x + 1 < width) around += one(i + 1);
        if (i + width < codes.length) around += one(i + width);
        if (x > 0) around += one(i - 1);
        if (i >= width) around += one(i - width);
        const count = (ground: number) => (around >> (BITS * ground)) & MOST;
        const stool = codes[i] === furniture;
        const was = grounds[i];
        if (stool && count(INDOOR) > 0) grounds[i] = INDOOR;
        else if (count(PLAZA) >= (stool ? 1 : 2)) grounds[i] = PLAZA;
        else if (count(PATH) >= 3) grounds[i] = PATH;
        else if (count(SAND) >= 3) grounds[i] = SAND;
        if (grounds[i] !== was) settled = false;
      }
    }
  }
}

/** Closed outlines of the tiles for which `has` holds within a window, in tile units, the area on the right hand. */
export function outlines(has: (x: number, y: number) => boolean, { x0, y0, x1, y1 }: Window): Point[][] {
  const inside = (x: number, y: number) => x >= x0 && y >= y0 && x < x1 && y < y1 && has(x, y);
  const stride = x1 - x0 + 2;
  const key = (x: number, y: number) => (y - y0 + 1) * stride + (x - x0 + 1);
  const edges = new Map<number, Point[]>();
  const from: Point[] = [];
  const add = (ax: number, ay: number, bx: number, by: number) => {
    const at = key(ax, ay);
    const known = edges.get(at);
    if (known) known.push([bx, by]);
    else edges.set(at, [[bx, by]]);
    from.push([ax, ay]);
  };
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) add(x, y, x + 1, y);
      if (!inside(x + 1, y)) add(x + 1, y, x + 1, y + 1);
      if (!inside(x, y + 1)) add(x + 1, y + 1, x, y + 1);
      if (!inside(x - 1, y)) add(x, y + 1, x, y);
    }
  }
  const loops: Point[][] = [];
  for (const start of from) {
    const loop: Point[] = [];
    let here = start;
    for (;;) {
      const next = edges.get(key(...here))?.pop();
      if (!next) break;
      loop.push(here);
      here = next;
    }
    if (loop.length > 2) loops.push(loop);
  }
  return loops;
}

/** A soft path around loops: rounded corners, `wobble` tiles of unevenness, `ease` passes that straighten stairs. */
export function soften(loops: Point[][], wobble = 0, ease = 0): Path2D {
  const path = new Path2D();
  for (const raw of loops) {
    let loop = raw.map(
      ([x, y]): Point => [x + (hash(x, y, 11) - 0.5) * 2 * wobble, y + (hash(x, y, 12) - 0.5) * 2 * wobble],
    );
    const n = loop.length;
    for (let pass = 0; pass < ease; pass++) {
      const was = loop;
      loop = was.map(([x, y], i): Point => {
        const [px, py] = was[(i + n - 1) % n]!;
        const [qx, qy] = was[(i + 1) % n]!;
        return [(px + 2 * x + qx) / 4, (py + 2 * y + qy) / 4];
      });
    }
    const middle = (i: number): Point => {
      const [ax, ay] = loop[i % n]!;
      const [bx, by] = loop[(i + 1) % n]!;
      return [(ax + bx) / 2, (ay + by) / 2];
    };
    path.moveTo(...middle(n - 1));
    loop.forEach((point, i) => {
      path.quadraticCurveTo(...point, ...middle(i));
    });
    path.closePath();
  }
  return path;
}
