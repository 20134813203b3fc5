// The painted map, kept in chunks of device pixels: panning paints only what comes into view, and while zooming the old
// chunks are stretched until the zoom rests. From far away, and below what isn't painted yet, lies the overview.

import type { MapData, PlaceRow } from "../types";
import { type Art, paintFar, paintTiles } from "./art";
import { paintBuildings } from "./buildings";
import type { Camera, Size } from "./camera";
import { Far } from "./far";
import { lampsOf, paintGreenery } from "./greenery";
import { Grid, type Point } from "./grid";
import { paintGround } from "./ground";
import { paintOverview } from "./overview";
import { GRASS } from "./palette";

const CHUNK = 16;
const MARGIN = 4;
const FINE = 11;
const MAX_PIXELS = 24_000_000;
const BUDGET = 12;
const FIRST = 120;
const NEAR = 3.5;

type Chunks = Map<string, HTMLCanvasElement>;

export class Terrain {
  readonly grid: Grid;
  private lit: Point[] | undefined;
  private chunks: Chunks = new Map();
  private old: Chunks = new Map();
  private scale = 0;
  private oldScale = 0;
  private far: Far | undefined;
  private begun = false;
  private art: Art | undefined;

  constructor(map: MapData, places: PlaceRow[]) {
    this.grid = new Grid(map, places);
  }

  /** Found when they are first seen: from far away nobody sees them. */
  get lamps(): Point[] {
    if (this.art) return [];
    return (this.lit ??= lampsOf(this.grid));
  }

  /** Shows the map's own tiles from now on; undefined draws what the ground is. */
  dress(art: Art | undefined): void {
    this.art = art;
    this.far = undefined;
    this.chunks = new Map();
    this.old = new Map();
    this.scale = 0;
  }

  /** Device pixels a tile, rounded so that a chunk is a whole number of them: no seams. */
  static deviceScale(camera: Camera, ratio: number): number {
    return Math.max(1, Math.round(camera.scale * ratio * CHUNK)) / CHUNK;
  }

  /** Draws what the camera sees, in device pixels; true when something is missing and another frame should follow. */
  draw(c: CanvasRenderingContext2D, camera: Camera, view: Size, ratio: number, zooming: boolean): boolean {
    const scale = Terrain.deviceScale(camera, ratio);
    if (scale !== this.scale && (!zooming || this.chunks.size === 0)) {
      if (this.chunks.size > 0) [this.old, this.oldScale] = [this.chunks, this.scale];
      this.chunks = new Map();
      this.scale = scale;
    }
    const [w, h] = [view.width * ratio, view.height * ratio];
    const left = Math.round(w / 2 - camera.x * scale);
    const top = Math.round(h / 2 - camera.y * scale);
    c.imageSmoothingEnabled = true;
    if (camera.scale * ratio < NEAR) {
      this.drawFar(c, scale, left, top);
      return false;
    }
    if (this.scale !== scale) {
      this.drawFar(c, scale, left, top);
      this.stretch(c, this.chunks, this.scale, scale, left, top);
      return true;
    }
    const started = performance.now();
    let missing = false;
    const size = CHUNK * scale;
    const wanted: [number, number][] = [];
    for (let cy = Math.floor(-top / size); cy * size + top < h; cy++) {
      for (let cx = Math.floor(-left / size); cx * size + left < w; cx++) wanted.push([cx, cy]);
    }
    const ready = wanted.every(([cx, cy]) => this.chunks.has(`${cx},${cy}`));
    if (!ready) {
      this.drawFar(c, scale, left, top);
      this.stretch(c, this.old, this.oldScale, scale, left, top);
    }
    const budget = this.begun ? BUDGET : FIRST;
    this.begun = true;
    for (const [cx, cy] of wanted) {
      let chunk = this.chunks.get(`${cx},${cy}`);
      if (!chunk) {
        // With something to show meanwhile, painting may take several frames.
        if (performance.now() - started > budget) {
          missing = true;
          continue;
        }
        chunk = this.paint(cx, cy, scale);
        this.chunks.set(`${cx},${cy}`, chunk);
      }
      c.drawImage(chunk, left + cx * size, top + cy * size);
    }
    if (!missing) this.old.clear();
    this.trim(new Set(wanted.map(([cx, cy]) => `${cx},${cy}`)), size);
    return missing;
  }

  private drawFar(c: CanvasRenderingContext2D, scale: number, left: number, top: number): void {
    this.far ??= new Far(
      this.art ? paintFar(this.art) : paintOverview(this.grid),
      this.art?.background ?? GRASS,
    );
    this.far.draw(c, scale, left, top);
  }

  private stretch(
    c: CanvasRenderingContext2D,
    chunks: Chunks,
    from: number,
    to: number,
    left: number,
    top: number,
  ): void {
    if (from === 0) return;
    const size = CHUNK * to;
    for (const [key, chunk] of chunks) {
      const [cx, cy] = key.split(",").map(Number) as [number, number];
      c.drawImage(chunk, left + cx * size, top + cy * size, size + 0.5, size + 0.5);
    }
  }

  private paint(cx: number, cy: number, scale: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.round(CHUNK * scale);
    const c = canvas.getContext("2d", { alpha: false })!;
    const [x0, y0] = [cx * CHUNK, cy * CHUNK];
    if (this.art) {
      c.fillStyle = this.art.background ?? GRASS;
      c.fillRect(0, 0, canvas.width, canvas.height);
      paintTiles(c, this.art, x0, y0, CHUNK);
      return canvas;
    }
    c.setTransform(scale, 0, 0, scale, -x0 * scale, -y0 * scale);
    const window = { x0: x0 - MARGIN, y0: y0 - MARGIN, x1: x0 + CHUNK + MARGIN, y1: y0 + CHUNK + MARGIN };
    const fine = scale >= FINE;
    paintGround(c, this.grid, window, fine);
    paintBuildings(c, this.grid, window, fine);
    paintGreenery(c, this.grid, this.lamps, window, fine);
    return canvas;
  }

  private trim(wanted: Set<string>, size: number): void {
    const most = Math.max(wanted.size, Math.floor(MAX_PIXELS / (size * size)));
    for (const key of this.chunks.keys()) {
      if (this.chunks.size <= most) return;
      if (!wanted.has(key)) this.chunks.delete(key);
    }
  }
}
