// What grows and what stands in the open: trees, bushes, flowers, fences, lamps.

import { type Grid, hash, type Point, type Window } from "./grid";
import type { Context } from "./ground";
import * as C from "./palette";

function disc(c: Context, x: number, y: number, r: number, colour: string): void {
  c.fillStyle = colour;
  c.beginPath();
  c.arc(x, y, r, 0, 7);
  c.fill();
}

function tree(c: Context, tx: number, ty: number): void {
  const x = tx + 0.5 + (hash(tx, ty, 71) - 0.5) * 0.3;
  const y = ty + 0.45 + (hash(tx, ty, 72) - 0.5) * 0.3;
  const r = 0.58 + 0.3 * hash(tx, ty, 73);
  const [dark, middle, light] = C.CANOPY[Math.floor(hash(tx, ty, 74) ** 1.3 * C.CANOPY.length)]!;
  c.fillStyle = C.SHADOW;
  c.beginPath();
  c.ellipse(x + 0.2, y + 0.36, r * 1.02, r * 0.86, 0, 0, 7);
  c.fill();
  // A round crown of leaves: a scalloped rim, then smaller and lighter towards the sun.
  const lobes = 9;
  const turn = hash(tx, ty, 75) * 3;
  const crown = (cx: number, cy: number, size: number, colour: string) => {
    c.fillStyle = colour;
    c.beginPath();
    c.arc(cx, cy, size * 0.86, 0, 7);
    for (let i = 0; i < lobes; i++) {
      const a = turn + (i / lobes) * Math.PI * 2;
      const [lx, ly] = [cx + Math.cos(a) * size * 0.66, cy + Math.sin(a) * size * 0.66];
      c.moveTo(lx, ly);
      c.arc(lx, ly, size * 0.34, 0, 7);
    }
    c.fill();
  };
  crown(x, y, r, dark);
  crown(x - r * 0.08, y - r * 0.12, r * 0.8, middle);
  crown(x - r * 0.2, y - r * 0.26, r * 0.42, light);
}

function bush(c: Context, tx: number, ty: number): void {
  const [x, y] = [tx + 0.5, ty + 0.58];
  c.fillStyle = C.SHADOW;
  c.beginPath();
  c.ellipse(x + 0.1, y + 0.16, 0.44, 0.3, 0, 0, 7);
  c.fill();
  for (const [dx, dy, r] of [
    [-0.2, 0.02, 0.25],
    [0.2, 0.03, 0.24],
    [0, -0.12, 0.3],
  ] as const) {
    disc(c, x + dx, y + dy, r, C.BUSH[0]);
    disc(c, x + dx - 0.05, y + dy - 0.07, r * 0.66, C.BUSH[1]);
  }
}

function flowers(c: Context, tx: number, ty: number, fine: boolean): void {
  const bed = C.PETALS[Math.floor(hash(Math.floor(tx / 2), Math.floor(ty / 2), 81) * C.PETALS.length)]!;
  for (let i = 0; i < 6; i++) {
    const [x, y] = [tx + 0.12 + 0.76 * hash(tx * 7 + i, ty, 82), ty + 0.16 + 0.7 * hash(tx, ty * 7 + i, 83)];
    if (fine) disc(c, x + 0.02, y + 0.08, 0.09, C.CANOPY[0][1]);
    disc(c, x, y, 0.085, i % 3 === 2 ? "#ffffff" : bed);
    if (fine) disc(c, x, y, 0.03, "#f7d774");
  }
}

function fence(c: Context, grid: Grid, x: number, y: number): void {
  const joined = (dx: number, dy: number) => ["fence", "wall"].includes(grid.terrain(x + dx, y + dy));
  const [cx, cy] = [x + 0.5, y + 0.5];
  c.lineCap = "butt";
  for (const [dy, colour, width] of [
    [0.18, C.SHADOW, 0.12],
    [0.04, C.FENCE, 0.07],
    [-0.12, C.FENCE, 0.07],
  ] as const) {
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    for (const [sx, sy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      if (!joined(sx, sy)) continue;
      c.moveTo(cx, cy + dy);
      c.lineTo(cx + sx * 0.5, cy + dy + sy * 0.5);
    }
    c.stroke();
  }
  c.fillStyle = C.RAIL;
  c.fillRect(cx - 0.06, cy - 0.24, 0.12, 0.42);
}

/** Street lamps beside ways, a few tiles apart; a matter of looks only. */
const APART = 8;

export function lampsOf(grid: Grid): Point[] {
  const lamps: Point[] = [];
  // By squares as wide as lamps are apart, so that each asks only its neighbours.
  const columns = Math.ceil(grid.width / APART);
  const squares = new Map<number, Point[]>();
  const around = (x: number, y: number): Point[] => {
    const square = Math.floor(y / APART) * columns + Math.floor(x / APART);
    return [-columns, 0, columns].flatMap((row) =>
      [-1, 0, 1].flatMap((column) => squares.get(square + row + column) ?? []),
    );
  };
  const lit = (x: number, y: number) =>
    ["path", "road", "plaza"].includes(grid.ground(x, y)) && grid.inside(x, y);
  for (let y = 1; y < grid.height - 1; y++) {
    for (let x = 1; x < grid.width - 1; x++) {
      if (hash(x, y, 91) > 0.6 || grid.terrain(x, y) !== "grass") continue;
      if (!(lit(x + 1, y) || lit(x - 1, y) || lit(x, y + 1) || lit(x, y - 1))) continue;
      if (!around(x, y).every(([lx, ly]) => Math.hypot(lx - x, ly - y) > APART)) continue;
      const lamp: Point = [x + 0.5, y + 0.5];
      lamps.push(lamp);
      const square = Math.floor(y / APART) * columns + Math.floor(x / APART);
      const known = squares.get(square);
      if (known) known.push(lamp);
      else squares.set(square, [lamp]);
    }
  }
  return lamps;
}

function lamp(c: Context, x: number, y: number): void {
  c.strokeStyle = "#5d5a55";
  c.lineWidth = 0.09;
  c.lineCap = "round";
  c.beginPath();
  c.moveTo(x, y + 0.3);
  c.lineTo(x, y - 0.4);
  c.stroke();
  disc(c, x, y - 0.5, 0.17, "#5d5a55");
  disc(c, x, y - 0.5, 0.11, "#fff3c9");
}

export function paintGreenery(c: Context, grid: Grid, lamps: Point[], window: Window, fine: boolean): void {
  for (let y = window.y0; y < window.y1; y++) {
    for (let x = window.x0; x < window.x1; x++) {
      const terrain = grid.terrain(x, y);
      if (terrain === "flowers") flowers(c, x, y, fine);
      else if (terrain === "fence") fence(c, grid, x, y);
      else if (terrain === "bush") bush(c, x, y);
    }
  }
  for (const [x, y] of lamps) {
    if (x > window.x0 && x < window.x1 && y > window.y0 && y < window.y1) lamp(c, x, y);
  }
  for (let y = window.y0; y < window.y1; y++) {
    for (let x = window.x0; x < window.x1; x++) {
      if (grid.terrain(x, y) === "tree") tree(c, x, y);
    }
  }
}
