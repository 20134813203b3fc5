// Very many people as points without a graphics card: discs stamped into memory, which is one copied image a frame. Where
// WebGL is made by software, this takes a fiftieth of its time, as nothing has to be read back.

import type { Camera, Size } from "./camera";
import type { Cloud } from "./points";

const PHASES = 4;
const RIM = 0.74;
const OPAQUE = 255;

/** A disc at one place within a pixel: how far each of its pixels is from the first, and what it holds. */
interface Stamp {
  solid: Int32Array;
  solidInk: Uint32Array;
  edge: Int32Array;
  edgeInk: Uint32Array;
}

/** `ink` over `under`; both as memory has them, alpha in the highest byte. */
export function over(ink: number, under: number): number {
  const above = ink >>> 24;
  const below = under >>> 24;
  // Where two rims meet over nothing, the stronger one stands for both.
  if (below < OPAQUE) return above > below ? ink : under;
  const rest = OPAQUE - above;
  const blue = ((ink >>> 16) & 255) * above + ((under >>> 16) & 255) * rest;
  const green = ((ink >>> 8) & 255) * above + ((under >>> 8) & 255) * rest;
  const red = (ink & 255) * above + (under & 255) * rest;
  return ((OPAQUE << 24) | ((blue / OPAQUE) << 16) | ((green / OPAQUE) << 8) | (red / OPAQUE)) >>> 0;
}

/** A disc of `diameter` pixels in `colour` with a white rim, its middle `dx`, `dy` from that of the square's first pixel. */
function cut(colour: number, diameter: number, dx: number, dy: number, side: number, row: number): Stamp {
  const solid: [number, number][] = [];
  const edge: [number, number][] = [];
  const radius = diameter / 2;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const away = Math.hypot(x - dx, y - dy);
      const whole = Math.round(OPAQUE * Math.min(1, Math.max(0, radius - away)));
      if (whole === 0) continue;
      const inner = Math.min(1, Math.max(0, radius * RIM - away + 0.5));
      let ink = whole << 24;
      for (const shift of [0, 8, 16])
        ink |= Math.round(OPAQUE + (((colour >>> shift) & 255) - OPAQUE) * inner) << shift;
      (whole === OPAQUE ? solid : edge).push([y * row + x, ink >>> 0]);
    }
  }
  return {
    solid: Int32Array.from(solid, ([at]) => at),
    solidInk: Uint32Array.from(solid, ([, ink]) => ink),
    edge: Int32Array.from(edge, ([at]) => at),
    edgeInk: Uint32Array.from(edge, ([, ink]) => ink),
  };
}

export class Stamps {
  readonly canvas = document.createElement("canvas");
  private readonly cuts = new Map<number, Stamp[]>();
  private made = "";
  private image: ImageData | undefined;

  /** Draws into the upper left of `canvas`, in device pixels. */
  draw({ at, colours, count }: Cloud, camera: Camera, view: Size, ratio: number, diameter: number): void {
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    const size = diameter * ratio;
    const side = Math.ceil(size) + 2;
    // A margin as wide as a disc on each side, so that none has to be clipped.
    const row = w + 2 * side;
    const image = this.ready(w, h, side, size);
    const ink = new Uint32Array(image.data.buffer);
    ink.fill(0);
    const scale = camera.scale * ratio;
    // The middle of a pixel is half a pixel in; a stamp's is in the middle of its square.
    const back = (side - 1) / 2;
    const left = w / 2 - camera.x * scale + side - 0.5 - back;
    const top = h / 2 - camera.y * scale + side - 0.5 - back;
    const [most, lowest] = [w + side, h + side];
    let known = 0;
    let stamps: Stamp[] = [];
    for (let slot = 0, i = 0; slot < count; slot++, i += 2) {
      const x = at[i]! * scale + left;
      if (!(x >= 0 && x < most)) continue;
      const y = at[i + 1]! * scale + top;
      if (!(y >= 0 && y < lowest)) continue;
      const colour = colours[slot]!;
      if (colour !== known) [known, stamps] = [colour, this.of(colour, size, side, row)];
      const [px, py] = [x | 0, y | 0];
      const phase = PHASES * (((y - py) * PHASES) | 0) + (((x - px) * PHASES) | 0);
      press(ink, py * row + px, stamps[phase]!);
    }
    this.canvas.getContext("2d")!.putImageData(image, -side, -side, side, side, w, h);
  }

  private ready(w: number, h: number, side: number, size: number): ImageData {
    const { canvas } = this;
    const [row, rows] = [w + 2 * side, h + 2 * side];
    if (canvas.width < w || canvas.height < h) {
      [canvas.width, canvas.height] = [Math.max(canvas.width, w), Math.max(canvas.height, h)];
    }
    const made = `${row} ${size}`;
    if (made !== this.made) this.cuts.clear();
    this.made = made;
    if (this.image?.width !== row || this.image.height !== rows) this.image = new ImageData(row, rows);
    return this.image;
  }

  private of(colour: number, size: number, side: number, row: number): Stamp[] {
    let known = this.cuts.get(colour);
    if (!known) {
      const back = (side - 1) / 2;
      const phase = (n: number) => back + n / PHASES + 0.5 / PHASES;
      known = Array.from({ length: PHASES * PHASES }, (_, n) =>
        cut(colour, size, phase(n % PHASES), phase(Math.floor(n / PHASES)), side + 1, row),
      );
      this.cuts.set(colour, known);
    }
    return known;
  }
}

function press(ink: Uint32Array, from: number, { solid, solidInk, edge, edgeInk }: Stamp): void {
  for (let i = 0; i < solid.length; i++) ink[from + solid[i]!] = solidInk[i]!;
  for (let i = 0; i < edge.length; i++) {
    const place = from + edge[i]!;
    const under = ink[place]!;
    ink[place] = under === 0 ? edgeInk[i]! : over(edgeInk[i]!, under);
  }
}
