// What lies flat: grass, water, sand, fields, ways, squares and bridges. Units are tiles; the context is scaled.

import { type Grid, type Ground, hash, outlines, soften, type Window } from "./grid";
import * as C from "./palette";

export type Context = CanvasRenderingContext2D;
type Has = (x: number, y: number) => boolean;

function each(window: Window, visit: (x: number, y: number) => void): void {
  for (let y = window.y0; y < window.y1; y++) for (let x = window.x0; x < window.x1; x++) visit(x, y);
}

function grass(c: Context, grid: Grid, window: Window, fine: boolean): void {
  c.fillStyle = C.GRASS;
  c.fillRect(window.x0, window.y0, window.x1 - window.x0, window.y1 - window.y0);
  each(window, (x, y) => {
    const h = hash(x, y, 1);
    if (h > 0.42) return;
    c.fillStyle = h < 0.21 ? C.GRASS_LIGHT : C.GRASS_DARK;
    c.beginPath();
    const r = 0.8 + 1.8 * hash(x, y, 2);
    c.ellipse(x + hash(x, y, 3), y + hash(x, y, 4), r * 1.3, r * 0.8, hash(x, y, 5) * 3, 0, 7);
    c.fill();
  });
  if (!fine) return;
  c.strokeStyle = C.TUFT;
  c.lineWidth = 0.05;
  c.beginPath();
  each(window, (x, y) => {
    if (hash(x, y, 6) > 0.3 || grid.ground(x, y) !== "grass") return;
    const [tx, ty] = [x + 0.2 + 0.6 * hash(x, y, 7), y + 0.3 + 0.6 * hash(x, y, 8)];
    c.moveTo(tx - 0.12, ty - 0.16);
    c.lineTo(tx - 0.04, ty);
    c.moveTo(tx, ty - 0.22);
    c.lineTo(tx, ty);
    c.moveTo(tx + 0.12, ty - 0.15);
    c.lineTo(tx + 0.04, ty);
  });
  c.stroke();
}

function water(c: Context, grid: Grid, window: Window, fine: boolean): void {
  const has: Has = (x, y) => grid.ground(x, y) === "water" || grid.ground(x, y) === "bridge";
  const path = soften(outlines(has, window), 0.12, 2);
  c.lineJoin = "round";
  c.strokeStyle = C.SHORE;
  c.lineWidth = 0.62;
  c.stroke(path);
  c.strokeStyle = C.BANK;
  c.lineWidth = 0.16;
  c.stroke(path);
  c.fillStyle = C.WATER_DEEP;
  c.fill(path);
  c.save();
  c.clip(path);
  for (const [width, alpha] of [
    [2.4, 0.22],
    [1.5, 0.24],
    [0.7, 0.34],
  ] as const) {
    c.strokeStyle = `rgba(206, 234, 238, ${alpha})`;
    c.lineWidth = width;
    c.stroke(path);
  }
  if (fine) {
    c.strokeStyle = C.RIPPLE;
    c.lineWidth = 0.055;
    c.lineCap = "round";
    c.beginPath();
    each(window, (x, y) => {
      if (hash(x, y, 21) > 0.3 || grid.ground(x, y) !== "water") return;
      const [rx, ry, w] = [
        x + hash(x, y, 22) * 0.6,
        y + 0.2 + hash(x, y, 23) * 0.6,
        0.3 + 0.4 * hash(x, y, 24),
      ];
      c.moveTo(rx, ry);
      c.quadraticCurveTo(rx + w * 0.25, ry - 0.1, rx + w * 0.5, ry);
      c.quadraticCurveTo(rx + w * 0.75, ry + 0.1, rx + w, ry);
    });
    c.stroke();
  }
  c.restore();
}

function field(c: Context, grid: Grid, window: Window, fine: boolean): void {
  const has: Has = (x, y) => grid.ground(x, y) === "field";
  const path = soften(outlines(has, window), 0.03);
  c.strokeStyle = C.FIELD_EDGE;
  c.lineWidth = 0.22;
  c.stroke(path);
  c.fillStyle = C.FIELD;
  c.fill(path);
  c.save();
  c.clip(path);
  for (let y = window.y0; y < window.y1; y++) {
    for (let i = 0; i < 2; i++) {
      c.strokeStyle = C.FURROW;
      c.lineWidth = 0.16;
      c.beginPath();
      c.moveTo(window.x0, y + 0.25 + i * 0.5);
      c.lineTo(window.x1, y + 0.25 + i * 0.5);
      c.stroke();
    }
  }
  each(window, (x, y) => {
    if (!has(x, y)) return;
    // Beds of one crop are four rows deep.
    c.fillStyle = C.CROP[Math.floor(hash(Math.floor(x / 9), Math.floor(y / 4), 31) * C.CROP.length)]!;
    for (let i = 0; i < (fine ? 4 : 2); i++) {
      const step = fine ? 0.25 : 0.5;
      for (const row of [0.02, 0.5]) {
        c.beginPath();
        c.arc(x + 0.12 + i * step, y + row, 0.1 + 0.05 * hash(x * 4 + i, y * 2 + row * 2, 32), 0, 7);
        c.fill();
      }
    }
  });
  c.restore();
}

function way(c: Context, path: Path2D, fill: string, edge: string, width: number): void {
  c.lineJoin = "round";
  c.strokeStyle = edge;
  c.lineWidth = width;
  c.stroke(path);
  c.fillStyle = fill;
  c.fill(path);
}

