// Names on the map. Places are laid out once a zoom, in an order of importance; what would cover another name is left out.

import { kindGlyph, strokeGlyph } from "../glyphs";
import type { PlaceRow, Rect } from "../types";
import { type Camera, type Size, toScreen } from "./camera";
import { kindOf } from "./palette";

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Label {
  place: PlaceRow;
  /** Centre, in tiles. */
  x: number;
  y: number;
  w: number;
  h: number;
  text: string;
}

export interface Look {
  font: string;
  paper: string;
  ink: string;
  line: string;
}

const RANK: Record<string, number> = {
  square: 0,
  cafe: 1,
  park: 1,
  school: 2,
  shop: 2,
  work: 3,
  other: 4,
  home: 5,
};
const PAD = 3;
const NAMES_FROM = 6;
const HOMES_FROM = 17;

export const overlaps = (a: Box, b: Box, gap = PAD): boolean =>
  a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap;

const CELL = 240;

/** Boxes that are in the way, by squares, so that thousands of them are soon asked. */
class Taken {
  private readonly cells = new Map<string, Box[]>();

  free(box: Box): boolean {
    return this.keys(box).every((key) => !this.cells.get(key)?.some((other) => overlaps(box, other)));
  }

  add(box: Box): void {
    for (const key of this.keys(box)) {
      const cell = this.cells.get(key);
      if (cell) cell.push(box);
      else this.cells.set(key, [box]);
    }
  }

  private keys({ x, y, w, h }: Box): string[] {
    const keys: string[] = [];
    for (let cy = Math.floor((y - PAD) / CELL); cy <= (y + h + PAD) / CELL; cy++) {
      for (let cx = Math.floor((x - PAD) / CELL); cx <= (x + w + PAD) / CELL; cx++) keys.push(`${cx},${cy}`);
    }
    return keys;
  }
}

/** Where the names of places go at a scale on a map of `height` tiles; independent of what part of the map is seen, so that nothing jumps. */
export function layoutPlaces(
  places: PlaceRow[],
  areas: { id: number; rect: Rect }[],
  scale: number,
  measure: (text: string) => number,
  height = Number.POSITIVE_INFINITY,
): Label[] {
  const taken = new Taken();
  const labels: Label[] = [];
  const rects = new Map(areas.map((area) => [area.id, area.rect]));
  const order = [...places].sort((a, b) => (RANK[a.kind] ?? 4) - (RANK[b.kind] ?? 4) || a.id - b.id);
  for (const place of order) {
    if (place.kind === "home" && scale < HOMES_FROM) continue;
    const rect = rects.get(place.id) ?? [place.x, place.y, 0, 0];
    const icon = { w: 20, h: 20, text: "" };
    const full = { w: measure(place.name) + 31, h: 20, text: place.name };
    const open = place.kind === "park" || place.kind === "square";
    const middle = (rect[0] + rect[2] / 2) * scale;
    const above = rect[1] * scale - 7;
    const below = Math.min((rect[1] + rect[3]) * scale + 12, height * scale - 4);
    const spots: [number, number][] = open
      ? [
          [middle, (rect[1] + rect[3] / 2) * scale],
          [middle, above],
          [middle, below],
        ]
      : [
          [middle, above],
          [middle, below],
        ];
    for (const form of scale >= NAMES_FROM ? [full, icon] : [icon]) {
      const spot = spots.find(([x, y]) => {
        const box = { x: x - form.w / 2, y: y - form.h / 2, w: form.w, h: form.h };
        return taken.free(box);
      });
      if (!spot) continue;
      const [x, y] = spot;
      taken.add({ x: x - form.w / 2, y: y - form.h / 2, w: form.w, h: form.h });
      labels.push({ place, x: x / scale, y: y / scale, ...form });
      break;
    }
  }
  return labels;
}

/** Draws the name of a place; where, if that is in view. */
export function drawPlaceLabel(
  c: CanvasRenderingContext2D,
  label: Label,
  camera: Camera,
  view: Size,
  look: Look,
): Box | undefined {
  const [px, py] = toScreen(camera, view, label.x, label.y);
  if (px < -label.w || py < -40 || px > view.width + label.w || py > view.height + 40) return undefined;
  const { w, h, text, place } = label;
  const [x, y] = [Math.round(px - w / 2), Math.round(py - h / 2)];
  c.save();
  c.shadowColor = "rgba(40, 32, 20, 0.35)";
  c.shadowBlur = 4;
  c.shadowOffsetY = 1;
  c.fillStyle = look.paper;
  c.beginPath();
  c.roundRect(x, y, w, h, h / 2);
  c.fill();
  c.restore();
  c.fillStyle = kindOf(place.kind).ink;
  c.globalAlpha = place.open === false ? 0.55 : 1;
  c.beginPath();
  c.arc(x + h / 2, y + h / 2, h / 2 - 2, 0, 7);
  c.fill();
  c.strokeStyle = "#fff";
  strokeGlyph(c, kindGlyph(place.kind), x + h / 2, y + h / 2, 11.5);
  c.globalAlpha = 1;
  const box = { x, y, w, h };
  if (!text) return box;
  c.font = look.font;
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.fillStyle = look.ink;
  c.globalAlpha = place.open === false ? 0.65 : 1;
  c.fillText(text, x + h + 2, y + h / 2 + 0.5);
  c.globalAlpha = 1;
  return box;
}

/** Somebody's name below the feet; false when it would cover one that is there. */
export function drawName(
  c: CanvasRenderingContext2D,
  name: string,
  x: number,
  y: number,
  look: Look,
  taken: Box[],
  strong: boolean,
): boolean {
  c.font = look.font;
  const w = c.measureText(name).width + 10;
  const box = { x: x - w / 2, y: y + 3, w, h: 16 };
  if (!strong && taken.some((other) => overlaps(box, other, 1))) return false;
  taken.push(box);
  c.fillStyle = look.paper;
  c.globalAlpha = strong ? 1 : 0.82;
  c.beginPath();
  c.roundRect(box.x, box.y, box.w, box.h, 5);
  c.fill();
  c.globalAlpha = 1;
  c.fillStyle = look.ink;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(name, x, box.y + 8.5);
  return true;
}
