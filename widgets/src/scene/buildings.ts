// Houses without roofs: floors by the kind of place, thin walls that stand up a little, doors, furniture.

import { type Grid, hash, type Window } from "./grid";
import type { Context } from "./ground";
import * as C from "./palette";

const THICK = 0.28;
const TALL = 0.24;

type Segment = [ax: number, ay: number, bx: number, by: number];

function tiles(window: Window, visit: (x: number, y: number) => void): void {
  for (let y = window.y0; y < window.y1; y++) for (let x = window.x0; x < window.x1; x++) visit(x, y);
}

/** The lines along which walls stand: from tile centre to tile centre wherever a room lies on one side. */
export function wallSegments(grid: Grid, window: Window): Segment[] {
  const found: Segment[] = [];
  const room = (x: number, y: number) => grid.room(x, y);
  const alone = (x: number, y: number) =>
    ![-1, 0, 1].some((dy) => [-1, 0, 1].some((dx) => room(x + dx, y + dy)));
  tiles(window, (x, y) => {
    if (!grid.wall(x, y)) return;
    const [cx, cy] = [x + 0.5, y + 0.5];
    if (alone(x, y)) {
      found.push([cx - 0.3, cy, cx + 0.3, cy]);
      return;
    }
    const beside = (ax: number, ay: number) => {
      const flat = ax !== 0;
      return [-1, 1].some((side) =>
        flat ? room(x, y + side) || room(x + ax, y + side) : room(x + side, y) || room(x + side, y + ay),
      );
    };
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
    ] as const) {
      if (grid.wall(x + dx, y + dy) && beside(dx, dy)) found.push([cx, cy, cx + dx, cy + dy]);
    }
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      if (grid.terrain(x + dx, y + dy) === "door") found.push([cx, cy, cx + dx * 0.5, cy + dy * 0.5]);
    }
  });
  return found;
}

function floor(c: Context, grid: Grid, x: number, y: number, fine: boolean): void {
  const { floor: base, grain, tiled } = C.kindOf(grid.kind(x, y));
  c.fillStyle = base;
  if (grid.wall(x, y) || grid.terrain(x, y) === "door") {
    // Walls and doors have floor up to the middle of their tile, on the sides that have a room.
    const room = (rx: number, ry: number) => grid.room(rx, ry) && grid.terrain(rx, ry) !== "door";
    for (const [dx, dy] of [
      [-1, -1],
      [1, -1],
      [-1, 1],
      [1, 1],
    ] as const) {
      if (room(x + dx, y) || room(x, y + dy) || room(x + dx, y + dy)) {
        c.fillRect(x + (dx + 1) / 4 - 0.005, y + (dy + 1) / 4 - 0.005, 0.51, 0.51);
      }
    }
    return;
  }
  c.fillRect(x - 0.005, y - 0.005, 1.01, 1.01);
  if (!fine) return;
  if (tiled) {
    c.fillStyle = grain;
    c.globalAlpha = 0.55;
    c.fillRect(x, y, 0.5, 0.5);
    c.fillRect(x + 0.5, y + 0.5, 0.5, 0.5);
    c.globalAlpha = 1;
    return;
  }
  c.strokeStyle = grain;
  c.lineWidth = 0.035;
  c.beginPath();
  for (let i = 0; i < 3; i++) {
    const at = y + (i + 0.5) / 3;
    c.moveTo(x, at);
    c.lineTo(x + 1, at);
    const joint = x + hash(x, y * 3 + i, 51);
    c.moveTo(joint, at);
    c.lineTo(joint, at + 1 / 3);
  }
  c.stroke();
}

function doorway(c: Context, grid: Grid, x: number, y: number): void {
  const flat = grid.wall(x - 1, y) || grid.wall(x + 1, y) || !(grid.wall(x, y - 1) || grid.wall(x, y + 1));
  // The outer half of a door's tile is its step.
  c.fillStyle = C.STEP;
  c.strokeStyle = C.WALL_LINE;
  c.lineWidth = 0.03;
  const step = (sx: number, sy: number, w: number, h: number) => {
    c.beginPath();
    c.roundRect(sx, sy, w, h, 0.08);
    c.fill();
    c.stroke();
  };
  if (flat && !grid.room(x, y + 1)) step(x + 0.08, y + 0.5, 0.84, 0.5);
  else if (flat && !grid.room(x, y - 1)) step(x + 0.08, y, 0.84, 0.5);
  else if (!flat && !grid.room(x + 1, y)) step(x + 0.5, y + 0.08, 0.5, 0.84);
  else if (!flat && !grid.room(x - 1, y)) step(x, y + 0.08, 0.5, 0.84);
  // The leaf stands open, into the room.
  c.strokeStyle = C.DOOR;
  c.lineWidth = 0.13;
  c.lineCap = "round";
  c.beginPath();
  if (flat) {
    const into = grid.room(x, y + 1) && !grid.room(x, y - 1) ? 1 : -1;
    c.moveTo(x + 0.08, y + 0.5);
    c.lineTo(x + 0.2, y + 0.5 + into * 0.72);
  } else {
    const into = grid.room(x + 1, y) && !grid.room(x - 1, y) ? 1 : -1;
    c.moveTo(x + 0.5, y + 0.08);
    c.lineTo(x + 0.5 + into * 0.72, y + 0.2);
  }
  c.stroke();
}

