// The picture of a town on one canvas. It draws only while it is seen and while something changes.

import type { Mirror } from "../mirror";
import type { MapData } from "../types";
import type { Art } from "./art";
import { type Camera, type Size, toScreen } from "./camera";
import { Crowd, type Shot } from "./crowd";
import { Eye, type Rest } from "./eye";
import { steer } from "./input";
import { type Box, drawPlaceLabel, type Label, layoutPlaces } from "./labels";
import { Light, litPlaces } from "./light";
import { Terrain } from "./terrain";
import { readTheme, type Theme, watchTheme } from "./theme";
import { Tint } from "./tint";

const SMALL = 3;

/** What a scene tells: who is selected, and where the camera rests. */
export interface Told {
  selected(ids: readonly number[]): void;
  rests(rest: Rest): void;
}

export class Scene {
  readonly canvas = document.createElement("canvas");
  selection: readonly number[] = [];
  /** What lies over the canvas, in its pixels. */
  covers: readonly Box[] = [];
  readonly tint: Tint;
  readonly eye: Eye;
  private readonly end = new AbortController();
  readonly crowd: Crowd;
  private readonly motion = matchMedia("(prefers-reduced-motion: reduce)");
  private art: Art | undefined;
  private readonly unwatch: () => void;
  private readonly resize: ResizeObserver;
  private readonly seen: IntersectionObserver;
  private theme: Theme;
  private box: Box | undefined;
  private visible = true;
  private raf = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hovered: number | undefined;
  private map: MapData | undefined;
  private terrain: Terrain | undefined;
  private light: Light | undefined;
  private labels: Label[] = [];
  private labelled = "";

