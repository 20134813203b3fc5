// People: little figures drawn once for each look, direction and step, then copied.

import { activityGlyph, type Glyph, strokeGlyph } from "../glyphs";
import { hash } from "./grid";
import { CLOTHES, HAIR, mix, SKIN } from "./palette";

export type Facing = "front" | "back" | "left" | "right" | "asleep";
const NIGHT = "#5c6aa3";
const STEPS = 4;

export function facing(heading: string | undefined): Facing {
  if (heading?.includes("west")) return "left";
  if (heading?.includes("east")) return "right";
  return heading === "north" ? "back" : "front";
}

export const clothesOf = (id: number): string => CLOTHES[id % CLOTHES.length]!;

/** Height of a figure in CSS pixels at a scale. */
export const figureHeight = (scale: number): number => Math.min(46, Math.max(15, scale * 1.25));

function limb(
  c: CanvasRenderingContext2D,
  x: number,
  y: number,
  dx: number,
  dy: number,
  width: number,
): void {
  c.lineWidth = width;
  c.lineCap = "round";
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x + dx, y + dy);
  c.stroke();
}

/** Under a blanket, the head on a pillow; 1 is the height of somebody who stands. */
function sleeper(c: CanvasRenderingContext2D, id: number, clothes: string, night: number): void {
  const shade = (colour: string) => mix(colour, NIGHT, night);
  const round = (x: number, y: number, w: number, h: number, r: number, colour: string) => {
    c.fillStyle = colour;
    c.beginPath();
    c.roundRect(x, y, w, h, r);
    c.fill();
  };
  round(-0.5, -0.4, 1.02, 0.46, 0.12, "rgba(40, 35, 30, 0.24)");
  round(-0.5, -0.46, 1, 0.46, 0.12, shade("#fbf7ee"));
  c.fillStyle = shade(HAIR[Math.floor(hash(id, 4) * HAIR.length)]!);
  c.beginPath();
  c.arc(-0.31, -0.23, 0.17, 0, 7);
  c.fill();
  c.fillStyle = shade(SKIN[Math.floor(hash(id, 3) * SKIN.length)]!);
  c.beginPath();
  c.arc(-0.26, -0.22, 0.14, 0, 7);
  c.fill();
  round(-0.14, -0.48, 0.66, 0.5, 0.12, shade(clothes));
  round(-0.14, -0.48, 0.12, 0.5, 0.05, "rgba(255, 255, 255, 0.4)");
}

/** A figure of height 1 standing on (0, 0). `step` from 0 to 3; 0 and 2 stand. */
function figure(
  c: CanvasRenderingContext2D,
  id: number,
  top: string,
  look: Facing,
  step: number,
  night: number,
): void {
  const shade = (colour: string, share = 0) => mix(share ? mixHex(colour, share) : colour, NIGHT, night);
  const skin = shade(SKIN[Math.floor(hash(id, 3) * SKIN.length)]!);
  const hair = shade(HAIR[Math.floor(hash(id, 4) * HAIR.length)]!);
  const long = hash(id, 5) < 0.45;
  const side = look === "left" ? -1 : look === "right" ? 1 : 0;
  const swing = step === 1 ? 1 : step === 3 ? -1 : 0;
  const lift = swing ? -0.035 : 0;

  c.fillStyle = "rgba(40, 35, 30, 0.28)";
  c.beginPath();
  c.ellipse(0, 0, 0.25, 0.085, 0, 0, 7);
  c.fill();

  const body = new Path2D();
  body.roundRect(-0.19, -0.62 + lift, 0.38, 0.42, [0.17, 0.17, 0.08, 0.08]);
  const head = new Path2D();
  head.arc(side * 0.02, -0.76 + lift, 0.2, 0, 7);
  // A light rim keeps the figure apart from whatever ground it walks on.
  c.strokeStyle = mix("#ffffff", NIGHT, night * 0.75);
  c.lineWidth = 0.1;
  c.lineJoin = "round";
  c.stroke(body);
  c.stroke(head);
  const trousers = shade(top, 0.42);
  for (const leg of [-1, 1]) {
    c.strokeStyle = trousers;
    const stride = swing * leg * 0.1;
    limb(c, leg * 0.085, -0.22, side ? stride : 0, 0.2 - (side ? 0 : Math.max(0, stride)), 0.125);
  }
  c.fillStyle = shade(top);
  c.fill(body);
  c.fillStyle = "rgba(255, 255, 255, 0.12)";
  c.fillRect(-0.15, -0.6 + lift, 0.1, 0.36);
  c.strokeStyle = shade(top, 0.2);
  for (const arm of side ? [1] : [-1, 1]) {
    const reach = swing * arm * 0.07;
    limb(c, side ? 0 : arm * 0.2, -0.53 + lift, side ? reach : 0, 0.22 - (side ? 0 : Math.abs(reach)), 0.09);
  }
  c.fillStyle = skin;
  c.fill(head);
  c.fillStyle = hair;
  c.save();
  c.clip(head);
  if (look === "back") {
    c.fillRect(-0.3, -1, 0.6, long ? 0.46 : 0.36);
  } else {
    c.beginPath();
    c.ellipse(side * -0.06, -0.91 + lift, 0.24, 0.16, side * -0.25, 0, 7);
    c.fill();
    if (side) c.fillRect(side > 0 ? -0.24 : 0.06, -0.95, 0.18, long ? 0.4 : 0.24);
    else if (long) for (const x of [-0.24, 0.14]) c.fillRect(x, -0.95, 0.1, 0.4);
  }
  c.restore();
  if (look !== "back") {
    c.fillStyle = "rgba(35, 25, 20, 0.85)";
    for (const eye of side ? [side * 0.1] : [-0.075, 0.075]) {
      c.beginPath();
      c.arc(eye, -0.735 + lift, 0.026, 0, 7);
      c.fill();
    }
  }
}