function box(
  c: Context,
  x: number,
  y: number,
  w: number,
  h: number,
  side: string,
  top: string,
  r = 0.08,
): void {
  c.fillStyle = C.SHADOW;
  c.beginPath();
  c.roundRect(x + 0.06, y + 0.12, w, h, r);
  c.fill();
  c.fillStyle = side;
  c.beginPath();
  c.roundRect(x, y, w, h, r);
  c.fill();
  c.fillStyle = top;
  c.beginPath();
  c.roundRect(x, y - 0.08, w, h, r);
  c.fill();
}

function furniture(c: Context, grid: Grid, x: number, y: number): void {
  const kind = grid.kind(x, y);
  const indoor = grid.ground(x, y) === "indoor";
  if (!indoor) {
    box(c, x + 0.08, y + 0.34, 0.84, 0.3, C.RAIL, C.WOOD_TOP);
    return;
  }
  if (kind === "cafe") {
    for (const [dx, dy] of [
      [-0.38, 0],
      [0.38, 0],
    ] as const) {
      box(c, x + 0.5 + dx - 0.11, y + 0.5 + dy - 0.11, 0.22, 0.22, C.RAIL, C.WOOD, 0.11);
    }
    box(c, x + 0.24, y + 0.24, 0.52, 0.52, C.WOOD, C.LINEN, 0.26);
  } else if (kind === "home" && hash(x, y, 61) < 0.45) {
    box(c, x + 0.16, y + 0.06, 0.68, 0.92, C.WOOD, "#b9cbd8", 0.1);
    c.fillStyle = C.LINEN;
    c.beginPath();
    c.roundRect(x + 0.24, y + 0.04, 0.52, 0.26, 0.08);
    c.fill();
  } else if (kind === "shop") {
    box(c, x + 0.06, y + 0.2, 0.88, 0.6, C.WOOD, C.WOOD_TOP);
    for (let i = 0; i < 6; i++) {
      c.fillStyle = C.PETALS[Math.floor(hash(x * 6 + i, y, 62) * C.PETALS.length)]!;
      c.beginPath();
      c.arc(x + 0.22 + (i % 3) * 0.28, y + 0.28 + Math.floor(i / 3) * 0.26, 0.09, 0, 7);
      c.fill();
    }
  } else {
    box(c, x + 0.1, y + 0.18, 0.8, 0.6, C.WOOD, C.WOOD_TOP);
    if (kind === "work" || kind === "school") {
      c.fillStyle = C.LINEN;
      c.fillRect(x + 0.34, y + 0.22, 0.3, 0.22);
    }
  }
}

function strokes(
  c: Context,
  segments: Segment[],
  dx: number,
  dy: number,
  width: number,
  colour: string,
): void {
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineCap = "square";
  c.beginPath();
  for (const [ax, ay, bx, by] of segments) {
    c.moveTo(ax + dx, ay + dy);
    c.lineTo(bx + dx, by + dy);
  }
  c.stroke();
}

export function paintBuildings(c: Context, grid: Grid, window: Window, fine: boolean): void {
  let any = false;
  tiles(window, (x, y) => {
    if (grid.ground(x, y) !== "indoor" || !grid.inside(x, y)) return;
    any = true;
    floor(c, grid, x, y, fine);
  });
  if (any) {
    const segments = wallSegments(grid, window);
    // One path, one stroke: overlapping pieces of a shadow must not add up.
    strokes(c, segments, 0.2, 0.42, THICK, C.SHADOW);
    tiles(window, (x, y) => {
      if (grid.terrain(x, y) === "door") doorway(c, grid, x, y);
    });
    strokes(c, segments, 0, TALL / 2, THICK + 0.08, C.WALL_LINE);
    strokes(c, segments, 0, TALL / 2, THICK, C.WALL_SIDE);
    strokes(c, segments, 0, -TALL / 2, THICK + 0.08, C.WALL_LINE);
    strokes(c, segments, 0, -TALL / 2, THICK, C.WALL_TOP);
  }
  tiles(window, (x, y) => {
    if (grid.terrain(x, y) === "furniture") furniture(c, grid, x, y);
  });
}
