// Lines from somebody to those they are close to: the closer, the wider and the stronger.

import type { Theme } from "./theme";

export interface Tie {
  other: number;
  /** 0 to 1. */
  strength: number;
}

const HALO = "rgba(255, 255, 255, 0.75)";
const BEND = 0.08;

interface Point {
  x: number;
  y: number;
}

export class Ties {
  shown = true;
  /** Whose ties these are. */
  of: number | undefined;
  list: readonly Tie[] = [];

  draw(
    c: CanvasRenderingContext2D,
    theme: Theme,
    primary: number | undefined,
    spot: (id: number) => Point | undefined,
    lift: number,
  ): void {
    const here = primary === undefined || primary !== this.of || !this.shown ? undefined : spot(primary);
    if (!here) return;
    c.save();
    c.lineCap = "round";
    for (const { other, strength } of [...this.list].reverse()) {
      const there = spot(other);
      if (!there) continue;
      const line = new Path2D();
      line.moveTo(here.x, here.y - lift);
      // Bent, so that two who stand behind one another have lines of their own.
      const [x, y] = [(here.x + there.x) / 2, (here.y + there.y) / 2 - lift];
      const [dx, dy] = [there.x - here.x, there.y - here.y];
      line.quadraticCurveTo(x + dy * BEND, y - dx * BEND, there.x, there.y - lift);
      c.globalAlpha = 0.3 + 0.7 * strength;
      for (const [colour, more] of [
        [HALO, 2.5],
        [theme.tie, 0],
      ] as const) {
        c.strokeStyle = colour;
        c.lineWidth = 1 + 5 * strength + more;
        c.stroke(line);
      }
    }
    c.restore();
  }
}
