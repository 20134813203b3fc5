// Where the selected came from: a line behind each, from the moment that they were selected.

import type { People } from "../people";
import { type Camera, type Size, toScreen } from "./camera";

const MOST_PEOPLE = 50;
const MOST_POINTS = 720;
const JUMP = 12;
const FADES = 6;

export class Trails {
  shown = false;
  private readonly paths = new Map<number, number[]>();
  private seen = -1;
  private people: People | undefined;

  /** Takes note of where the selected are in the newest frame. */
  note(people: People, selection: readonly number[]): void {
    if (people !== this.people) this.paths.clear();
    else if (people.version === this.seen) return;
    [this.people, this.seen] = [people, people.version];
    const wanted = selection.slice(0, MOST_PEOPLE);
    for (const id of this.paths.keys()) if (!wanted.includes(id)) this.paths.delete(id);
    for (const id of wanted) {
      const slot = people.slot(id);
      if (slot === undefined) continue;
      const [x, y] = [people.to[2 * slot]!, people.to[2 * slot + 1]!];
      let path = this.paths.get(id);
      if (!path) this.paths.set(id, (path = []));
      const [lastX, lastY] = path.slice(-2);
      if (lastX === x && lastY === y) continue;
      // Whoever is suddenly elsewhere, as after a scrub, didn't walk there.
      if (lastX !== undefined && Math.hypot(x - lastX, y - lastY!) > JUMP) path.length = 0;
      path.push(x, y);
      if (path.length > 2 * MOST_POINTS) path.splice(0, 2);
    }
  }

  pathOf(id: number): readonly number[] {
    return this.paths.get(id) ?? [];
  }

  draw(c: CanvasRenderingContext2D, camera: Camera, view: Size, colour: (id: number) => string): void {
    if (!this.shown) return;
    c.save();
    c.lineJoin = c.lineCap = "round";
    for (const [id, path] of this.paths) {
      const points = path.length / 2;
      for (let part = 0; part < FADES; part++) {
        const [from, to] = [part, part + 1].map((n) => Math.floor((n * (points - 1)) / FADES)) as [
          number,
          number,
        ];
        if (to <= from) continue;
        const line = new Path2D();
        for (let i = from; i <= to; i++) {
          line.lineTo(...toScreen(camera, view, path[2 * i]!, path[2 * i + 1]!));
        }
        c.globalAlpha = 0.25 + (0.7 * (part + 1)) / FADES;
        c.strokeStyle = "#fff";
        c.lineWidth = 5;
        c.stroke(line);
        c.strokeStyle = colour(id);
        c.lineWidth = 2.6;
        c.stroke(line);
      }
    }
    c.restore();
  }
}
