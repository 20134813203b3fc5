// What people say, above their heads: wrapped, few at a time, never on top of one another.

import type { Size } from "./camera";
import { type Box, type Look, overlaps } from "./labels";

const IN = 160;
const OUT = 250;
const LEAST = 1_800;
const MAX_LINES = 3;
const MAX_WIDTH = 168;
const LINE = 15;
const EDGE = 4;
const BESIDE = 18;
// Above the head, to its sides, a little higher: shares of the bubble's width and height.
const SPOTS: [number, number][] = [
  [0, 0],
  [0.4, 0],
  [-0.4, 0],
  [0, 0.6],
  [0.4, 0.6],
  [-0.4, 0.6],
  [0.8, 0.2],
  [-0.8, 0.2],
  [0, 1.2],
  [0.5, 1.2],
  [-0.5, 1.2],
];
/** So many square pixels must another place be better before a bubble goes there. */
const STAYS = 500;

interface Saying {
  text: string;
  since: number;
  gone: number | undefined;
  /** Which of its places it has. */
  at?: number | undefined;
  /** Since when it is drawn without a break. */
  shown?: number | undefined;
}

/** Breaks a text into at most `most` lines; what doesn't fit ends in "…". */
export function wrap(text: string, width: number, most: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  const words = text.trim().split(/\s+/);
  let line = "";
  const shorten = (long: string) => {
    let cut = long;
    while (cut.length > 1 && measure(`${cut}…`) > width) cut = cut.slice(0, -1);
    return `${cut.trimEnd()}…`;
  };
  for (const [i, word] of words.entries()) {
    const longer = line ? `${line} ${word}` : word;
    if (measure(longer) <= width) {
      line = longer;
      continue;
    }
    if (lines.length === most - 1) return [...lines, shorten(line ? `${line} ${word}` : word)];
    if (line) lines.push(line);
    line = measure(word) > width ? shorten(word) : word;
    if (lines.length === most - 1 && i === words.length - 1 && measure(line) > width) line = shorten(line);
  }
  if (line) lines.push(line);
  return lines;
}

/** Where a bubble may go, the best first: above the head, or beside it where the picture ends. */
export function spots(
  at: { x: number; y: number },
  w: number,
  h: number,
  width: number,
  height = Number.POSITIVE_INFINITY,
): Box[] {
  const low = at.y - 8 - h;
  const above = SPOTS.map(([dx, dy]) => ({ x: at.x + (dx - 0.5) * w, y: low - dy * h, w, h }));
  const beside = [BESIDE, -BESIDE - w].map((dx) => ({ x: at.x + dx, y: Math.max(EDGE, at.y - 4), w, h }));
  return [...above.filter(({ y }) => y >= EDGE), ...beside]
    .filter(({ y }) => y + h <= height - EDGE)
    .map((box) => ({
      ...box,
      x: Math.min(width - w - EDGE, Math.max(EDGE, box.x)),
    }));
}

const across = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));

/** Which of some places covers least of what had better be seen and nothing of `taken`, the first of equals; `was` stays as long as it is about as good. */
export function best(places: Box[], taken: Box[], better: Box[], was?: number): number | undefined {
  let found: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, place] of places.entries()) {
    if (taken.some((other) => overlaps(place, other, 2))) continue;
    const cost = better.reduce((sum, other) => sum + across(place, other), i === was ? -STAYS : 0);
    if (cost < least) [found, least] = [i, cost];
  }
  return found;
}

export class Bubbles {
  private readonly said = new Map<number, Saying>();

  /** Takes note of who says what now; a bubble stays long enough to be read, however fast the town runs. */
  update(sayings: ReadonlyMap<number, string>, now: number): void {
    for (const [id, text] of sayings) {
      const known = this.said.get(id);
      if (known?.text === text) known.gone = undefined;
      else this.said.set(id, { text, since: now, gone: undefined });
    }
    for (const [id, saying] of this.said) {
      if (saying.gone === undefined && !sayings.has(id)) saying.gone = Math.max(now, saying.since + LEAST);
      if (saying.gone !== undefined && now > saying.gone + OUT) this.said.delete(id);
    }
  }

  /** True while a bubble fades in or out or is about to. */
  busy(now: number): boolean {
    for (const { since, gone, shown } of this.said.values())
      if (gone !== undefined || now - (shown ?? since) < IN) return true;
    return false;
  }

  draw(
    c: CanvasRenderingContext2D,
    now: number,
    most: number,
    look: Look,
    { width, height }: Size,
    first: number | undefined,
    head: (id: number) => { x: number; y: number } | undefined,
    still: boolean,
    /** What had better be seen: names, faces, what lies over the map. */
    better: Box[],
  ): void {
    // Who is read goes on being read: where hundreds talk, the newest of all would be nothing but bubbles that rise.
    const order = [...this.said].sort(
      ([a, x], [b, y]) =>
        Number(b === first) - Number(a === first) ||
        Number(y.shown !== undefined) - Number(x.shown !== undefined) ||
        y.since - x.since,
    );
    const taken: Box[] = [];
    c.font = look.font;
    for (const [id, saying] of order) {
      const { shown } = saying;
      saying.shown = undefined;
      const ends = shown === undefined && saying.gone !== undefined && saying.gone < now + IN;
      const at = taken.length < most && !ends ? head(id) : undefined;
      if (!at) continue;
      const alpha = still ? 1 : this.alpha(saying, shown ?? now, now);
      if (alpha <= 0) continue;
      const lines = wrap(saying.text, MAX_WIDTH, MAX_LINES, (text) => c.measureText(text).width);
      const w = Math.max(...lines.map((line) => c.measureText(line).width)) + 18;
      const h = lines.length * LINE + 11;
      const places = spots(at, w, h, width, height);
      saying.at = best(places, taken, better, saying.at);
      if (saying.at === undefined) continue;
      const box = places[saying.at]!;
      taken.push(box);
      saying.shown = shown ?? now;
      c.globalAlpha = alpha;
      this.paint(c, box, at, lines, look);
      c.globalAlpha = 1;
    }
  }

  private alpha({ gone }: Saying, shown: number, now: number): number {
    const rise = Math.min(1, (now - shown) / IN + 0.05);
    return gone === undefined || now < gone ? rise : Math.max(0, 1 - (now - gone) / OUT);
  }

  private paint(
    c: CanvasRenderingContext2D,
    box: Box,
    at: { x: number; y: number },
    lines: string[],
    look: Look,
  ): void {
    const { x, y, w, h } = box;
    const tail = Math.min(x + w - 12, Math.max(x + 12, at.x));
    const shape = new Path2D();
    shape.roundRect(x, y, w, h, 9);
    if (y + h < at.y) {
      shape.moveTo(tail + 5, y + h - 1);
      shape.lineTo(at.x, at.y - 2);
      shape.lineTo(tail - 5, y + h - 1);
    }
    c.save();
    c.shadowColor = "rgba(30, 25, 15, 0.35)";
    c.shadowBlur = 7;
    c.shadowOffsetY = 2;
    c.fillStyle = look.paper;
    c.fill(shape);
    c.restore();
    c.fillStyle = look.ink;
    c.font = look.font;
    c.textAlign = "left";
    c.textBaseline = "middle";
    lines.forEach((line, i) => {
      c.fillText(line, x + 9, y + 6 + LINE / 2 + i * LINE);
    });
  }
}