function roadLines(c: Context, grid: Grid, window: Window): void {
  const road = (x: number, y: number) => grid.ground(x, y) === "road" || grid.ground(x, y) === "bridge";
  c.strokeStyle = C.ROAD_LINE;
  c.lineWidth = 0.07;
  c.setLineDash([0.5, 0.5]);
  c.beginPath();
  each(window, (x, y) => {
    // The middle of a road two tiles wide: a line between its lanes, none where roads cross.
    if (!road(x, y) || grid.ground(x, y) === "bridge") return;
    const wide = road(x - 1, y) && road(x - 2, y) && road(x + 1, y) && road(x + 2, y);
    const tall = road(x, y - 1) && road(x, y - 2) && road(x, y + 1) && road(x, y + 2);
    if (wide && !tall && road(x, y + 1) && !road(x, y + 2) && !road(x, y - 1)) {
      c.moveTo(x, y + 1);
      c.lineTo(x + 1, y + 1);
    } else if (tall && !wide && road(x + 1, y) && !road(x + 2, y) && !road(x - 1, y)) {
      c.moveTo(x + 1, y);
      c.lineTo(x + 1, y + 1);
    }
  });
  c.stroke();
  c.setLineDash([]);
}

function plaza(c: Context, grid: Grid, window: Window, fine: boolean): void {
  const has: Has = (x, y) => grid.ground(x, y) === "plaza";
  const path = soften(outlines(has, window));
  way(c, path, C.PLAZA, C.PLAZA_JOINT, 0.2);
  c.save();
  c.clip(path);
  c.strokeStyle = C.PLAZA_JOINT;
  c.lineWidth = 0.04;
  each(window, (x, y) => {
    if (!has(x, y)) return;
    const shift = y % 2 ? 0.5 : 0;
    const h = hash(x, y, 41);
    if (h < 0.45) {
      c.fillStyle = C.PLAZA_SLAB[Math.floor((h / 0.45) * 3)]!;
      c.fillRect(x + shift, y, 1, 1);
    }
    if (fine) c.strokeRect(x + shift, y, 1, 1);
  });
  c.restore();
}

function bridges(c: Context, grid: Grid, window: Window): void {
  const has: Has = (x, y) => grid.ground(x, y) === "bridge";
  const firm = (x: number, y: number) => !has(x, y) && grid.ground(x, y) !== "water";
  each(window, (x, y) => {
    if (!has(x, y)) return;
    let [west, east, north, south] = [x, x, y, y];
    while (has(west - 1, y)) west--;
    while (has(east + 1, y)) east++;
    while (has(x, north - 1)) north--;
    while (has(x, south + 1)) south++;
    const across = firm(west - 1, y) && firm(east + 1, y);
    const along = firm(x, north - 1) && firm(x, south + 1);
    const flat = across && (!along || east - west >= south - north);
    c.fillStyle = C.SHADOW;
    if (flat && !has(x, y + 1)) c.fillRect(x, y + 1, 1, 0.28);
    if (!flat && !has(x + 1, y)) c.fillRect(x + 1, y, 0.22, 1);
    c.fillStyle = C.PLANK;
    c.fillRect(x - 0.01, y - 0.01, 1.02, 1.02);
    c.strokeStyle = C.PLANK_LINE;
    c.lineWidth = 0.045;
    c.beginPath();
    for (let i = 0; i < 3; i++) {
      const at = (i + 0.5) / 3;
      c.moveTo(flat ? x + at : x, flat ? y : y + at);
      c.lineTo(flat ? x + at : x + 1, flat ? y + 1 : y + at);
    }
    c.stroke();
    c.fillStyle = C.RAIL;
    if (flat && !has(x, y - 1)) c.fillRect(x, y - 0.06, 1, 0.14);
    if (flat && !has(x, y + 1)) c.fillRect(x, y + 0.92, 1, 0.14);
    if (!flat && !has(x - 1, y)) c.fillRect(x - 0.06, y, 0.14, 1);
    if (!flat && !has(x + 1, y)) c.fillRect(x + 0.92, y, 0.14, 1);
  });
}

/** Paints the ground of a window; `fine` adds what only shows when zoomed in. */
export function paintGround(c: Context, grid: Grid, window: Window, fine: boolean): void {
  const seen = new Set<Ground>();
  each(window, (x, y) => seen.add(grid.ground(x, y)));
  // Ways run on below what is painted over them, so that their ends don't show.
  const any =
    (...grounds: Ground[]): Has =>
    (x, y) =>
      grounds.includes(grid.ground(x, y)) || grid.terrain(x, y) === "door";
  grass(c, grid, window, fine);
  if (seen.has("water") || seen.has("bridge")) water(c, grid, window, fine);
  if (seen.has("sand")) {
    const sand = soften(
      outlines((x, y) => grid.ground(x, y) === "sand", window),
      0.1,
      1,
    );
    way(c, sand, C.SAND, C.SAND_EDGE, 0.14);
  }
  if (seen.has("field")) field(c, grid, window, fine);
  if (seen.has("path") || seen.has("plaza")) {
    way(
      c,
      soften(outlines(any("path", "plaza", "bridge", "road"), window), 0.03, 1),
      C.PATH,
      C.PATH_EDGE,
      0.16,
    );
  }
  if (seen.has("road")) {
    way(c, soften(outlines(any("road", "bridge"), window)), C.ROAD, C.ROAD_EDGE, 0.18);
    roadLines(c, grid, window);
  }
  if (seen.has("plaza")) plaza(c, grid, window, fine);
  if (seen.has("bridge")) bridges(c, grid, window);
}