/** Towards black, as hex, so that it can be mixed once more. */
function mixHex(colour: string, share: number): string {
  const part = (i: number) =>
    Math.round(Number.parseInt(colour.slice(i, i + 2), 16) * (1 - share))
      .toString(16)
      .padStart(2, "0");
  return `#${part(1)}${part(3)}${part(5)}`;
}

export class Figures {
  private readonly sprites = new Map<string, HTMLCanvasElement>();
  private made = "";

  /** Draws somebody with the feet at (x, y); all lengths in device pixels. `walk` is null or the distance walked. */
  draw(
    c: CanvasRenderingContext2D,
    id: number,
    clothes: string,
    look: Facing,
    walk: number | null,
    x: number,
    y: number,
    height: number,
    night: number,
  ): void {
    // Looks depend on size and light: when one of them changes, all are drawn anew.
    const shade = Math.round(night * 6) / 6;
    const made = `${height.toFixed(1)} ${shade}`;
    if (made !== this.made || this.sprites.size > 4_000) {
      this.sprites.clear();
      this.made = made;
    }
    const step = walk === null ? 0 : Math.floor(walk * STEPS) % STEPS;
    const key = `${id} ${clothes} ${look} ${step}`;
    const size = Math.ceil(height * 1.3);
    let sprite = this.sprites.get(key);
    if (!sprite) {
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = size;
      const s = sprite.getContext("2d")!;
      s.setTransform(height, 0, 0, height, size / 2, height * 1.14);
      if (look === "asleep") sleeper(s, id, clothes, shade * 0.28);
      else figure(s, id, clothes, look, step, shade * 0.28);
      this.sprites.set(key, sprite);
    }
    c.drawImage(sprite, Math.round(x - size / 2), Math.round(y - height * 1.14));
  }
}

/** What somebody does, on a disc above the shoulder; CSS pixels. */
export function drawBadge(
  c: CanvasRenderingContext2D,
  activity: string,
  x: number,
  y: number,
  r: number,
): void {
  const glyph: Glyph = activityGlyph(activity);
  if (glyph === "steps" || glyph === "dot") return;
  const asleep = glyph === "moon";
  c.fillStyle = asleep ? "#39447a" : "#fffdf8";
  c.strokeStyle = asleep ? "#c9d0f2" : "rgba(70, 58, 44, 0.55)";
  c.lineWidth = 1;
  c.beginPath();
  c.arc(x, y, r, 0, 7);
  c.fill();
  c.stroke();
  if (asleep) {
    drawZ(c, x, y, r);
    return;
  }
  c.strokeStyle = "#4a3d2f";
  strokeGlyph(c, glyph, x, y, r * 1.36);
}

function drawZ(c: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  c.strokeStyle = "#eef0ff";
  c.lineJoin = c.lineCap = "round";
  for (const [dx, dy, size, width] of [
    [-0.16, 0.14, 0.36, 0.22],
    [0.36, -0.34, 0.2, 0.16],
  ] as const) {
    const [cx, cy, s] = [x + dx * r, y + dy * r, size * r];
    c.lineWidth = width * r;
    c.beginPath();
    c.moveTo(cx - s, cy - s);
    c.lineTo(cx + s, cy - s);
    c.lineTo(cx - s, cy + s);
    c.lineTo(cx + s, cy + s);
    c.stroke();
  }
}