  constructor(
    private readonly host: HTMLElement,
    private readonly mirror: Mirror,
    private readonly told: Told,
  ) {
    this.tint = new Tint(mirror);
    this.crowd = new Crowd(mirror, this.tint);
    this.eye = new Eye(
      () => this.motion.matches,
      () => this.invalidate(),
      (rest) => told.rests(rest),
    );
    this.canvas.className = "aitown-canvas";
    this.canvas.tabIndex = 0;
    host.prepend(this.canvas);
    this.theme = readTheme(host);
    const dress = () => {
      this.theme = readTheme(host);
      this.labelled = "";
      this.invalidate();
    };
    this.unwatch = watchTheme(dress);
    this.resize = new ResizeObserver(() => {
      dress(); // hosts render before they attach, when no style is known yet
      this.measure();
    });
    this.resize.observe(host);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? true;
      this.invalidate();
    });
    this.seen.observe(host);
    this.motion.addEventListener("change", () => this.invalidate(), { signal: this.end.signal });
    steer(this, this.end.signal);
    this.measure();
  }

  destroy(): void {
    this.end.abort();
    this.unwatch();
    this.resize.disconnect();
    this.seen.disconnect();
    cancelAnimationFrame(this.raf);
    clearTimeout(this.timer);
    this.eye.close();
    this.crowd.destroy();
    this.canvas.remove();
  }

  invalidate(): void {
    if (this.raf || !this.visible || this.end.signal.aborted) return;
    this.raf = requestAnimationFrame((now) => {
      this.raf = 0;
      this.draw(now);
    });
  }

  /** The one whose panel is open. */
  get selected(): number | undefined {
    return this.selection.at(-1);
  }

  /** Selects these and nobody else; the last one's panel opens. */
  select(ids: readonly number[], follow = true): void {
    const unique = [...new Set(ids)];
    if (unique.length === this.selection.length && unique.every((id, i) => id === this.selection[i])) return;
    this.selection = unique;
    this.eye.following = follow && unique.length === 1 ? unique[0] : undefined;
    this.told.selected(unique);
    this.invalidate();
  }

  colorBy(column: string | null): void {
    this.tint.by(column);
    this.invalidate();
  }

  /** Shows the map's own tiles, or with undefined the drawn ones. */
  dress(art: Art | undefined): void {
    this.art = art;
    this.terrain?.dress(art);
    this.invalidate();
  }

  fit(): void {
    this.eye.fit();
  }

  pan(dx: number, dy: number): void {
    this.eye.pan(dx, dy);
  }

  zoomBy(factor: number, px?: number, py?: number): void {
    this.eye.zoomBy(factor, px, py);
  }

  /** Selects somebody and goes there. */
  visit(id: number): void {
    this.select([id]);
    const where = this.where(id);
    if (where) this.eye.visit(where);
  }

  point(px: number, py: number): void {
    const hovered = this.crowd.at(px, py);
    this.canvas.dataset.over = hovered === undefined ? "" : "person";
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.invalidate();
  }

  leave(): void {
    if (this.hovered === undefined) return;
    this.hovered = undefined;
    this.invalidate();
  }

  pick(px: number, py: number, more: boolean): void {
    const id = this.crowd.at(px, py);
    if (!more) this.select(id === undefined ? [] : [id]);
    else if (id !== undefined) {
      const others = this.selection.filter((one) => one !== id);
      this.select(others.length < this.selection.length ? others : [...others, id]);
    }
  }

  band(from: { x: number; y: number }, to: { x: number; y: number }): void {
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    this.box = { x, y, w: Math.abs(from.x - to.x), h: Math.abs(from.y - to.y) };
    this.invalidate();
  }

  unband(select: boolean): void {
    if (this.box && select) this.select([...this.selection, ...this.crowd.within(this.box)]);
    this.box = undefined;
    this.invalidate();
  }

  pickNearest(): void {
    const [cx, cy] = [this.view.width / 2, this.view.height / 2];
    const id = this.crowd.nearest((x, y) => Math.hypot(x - cx, y - cy));
    if (id !== undefined) this.select([id]);
  }

  /** Moves the selection to the nearest person in a direction; false when nobody is selected. */
  move(dx: number, dy: number): boolean {
    const here = this.crowd.spot(this.selected);
    if (!here) return false;
    const next = this.crowd.nearest((x, y, id) => {
      const [ox, oy] = [x - here.x, y - here.y];
      const ahead = ox * dx + oy * dy;
      return id === here.id || ahead < 1
        ? Number.POSITIVE_INFINITY
        : ahead + 2.5 * Math.abs(ox * dy + oy * dx);
    });
    if (next !== undefined) this.select([next]);
    return true;
  }

  clear(): boolean {
    const had = this.selection.length > 0;
    this.select([]);
    return had;
  }

  private where(id: number | undefined): readonly [number, number] | undefined {
    const { npcs } = this.mirror;
    const slot = id === undefined ? undefined : npcs.slot(id);
    return slot === undefined ? undefined : [npcs.to[2 * slot]!, npcs.to[2 * slot + 1]!];
  }

  private get view(): Size {
    return this.eye.view;
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    const ratio = this.ratio();
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    this.eye.resize({ width, height });
    // A resized canvas is blank until it is drawn: at once, or it flickers.
    cancelAnimationFrame(this.raf);
    this.raf = 0;
    if (width > 0 && height > 0) this.draw(performance.now());
  }

  get dark(): boolean {
    return this.theme.dark;
  }

  ratio(): number {
    return Math.min(3, globalThis.devicePixelRatio || 1);
  }

  private adopt(): void {
    const { map, moment } = this.mirror;
    if (!map || !moment || map === this.map) return;
    const same = this.map && this.map.width === map.width && this.map.rows.join() === map.rows.join();
    this.map = map;
    if (same) return;
    const terrain = new Terrain(map, [...this.mirror.places.values()]);
    terrain.dress(this.art);
    this.terrain = terrain;
    this.light = new Light(terrain.grid, () => terrain.lamps);
    this.eye.home(map, () => this.middle(), this.mirror.npcs.size);
    this.labelled = "";
  }

  private middle(): readonly [number, number] {
    const { to, size } = this.mirror.npcs;
    let [x, y] = [0, 0];
    for (let slot = 0; slot < size; slot++) {
      x += to[2 * slot]!;
      y += to[2 * slot + 1]!;
    }
    return [x / Math.max(1, size), y / Math.max(1, size)];
  }

  private draw(now: number): void {
    this.adopt();
    const c = this.canvas.getContext("2d", { alpha: false });
    const { moment } = this.mirror;
    const { view } = this;
    if (!c || view.width === 0) return;
    const ratio = this.ratio();
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = this.theme.background;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.terrain || !this.light || !this.eye.camera || !moment) return;
    const camera = this.eye.look(now, this.where(this.eye.following));
    this.tellCamera(camera);
    const zooming = this.eye.zooming(now);
    const missing = this.terrain.draw(c, camera, view, ratio, zooming);
    const lit = () => litPlaces(this.mirror.npcs, (name) => this.mirror.place(name)?.id);
    const dark = this.light.draw(c, camera, view, ratio, moment.clock, lit, this.theme.dark, now);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawFrame(c, camera, dark);
    const labels = this.drawLabels(c, camera, zooming);
    const { theme, selection, hovered } = this;
    const still = this.motion.matches;
    const again = () => this.invalidate();
    const shot: Shot = { c, camera, view, ratio, theme, now, still, selection, hovered, again };
    this.crowd.place(shot);
    this.crowd.draw(shot, dark, this.map!);
    const talking = this.crowd.talk(shot, [...labels, ...this.covers]);
    this.drawBox(c);
    const busy = this.mirror.underway(now) && !still;
    if (missing || this.eye.gliding || busy || zooming || this.light.settling) this.invalidate();
    else if (talking) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.invalidate(), 33);
    }
  }

  private drawBox(c: CanvasRenderingContext2D): void {
    if (!this.box) return;
    const { x, y, w, h } = this.box;
    c.fillStyle = this.theme.accent;
    c.globalAlpha = 0.14;
    c.fillRect(x, y, w, h);
    c.globalAlpha = 1;
    c.strokeStyle = this.theme.accent;
    c.lineWidth = 1.5;
    c.strokeRect(x, y, w, h);
  }

  /** What the canvas shows, for whoever looks at the page from outside: the map's left and top, pixels a tile. */
  private tellCamera({ scale, x, y }: Camera): void {
    const left = x - this.view.width / 2 / scale;
    const top = y - this.view.height / 2 / scale;
    const told = `${left.toFixed(3)},${top.toFixed(3)},${scale.toFixed(3)}`;
    if (this.canvas.dataset.camera !== told) this.canvas.dataset.camera = told;
  }

  private drawFrame(c: CanvasRenderingContext2D, camera: Camera, dark: number): void {
    const { view } = this;
    const { width, height } = this.map!;
    const [left, top] = toScreen(camera, view, 0, 0);
    const [w, h] = [width * camera.scale, height * camera.scale];
    c.fillStyle = this.theme.background;
    c.globalAlpha = 0.58;
    c.beginPath();
    c.rect(0, 0, view.width, view.height);
    c.rect(left, top, w, h);
    c.fill("evenodd");
    c.globalAlpha = 1;
    c.strokeStyle = this.theme.dark ? "rgba(255,255,255,0.22)" : "rgba(60,50,30,0.28)";
    c.lineWidth = 1;
    c.strokeRect(Math.round(left) - 0.5, Math.round(top) - 0.5, Math.round(w) + 1, Math.round(h) + 1);
    if (dark < 0.1 || camera.scale < SMALL) return;
    c.globalAlpha = Math.min(1, dark * 1.6);
    c.fillStyle = "#fff2c4";
    for (const [x, y] of this.terrain!.lamps) {
      const [px, py] = toScreen(camera, view, x, y - 0.5);
      c.beginPath();
      c.arc(px, py, Math.max(1.2, camera.scale * 0.13), 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
  }

  private drawLabels(c: CanvasRenderingContext2D, camera: Camera, zooming: boolean): Box[] {
    if (camera.scale < SMALL) return [];
    const { places } = this.mirror;
    const key = `${camera.scale.toFixed(2)} ${places.size} ${this.theme.dark}`;
    // Names wait for the end of a zoom: finding them room is work, and they would only flicker.
    if (key !== this.labelled && !(zooming && this.labels.length > 0)) {
      this.labelled = key;
      c.font = this.theme.label.font;
      const measure = (text: string) => c.measureText(text).width;
      this.labels = layoutPlaces(
        [...places.values()],
        this.map!.areas,
        camera.scale,
        measure,
        this.map!.height,
      );
    }
    const boxes = this.labels.map((label) => {
      const place = places.get(label.place.id) ?? label.place;
      return drawPlaceLabel(c, { ...label, place }, camera, this.view, this.theme.label);
    });
    return boxes.filter((box) => box !== undefined);
  }
}
